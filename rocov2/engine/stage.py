"""What a stage is: a value that names its function, its tables, its parameters and its assets."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from rocov2.errors import ConfigError
from rocov2.tables import TABLES

PLACE = {"place": True}
"""Metadata of a parameter that says where things are, not what comes out: it stays out of fingerprints."""


@dataclass(frozen=True)
class Asset:
    """A file or folder that a stage reads beside its tables: weights, a vocabulary, overrides."""

    name: str
    path: Path

    def digest(self) -> str:
        """Return the SHA-256 of the file, or of the sorted names and digests of the folder's files."""
        if self.path.is_dir():
            parts = [
                f"{p.relative_to(self.path)}:{_file_digest(p)}" for p in sorted(self.path.rglob("*")) if p.is_file()
            ]
            return hashlib.sha256("\n".join(parts).encode()).hexdigest()
        if not self.path.is_file():
            raise ConfigError(
                f"asset {self.name} is not at {self.path}", "restore the file, or point the parameter to it"
            )
        return _file_digest(self.path)


def _file_digest(path: Path) -> str:
    status = path.stat()
    return _digest_once(str(path), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1024)
def _digest_once(path: str, _mtime_ns: int, _size: int) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Stage:
    """One step from tables to one table.

    `run(params, *tables)` takes an iterator of rows for each of `inputs` and yields rows of `output`
    and `Drop`s, in an order that its input alone decides. With `corpus` true it is one task over
    all shards: it takes a `Corpus` for each input and yields `(shard, row or Drop)`.
    """

    name: str
    version: int
    inputs: tuple[type, ...]
    output: type
    run: Callable[..., Iterator[Any]]
    params: Any
    assets: tuple[Asset, ...] = ()
    transient: frozenset[str] = frozenset()
    corpus: bool = False

    def ingredients(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return what this stage's output depends on, given the fingerprints of its inputs."""
        return {
            "stage": self.name,
            "version": self.version,
            "params": ingredient_params(self.params),
            "assets": {asset.name: asset.digest() for asset in self.assets},
            "inputs": dict(inputs),
        }


def ingredient_params(params: Any) -> dict[str, Any]:
    """Return the parameters that shape the output, without those that only say where things are."""
    places = {column.name for column in fields(params) if column.metadata.get("place")}
    return {name: value for name, value in asdict(params).items() if name not in places}


def fingerprint(ingredients: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the ingredients in canonical JSON."""
    text = json.dumps(ingredients, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=64)
def table_name(row_class: type) -> str:
    """Return the name of the table that holds rows of this class."""
    return next(name for name, known in TABLES.items() if known is row_class)
