"""The record of runs: `work/runs/<UTC time>.json`, one a run, and the lock that lets one run at a time work."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rocov2.engine.lock import locked as held
from rocov2.engine.lock import open_lock
from rocov2.engine.task import TaskReport
from rocov2.errors import ConfigError, refusals


@contextmanager
def locked(work: Path) -> Iterator[None]:
    """Hold the work folder for one run; IncompleteError for another run at the same time, and for a full disk."""
    try:
        handle = open_lock(work / ".lock")
    except OSError as error:
        raise ConfigError(f"{work}: {error.strerror}", "give --work a folder that can be written") from error
    with held(handle, f"another run is at work in {work}"), refusals(work):
        yield


def write_run(work: Path, tasks: list[TaskReport], outcome: dict[str, Any]) -> dict[str, Any]:
    """Write the record of a run that ended and return it; `outcome` is added as it is."""
    now = datetime.now(UTC)
    stages: dict[str, dict[str, Any]] = {}
    for task in tasks:
        stage = stages.setdefault(
            task.stage, {"tasks": 0, "rows": 0, "drops": {}, "requests": 0, "bytes": 0, "seconds": 0.0}
        )
        stage["tasks"] += 1
        stage["rows"] += task.rows
        stage["requests"] += task.requests
        stage["bytes"] += task.bytes
        stage["seconds"] = round(stage["seconds"] + task.seconds, 3)
        for reason, count in task.drops.items():
            stage["drops"][reason] = stage["drops"].get(reason, 0) + count
    failures = [
        {"stage": task.stage, "shard": task.shard, "error": task.error, "trace": task.trace}
        for task in tasks
        if task.error
    ]
    record = {"ended_at": now.isoformat(timespec="seconds"), **outcome, "stages": stages, "failures": failures}
    path = work / "runs" / f"{now:%Y%m%dT%H%M%S.%f}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(record, indent=1) + "\n")
    part.replace(path)
    return record


def last_run(work: Path) -> dict[str, Any]:
    """Return the newest record that can be read, or an empty one."""
    for path in sorted((work / "runs").glob("*.json"), reverse=True):
        with suppress(OSError, ValueError):
            found: dict[str, Any] = json.loads(path.read_text())
            return found
    return {}
