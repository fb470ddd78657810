"""Read a release to be exported: planned in shards, a few rows at a time, each image held to the digest of its row."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rocov2.errors import CheckError, IncompleteError, UsageError
from rocov2.release.files import sha256_of
from rocov2.release.naming import EXTENSIONS
from rocov2.release.publish import MANIFEST
from rocov2.release.rows import SAMPLES_SCHEMA, SPLITS

SAMPLES = "samples.parquet"
ROWS = 100
"""Rows that are in memory at a time with their images; also the row group of exported Parquet, as hubs expect."""

_READ = 1024
_NEEDED = frozenset(("counts", "files", "funnel", "notes", "provenance", "settings"))
_FILE = re.compile(rf"({'|'.join(SPLITS)})/[A-Za-z0-9_-]+\.({'|'.join(EXTENSIONS.values())})")


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of rows of one split: `rows` of them from row `first` of the split, the `number`-th of `count` shards."""

    split: str
    number: int
    count: int
    first: int
    rows: int


@dataclass(frozen=True, slots=True)
class Release:
    """A release that was looked at: its manifest, the digest of its table, and of each split two lists.

    `sizes` has the bytes of each image in order; `groups` the rows that each row group of the table has.
    """

    folder: Path
    manifest: Mapping[str, Any]
    digest: str
    sizes: Mapping[str, tuple[int, ...]]
    groups: Mapping[str, tuple[int, ...]]

    def shards(self, shard_bytes: int) -> list[Shard]:
        """Cut each split, in order, where its images pass a multiple of `shard_bytes`; an empty split has no shard."""
        return [shard for split in SPLITS for shard in _cut(split, self.sizes[split], shard_bytes)]

    def whole(self, split: str) -> Shard:
        """All rows of a split as one shard, empty or not."""
        return Shard(split, 0, 1, 0, len(self.sizes[split]))

    def tables(self, shard: Shard) -> Iterator[pa.Table]:
        """The rows of a shard in order of sample_id, in tables of ROWS, the last one shorter."""
        waiting = SAMPLES_SCHEMA.empty_table()
        for table in self._scan(shard):
            waiting = pa.concat_tables([waiting, table])
            while waiting.num_rows >= ROWS:
                yield waiting.slice(0, ROWS).combine_chunks()
                waiting = waiting.slice(ROWS)
        if waiting.num_rows:
            yield waiting.combine_chunks()

    def rows(self, shard: Shard) -> Iterator[dict[str, Any]]:
        """The same, one dictionary a row."""
        for table in self.tables(shard):
            yield from table.to_pylist()

    def image(self, row: Mapping[str, Any]) -> bytes:
        """The bytes of a row's image; IncompleteError when they are absent or not what the row states."""
        path = self.folder / row["file"]
        try:
            content: bytes = path.read_bytes()
        except FileNotFoundError as error:
            raise _lacking(self.folder, [row["file"]]) from error
        if hashlib.sha256(content).hexdigest() != row["sha256"]:
            raise IncompleteError(f"{path} is damaged", _fetch_again(self.folder))
        return content

    def _scan(self, shard: Shard) -> Iterator[pa.Table]:
        """Tables of any size that hold the shard's rows and no other; only the row groups that hold them are read."""
        counts = self.groups[shard.split]
        ends = np.cumsum(counts)
        wanted = [g for g, end in enumerate(ends) if end > shard.first and end - counts[g] < shard.first + shard.rows]
        if not wanted:
            return
        skip, left = shard.first - int(ends[wanted[0]] - counts[wanted[0]]), shard.rows
        with pq.ParquetFile(self.folder / SAMPLES) as file:
            for batch in file.iter_batches(_READ, row_groups=wanted, columns=SAMPLES_SCHEMA.names):
                table = pa.Table.from_batches([batch]).select(SAMPLES_SCHEMA.names).cast(SAMPLES_SCHEMA)
                table = table.filter(pc.equal(table["split"], shard.split))
                passed = min(skip, table.num_rows)
                table, skip = table.slice(passed, left), skip - passed
                left -= table.num_rows
                yield table


def open_release(folder: Path) -> Release:
    """Look at a release of ours: its manifest, the digest of samples.parquet, the names and presence of its images.

    Raises UsageError for what is no release or names a file outside itself, CheckError for a damaged table,
    IncompleteError when images are absent.
    """
    manifest = _read_manifest(folder)
    digest = sha256_of(folder / SAMPLES) if (folder / SAMPLES).is_file() else ""
    if digest != manifest["files"].get(SAMPLES, {}).get("sha256"):
        raise CheckError(f"{folder / SAMPLES} is not what {MANIFEST} states", "restore the release, or build it again")
    try:
        sizes, groups, lost = _survey(folder)
    except pa.ArrowException as error:
        raise UsageError(f"{folder / SAMPLES}: {error}"[:300], "build the release again, then export") from error
    if lost:
        raise _lacking(folder, lost)
    return Release(folder, manifest, digest, sizes, groups)


Counts = dict[str, tuple[int, ...]]


def _survey(folder: Path) -> tuple[Counts, Counts, list[str]]:
    """Of each split the bytes of its images and its rows a row group; and the images that are not there."""
    sizes: Counts = dict.fromkeys(SPLITS, ())
    groups: Counts = dict.fromkeys(SPLITS, ())
    lost = []
    with pq.ParquetFile(folder / SAMPLES) as file:
        if not set(SAMPLES_SCHEMA.names) <= set(file.schema_arrow.names):
            raise UsageError(f"{folder} was made by another version of rocov2", "build the release again, then export")
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=["split", "file", "size_bytes"])
            lost += _absent(folder, table)
            for split in SPLITS:
                mine = table.filter(pc.equal(table["split"], split))["size_bytes"].to_pylist()
                sizes[split] += tuple(mine)
                groups[split] += (len(mine),)
    return sizes, groups, lost


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{folder} is no release: {MANIFEST}: {error}"[:300], "give the folder of a release"
        ) from error
    if not isinstance(manifest, dict) or not set(manifest) >= _NEEDED:
        raise UsageError(f"{folder} is no release that can be exported", "build the release again, then export")
    return manifest


def _absent(folder: Path, table: pa.Table) -> list[str]:
    """Images that are not there, or not of their size. Raises UsageError for a name that leaves its place."""
    lost = []
    for file, split, size in zip(*(table[n].to_pylist() for n in ("file", "split", "size_bytes")), strict=True):
        if not _FILE.fullmatch(file) or not file.startswith(f"{split}/"):
            raise UsageError(f"{folder / SAMPLES} names an image {file!r}"[:300], "do not use this release")
        path = folder / file
        if not path.is_file() or path.stat().st_size != size:
            lost.append(file)
    return lost


def _lacking(folder: Path, lost: list[str]) -> IncompleteError:
    return IncompleteError(
        f"{folder} lacks {len(lost):,} of its images, or has them cut short ({', '.join(lost[:3])})",
        _fetch_again(folder),
    )


def _fetch_again(folder: Path) -> str:
    return f"run `rocov2 fetch --release {folder}`, then this again"


def _cut(split: str, sizes: tuple[int, ...], shard_bytes: int) -> list[Shard]:
    if not sizes:
        return []
    array = np.array(sizes, dtype=np.int64)
    cell = (np.cumsum(array) - array) // shard_bytes
    starts = [0, *(np.flatnonzero(np.diff(cell)) + 1).tolist()]
    ends = [*starts[1:], len(sizes)]
    return [Shard(split, n, len(starts), s, e - s) for n, (s, e) in enumerate(zip(starts, ends, strict=True))]
