"""`refresh --rebase`: fold the deltas of many refreshes into baselines; the release stays as it is, byte for byte."""

from pathlib import Path
from typing import Any

from rocov2.cli.build import failure_of
from rocov2.cli.gathering import fingerprints
from rocov2.cli.network import default_workers
from rocov2.cli.pipeline import Blueprint, saved
from rocov2.cli.record import locked, write_run
from rocov2.cli.releasing import recipe_of, remember, standing
from rocov2.engine.absence import read_absence
from rocov2.engine.executors import open_executor
from rocov2.engine.fold import Origins, commit, fold_selection, fold_stage, foldings, remove_others
from rocov2.engine.live import live_path
from rocov2.engine.progress import Progress
from rocov2.engine.run import Workshop, run_stages, stale_shards
from rocov2.engine.selection import Plan, live_shards
from rocov2.engine.task import TaskReport
from rocov2.errors import IncompleteError


def rebase(work: Path) -> dict[str, Any]:
    """Fold what was built last, with the settings of then and without a request; return the record of the run.

    IncompleteError while a build has left something to do.
    """
    plan = saved(work)
    with locked(work):
        shards = live_shards(work)
        if not shards or any(stale_shards(work, stage, shards) for stage in plan.stages):
            raise IncompleteError(f"the last build in {work} was not finished", "run it again, then rebase")
        target, stamp = Path(plan.settings.release), read_absence(work).stamp
        stands = standing(work, target) == recipe_of(plan, planned(work, shards), stamp)
        origins = foldings(work)
        tasks: list[TaskReport] = []
        if origins:
            shards, tasks = folded(plan, origins)
            if stands:
                recipe = recipe_of(plan, planned(work, shards), stamp)
                remember(work, target, recipe, fingerprints(plan, shards))
        removed = remove_others(work, shards)
        outcome = {"requests": 0, "shards": len(shards), "folded": removed, "made": len(origins)}
        return write_run(work, tasks, {**outcome, "outcome": "rebased"})


def folded(plan: Blueprint, origins: Origins) -> tuple[list[str], list[TaskReport]]:
    """Write the new shards of every table and let them count: rows are copied, but a stage over the corpus is run."""
    work, chosen, tasks = plan.work, plan.settings, []
    shards: list[str] = []
    fold_selection(work, origins)
    for stage in plan.stages:
        if not stage.corpus:
            fold_stage(work, stage, origins)
            continue
        shards = shards or commit(work, origins)
        with open_executor(chosen.executor, chosen.workers or default_workers(), chosen.dask_address) as executor:
            report = run_stages(Workshop(work, tuple(shards), executor), [stage], Progress(work))
        tasks += report.tasks
        if report.failures:
            raise failure_of(report, {})
    return shards, tasks


def planned(work: Path, shards: list[str]) -> Plan:
    """Return these shards as a plan without news."""
    return Plan(tuple(shards), 0, live_path(work))
