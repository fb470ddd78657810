"""What the backends that a user installs have in common: what a model is, and what it finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from rocov2.errors import ConfigError


class Found(NamedTuple):
    """A span of a caption and its concept."""

    start: int
    end: int
    cui: str
    name: str
    tui: str
    score: float


@dataclass(frozen=True)
class Model:
    """Library and model with their versions, and the files and folders that are read."""

    name: str
    paths: tuple[Path, ...]

    def files(self) -> Iterator[Path]:
        """Every file that is read, in order."""
        for path in self.paths:
            yield from sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else (path,)


def installed(package: str, command: str) -> str:
    """Return the version of an installed package; ConfigError with the command that installs it."""
    try:
        return version(package)
    except PackageNotFoundError as error:
        raise ConfigError(f"the package {package} is not installed", f"Run: {command}") from error
