"""Write the files of a release so that the same rows give the same bytes: CSV, Parquet, JSON, images, checksums."""

import csv
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rocov2.release.check import Check, failure, require
from rocov2.release.rows import SPLITS

SUMS = "SHA256SUMS"

_ROW_GROUP = 16_384
_CHUNK = 1 << 20
_NO_LINK = frozenset((errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EACCES, errno.ENOSYS))

NOT_OURS = ("fetch_report.csv", ".fetch")
"""What `fetch --release` leaves in the folder that it fills: no part of the release, and no fault of it."""


def names_of(folder: Path) -> set[str]:
    """Return the files of a release, as paths with slashes, links among them."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return {path.as_posix() for path in found if path.parts[0] not in NOT_OURS}


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write UTF-8 CSV as published: comma, quotes only where needed, lines ending in one line feed."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
        _sync(file.fileno(), file.flush)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write sorted, indented JSON."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text and sync it to the disk."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        _sync(file.fileno(), file.flush)


def write_parquet(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write tables one after the other into row groups of a fixed size, whatever the tables' own chunks; streamed."""
    with path.open("wb") as file:
        with pq.ParquetWriter(file, schema, compression="zstd", version="2.6") as writer:
            for group in regrouped(schema, tables):
                writer.write_table(group, row_group_size=_ROW_GROUP)
        _sync(file.fileno(), file.flush)


def regrouped(schema: pa.Schema, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows of `tables` as tables of one row group each."""
    waiting = schema.empty_table()
    for table in tables:
        waiting = pa.concat_tables([waiting, table.select(schema.names).cast(schema)])
        whole = waiting.num_rows - waiting.num_rows % _ROW_GROUP
        for start in range(0, whole, _ROW_GROUP):
            yield waiting.slice(start, _ROW_GROUP).combine_chunks()
        waiting = waiting.slice(whole)
    if waiting.num_rows:
        yield waiting.combine_chunks()


def place_images(folder: Path, samples: pa.Table, store_path: Callable[[str], Path]) -> None:
    """Put the image of every sample under its split folder: a hard link into the store, or a copy where none can be.

    Each is read and held to the size and SHA-256 of its row. Raises CheckError (MISSING_IMAGE) naming those
    that the store lacks or has damaged.
    """
    for split in SPLITS:
        (folder / split).mkdir()
    columns = (samples[name].to_pylist() for name in ("file", "md5", "sha256", "size_bytes"))
    lost = []
    for file, md5, sha256, size in zip(*columns, strict=True):
        source, target = store_path(md5), folder / file
        try:
            link_or_copy(source, target)
        except FileNotFoundError:
            lost.append(f"{file} (MD5 {md5}) is absent")
            continue
        if target.stat().st_size != size or sha256_of(target) != sha256:
            lost.append(f"{file} (MD5 {md5}) is damaged")
    require(failure(Check.MISSING_IMAGE, lost))


def link_or_copy(source: Path, target: Path) -> None:
    """Give `target` the bytes of `source`: a hard link on one file system, a synced copy across two."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        with source.open("rb") as reader, target.open("wb") as writer:
            shutil.copyfileobj(reader, writer, _CHUNK)
            _sync(writer.fileno(), writer.flush)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_sums(folder: Path, known: Mapping[str, str]) -> None:
    """Write SHA256SUMS, for `sha256sum -c`, over every file of `folder`; what is `known` is not read again."""
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [f"{known.get(name) or sha256_of(folder / name)}  {name}\n" for name in paths if name != SUMS]
    write_text(folder / SUMS, "".join(lines))


def sync_folder(folder: Path) -> None:
    """Sync a folder's list of names to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync(handle: int, flush: Callable[[], None]) -> None:
    flush()
    os.fsync(handle)
