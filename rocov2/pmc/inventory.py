"""Turns the bucket's daily inventory into the list of article JSONs: PMCID number, version, key, ETag.

The newest report with a manifest is taken, its shards are verified and kept, and their rows stream as Arrow batches of
bounded size, so that nine million rows need neither nine million objects nor their memory.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_plus

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from rocov2.errors import IncompleteError, SourceError
from rocov2.net import BadKey, Missing, Source, check_key

REPORTS = "inventory-reports/pmc-oa-opendata/metadata/"
MAX_MANIFEST_BYTES = 1 << 20
MAX_SHARD_BYTES = 2 << 30
ARTICLE_SCHEMA = pa.schema(
    [("number", pa.int64()), ("version", pa.int64()), ("key", pa.string()), ("etag", pa.string())]
)
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}Z")
_ARTICLE_KEY = r"^metadata/PMC(?P<number>[1-9][0-9]{0,11})\.(?P<version>[1-9][0-9]{0,5})\.json$"


@dataclass(frozen=True)
class Shard:
    """One file of a report: its key, size in bytes and MD5."""

    key: str
    size: int
    md5: str


@dataclass(frozen=True)
class Manifest:
    """One report: the stamp of its folder, the columns of its CSV in order, its files, and its own bytes."""

    stamp: str
    columns: tuple[str, ...]
    files: tuple[Shard, ...]
    body: bytes


def newest_manifest(source: Source) -> Manifest:
    """Read the manifest of the newest report that has one: a stamp's folder can exist before its manifest.

    Raises SourceError where there is no inventory or the manifest is not what it should be.
    """
    stamps = sorted((name.removeprefix(REPORTS).rstrip("/") for name in source.folders(REPORTS)), reverse=True)
    for stamp in filter(_STAMP.fullmatch, stamps):
        try:
            fetched = source.get(f"{REPORTS}{stamp}/manifest.json", max_bytes=MAX_MANIFEST_BYTES)
        except Missing:
            continue
        return read_manifest(fetched.body, stamp)
    raise SourceError(
        f"the source has no inventory under {REPORTS}", "check --source; a mirror must hold the reports too"
    )


def read_manifest(body: bytes, stamp: str) -> Manifest:
    """Read `manifest.json` strictly; raises SourceError for anything but CSV shards with sizes, MD5s, Key and ETag."""
    try:
        manifest = json.loads(body)
        columns = tuple(name.strip() for name in manifest["fileSchema"].split(","))
        files = tuple(
            Shard(check_key(item["key"], "inventory-reports/"), int(item["size"]), _md5(item["MD5checksum"]))
            for item in manifest["files"]
        )
        known = manifest["fileFormat"] == "CSV" and {"Key", "ETag"} <= set(columns)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, BadKey) as error:
        raise SourceError(f"the manifest of {stamp} cannot be read: {error!r}"[:300], "report this") from error
    if not known:
        raise SourceError(f"the inventory {stamp} is not CSV with Key and ETag", "report this: the format has changed")
    return Manifest(stamp, columns, files, body)


def download_shards(
    source: Source, manifest: Manifest, folder: Path, advance: Callable[[int], object] = lambda _: None
) -> tuple[Path, ...]:
    """Have the report's shards and manifest under `folder/<stamp>/`, verified by size and MD5; return the shards.

    What is there already and whole is not fetched again; `advance` is told the bytes of each shard that is there.
    Raises SourceError when a shard cannot be had.
    """
    home = folder / manifest.stamp
    home.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, shard in enumerate(manifest.files):
        path = home / f"{number:04d}.csv.gz"
        if not _is_whole(path, shard):
            limit = min(shard.size, MAX_SHARD_BYTES)
            body = source.get(shard.key, max_bytes=limit, md5=shard.md5).body
            if len(body) != shard.size:
                raise SourceError(f"{shard.key} has {len(body)} bytes instead of {shard.size}", "run it again later")
            _write(path, body)
        advance(shard.size)
        paths.append(path)
    _write(home / "manifest.json", manifest.body)
    return tuple(paths)


def read_inventory(paths: Iterable[Path], columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    """Yield batches of columns `key` and `etag` (both strings, the key decoded) from gzip CSV shards without a header.

    Memory is bounded by the block size, some megabytes. Raises SourceError for a file that is not such a CSV.
    """
    read = csv.ReadOptions(column_names=list(columns), block_size=1 << 20, use_threads=False)
    convert = csv.ConvertOptions(
        include_columns=["Key", "ETag"],
        column_types={"Key": pa.string(), "ETag": pa.string()},
        strings_can_be_null=False,
    )
    for path in paths:
        try:
            with pa.input_stream(str(path), compression="gzip") as stream:
                for batch in csv.open_csv(stream, read_options=read, convert_options=convert):
                    yield pa.RecordBatch.from_arrays([_decoded(batch.column(0)), batch.column(1)], ["key", "etag"])
        except (pa.ArrowInvalid, OSError) as error:
            if str(error).startswith("Empty CSV file"):
                continue
            raise SourceError(f"{path} is not an inventory shard: {error}"[:300], "delete it and run again") from error


def article_keys(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Keep the `metadata/PMC<id>.<v>.json` keys of inventory batches, in order, as batches of ARTICLE_SCHEMA."""
    for batch in batches:
        parts = pc.extract_regex(batch.column(0), _ARTICLE_KEY)
        wanted = pc.is_valid(parts)
        parts, rows = parts.filter(wanted), batch.filter(wanted)
        numbers = [pc.cast(pc.struct_field(parts, name), pa.int64()) for name in ("number", "version")]
        etags = pc.utf8_trim(rows.column(1), '"')
        yield pa.RecordBatch.from_arrays([*numbers, rows.column(0), etags], schema=ARTICLE_SCHEMA)


