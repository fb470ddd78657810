"""Where a run's things are, and the openings that a worker keeps: source, store, models, vocabulary.

A `Places` travels in the parameters of the stages that need it and stays out of fingerprints: moving a
work folder or mirroring a source makes nothing stale. What is read from it does enter, as assets and digests.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from rocov2.captions.screen import ScreenModel, load_screen_model
from rocov2.engine.stage import PLACE
from rocov2.images.store import Store
from rocov2.net import NetSettings, Source, open_source


@dataclass(frozen=True)
class Places:
    """The source's name, the store's folder, and how the network may be used by one worker."""

    source: str
    store: Path
    net: NetSettings = NetSettings()


def place(default: Any = None) -> Any:
    """Declare a parameter that says where something is: it is set by the run, never by the user's settings."""
    return field(default=default, metadata=PLACE)


@lru_cache(maxsize=4)
def source_at(places: Places) -> Source:
    """Return the source, opened once a worker, so that its connections are kept alive between shards."""
    return open_source(places.source, settings=places.net)


def store_at(places: Places) -> Store:
    """Return the store of downloaded objects."""
    return Store(places.store)


def body_of(places: Places, key: str, md5: str, max_bytes: int) -> bytes:
    """Return an object's bytes, from the store or else from the source, which the store then keeps.

    Raises the ObjectErrors of `Source.get`.
    """
    store = store_at(places)
    body = store.read(md5) if md5 else None
    if body is None:
        fetched = source_at(places).get(key, max_bytes=max_bytes, md5=md5)
        body = fetched.body
        store.put(fetched.md5, body)
    return body


@lru_cache(maxsize=2)
def screen_model_at(path: Path) -> ScreenModel:
    """Return the screening model, loaded once a worker."""
    return load_screen_model(path.read_bytes())
