"""The errors that a person is meant to read, each with the exit code of its kind.

`RocoError` says what happened and where; `advice` says what to do next.

    RocoError              1   a bug, if it is raised bare
    ├── UsageError         2   the command line cannot be obeyed
    ├── ConfigError        3   a setting or an asset is wrong or missing
    ├── SourceError        4   the source is unreachable or not what it should be
    ├── IncompleteError    5   some of the work is left; the same command resumes it
    └── CheckError         6   the release failed its checks and was not published
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REFUSALS = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS))
"""What a system says whose disk is full, or that does not let us write: no bug, and it may pass."""


IMPOSSIBLE = frozenset((errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP))
"""What a system says of a path that can never be written, as one below a file: it was not meant so."""


class RocoError(Exception):
    """What happened and where; `advice` is the next step for the person reading it."""

    exit_code = 1

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Keep the advice when the error crosses a process boundary."""
        return type(self), (self.message, self.advice)


class UsageError(RocoError):
    """The command line asks for something that cannot be done."""

    exit_code = 2


class ConfigError(RocoError):
    """A setting, an override file, a model or a vocabulary is wrong or missing."""

    exit_code = 3


class SourceError(RocoError):
    """The source cannot be reached, or answers what it should not."""

    exit_code = 4


class IncompleteError(RocoError):
    """Part of the work is left to do; running the same command again resumes it."""

    exit_code = 5


class CheckError(RocoError):
    """A release did not pass its checks, so nothing was published."""

    exit_code = 6


def refused(place: str | Path, error: OSError) -> IncompleteError:
    """The error for a disk that is full, or that does not let us write."""
    said = os.strerror(error.errno) if error.errno else error
    return IncompleteError(f"{place}: {said}", "free space or correct the permissions, then run the same command")


def unwritable(place: str | Path, error: OSError) -> RocoError:
    """The same for a place that a user named: a UsageError where it can never be, as below a file."""
    if error.errno in IMPOSSIBLE:
        return UsageError(f"{place}: {os.strerror(error.errno)}", "name another place")
    return refused(place, error)


@contextmanager
def refusals(place: str | Path) -> Iterator[None]:
    """Tell what the system refuses inside, at the file that it names or else at `place`, as `unwritable` does."""
    try:
        yield
    except OSError as error:
        if error.errno not in REFUSALS | IMPOSSIBLE:
            raise
        raise unwritable(error.filename or place, error) from error
