"""fetch: candidates to images. Downloads, verifies and inspects the image of each candidate, once."""

from collections.abc import Iterator
from dataclasses import dataclass

from rocov2.engine.stage import Stage
from rocov2.images.fetch import TRANSIENT, ImageLimits, ImageRequest, fetch_images
from rocov2.net import ObjectError, Source
from rocov2.pmc.article import MAX_JSON_BYTES, BadRecord, read_article_json
from rocov2.stages.places import Places, place, source_at, store_at
from rocov2.tables import Candidate, Drop, Image


@dataclass(frozen=True)
class FetchParams:
    """The largest image that is taken: bytes of file, and pixels."""

    max_bytes: int = 64 << 20
    max_pixels: int = 100_000_000
    places: Places = place()


def run(params: FetchParams, candidates: Iterator[Candidate]) -> Iterator[Image | Drop]:
    """Yield an image for each candidate whose bytes are what the article JSON says they are."""
    source = source_at(params.places)
    requests = (ImageRequest(c.figure_id, c.source_key, c.source_md5) for c in candidates)
    limits = ImageLimits(params.max_bytes, params.max_pixels)
    yield from fetch_images(requests, source, store_at(params.places), limits, lambda key: stated_now(source, key))


def stated_now(source: Source, source_key: str) -> str | None:
    """Return the MD5 that the article JSON states for a media file now, or None when it states none."""
    key = f"metadata/{source_key.partition('/')[0]}.json"
    try:
        record = read_article_json(source.get(key, max_bytes=MAX_JSON_BYTES).body, key)
    except (ObjectError, BadRecord):
        return None
    return {item.key: item.md5 for item in record.media}.get(source_key) or None


def stage(params: FetchParams) -> Stage:
    """Return the stage `fetch`."""
    return Stage("fetch", 1, (Candidate,), Image, run, params, transient=TRANSIENT)
