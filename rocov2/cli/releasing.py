"""From a finished work folder to a release: the tables gathered, the policy, the provenance, and what was said."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rocov2 import __version__
from rocov2.cli.departures import fates_of, ties_of
from rocov2.cli.overrides import require_used
from rocov2.cli.pipeline import Blueprint
from rocov2.concepts.curated import frequent_cuis
from rocov2.config import licences_of
from rocov2.engine.checkpoint import drops_path, read_stamp, table_path
from rocov2.engine.run import transient_drops
from rocov2.engine.selection import Plan
from rocov2.engine.stage import fingerprint, ingredient_params
from rocov2.errors import ConfigError
from rocov2.images.store import Store
from rocov2.release.assemble import COLUMNS, ReleaseTables
from rocov2.release.funnel import History
from rocov2.release.pins import read_pins
from rocov2.release.previous import previous_splits, read_manifest
from rocov2.release.rows import DROPS_SCHEMA, SPLITS
from rocov2.release.tombstones import read_tombstones
from rocov2.release.write import ReleaseSettings, write_release
from rocov2.tables import TABLES

RECORD = "released.json"
PACKAGES = ("lxml", "numpy", "onnxruntime", "pillow", "pyarrow")


def release_from(plan: Blueprint, selection: Plan, stamp: str) -> dict[str, Any]:
    """Write the release unless it stands already, and return what to tell: path, samples a split, notes, retryable."""
    target, work = Path(plan.settings.release), plan.work
    settings = release_settings(plan)
    provenance = provenance_of(plan, stamp)
    recipe = fingerprint(
        {"settings": settings.as_json(), "provenance": provenance, "tables": fingerprints(plan, selection)}
    )
    retryable = count_retryable(plan, selection)
    manifest = read_manifest(target)
    if manifest and standing(work, target) == recipe:
        samples = {split: manifest["counts"]["splits"][split]["samples"] for split in SPLITS}
        notes = list(manifest["notes"])
        stones = len(read_tombstones(target))
        return told(target, samples, notes, retryable, {"tombstones": stones, "is_unchanged": True})
    warnings = require_used(plan, selection)
    tables, rare = gather(plan, selection)
    ever = previous_splits(target)
    fates = fates_of(plan.work, selection, ever)
    history = History(
        kept_rows(plan, selection), all_drops(plan, selection, rare), fates, ties_of(plan.work, selection, ever)
    )
    made = write_release(target, tables, history, Store(work / "store").path, settings, provenance)
    remember(work, target, recipe)
    samples = {split: made.counts[split] for split in SPLITS}
    notes = [*made.notes, *warnings]
    return told(target, samples, notes, retryable, {"tombstones": made.tombstones, "is_unchanged": False})


def release_settings(plan: Blueprint) -> ReleaseSettings:
    """Return the release's policy from the parameters and the preset."""
    train, valid = plan.release.train_share, plan.release.valid_share
    shares = (train, valid, round(1 - train - valid, 9))
    expected, lost = plan.expectations, plan.release.max_lost_share
    least = max(plan.release.min_samples, expected.minimums.get("samples", 0))
    return ReleaseSettings(
        frozenset(licences_of(plan.settings.preset)),
        shares,
        minimums={**expected.minimums, "samples": least},
        max_lost_share=expected.max_lost_share if lost < 0 else lost,
        tolerated_losses=expected.tolerated_losses,
        split=plan.release.split,
        bounds=split_bounds(plan),
        pinned=read_pins(Path(plan.release.pin)) if plan.release.pin else {},
    )


def split_bounds(plan: Blueprint) -> tuple[str, str] | None:
    """Return the first days of valid and test that the user gave, None for none; ConfigError for half or bad ones."""
    days = (plan.release.valid_from, plan.release.test_from)
    if not any(days):
        return None
    if plan.release.split != "date" or days != tuple(sorted(days)) or not all(map(is_day, days)):
        raise ConfigError(
            f"release.valid_from = {days[0]!r} and release.test_from = {days[1]!r} are no bounds of a split by date",
            "give both as YYYY-MM-DD, the earlier first, with -p release.split=date",
        )
    return days


