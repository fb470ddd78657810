"""Runs a command and waits for all that it started, so that the processor time of the whole tree is told.

    python scripts/whole_tree.py COMMAND...

Workers that are forked from a server of their own are no children of the command, and nobody would count them. Linux.
"""

import ctypes
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


def measured(
    command: Sequence[str], environment: Mapping[str, str]
) -> tuple[float, float, subprocess.CompletedProcess[str]]:
    """Run a command; return its seconds, the processor seconds of its tree, and what it wrote."""
    before, started = used_s(), time.perf_counter()
    words = [sys.executable, str(Path(__file__)), *command]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    return time.perf_counter() - started, used_s() - before, done


def used_s() -> float:
    """Return the processor seconds of the children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Run the command, adopt and wait for what it leaves behind, and return its exit code."""
    if sys.argv[1:] in ([], ["-h"], ["--help"]):
        print(__doc__.strip())
        return 0 if sys.argv[1:] else 2
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    code = subprocess.run(sys.argv[1:], check=False).returncode
    with suppress(ChildProcessError):
        while True:
            os.wait()
    return code


if __name__ == "__main__":
    sys.exit(main())