def damaged_shards(folder: Path) -> Iterator[Path]:
    """Yield the shards of the reports kept under `folder` that are absent, or not what their manifest states."""
    for home in sorted(path for path in folder.glob("*") if path.is_dir()):
        try:
            manifest = read_manifest((home / "manifest.json").read_bytes(), home.name)
        except (OSError, SourceError):
            yield home / "manifest.json"
            continue
        paths = (home / f"{number:04d}.csv.gz" for number in range(len(manifest.files)))
        yield from (path for path, shard in zip(paths, manifest.files, strict=True) if not _is_whole(path, shard))


def list_versions(source: Source, pmcid: str) -> pa.RecordBatch:
    """List the versions of one article (`PMC10009416`) in one request, as a batch of ARTICLE_SCHEMA; empty if absent.

    For a handful of articles this spares the inventory's quarter of a gigabyte.
    """
    if not re.fullmatch(r"PMC[1-9][0-9]{0,11}", pmcid):
        raise BadKey(f"{pmcid!r} is not a PMCID", "write PMC and the number")
    listed = list(source.list(f"metadata/{pmcid}."))
    keys = pa.array([entry.key for entry in listed], pa.string())
    etags = pa.array([entry.etag for entry in listed], pa.string())
    return next(article_keys([pa.RecordBatch.from_arrays([keys, etags], ["key", "etag"])]))


def _decoded(keys: pa.Array) -> pa.Array:
    """S3 writes inventory keys URL-encoded; the few that need it are decoded one by one."""
    data = keys.buffers()[2]
    text = data.to_pybytes() if data else b""
    if b"%" not in text and b"+" not in text:  # as nearly always; a look at all of them is cheap
        return keys
    encoded = pc.match_substring_regex(keys, "[%+]")
    return pc.replace_with_mask(
        keys, encoded, pa.array([unquote_plus(key) for key in keys.filter(encoded).to_pylist()])
    )


def _md5(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{32}", text):
        raise ValueError(f"{text!r} is not an MD5")
    return text.lower()


def _is_whole(path: Path, shard: Shard) -> bool:
    if not path.is_file() or path.stat().st_size != shard.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest() == shard.md5


def _write(path: Path, body: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise IncompleteError(
            f"{path}: {error.strerror}", "free space or correct the permissions, then run it again"
        ) from error
