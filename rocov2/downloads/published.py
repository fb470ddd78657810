"""Counts a published ROCOv2 that was fetched: images and rows a split against the published figures, and strays.

A stray is a row without an image, an image without a row, or an id that a file has twice. Published figures: Rückert et
al., Scientific Data 11:688 (2024), record version 2; four rows of its training concepts have no image.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rocov2.errors import SourceError

SPLITS = ("train", "valid", "test")
IMAGES = {"train": 59_958, "valid": 9_904, "test": 9_927}
TABLES = ("captions", "concepts", "concepts_manual")
LICENCES = "license_information.csv"
STRAYS = "strays.csv"

csv.field_size_limit(16 << 20)


@dataclass(frozen=True, slots=True)
class Stray:
    """An id that stands in one place and not in another."""

    file: str
    id: str
    problem: str


def wanted(name: str, splits: tuple[str, ...], with_images: bool) -> bool:
    """Say whether a file of the record is wanted: those of the splits, and what belongs to none."""
    prefix = next((split for split in SPLITS if name.startswith(f"{split}_")), "")
    return (prefix in splits or not prefix) and (with_images or not is_archive(name))


def is_archive(name: str) -> bool:
    """Say whether a file of the record holds the images of a split."""
    return name in {f"{split}_images.zip" for split in SPLITS}


def count_rows(folder: Path, splits: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """Return for each split how many images and rows of each table are there."""
    counts: dict[str, dict[str, int]] = {}
    for split in splits:
        counts[split] = {"images": len(_images(folder, split))} if (folder / split).is_dir() else {}
        for table in TABLES:
            if (folder / f"{split}_{table}.csv").is_file():
                counts[split][table] = len(_ids(folder / f"{split}_{table}.csv"))
    return counts


def find_strays(folder: Path, splits: tuple[str, ...]) -> Iterator[Stray]:
    """Yield every row without an image, image without a row, and repeated id, as far as the files are there."""
    licensed = _ids(folder / LICENCES) if (folder / LICENCES).is_file() else None
    for split in splits:
        images = set(_images(folder, split)) if (folder / split).is_dir() else None
        for table in TABLES:
            name = f"{split}_{table}.csv"
            if (folder / name).is_file():
                yield from _strays(name, _ids(folder / name), images)
        if licensed is not None:
            yield from _strays(LICENCES, [name for name in licensed if f"_{split}_" in name], images)


def write_strays(folder: Path, strays: list[Stray]) -> Path:
    """Write `strays.csv`: file, id, problem."""
    path = folder / STRAYS
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("file", "id", "problem"))
        writer.writerows((stray.file, stray.id, stray.problem) for stray in strays)
    return path


def _strays(name: str, ids: list[str], images: set[str] | None) -> Iterator[Stray]:
    for repeated, times in Counter(ids).items():
        if times > 1:
            yield Stray(name, repeated, f"stands there {times} times")
    if images is None:
        return
    rows = set(ids)
    yield from (Stray(name, lonely, "row without an image") for lonely in sorted(rows - images))
    yield from (Stray(name, lonely, "image without a row") for lonely in sorted(images - rows))


def _images(folder: Path, split: str) -> list[str]:
    return [path.stem for path in (folder / split).iterdir() if path.is_file() and not path.name.startswith(".")]


def _ids(path: Path) -> list[str]:
    """Return the first column without its header; SourceError for a file that is no CSV in UTF-8."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [row[0] for row in csv.reader(file) if row][1:]
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path} is no CSV: {error}", "tell the authors of the record") from error
