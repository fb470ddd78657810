"""The entry point: the group of commands, and the one place where an error becomes words and an exit code."""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

import click

from rocov2 import __version__
from rocov2.cli.options import Group, clean_lines
from rocov2.cli.stdout import guard_stdout
from rocov2.errors import RocoError, UsageError, refusals

COMMANDS = {
    "audit": "audit",
    "browse": "browse",
    "build": "build",
    "clean": "clean",
    "evaluate": "evaluate",
    "export": "export",
    "fetch": "fetch",
    "link": "link",
    "plan": "plan",
    "queue": "queue",
    "refresh": "refresh",
    "release": "release",
    "report": "report_page",
    "score": "score",
    "status": "report",
    "tables": "report",
    "verify": "verify",
    "vocabulary": "vocabularies",
    "why": "why",
}
"""Command -> the module of this room that has it; each is imported when it is asked for, which spares a second."""
INTERRUPTED = 130
TERMINATED = 143
"""As a shell counts: 128 and the number of the signal."""
PATIENCE_S = 3.0
SOON_S = 0.05


class Commands(Group):
    """The commands of COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"rocov2.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="rocov2")
def cli() -> None:
    """Rebuild, extend and keep current the ROCOv2 radiology dataset.

    Exit codes: 0 done, 1 a bug, 2 usage, 3 configuration or missing asset, 4 source unreachable or
    unexpected, 5 incomplete (run again), 6 checks failed (a build then releases nothing),
    130 interrupted, 143 terminated.
    """


def require_text(words: Sequence[str]) -> None:
    """Raise UsageError for a word that is no UTF-8: not every library below takes such a path."""
    for word in words:
        if any("\ud800" <= char <= "\udfff" for char in word):
            raise UsageError(f"{word!r} is no UTF-8", "give the file or folder another name")


class Terminated(KeyboardInterrupt):
    """SIGTERM, as `timeout`, a scheduler or a shutdown sends it: everything is let go as after Ctrl-C."""


def _terminate(*_: object) -> None:
    raise Terminated


def heed_signals() -> None:
    """Let SIGTERM end a command as Ctrl-C does, and neither be lost.

    Python drops whatever is raised in a callback of the collector of garbage, as each import makes one: an interruption
    that is met there is sent again, soon and from elsewhere.
    """
    signal.signal(signal.SIGTERM, _terminate)
    sys.unraisablehook = _send_again


def _send_again(dropped: "sys.UnraisableHookArgs") -> None:
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
        return
    number = signal.SIGTERM if issubclass(dropped.exc_type, Terminated) else signal.SIGINT
    again = threading.Timer(SOON_S, os.kill, (os.getpid(), number))
    again.daemon = True
    again.start()


def _leave_threads(code: int) -> None:
    """Exit at once if threads are still at work after a moment: what they have not committed has no final name."""
    until = time.monotonic() + PATIENCE_S
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                os._exit(code)


def run() -> None:
    """Run the command line and exit; no input ends in a traceback but a bug."""
    guard_stdout()
    heed_signals()
    try:
        with refusals("a file cannot be written"):
            require_text(sys.argv)
            cli(standalone_mode=False)
        print(end="", flush=True)
        code = 0
    except (click.exceptions.Abort, KeyboardInterrupt) as stopped:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        code = TERMINATED if isinstance(stopped.__cause__ or stopped, Terminated) else INTERRUPTED
        _leave_threads(code)
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except RocoError as error:
        print(f"rocov2: {clean_lines(error.message)}", file=sys.stderr)
        if error.advice:
            print(f"  next: {clean_lines(error.advice)}", file=sys.stderr)
        code = error.exit_code
    except Exception:  # noqa: BLE001 - the top of the program: whatever is left is a bug, and says so
        print(clean_lines(traceback.format_exc()), file=sys.stderr)
        print("rocov2: this is a bug; please report it with the lines above", file=sys.stderr)
        code = 1
    with suppress(RocoError):
        print(end="", flush=True)
    sys.exit(code)
