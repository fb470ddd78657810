"""Progress on stderr: a bar with counts and rate for a person, one line a stage for a log."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tqdm import tqdm

from rocov2.engine.task import TaskReport


class Bar(Protocol):
    """What the loop that gathers tasks tells, again and again, while it waits."""

    def update(self, reports: Sequence[TaskReport]) -> None:
        """Take the reports of the tasks that have ended so far."""


class Progress:
    """Shows a running stage. `mode` is `bar`, `line` or `off`."""

    def __init__(self, work: Path, mode: str = "") -> None:
        self.work = work
        self.mode = mode or ("bar" if sys.stderr.isatty() else "line")

    @contextmanager
    def stage(self, name: str, rows: int, tasks: int) -> Iterator[Bar]:
        """Show one stage of `tasks` tasks over `rows` input rows until the block ends."""
        started = time.monotonic()
        bar = _TaskBar(self.work, name, rows, hidden=self.mode != "bar")
        try:
            yield bar
        finally:
            bar.close()
            if self.mode == "line":
                print(bar.summary(tasks, time.monotonic() - started), file=sys.stderr, flush=True)


class _TaskBar:
    def __init__(self, work: Path, name: str, rows: int, hidden: bool) -> None:
        self.folder, self.name, self.total = work / ".progress", name, rows
        self.reports: Sequence[TaskReport] = ()
        self.bar = tqdm(total=rows, desc=f"{name:8}", unit=" rows", disable=hidden, file=sys.stderr, mininterval=0.5)

    def update(self, reports: Sequence[TaskReport]) -> None:
        """Move the bar to the rows of the ended tasks and of those under way."""
        self.reports = reports
        if not self.bar.disable:
            ended = sum(task.rows + sum(task.drops.values()) for task in reports)
            self.bar.n = min(ended + self._under_way(), self.total)
            self.bar.set_postfix(rows=sum(task.rows for task in reports), refresh=False)
            self.bar.refresh()

    def _under_way(self) -> int:
        total = 0
        for path in self.folder.glob(f"{self.name}.*"):
            try:
                total += int(path.read_text() or 0)
            except (OSError, ValueError):
                continue
        return total

    def close(self) -> None:
        """Leave the bar as it stands."""
        self.bar.close()

    def summary(self, tasks: int, seconds: float) -> str:
        """Return the line that a log gets."""
        rows = sum(task.rows for task in self.reports)
        drops = sum(sum(task.drops.values()) for task in self.reports)
        failed = sum(1 for task in self.reports if task.error)
        tail = f", {failed} failed" if failed else ""
        return f"{self.name}: {rows} rows, {drops} dropped in {tasks} tasks, {seconds:.1f} s{tail}"
