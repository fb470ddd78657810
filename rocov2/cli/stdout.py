"""Standard output that its reader may leave, as `| head` does: the command goes on, and its exit code is its own."""

import io
import sys
from contextlib import suppress
from typing import Any

from rocov2.errors import IncompleteError


class Stdout(io.FileIO):
    """Descriptor 1; what is written after the reader has gone is let go, a full disk is an IncompleteError, once."""

    is_lost = False

    def write(self, data: Any) -> int:
        """Write bytes, or let them go."""
        if not self.is_lost:
            try:
                return super().write(data)
            except BrokenPipeError:
                self.is_lost = True
            except OSError as error:
                self.is_lost = True
                raise IncompleteError(f"the output cannot be written: {error.strerror}", "run it again") from error
        return memoryview(data).nbytes


def guard_stdout() -> None:
    """Let `print` write to such an output; where there is no standard output, nothing is done.

    What the terminal's encoding lacks, and what of a path is no text, is shown by its number.
    """
    old = sys.stdout
    with suppress(AttributeError, OSError, ValueError):
        raw = Stdout(old.fileno(), "w", closefd=False)
        buffer = io.BufferedWriter(raw)
        by_line = bool(old.line_buffering)
        sys.stdout = io.TextIOWrapper(buffer, old.encoding, "backslashreplace", line_buffering=by_line)
