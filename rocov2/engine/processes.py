"""Worker processes that share what they have read, leave signals to the main process and never outlive it."""

import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess, parent_process
from tempfile import TemporaryDirectory
from threading import Thread, current_thread, main_thread
from typing import ParamSpec, TypeVar

from rocov2.engine.schema import leave_pandas_out

_Words = ParamSpec("_Words")
_Result = TypeVar("_Result")
_STOPPING = (signal.SIGINT, signal.SIGTERM)


class Pool(ProcessPoolExecutor):
    """Processes forked from a server that has read the modules of this program and done nothing else."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers, mp_context=_context(), initializer=_begin)

    def submit(self, fn: Callable[_Words, _Result], /, *args: _Words.args, **kwargs: _Words.kwargs) -> Future[_Result]:
        """Submit a call; a process that this takes is started whole before a signal is met, or nobody would end it."""
        with _signals_afterwards():
            return super().submit(fn, *args, **kwargs)


def _context() -> BaseContext:
    """Where there can be no fork server, each process reads the modules for itself."""
    if not _can_serve():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([name for name in sys.modules if name.startswith("rocov2.") and "__" not in name])
    return context


def _can_serve() -> bool:
    """Say whether a server's socket can stand in the folder for temporary files: a name of 108 bytes is too long."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return False
    try:
        with TemporaryDirectory(prefix="pymp-") as folder, socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"{folder}/listener-12345678")
    except OSError:
        return False
    return True


@contextmanager
def _signals_afterwards() -> Iterator[None]:
    """Hold back SIGINT and SIGTERM until the block is left; what starts in it does not inherit that."""
    if current_thread() is not main_thread():
        yield
        return
    met: list[int] = []
    before = {number: signal.signal(number, lambda met_now, _: met.append(met_now)) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        for late in met:
            signal.raise_signal(late)


def _begin() -> None:
    """Leave interruptions to the main process, and end when it ends, however it does: no worker outlives its run."""
    leave_pandas_out()  # few stages need it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if main := parent_process():
        Thread(target=_end_after, args=(main,), daemon=True).start()


def _end_after(main: BaseProcess) -> None:
    main.join()
    os._exit(1)
