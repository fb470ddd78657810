"""A release made again from the ingredients that its manifest names, for it to be compared with."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rocov2 import __version__
from rocov2.cli.gathering import all_drops, fingerprints, gather, history_of
from rocov2.cli.pipeline import Blueprint, ReleaseParams
from rocov2.cli.releasing import folded_checkpoints
from rocov2.engine.selection import order, standing_plan
from rocov2.errors import CheckError, ConfigError
from rocov2.images.store import Store
from rocov2.release.pins import read_pins
from rocov2.release.previous import LEDGER, previous_splits, read_manifest
from rocov2.release.publish import MANIFEST
from rocov2.release.same_drops import as_released
from rocov2.release.tombstones import TOMBSTONES
from rocov2.release.write import ReleaseSettings, write_release

REMEMBERED = (MANIFEST, LEDGER, TOMBSTONES, "samples.parquet")
"""Files that a release reads of the one before it."""


def rebuild(plan: Blueprint, folder: Path, scratch: Path) -> Path:
    """Write the release in `folder` again below `scratch`, from the work folder of `plan`; return where it stands.

    Splits and tombstones are remembered from one release to the next, so those of `folder` are ingredients too.
    After a rebase the checkpoints that it folded the named ones into stand for them.
    Raises ConfigError naming what is missing: a checkpoint, an image, the pinned set, a setting.
    """
    manifest, ever = manifest_of(folder), previous_splits(folder)
    folded = folded_checkpoints(plan.work, folder)
    named = folded or manifest["checkpoints"]
    selection = replace(standing_plan(plan.work), shards=shards_of(named))
    require_checkpoints(named, fingerprints(plan, selection.shards), plan.work)
    plan = replace(plan, release=params_of(manifest, plan.release.pin))
    settings = settings_of(manifest, plan.release.pin)
    store = Store(plan.work / "store")
    require_images(folder, store)
    made = scratch / "release"
    made.mkdir(parents=True)
    for name in REMEMBERED:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, made / name)
    tables, rare = gather(plan, selection)
    history = history_of(plan, selection, rare, ever)
    if folded:
        drops = as_released(folder / "drops.parquet", lambda: all_drops(plan, selection, rare.slice(0, 0)))
        history = replace(history, drops=chain(drops, [rare]), checkpoints=manifest["checkpoints"])
    write_release(made, tables, history, store.path, settings, manifest["provenance"])
    return made


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return the manifest of a release that can be rebuilt; CheckError or ConfigError for another."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise CheckError(f"{folder} has no {MANIFEST} that can be read", "give --verify the folder of a release")
    if not isinstance(manifest.get("checkpoints"), dict) or not manifest["checkpoints"]:
        raise ConfigError(
            f"the manifest of {folder} does not name its checkpoints", "it is older than this; check it with verify"
        )
    return manifest


def shards_of(checkpoints: Mapping[str, str]) -> tuple[str, ...]:
    """Return the shards that a release was made from, in their order."""
    return tuple(order({name.partition(" ")[2] for name in checkpoints}))


def require_checkpoints(named: Mapping[str, str], standing: Mapping[str, str], work: Path) -> None:
    """Raise ConfigError unless the work folder holds every checkpoint by its fingerprint."""
    lost = sorted(name for name, mark in named.items() if standing.get(name) != mark)
    if lost:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        mark = named[lost[0]]
        raise ConfigError(
            f"an ingredient is missing: the checkpoint {lost[0]} ({str(mark)[:12]}) does not stand in {work}{more}",
            "give --work the folder that the release was made in, as it was then",
        )


def require_images(folder: Path, store: Store) -> None:
    """Raise ConfigError unless the store holds every image of the release."""
    try:
        samples = pq.read_table(folder / "samples.parquet", columns=["sample_id", "md5"]).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise CheckError(f"samples.parquet: cannot be read ({error})", "the release is damaged") from error
    lost = [row for row in samples if not store.path(row["md5"]).is_file()]
    if lost:
        raise ConfigError(
            f"an ingredient is missing: {len(lost):,} images, such as that of {lost[0]['sample_id']} (MD5 "
            f"{lost[0]['md5']}), do not stand in {store.path(lost[0]['md5']).parents[1]}",
            "fetch them: rocov2 build with the same settings, or fetch --release",
        )


def params_of(manifest: Mapping[str, Any], pin: str) -> ReleaseParams:
    """Return the parameters of the release that the manifest names."""
    try:
        return ReleaseParams(**{**manifest["provenance"]["params"]["release"], "pin": pin})
    except (KeyError, TypeError) as error:
        raise ConfigError(f"the manifest names a parameter that is unknown here: {error}", _OTHER) from error


def settings_of(manifest: Mapping[str, Any], pin: str) -> ReleaseSettings:
    """Return the policy that the manifest names; the set it is pinned to is read again and held to its digest."""
    said = dict(manifest["settings"])
    try:
        pinned = read_pins(Path(pin)) if said.pop("pinned") else {}
        bounds = tuple(said.pop("split_bounds")) or None
        lists = {"licenses": frozenset(said.pop("licenses")), "shares": tuple(said.pop("shares"))}
        settings = ReleaseSettings(**lists, **said, bounds=bounds, pinned=pinned)  # type: ignore[arg-type]
    except (KeyError, TypeError) as error:
        raise ConfigError(f"the manifest has settings that are unknown here: {error}", _OTHER) from error
    if settings.as_json() != manifest["settings"]:
        raise ConfigError(
            f"an ingredient is missing: the set that the release is pinned to is not that of {pin or 'release.pin'}",
            "restore the file that release.pin names",
        )
    return settings


_OTHER = "verify it with the rocov2 that made it"


def other_tools(manifest: Mapping[str, Any]) -> list[str]:
    """Return a note for each program that is of another version here than where the release was made."""
    made = manifest["provenance"]
    here = {"rocov2": __version__}
    for name in made.get("packages", {}):
        try:
            here[name] = version(name)
        except PackageNotFoundError:
            here[name] = "absent"
    there = {"rocov2": made.get("version"), **made.get("packages", {})}
    return [f"made with {name} {there[name]}, here is {here[name]}" for name in here if here[name] != there[name]]
