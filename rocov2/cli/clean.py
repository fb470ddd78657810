"""`clean`: take from a work folder what no checkpoint and no release names, after asking."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rocov2.cli.options import AS_JSON, WORK
from rocov2.cli.pipeline import Blueprint, saved
from rocov2.cli.record import locked
from rocov2.engine.absence import read_absence
from rocov2.engine.checkpoint import table_path
from rocov2.engine.leftovers import is_complete, unfinished_files, unread_checkpoints
from rocov2.engine.listing import Words, packed
from rocov2.engine.selection import live_shards
from rocov2.errors import ConfigError, UsageError
from rocov2.images.store import Store
from rocov2.release.previous import read_manifest
from rocov2.tables import TABLES

KEPT_RUNS = 30
NAMES = {
    "selection": ("etags",),
    "articles": ("metadata_etag", "xml_md5"),
    "candidates": ("source_md5",),
    "images": ("md5",),
}
"""Columns that name objects of the store."""


@click.command()
@WORK
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and stop.")
@AS_JSON
def clean(work: Path, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Remove from a work folder what no checkpoint and no release names.

    That is: what killed runs were writing, checkpoints that are stale or of shards that no longer count, downloads that
    nothing names, vocabularies, and old records and inventories. The release, its inventory, the newest one and the
    last 30 records stay. Downloads are looked at only when the last build left nothing to do that may need them.
    """
    plan = saved(work)
    with locked(work):
        found = leftovers(plan)
        report = {
            "removed": not dry_run,
            **{kind: {"count": len(some), "bytes": sum(map(size_of, some))} for kind, some in found.items()},
        }
        if not as_json:
            print(in_words(report))
        if not any(found.values()) or dry_run or not (yes or agreed()):
            report["removed"] = False
        else:
            remove(path for some in found.values() for path in some)
    if as_json:
        print(json.dumps(report, indent=1))


def agreed() -> bool:
    """Ask on the terminal; UsageError when nobody is there to answer."""
    try:
        return click.confirm("Remove these?", err=True)
    except click.Abort as error:
        if sys.stdin.isatty():
            raise
        raise UsageError("nothing was removed: there is nobody to ask", "add --yes, or --dry-run to look") from error


def leftovers(plan: Blueprint) -> dict[str, list[Path]]:
    """Return what may go, by kind. Nothing of it is read by a build with the settings of the last one."""
    work, store = plan.work, Store(plan.work / "store")
    shards = live_shards(work)
    whole = is_complete(work, plan.stages, shards)
    return {
        "unfinished": sorted({*unfinished_files(work), *store.unfinished()}),
        "checkpoints": sorted(unread_checkpoints(work, plan.stages, shards)) if shards else [],
        "downloads": list(unnamed(store, named(plan, shards))) if whole else [],
        "inventories": old_inventories(plan),
        "vocabularies": old_vocabularies(plan),
        "records": sorted((work / "runs").glob("*.json"))[:-KEPT_RUNS],
    }


def named(plan: Blueprint, shards: list[str]) -> Words:
    """Return the first halves of all MD5s that checkpoints of these shards and the release name, sorted.

    Half of an MD5 will do: two that share it keep an object too many, once in some 2^64 / n.
    """
    found = [
        halves(pq.read_table(table_path(plan.work, TABLES[name], shard), columns=list(columns))[column])
        for name, columns in NAMES.items()
        for shard in shards
        for column in columns
    ]
    samples = Path(plan.settings.release) / "samples.parquet"
    if samples.is_file():
        try:
            found.append(halves(pq.read_table(samples, columns=["md5"])["md5"]))
        except (OSError, pa.ArrowException) as error:
            raise ConfigError(f"{samples}: {error}", "see rocov2 verify; nothing was removed") from error
    return np.unique(np.concatenate(found))


def halves(column: pa.ChunkedArray) -> Words:
    """Return the first 64 bits of each MD5 of a column of texts, or of lists of them."""
    texts = column.combine_chunks()
    return packed(texts.flatten() if pa.types.is_list(texts.type) else texts, {})[0]


def unnamed(store: Store, names: Words) -> Iterator[Path]:
    """Yield the objects of a store that are not among the names, and the notes about them."""
    for path in store.objects():
        if not is_among(path.name, names):
            yield path
    for path, md5 in store.notes():
        if not (md5 and is_among(md5, names)):
            yield path


def is_among(md5: str, names: Words) -> bool:
    """Say whether the first half of an MD5 is among sorted ones."""
    half = np.uint64(int(md5[:16], 16))
    place = int(np.searchsorted(names, half))
    return place < len(names) and bool(names[place] == half)


def old_inventories(plan: Blueprint) -> list[Path]:
    """Return the inventories that are neither the newest, nor the last that was taken, nor the release's."""
    manifest = read_manifest(Path(plan.settings.release)) or {"provenance": {}}
    homes = sorted(path for path in (plan.work / "inventory").glob("[!.]*") if path.is_dir())
    kept = {read_absence(plan.work).stamp, manifest["provenance"].get("inventory"), *(path.name for path in homes[-1:])}
    return [path for path in homes if path.name not in kept]


def old_vocabularies(plan: Blueprint) -> list[Path]:
    """Return the vocabularies that the last run did not link with."""
    mine: Path = plan.stages[-1].params.vocabulary
    return [path for path in sorted((plan.work / "vocabulary").glob("[!.]*")) if path.name != mine.name]


def size_of(path: Path) -> int:
    """Return the bytes that removing a file or folder sets free: none of a file that a release holds, too."""
    files = [path] if path.is_file() else [item for item in path.rglob("*") if item.is_file()]
    return sum(status.st_size for status in (item.stat() for item in files) if status.st_nlink == 1)


def remove(paths: Iterator[Path]) -> None:
    """Remove files and folders."""
    for path in paths:
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}", "correct the permissions, then run it again") from error


def in_words(report: dict[str, Any]) -> str:
    """Return a line a kind, and a last line for all."""
    kinds = {kind: some for kind, some in report.items() if isinstance(some, dict)}
    lines = [f"{kind:14}{some['count']:>8} {some['bytes'] / 1e6:>12,.1f} MB" for kind, some in kinds.items()]
    count, size = (sum(some[what] for some in kinds.values()) for what in ("count", "bytes"))
    return "\n".join([*lines, f"{'together':14}{count:>8} {size / 1e6:>12,.1f} MB"])
