"""Options that several commands share, and how they meet `rocov2.toml` and the environment."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from rocov2.config import PRESETS, read_settings
from rocov2.engine.executors import KINDS
from rocov2.errors import REFUSALS, UsageError

Command = TypeVar("Command", bound=Callable[..., Any])

LONGEST_SENTENCE = 1000


class Group(click.Group):
    """A group whose help tells of each command in a whole sentence: click cuts it at the end of a line."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names and the first sentences."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, command.get_short_help_str(LONGEST_SENTENCE)) for name, command in commands if command]
            )


AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout instead of words.")


def said_here(name: str, otherwise: str, path: Path | None = None) -> str:
    """Return what the section [build] of a settings file (this folder's `rocov2.toml`) says of a name, or `otherwise`.

    ConfigError for a file that cannot be read.
    """
    return str(read_settings(path).get("build", {}).get(name, otherwise))


WORK = click.option(
    "--work",
    type=click.Path(path_type=Path),
    default=lambda: said_here("work", "work"),
    show_default="work, or as rocov2.toml says",
    help="Folder of checkpoints.",
)

_PATH = click.Path(path_type=Path)


def build_options(command: Command) -> Command:
    """Give a command the options that say what to build, from what, and with what."""
    for option in reversed(_BUILD_OPTIONS):
        command = option(command)
    return command


def selection_options(command: Command) -> Command:
    """Give a command the options that say which articles, from where, and under which settings."""
    for option in reversed(_SELECTION_OPTIONS):
        command = option(command)
    return command


_SOURCE = click.option(
    "--source", envvar="ROCOV2_SOURCE", help="pmc, sample, the URL of a bucket, or a folder with its keys as files."
)
_WORK = click.option("--work", type=_PATH, help="Folder of checkpoints and downloads.  [default: work]")
_RELEASE = click.option("--release", type=_PATH, help="Folder of the release.  [default: release]")
_ARTICLES = (
    click.option("--preset", help=f"Licences to keep: {', '.join(PRESETS)}.  [default: open]"),
    click.option("--ids", type=_PATH, help="Only the PMCIDs in this file, one a line."),
    click.option("--query", help="Only what this PMC search finds; `radiology` is a search made for the purpose."),
    click.option("--since", help="With --query: released to PMC on or after this date, YYYY-MM-DD."),
    click.option("--until", help="With --query: released to PMC on or before this date, YYYY-MM-DD."),
    click.option("--limit", type=click.IntRange(1), help="At most this many articles, lowest PMCIDs first."),
    click.option(
        "-p", "assignments", multiple=True, metavar="STAGE.NAME=VALUE", help="Set a parameter; may be repeated."
    ),
    click.option("--config", type=_PATH, help="Settings file.  [default: rocov2.toml, where it exists]"),
)
_SELECTION_OPTIONS = (_SOURCE, _WORK, *_ARTICLES, AS_JSON)
_BUILD_OPTIONS = (
    _SOURCE,
    _WORK,
    _RELEASE,
    *_ARTICLES,
    click.option("--umls", type=_PATH, help="Folder of a UMLS release (MRCONSO.RRF, MRSTY.RRF) to link with."),
    click.option(
        "--overrides", type=_PATH, help="Folder of figures.csv and mentions.csv.  [default: the bundled rules]"
    ),
    click.option(
        "--expectations", type=_PATH, help="What a release is held to.  [default: the bundled expectations.toml]"
    ),
    click.option("--workers", type=click.IntRange(1), help="Tasks at a time.  [default: the processors, at most 8]"),
    click.option("--executor", type=click.Choice(KINDS), help="What runs the tasks.  [default: processes]"),
    click.option("--dask-address", help="Scheduler of a dask cluster; a local cluster without it."),
    click.option("--retry", is_flag=True, help="Try again what could not be fetched last time."),
    click.option("--dry-run", is_flag=True, help="Say what would be fetched, in requests and bytes, and stop."),
    AS_JSON,
)


def make_parent(path: Path) -> None:
    """Make the folder that a file or folder is to stand in; UsageError where there can be none, as below a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in REFUSALS:
            raise
        raise UsageError(f"{path} cannot be made: {error.strerror}", "name another place") from error


def clean_text(text: str) -> str:
    """Return text that a terminal shows and does not obey: control characters become visible."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def clean_lines(text: str) -> str:
    """Return the same of a text of several lines, which it keeps."""
    return "\n".join(map(clean_text, text.split("\n")))
