"""Checkpoints: one Parquet file a shard and table, its drops beside it, its stamp in the footer.

`work/figures/PMC1000xxxx.parquet` holds the rows, `work/figures/_drops/PMC1000xxxx.drops.parquet` what was
held back (readers of a Parquet folder skip names that begin with an underscore). Both are written
beside themselves, synced and renamed, the drops first: the rename of the rows is the commit.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from rocov2.engine.schema import schema_of, to_batch, to_rows
from rocov2.engine.stage import fingerprint, table_name
from rocov2.tables import Drop

ROW_GROUP = 2_000
META_KEY = "rocov2"


@dataclass(frozen=True)
class Stamp:
    """What a checkpoint says of itself: its ingredients, what it holds, and the name its readers ask for.

    `recipe` is the digest of the ingredients: it differs from what is expected when the checkpoint
    is stale. `fingerprint` is what readers name. They are the same for a stage that works shard by
    shard, unless rows are left to be tried again: then the keys of those enter, so that what was made
    below becomes stale when they come. A stage over the whole corpus names each shard by its content,
    so that what did not change stays fresh below it.
    """

    ingredients: dict[str, Any]
    recipe: str
    fingerprint: str = ""
    rows: int = 0
    drops: dict[str, int] = field(default_factory=dict)


def stamp_for(ingredients: dict[str, Any]) -> Stamp:
    """Return the stamp of a checkpoint that is still to be written."""
    recipe = fingerprint(ingredients)
    return Stamp(ingredients, recipe, recipe)


def table_path(work: Path, row_class: type, shard: str) -> Path:
    """Return where the rows of a shard stand."""
    return work / table_name(row_class) / f"{shard}.parquet"


def drops_path(work: Path, row_class: type, shard: str) -> Path:
    """Return where the drops of a shard stand."""
    return work / table_name(row_class) / "_drops" / f"{shard}.drops.parquet"


def read_stamp(path: Path) -> Stamp | None:
    """Return the stamp of a checkpoint, or None where there is none that can be read."""
    try:
        metadata = pq.read_metadata(path).metadata or {}
        return Stamp(**json.loads(metadata[META_KEY.encode()]))
    except (OSError, pa.ArrowInvalid, KeyError, ValueError, TypeError):
        return None


def read_rows(path: Path, row_class: type) -> Iterator[Any]:
    """Yield the rows of a checkpoint, reading a row group at a time."""
    yield from to_rows(row_class, read_batches(path))


def read_batches(path: Path, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the record batches of a checkpoint, cut to the named columns."""
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=ROW_GROUP, columns=columns)


class TableWriter:
    """Writes rows of one class to a file that takes its final name only when it is complete."""

    def __init__(self, path: Path, row_class: type) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.row_class, self.rows = path, row_class, 0
        self.digest = hashlib.sha256()
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._buffer: list[Any] = []
        self._writer = pq.ParquetWriter(self._part, schema_of(row_class), compression="zstd", version="2.6")

    def add(self, row: Any) -> None:
        """Take one row; a full row group goes to disk."""
        self._buffer.append(row)
        self.rows += 1
        if len(self._buffer) >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._buffer:
            self.digest.update(repr(self._buffer).encode())
            self._writer.write_batch(to_batch(self.row_class, self._buffer))
            self._buffer.clear()

    def commit(self, metadata: dict[str, Any]) -> None:
        """Write the footer with its metadata, sync, and rename to the final name."""
        self._flush()
        self._writer.add_key_value_metadata({META_KEY: json.dumps(metadata, sort_keys=True, default=str)})
        self._writer.close()
        sync(self._part)
        self._part.replace(self.path)
        sync(self.path.parent)

    def discard(self) -> None:
        """Close and remove the unfinished file."""
        self._writer.close()
        self._part.unlink(missing_ok=True)

    def flushed_digest(self) -> str:
        """Return the SHA-256 of the rows so far."""
        self._flush()
        return self.digest.hexdigest()


class CheckpointWriter:
    """Takes rows and drops of one shard and commits them under a stamp."""

    def __init__(self, work: Path, row_class: type, shard: str, transient: frozenset[str] = frozenset()) -> None:
        self.row_class = row_class
        self.transient = transient
        self.left: list[str] = []
        self.rows = TableWriter(table_path(work, row_class, shard), row_class)
        self.drops = TableWriter(drops_path(work, row_class, shard), Drop)
        self.reasons: Counter[str] = Counter()

    def add(self, item: Any) -> None:
        """Take one row or one drop; any other class is a TypeError."""
        if isinstance(item, Drop):
            self.reasons[item.reason] += 1
            if item.reason in self.transient:
                self.left.append(item.key)
            self.drops.add(item)
        elif isinstance(item, self.row_class):
            self.rows.add(item)
        else:
            raise TypeError(f"a {type(item).__name__} among the rows of {self.row_class.__name__}")

    def commit(self, stamp: Stamp, by_content: bool = False) -> Stamp:
        """Write drops, then rows. With `by_content` the fingerprint names what the shard holds."""
        name = fingerprint({"recipe": stamp.recipe, "left": sorted(self.left)}) if self.left else stamp.fingerprint
        if by_content:
            content = [self.rows.flushed_digest(), self.drops.flushed_digest()]
            name = fingerprint({"stage": stamp.ingredients["stage"], "content": content})
        final = Stamp(stamp.ingredients, stamp.recipe, name, self.rows.rows, dict(sorted(self.reasons.items())))
        self.drops.commit({"fingerprint": name})
        self.rows.commit(asdict(final))
        return final

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.rows.discard()
            self.drops.discard()


def write_checkpoint(
    work: Path, row_class: type, shard: str, items: Iterable[Any], stamp: Stamp, transient: frozenset[str] = frozenset()
) -> Stamp:
    """Write rows and drops as they come; nothing is left behind when the iteration fails.

    Drops for a reason of `transient` are rows that may come at another try.
    """
    with CheckpointWriter(work, row_class, shard, transient) as writer:
        for item in items:
            writer.add(item)
        return writer.commit(stamp)


def sync(path: Path) -> None:
    """Flush a file or a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
