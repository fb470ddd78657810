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
    """Files of a repository that share their labels: a glob, and which of the sorted matches (all when empty).

    Of each the part `within` (left, top, right, bottom as shares) is taken, after quarter `turns` against the clock.
    """

    pattern: str
    label: str
    modality: str = ""
    compound: int = 0
    places: tuple[int, ...] = ()
    step: int = 1
    turns: int = 0
    within: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    def of(self, image: Image.Image) -> Image.Image:
        """The part of a picture that is taken, upright."""
        if self.turns:
            image = image.rotate(90 * self.turns, expand=True)
        sides = [share * side for share, side in zip(self.within, image.size * 2, strict=True)]
        return image.crop(tuple(round(side) for side in sides))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Repository:
    """A public repository: its name, the source name it gets, its licence and what is taken from it."""

    name: str
    source: str
    license: str
    files: tuple[Files, ...] = ()
    series: str = ""
