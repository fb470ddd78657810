"""Kinds of view that are made up out of one picture, for training alone: how many, how, and which labels they have."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from filter_training.fusions import fusion_of
from filter_training.kept import ranks
from filter_training.manifest import MODALITIES, Row
from filter_training.scintigrams import arched, close_up, label_map_of, scintigram_of
from filter_training.views import Rng, compress, crop, frame, vary_in_colour

PET, COMBINED = (MODALITIES.index(name) for name in ("PET", "COMBINED"))

Drawing = Callable[[Image.Image, Rng], Image.Image]


def in_full(image: Image.Image, rng: Rng) -> Image.Image:
    """Cropped, framed and compressed, but not made coarse: label maps with soft edges would be taken for SPECT."""
    return compress(frame(crop(image, rng, 0.10), rng), rng)


@dataclass(frozen=True)
class MadeUp:
    """A kind of made-up view: number, drawing, how that is varied, which pictures it is drawn from, its labels, and its
    first turn of luck."""

    count: int
    draw: Drawing
    vary: Drawing
    out_of: Callable[[Row], bool]
    radiology: int
    modality: int
    turn: int


def of(*names: str) -> Callable[[Row], bool]:
    """Whether a picture is of one of these modalities."""
    numbers = {MODALITIES.index(name) for name in names}
    return lambda row: row.modality in numbers


def is_a(label: str) -> Callable[[Row], bool]:
    """Whether a picture is of a class."""
    return lambda row: row.label == label


KINDS = {
    "fusion": MadeUp(900, fusion_of, vary_in_colour, of("CT", "MRI"), 1, COMBINED, 0),
    "scintigram": MadeUp(900, scintigram_of, vary_in_colour, of("CT", "MRI", "XRAY"), 1, PET, 10_000),
    "labels": MadeUp(300, label_map_of, in_full, of("CT", "MRI", "XRAY"), 0, -1, 20_000),
    "eye": MadeUp(300, arched, vary_in_colour, is_a("oct"), 0, -1, 30_000),
    "cell": MadeUp(300, close_up, vary_in_colour, is_a("microscopy"), 0, -1, 40_000),
}


def drawn_from(rows: list[Row], kind: MadeUp) -> list[int]:
    """The single pictures that the views of a kind are drawn from, one a view; large collections by the root of their size.

    None where there is no such picture.
    """
    slices = [index for index, row in enumerate(rows) if kind.out_of(row) and row.compound == 0]
    sizes = Counter(rows[index].family for index in slices)
    weights = np.array([sizes[rows[index].family] ** -0.5 for index in slices])
    names = np.array(slices)
    if not slices:
        return []
    return [slices[int(ranks(names, kind.turn + place, weights)[0])] for place in range(kind.count)]
