"""Options that several commands share, and how they meet `rocov2.toml` and the environment."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout instead of words.")
WORK = click.option(
    "--work", type=click.Path(path_type=Path), default=Path("work"), show_default=True, help="Folder of checkpoints."
)


def clean_text(text: str) -> str:
    """Return text that a terminal shows and does not obey: control characters become visible."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
