"""`release`: write the release from the checkpoints as they stand, or prove that one is what its manifest says."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from rocov2.cli.options import AS_JSON, WORK, clean_text
from rocov2.cli.pipeline import Blueprint, saved
from rocov2.cli.rebuilding import manifest_of, other_tools, rebuild
from rocov2.cli.record import locked
from rocov2.cli.releasing import release_from
from rocov2.config import add_assignments, apply_settings
from rocov2.engine.absence import read_absence
from rocov2.engine.run import stale_shards
from rocov2.engine.selection import Plan, standing_plan
from rocov2.errors import CheckError, IncompleteError, UsageError
from rocov2.release.differences import differences
from rocov2.release.publish import recover, require_apart, require_replaceable
from rocov2.release.verify import verify_release


@click.command()
@WORK
@click.option("--release", "target", type=click.Path(path_type=Path), help="Folder to write.  [default: the last one]")
@click.option("--verify", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Release to rebuild.")
@click.option("-p", "assignments", multiple=True, metavar="release.NAME=VALUE", help="Set a parameter of the release.")
@AS_JSON
def release(work: Path, target: Path | None, verify: Path | None, assignments: Sequence[str], as_json: bool) -> None:
    """Write the release again from the checkpoints of a work folder; nothing is fetched and no stage is run.

    With --verify DIR, rebuild the release in DIR from the ingredients that its manifest names, into a scratch folder,
    and compare byte by byte. Exit 6 when a file differs, 3 when an ingredient is missing.
    """
    if verify and (target or assignments):
        raise UsageError("--verify takes all settings from the manifest", "leave --release and -p away")
    saved(required(work))
    with locked(work):
        plan = saved(work)
        if verify:
            say_verified(verify, verified(plan, verify), as_json)
        else:
            say_written(written(plan, target, assignments), as_json)


def required(work: Path) -> Path:
    """Return the work folder; UsageError when there is none, so that looking for one does not make it.

    What is no work folder is met by `saved` before it is locked, so that no lock is left in a release or elsewhere.
    """
    if not work.is_dir():
        raise UsageError(f"{work} is no folder", "give --work the folder of a build")
    return work


def verified(plan: Blueprint, folder: Path) -> dict[str, Any]:
    """Return what a release differs in from one made anew of the same ingredients, and notes on other tools."""
    notes = other_tools(manifest_of(folder))
    damaged = verify_release(folder)
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=plan.work) as scratch:
        differing = differences(folder, rebuild(plan, folder, Path(scratch)))
    known = {sentence.partition(":")[0] for sentence in differing}
    return {"differences": differing + [d for d in damaged if d.partition(":")[0] not in known], "notes": notes}


def say_verified(folder: Path, found: dict[str, Any], as_json: bool) -> None:
    """Print what was found; CheckError when it is anything."""
    if as_json:
        print(json.dumps({"release": str(folder), **found}, indent=1))
    else:
        for note in found["notes"]:
            print(f"note: {clean_text(note)}")
        for difference in found["differences"]:
            print(clean_text(difference))
        if not found["differences"]:
            print(f"{folder} is what its manifest says, byte for byte")
    if found["differences"]:
        more = f" and {len(found['differences']) - 1} more" if len(found["differences"]) > 1 else ""
        advice = "; ".join(found["notes"]) or "it was changed after it was written; restore it, or write it again"
        raise CheckError(f"{folder} differs: {clean_text(found['differences'][0])}{more}", advice)


def written(plan: Blueprint, target: Path | None, assignments: Sequence[str]) -> dict[str, Any]:
    """Write the release of the standing checkpoints and return what there is to tell."""
    params = apply_settings({"release": plan.release}, add_assignments({}, assignments))["release"]
    chosen = replace(plan.settings, release=str(target)) if target else plan.settings
    plan = replace(plan, release=params, settings=chosen)
    require_apart(Path(chosen.release), plan.work)
    recover(Path(chosen.release))
    require_replaceable(Path(chosen.release))
    selection = standing_plan(plan.work)
    require_fresh(plan, selection)
    return release_from(plan, selection, read_absence(plan.work).stamp)


def require_fresh(plan: Blueprint, selection: Plan) -> None:
    """Raise IncompleteError when a stage has something left to do."""
    for stage in plan.stages:
        if stale := stale_shards(plan.work, stage, selection.shards):
            raise IncompleteError(f"{stage.name} {min(stale)} is not up to date", "run rocov2 build")


def say_written(told: dict[str, Any], as_json: bool) -> None:
    """Print what was released."""
    if as_json:
        print(json.dumps(told, indent=1))
        return
    splits = ", ".join(f"{split} {count}" for split, count in told["samples"].items())
    print(f"{'unchanged' if told['is_unchanged'] else 'released'}: {told['path']}: {splits}")
    for note in told["notes"]:
        print(f"note: {note}")
