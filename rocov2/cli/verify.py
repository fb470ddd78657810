"""`verify`: hash again what a work folder and a release hold, and name what is damaged."""

import json
import os
from contextlib import nullcontext
from pathlib import Path

import click

from rocov2.cli.options import AS_JSON, clean_text, said_here
from rocov2.cli.record import locked
from rocov2.engine.audit import damaged_checkpoints
from rocov2.errors import CheckError, UsageError
from rocov2.images.store import Store
from rocov2.pmc.inventory import damaged_shards
from rocov2.release.publish import MANIFEST
from rocov2.release.verify import verify_release

PATH = click.Path(path_type=Path)
SHOWN = 20


@click.command()
@click.option("--work", type=PATH, help="Folder of checkpoints and downloads.  [default: work, where it exists]")
@click.option("--release", type=PATH, help="Folder of a release.  [default: release, where it exists]")
@AS_JSON
def verify(work: Path | None, release: Path | None, as_json: bool) -> None:
    """Hash the downloads, checkpoints and inventories of a work folder, and every file of a release.

    Exit 6 when something is damaged. Downloads that are damaged are fetched again once they are deleted.
    """
    usual, usual_release = Path(said_here("work", "work")), Path(said_here("release", "release"))
    work = work or (usual if (usual / "selection").is_dir() else None)
    release = release or (usual_release if (usual_release / MANIFEST).is_file() else None)
    if work is None and release is None:
        raise UsageError("there is neither a work folder nor a release here", "give --work or --release")
    for place, option in ((work, "--work"), (release, "--release")):
        if place is not None and not place.is_dir():
            raise UsageError(f"{place} is no folder", f"give {option} the folder of a build")
    if work is not None and not (work / "selection").is_dir():
        raise UsageError(f"{work} is not the work folder of a build", "give --work one, or --release for a release")
    report = {"work": verify_work(work) if work else [], "release": verify_release(release) if release else []}
    problems = [problem for found in report.values() for problem in found]
    if as_json:
        print(json.dumps(report, indent=1))
    else:
        for problem in problems:
            print(clean_text(problem))
        print(f"{' and '.join(str(place) for place in (work, release) if place)}: {len(problems)} problems")
    if problems:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        advice = (
            "delete the files named, and work/images where some are of the store; then build again, or fetch --release"
        )
        raise CheckError(f"{clean_text(problems[0])}{more}", advice)


def verify_work(work: Path) -> list[str]:
    """Return a sentence for each file of a work folder that is not what it should be, while no run changes it.

    Where nothing may be written no run of ours is at work, and there is no lock to be had.
    """
    with locked(work) if os.access(work, os.W_OK) else nullcontext():
        return [
            *(f"{path}: damaged" for path in Store(work / "store").damaged()),
            *damaged_checkpoints(work),
            *(f"{path}: damaged or absent" for path in damaged_shards(work / "inventory")),
        ]
