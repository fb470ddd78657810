"""One process at a time: the lock of a file or a folder, which the system frees with the process, however that ends."""

import fcntl
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rocov2.errors import IncompleteError


def open_lock(path: Path) -> int:
    """Return a handle for `locked` of a lock file, made with its folder where there is none; OSError where none can."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)


@contextmanager
def locked(handle: int, busy: str) -> Iterator[None]:
    """Hold the lock of an open file or folder while the block runs, then close it; a file says who holds it.

    IncompleteError(`busy`, and who it is) when another process has it.
    """
    is_file = stat.S_ISREG(os.fstat(handle).st_mode)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 200, 0).decode("utf-8", "replace").strip() if is_file else ""
            raise IncompleteError(busy + (f" ({holder})" if holder else ""), "wait for it to end") from error
        if is_file:
            _sign(handle)
        yield
    finally:
        os.close(handle)


def _sign(handle: int) -> None:
    with suppress(OSError):  # a disk that is full does not keep from what needs no room
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"pid {os.getpid()} on {socket.gethostname()}".encode(), 0)
