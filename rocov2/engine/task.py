"""One task: one stage over one shard (or over the corpus), from checkpoints to a checkpoint."""

import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from rocov2.engine.checkpoint import CheckpointWriter, Stamp, read_batches, read_rows, table_path, write_checkpoint
from rocov2.engine.stage import Stage
from rocov2.errors import ConfigError, RocoError, SourceError, refusals
from rocov2.net import METER

CORPUS = "(corpus)"


@dataclass(frozen=True)
class TaskReport:
    """What a task did: rows and drops by reason, requests and bytes, or why it failed."""

    stage: str
    shard: str
    rows: int = 0
    drops: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0
    error: str = ""
    advice: str = ""
    trace: str = ""
    source_failed: bool = False
    is_misconfigured: bool = False


@dataclass(frozen=True)
class Corpus:
    """All shards of one table, for a stage that has to see them together."""

    work: Path
    row_class: type
    shards: tuple[str, ...]

    def rows(self, shard: str) -> Iterator[Any]:
        """Yield the rows of one shard."""
        return read_rows(table_path(self.work, self.row_class, shard), self.row_class)

    def batches(self, shard: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the batches of one shard, cut to the named columns."""
        return read_batches(table_path(self.work, self.row_class, shard), list(columns))


def run_task(work: Path, stage: Stage, shards: tuple[str, ...], stamp: Stamp) -> list[TaskReport]:
    """Run a stage over one shard, or over all of them when it is a corpus stage.

    Never raises for what goes wrong inside the stage: the report says it, so that one bad shard
    costs itself only.
    """
    started, before = time.monotonic(), METER.snapshot()
    label = CORPUS if stage.corpus else shards[0]
    try:
        with refusals(work):
            stamps = (
                _run_corpus(work, stage, shards, stamp)
                if stage.corpus
                else {label: _run_shard(work, stage, label, stamp)}
            )
    except Exception as error:  # noqa: BLE001 - the one place where a shard may fail without the others
        return [_failure(stage, label, error, time.monotonic() - started)]
    used = METER.snapshot() - before
    first = TaskReport(stage.name, label, requests=used.requests, bytes=used.bytes, seconds=time.monotonic() - started)
    return [
        TaskReport(stage.name, shard, made.rows, made.drops, first.requests, first.bytes, first.seconds)
        if number == 0
        else TaskReport(stage.name, shard, made.rows, made.drops)
        for number, (shard, made) in enumerate(stamps.items())
    ]


def _failure(stage: Stage, shard: str, error: Exception, seconds: float) -> TaskReport:
    advice = error.advice if isinstance(error, RocoError) else ""
    trace = "" if isinstance(error, RocoError) else "".join(traceback.format_exception(error))
    message = str(error) if isinstance(error, RocoError) else f"{type(error).__name__}: {error}"
    report = TaskReport(stage.name, shard, seconds=seconds, error=message, advice=advice, trace=trace)
    return replace(
        report, source_failed=isinstance(error, SourceError), is_misconfigured=isinstance(error, ConfigError)
    )


def _run_shard(work: Path, stage: Stage, shard: str, stamp: Stamp) -> Stamp:
    tables = [read_rows(table_path(work, row_class, shard), row_class) for row_class in stage.inputs]
    if tables:
        tables[0] = counted(tables[0], progress_path(work, stage.name, shard))
    items = stage.run(stage.params, *tables)
    return write_checkpoint(work, stage.output, shard, items, stamp, stage.transient)


def _run_corpus(work: Path, stage: Stage, shards: tuple[str, ...], stamp: Stamp) -> dict[str, Stamp]:
    """Write every shard of a corpus stage; its rows come shard by shard, in the order of `shards`."""
    tables = [Corpus(work, row_class, shards) for row_class in stage.inputs]
    stamps: dict[str, Stamp] = {}
    items = stage.run(stage.params, *tables)
    pending = next(items, None)
    for shard in shards:
        with CheckpointWriter(work, stage.output, shard) as writer:
            while pending is not None and pending[0] == shard:
                writer.add(pending[1])
                pending = next(items, None)
            stamps[shard] = writer.commit(stamp, by_content=True)
    if pending is not None:
        raise ValueError(f"{stage.name} yielded rows of shard {pending[0]} out of order")
    return stamps


def progress_path(work: Path, stage: str, shard: str) -> Path:
    """Return the file in which a running task says how many input rows it has taken."""
    return work / ".progress" / f"{stage}.{shard}"


def counted(rows: Iterable[Any], path: Path, every_s: float = 0.5) -> Iterator[Any]:
    """Pass rows on, writing their number to `path` now and then: a sign of life that works on any executor."""
    path.parent.mkdir(parents=True, exist_ok=True)
    due = time.monotonic() + every_s
    for number, row in enumerate(rows, start=1):
        if time.monotonic() >= due:
            path.write_text(str(number))
            due = time.monotonic() + every_s
        yield row
    path.unlink(missing_ok=True)
