"""A fetch over several processes: where nothing limits the rate, the interpreter's lock does.

Each process has a share of the objects and of the connections, and tells what came of each. Journal, report and what
the output already holds stay with the process that was asked. The others are forked, which takes no time, where the
start of a new one would take as long as a thousand images; they touch nothing but the network and files. Linux only.
"""

import ctypes
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import monotonic

from rocov2.downloads.items import Found, Outcome
from rocov2.downloads.keeper import Keeper, Wishes
from rocov2.downloads.output import Output
from rocov2.errors import IncompleteError, RocoError
from rocov2.net import NetSettings, open_source
from rocov2.net.threads import map_as_done

LEAST = 500
"""Objects a process: fewer are not worth another one."""
EVERY_S = 0.05
_PR_SET_PDEATHSIG = 1
_CONTEXT = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Spread:
    """How many processes, and with what settings, its share of them, each opens the source."""

    processes: int
    source: str
    settings: NetSettings

    def pays(self, count: int) -> bool:
        """Say whether there are several processes, and enough objects for them."""
        return self.processes > 1 and count >= self.processes * LEAST


def keep_spread(found: Sequence[Found], spread: Spread, output: Output, wishes: Wishes) -> Iterator[Outcome]:
    """Yield an outcome for each object, soon after its image has its place.

    Raises what ended one of the processes (SourceError, IncompleteError); with it, or when the caller leaves, the
    others end: what has its final name is whole.
    """
    workers = {}
    try:
        for number in range(spread.processes):
            ours, theirs = _CONTEXT.Pipe(duplex=False)
            share = found[number :: spread.processes]
            workers[ours] = _CONTEXT.Process(target=_work, args=(theirs, share, spread, output, wishes), daemon=True)
            workers[ours].start()
            theirs.close()
        working = list(workers)
        while working:
            for pipe in _ready(working):
                try:
                    told = pipe.recv()
                except EOFError:
                    _require_ended(workers[pipe])
                    working.remove(pipe)
                    continue
                if isinstance(told, RocoError):
                    raise told
                yield from told
    finally:
        for worker in workers.values():
            worker.terminate()
            worker.join()


def _ready(pipes: list[Connection]) -> list[Connection]:
    return [pipe for pipe in wait(pipes) if isinstance(pipe, Connection)]


def _require_ended(worker: BaseProcess) -> None:
    """Raise IncompleteError for a process that did not come to its end."""
    worker.join()
    if worker.exitcode:
        raise IncompleteError(f"a process ended before its time (exit code {worker.exitcode})", "run it again")


def _work(told: Connection, share: Sequence[Found], spread: Spread, output: Output, wishes: Wishes) -> None:
    """Keep a share of the objects in a process of its own, and tell of them several times a second."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process will end this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _die_with_parent()
    source = open_source(spread.source, settings=spread.settings)
    keep = Keeper(source, output, wishes).keep
    outcomes, last = [], monotonic()
    try:
        for outcome in map_as_done(keep, share, source.connections):
            outcomes.append(outcome)
            if monotonic() - last > EVERY_S:
                told.send(outcomes)
                outcomes, last = [], monotonic()
    except RocoError as error:
        told.send(outcomes)
        told.send(error)
    else:
        told.send(outcomes)


def _die_with_parent() -> None:
    """Have the system kill this process when the one that was asked ends, however it does: it shares its lock."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
