"""Bring every checkpoint of a work folder up to date: find what is stale, run it, say what happened."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rocov2.engine.checkpoint import Stamp, drops_path, read_stamp, stamp_for, table_path
from rocov2.engine.progress import Progress
from rocov2.engine.stage import Stage, table_name
from rocov2.engine.task import CORPUS, TaskReport, run_task


@dataclass
class RunReport:
    """What a run did: a report for each task, and the stages that had nothing to do."""

    tasks: list[TaskReport] = field(default_factory=list)
    fresh: dict[str, int] = field(default_factory=dict)

    @property
    def failures(self) -> list[TaskReport]:
        """Return the reports of the tasks that failed."""
        return [task for task in self.tasks if task.error]


@dataclass(frozen=True)
class Workshop:
    """A work folder, the shards that are to be up to date, and what runs the tasks."""

    work: Path
    shards: tuple[str, ...]
    executor: Executor
    retry: bool = False


def run_stages(shop: Workshop, stages: Sequence[Stage], progress: Progress) -> RunReport:
    """Run the stages in order, each over the shards that are not up to date.

    A shard that failed is left out of the stages that need it; a stage over the whole corpus does
    not run while any shard is missing. The report says so; nothing is raised.
    """
    report = RunReport()
    alive = list(shop.shards)
    for stage in stages:
        if stage.corpus and report.failures:
            break
        stale = stale_shards(shop.work, stage, alive, shop.retry)
        report.fresh[stage.name] = len(alive) - len(stale)
        done = run_corpus_or_shards(shop, stage, alive, stale, progress)
        report.tasks += done
        failed = {task.shard for task in done if task.error}
        alive = [shard for shard in alive if shard not in failed]
        if CORPUS in failed or any(task.source_failed for task in done):
            break
    return report


def run_corpus_or_shards(
    shop: Workshop, stage: Stage, alive: Sequence[str], stale: Mapping[str, Stamp], progress: Progress
) -> list[TaskReport]:
    """Run one stage over its stale shards and return the tasks' reports, in the order of the shards."""
    if not stale:
        return []
    jobs = (
        [(tuple(alive), next(iter(stale.values())))] if stage.corpus else [((s,), stamp) for s, stamp in stale.items()]
    )
    futures = {shop.executor.submit(run_task, shop.work, stage, shards, stamp): shards for shards, stamp in jobs}
    with progress.stage(stage.name, _input_rows(shop.work, stage, stale), len(jobs)) as bar:
        reports = _gather(futures, bar)
    return sorted(reports, key=lambda task: task.shard)


def _gather(futures: Mapping[Future[list[TaskReport]], Any], bar: Any) -> list[TaskReport]:
    """Collect reports as tasks end; once the source fails, what has not begun is cancelled."""
    reports: list[TaskReport] = []
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
        for future in done:
            if not future.cancelled():
                reports += future.result()
        if any(task.source_failed for task in reports):
            for future in waiting:
                future.cancel()
        bar.update(reports)
    return reports


def stale_shards(work: Path, stage: Stage, shards: Iterable[str], retry: bool = False) -> dict[str, Stamp]:
    """Return the shards whose checkpoint is absent or stale, with the stamp they are to get."""
    expected = expected_stamps(work, stage, shards)
    found = {shard: read_stamp(table_path(work, stage.output, shard)) for shard in expected}
    stale = {
        shard: stamp
        for shard, stamp in expected.items()
        if not is_fresh(found[shard], stamp)
        or not drops_path(work, stage.output, shard).exists()
        or (retry and transient_drops(stage, found[shard]))
    }
    return expected if stage.corpus and stale else stale


def is_fresh(found: Stamp | None, expected: Stamp) -> bool:
    """Return whether a checkpoint was made from the expected ingredients."""
    return found is not None and found.recipe == expected.recipe


def transient_drops(stage: Stage, stamp: Stamp | None) -> int:
    """Return how many rows a checkpoint dropped for reasons that are worth another try."""
    return sum(count for reason, count in stamp.drops.items() if reason in stage.transient) if stamp else 0


def expected_stamps(work: Path, stage: Stage, shards: Iterable[str]) -> dict[str, Stamp]:
    """Return the stamp each shard should have, from what stands in the work folder now.

    A shard whose input is missing has no expected stamp and is left out.
    """
    names = {shard: input_fingerprints(work, stage, shard) for shard in shards}
    ready = {shard: found for shard, found in names.items() if found is not None}
    if stage.corpus:
        stamp = stamp_for(stage.ingredients(ready))
        return dict.fromkeys(ready, stamp)
    return {shard: stamp_for(stage.ingredients(found)) for shard, found in ready.items()}


def input_fingerprints(work: Path, stage: Stage, shard: str) -> dict[str, str] | None:
    """Return table name -> fingerprint of a shard's inputs, or None when one of them is missing."""
    found: dict[str, str] = {}
    for row_class in stage.inputs:
        stamp = read_stamp(table_path(work, row_class, shard))
        if stamp is None:
            return None
        found[table_name(row_class)] = stamp.fingerprint
    return found


def _input_rows(work: Path, stage: Stage, shards: Iterable[str]) -> int:
    first = stage.inputs[0]
    stamps = (read_stamp(table_path(work, first, shard)) for shard in shards)
    return sum(stamp.rows for stamp in stamps if stamp)


def differences(found: Mapping[str, Any], expected: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Return in words how the ingredients of a checkpoint differ from what is expected."""
    lines = []
    for key in sorted(set(found) | set(expected)):
        old, new = found.get(key), expected.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            lines += differences(old, new, f"{prefix}{key}.")
        elif old != new:
            lines.append(f"{prefix}{key}: {old} -> {new}")
    return lines
