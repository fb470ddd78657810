"""From a finished work folder to a release: the tables gathered, the policy, the provenance, and what was said."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rocov2 import __version__
from rocov2.cli.gathering import fingerprints, gather, history_of
from rocov2.cli.overrides import require_used
from rocov2.cli.pipeline import Blueprint
from rocov2.config import licences_of
from rocov2.engine.checkpoint import read_stamp, table_path
from rocov2.engine.run import transient_drops
from rocov2.engine.selection import Plan
from rocov2.engine.stage import fingerprint, ingredient_params
from rocov2.errors import ConfigError
from rocov2.images.store import Store
from rocov2.net import folder_of
from rocov2.release.pins import read_pins
from rocov2.release.placing import require_method
from rocov2.release.previous import previous_splits, read_manifest
from rocov2.release.rows import SPLITS
from rocov2.release.split import share_bounds
from rocov2.release.tombstones import read_tombstones
from rocov2.release.write import ReleaseSettings, write_release

RECORD = "released.json"
PACKAGES = ("lxml", "numpy", "onnxruntime", "pillow", "pyarrow")


def release_from(plan: Blueprint, selection: Plan, stamp: str) -> dict[str, Any]:
    """Write the release unless it stands already, and return what to tell: path, samples a split, notes, retryable."""
    target, work = Path(plan.settings.release), plan.work
    settings, provenance = release_settings(plan), provenance_of(plan, stamp)
    recipe = recipe_of(plan, selection, stamp)
    retryable = count_retryable(plan, selection)
    manifest = read_manifest(target)
    if manifest and standing(work, target) == recipe:
        samples = {split: manifest["counts"]["splits"][split]["samples"] for split in SPLITS}
        notes = [*manifest["notes"], *require_used(plan, selection)]
        stones = len(read_tombstones(target))
        return told(target, samples, notes, retryable, {"tombstones": stones, "is_unchanged": True})
    warnings = require_used(plan, selection)
    tables, rare = gather(plan, selection)
    history = history_of(plan, selection, rare, previous_splits(target))
    made = write_release(target, tables, history, Store(work / "store").path, settings, provenance)
    remember(work, target, recipe)
    samples = {split: made.counts[split] for split in SPLITS}
    notes = [*made.notes, *warnings]
    return told(target, samples, notes, retryable, {"tombstones": made.tombstones, "is_unchanged": False})


def recipe_of(plan: Blueprint, selection: Plan, stamp: str) -> str:
    """Return the digest of all that the release is made of."""
    made = {"settings": release_settings(plan).as_json(), "provenance": provenance_of(plan, stamp)}
    return fingerprint({**made, "tables": fingerprints(plan, selection.shards)})


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


def require_policy(plan: Blueprint) -> None:
    """Raise ConfigError for parameters that no release can obey, before any stage is run: the release comes last."""
    settings = release_settings(plan)
    require_method(settings.split)
    share_bounds(settings.shares)


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
    kind = "folder" if folder_of(source) else "bucket" if "://" in source else source
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


def remember(work: Path, target: Path, recipe: str, folded: Mapping[str, str] | None = None) -> None:
    """Note which release stands where, and what it was made of.

    `folded` are the checkpoints that a rebase put in the place of those that the release's manifest names.
    """
    record: dict[str, Any] = {"target": str(target.resolve()), "manifest": manifest_digest(target), "recipe": recipe}
    record |= {"folded": folded} if folded else {}
    part = work / f"{RECORD}.part"
    part.write_text(json.dumps(record, indent=1))
    part.replace(work / RECORD)


def folded_checkpoints(work: Path, folder: Path) -> dict[str, str]:
    """Return what a rebase put in the place of the checkpoints that a release names; empty when there was none."""
    try:
        record = json.loads((work / RECORD).read_text())
        return dict(record["folded"]) if record["manifest"] == manifest_digest(folder) else {}
    except (OSError, ValueError, KeyError):
        return {}


def manifest_digest(target: Path) -> str:
    """Return the SHA-256 of a release's manifest."""
    return hashlib.sha256((target / "manifest.json").read_bytes()).hexdigest()
