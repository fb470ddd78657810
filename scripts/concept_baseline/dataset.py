"""A data set in the published layout, ours or ROCOv2 itself -> IDs, CUI lists and pictures of one size. No PyTorch.

`{split}_concepts.csv` (ID,CUIs), `{split}_concepts_manual.csv`, `cui_mapping.csv` (CUI,Canonical name), `{split}/ID.jpg`.
"""

import csv
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rocov2.errors import UsageError
from rocov2.images.decode import BadImage, decode
from rocov2.release.files import write_csv
from rocov2.release.naming import EXTENSIONS

MAX_IMAGE_BYTES = 100_000_000
_ID = re.compile(r"[A-Za-z0-9_-]{1,120}")
_CUI = re.compile(r"C\d{7}")
_FORMATS = {extension: name for name, extension in EXTENSIONS.items()}
_ADVICE = "give the folder of a release, or of the published ROCOv2 files with its images unpacked"


@dataclass(frozen=True, slots=True)
class Split:
    """Samples in the order of the CSV: `ids[n]` has the concepts `cuis[n]` and the picture `images[n]`."""

    ids: tuple[str, ...]
    cuis: tuple[tuple[str, ...], ...]
    images: tuple[Path, ...]

    def part(self, limit: int, seed: int) -> "Split":
        """`limit` of the samples (0: all), chosen by a hash of seed and ID, in their order."""
        if limit <= 0 or limit >= len(self.ids):
            return self
        ranks = [hashlib.sha256(f"{seed} {name}".encode()).digest() for name in self.ids]
        kept = sorted(sorted(range(len(ranks)), key=ranks.__getitem__)[:limit])
        return Split(*(tuple(column[n] for n in kept) for column in (self.ids, self.cuis, self.images)))


def read_split(folder: Path, split: str, manual: bool = False) -> Split:
    """The samples of a split that have an image. Raises UsageError for a file that is absent or malformed.

    `manual` takes the curated concepts (modality, region, direction) alone. Rows without an image, as the published train
    split has four, are left out.
    """
    path = folder / f"{split}_concepts{'_manual' if manual else ''}.csv"
    files = {file.stem: file for file in sorted((folder / split).glob("*")) if file.suffix[1:] in _FORMATS}
    ids, lists, images = [], [], []
    for name, cell in _rows(path, ("ID", "CUIs")):
        cuis = tuple(cell.split(";")) if cell else ()
        if not _ID.fullmatch(name) or not all(_CUI.fullmatch(cui) for cui in cuis) or len(set(cuis)) < len(cuis):
            raise UsageError(f"{path} has a row that is not ID,CUIs: {name},{cell}"[:300], _ADVICE)
        if name in files:
            ids.append(name)
            lists.append(cuis)
            images.append(files[name])
    if not ids:
        raise UsageError(f"{path} names no image that is in {folder / split}", _ADVICE)
    return Split(tuple(ids), tuple(lists), tuple(images))


def read_mapping(folder: Path) -> list[str]:
    """The CUIs of `cui_mapping.csv`. Raises UsageError when it is absent or malformed."""
    return [cui for cui, _ in _rows(folder / "cui_mapping.csv", ("CUI", "Canonical name"))]


def write_predictions(path: Path, ids: Sequence[str], lists: Sequence[Sequence[str]]) -> None:
    """Write `ID,CUIs` in the published layout; an image without a concept has an empty cell."""
    write_csv(path, ("ID", "CUIs"), ((name, ";".join(cuis)) for name, cuis in zip(ids, lists, strict=True)))


@dataclass(slots=True)
class Pictures:
    """The images at one size, decoded when first asked for and kept while they fit into `cache_bytes`."""

    paths: Sequence[Path]
    size_px: int
    cache_bytes: int = 2_000_000_000
    _kept: dict[int, NDArray[np.uint8]] = field(default_factory=dict)

    def batch(self, indices: Sequence[int] | NDArray[np.int64]) -> NDArray[np.uint8]:
        """uint8 (images, size, size, 3). Raises UsageError naming a file that is no image."""
        return np.stack([self._one(int(number)) for number in indices])

    def _one(self, number: int) -> NDArray[np.uint8]:
        if number not in self._kept:
            picture = _squeezed(self.paths[number], self.size_px)
            if (len(self._kept) + 1) * picture.nbytes > self.cache_bytes:
                return picture
            self._kept[number] = picture
        return self._kept[number]


def _squeezed(path: Path, size_px: int) -> NDArray[np.uint8]:
    """Both sides brought to `size_px`, whatever the shape, as Keras' loader does."""
    try:
        if path.stat().st_size > MAX_IMAGE_BYTES:
            raise UsageError(f"{path} is larger than {MAX_IMAGE_BYTES:,} bytes", "remove the image and its row")
        rgb = decode(path.read_bytes(), _FORMATS[path.suffix[1:]]).rgb
    except (BadImage, OSError) as error:
        raise UsageError(f"{path}: {error}", "fetch the image again, or remove it and its row") from error
    return np.asarray(Image.fromarray(rgb).resize((size_px, size_px), Image.Resampling.BILINEAR), dtype=np.uint8)


def _rows(path: Path, columns: tuple[str, str]) -> list[tuple[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [(row[columns[0]], row[columns[1]]) for row in csv.DictReader(file)]
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise UsageError(f"cannot read {path}: {error!r}"[:300], _ADVICE) from error
    if any(cell is None for row in rows for cell in row):
        raise UsageError(f"{path} has a row of too few cells", _ADVICE)
    return rows