def is_day(text: str) -> bool:
    """Say whether a text is an ISO date."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def told(path: Path, samples: dict[str, int], notes: list[str], retryable: int, more: dict[str, Any]) -> dict[str, Any]:
    """Return what a run says of its release."""
    return {"path": str(path), "samples": samples, "notes": notes, "retryable": retryable, **more}


def provenance_of(plan: Blueprint, stamp: str) -> dict[str, Any]:
    """Return what the release was made from; neither a clock nor a path of this machine is in it."""
    source = plan.settings.source
    kind = "bucket" if "://" in source else source if source in ("pmc", "sample") else "folder"
    return {
        "source": kind,
        "preset": plan.settings.preset,
        "inventory": stamp,
        "version": __version__,
        "stages": {stage.name: stage.version for stage in plan.stages},
        "params": {
            **{stage.name: ingredient_params(stage.params) for stage in plan.stages},
            "release": {**asdict(plan.release), "pin": bool(plan.release.pin)},
        },
        "assets": {
            asset.name: asset.digest() for stage in plan.stages for asset in stage.assets if asset.name != "selection"
        },
        "packages": {name: version(name) for name in PACKAGES},
    }


def fingerprints(plan: Blueprint, selection: Plan) -> dict[str, str]:
    """Return the fingerprint of every checkpoint that the release reads."""
    found = {}
    for stage in plan.stages:
        for shard in selection.shards:
            made = read_stamp(table_path(plan.work, stage.output, shard))
            found[f"{stage.name} {shard}"] = made.fingerprint if made else ""
    return found


def count_retryable(plan: Blueprint, selection: Plan) -> int:
    """Return how many rows were dropped for reasons that may pass."""
    return sum(
        transient_drops(stage, read_stamp(table_path(plan.work, stage.output, shard)))
        for stage in plan.stages
        for shard in selection.shards
    )


def standing(work: Path, target: Path) -> str:
    """Return the recipe of the release that stands in `target`, or nothing when it is not the one written last."""
    try:
        record = json.loads((work / RECORD).read_text())
        same = record["target"] == str(target.resolve()) and record["manifest"] == manifest_digest(target)
        return str(record["recipe"]) if same else ""
    except (OSError, ValueError, KeyError):
        return ""


def remember(work: Path, target: Path, recipe: str) -> None:
    """Note which release stands where, and what it was made of."""
    record = {"target": str(target.resolve()), "manifest": manifest_digest(target), "recipe": recipe}
    part = work / f"{RECORD}.part"
    part.write_text(json.dumps(record, indent=1))
    part.replace(work / RECORD)


def manifest_digest(target: Path) -> str:
    """Return the SHA-256 of a release's manifest."""
    return hashlib.sha256((target / "manifest.json").read_bytes()).hexdigest()


def gather(plan: Blueprint, selection: Plan) -> tuple[ReleaseTables, pa.Table]:
    """Return the tables of the release, cut shard by shard to what belongs to a sample, and the rare concepts cut."""
    parts: dict[str, list[pa.Table]] = {name: [] for name in COLUMNS}
    for shard in selection.shards:
        samples = pq.read_table(table_path(plan.work, TABLES["samples"], shard))
        for name, columns in COLUMNS.items():
            table = pq.read_table(table_path(plan.work, TABLES[name], shard), columns=list(columns))
            key = "article_id" if name == "articles" else "figure_id"
            parts[name].append(table.filter(pc.is_in(table[key], value_set=samples[key].combine_chunks())))
    tables = {name: pa.concat_tables(some) for name, some in parts.items()}
    tables["concepts"], rare = without_rare(tables["concepts"], least_images(plan))
    return ReleaseTables(**tables), rare


def least_images(plan: Blueprint) -> int:
    """Return the least number of images of a linked concept (rule 5 of the published files: 10)."""
    least = plan.release.min_concept_images
    curate = plan.stages[-1].params
    return least if least >= 0 else 10 if curate.preset == "published" else 0


def without_rare(concepts: pa.Table, least: int) -> tuple[pa.Table, pa.Table]:
    """Return the concepts without linked ones of fewer than `least` images, and a drop for each CUI cut."""
    linked = pc.and_(pc.equal(concepts["kind"], "concept"), pc.equal(concepts["origin"], "linker"))
    pairs = concepts.filter(linked).select(["figure_id", "cui"]).group_by(["figure_id", "cui"]).aggregate([])
    frequent = frequent_cuis(([cui] for cui in pairs["cui"].to_pylist()), least)
    cut = pc.and_(linked, pc.invert(pc.is_in(concepts["cui"], value_set=pa.array(sorted(frequent), pa.string()))))
    rare = sorted(set(concepts.filter(cut)["cui"].to_pylist()))
    rows = [
        {"key": c, "reason": "rare_concept", "detail": f"fewer than {least} images", "stage": "release", "shard": ""}
        for c in rare
    ]
    return concepts.filter(pc.invert(cut)), drops_table(rows)


def drops_table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows as a table of released drops."""
    return pa.table({name: [row.get(name, "") for row in rows] for name in DROPS_SCHEMA.names}, schema=DROPS_SCHEMA)


def kept_rows(plan: Blueprint, selection: Plan) -> dict[str, int]:
    """Return the rows that each stage kept."""
    stamps = {
        stage.name: [read_stamp(table_path(plan.work, stage.output, shard)) for shard in selection.shards]
        for stage in plan.stages
    }
    return {name: sum(stamp.rows for stamp in found if stamp) for name, found in stamps.items()}


def all_drops(plan: Blueprint, selection: Plan, rare: pa.Table) -> Iterator[pa.Table]:
    """Yield the drops of every stage and shard as tables of released drops, one at a time."""
    for stage in plan.stages:
        for shard in selection.shards:
            table = pq.read_table(drops_path(plan.work, stage.output, shard))
            more = {"stage": stage.name, "shard": shard}
            for name, value in more.items():
                table = table.append_column(name, pa.array([value] * table.num_rows, pa.string()))
            yield table.select(DROPS_SCHEMA.names).cast(DROPS_SCHEMA)
    yield rare
