"""What is taken from public repositories: a picture with labels, rules about files, and a repository with its rules."""

from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True)
class Taken:
    """A picture with its labels; `compound` (-1 unclear) and `radiology` are 0 or 1, `modality` may be empty."""

    image: Image.Image
    label: str
    modality: str
    radiology: int
    compound: int
    group: str


@dataclass(frozen=True)
class Files:
    """Files of a repository that share their labels: a glob, and which of the sorted matches (all when empty)."""

    pattern: str
    label: str
    modality: str = ""
    compound: int = 0
    places: tuple[int, ...] = ()
    step: int = 1


@dataclass(frozen=True)
class Repository:
    """A public repository: its name, the source name it gets, its licence and what is taken from it."""

    name: str
    source: str
    license: str
    files: tuple[Files, ...] = ()
    series: str = ""
