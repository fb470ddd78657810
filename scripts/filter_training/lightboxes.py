"""Volumes -> sheets of slices as tools for checking them draw: rows of one plane or of three, outlines, labels, a histogram."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from filter_training.fusions import LAYERS
from filter_training.renderings import NUCLEAR
from filter_training.repositories import Taken
from filter_training.views import Rng, font
from filter_training.volumes import (
    WINDOWS,
    Floats,
    Volume,
    as_image,
    fused,
    on_grid,
    plane,
    projection,
    read_volume,
    toned,
)

OUTLINES = ((255, 40, 40), (255, 220, 0), (0, 230, 255), (90, 255, 90), (70, 110, 255), (255, 90, 255))
MASKS = ("BRAINMASK", "ROIMASK", "SEGMASK")


def _snapshots(clone: Path, rng: Rng) -> Iterator[Taken]:
    """Slices of two heads in T1 alone, and sheets of them with the outlines of their masks."""
    for name in ("Scan1", "Scan2"):
        stem = clone / "examples" / "scans" / name / f"{name}_T1"
        head = read_volume(stem.with_name(f"{stem.name}.nii.gz"))
        masks = [on_grid(read_volume(stem.with_name(f"{stem.name}_{mask}.nii.gz")), head) for mask in MASKS]
        for _ in range(5):
            values = plane(head.samples, int(rng.integers(3)), float(rng.uniform(0.3, 0.7)))
            pixels = toned(values, 0.0, _white(head, rng), "grey")
            yield Taken(as_image(pixels, rng), "mri", "MRI", 1, 0, name)
        for _ in range(14):
            mask = masks[int(rng.integers(len(masks)))] if rng.random() < 0.8 else None
            yield Taken(lightbox(head, mask, rng), "mri", "MRI", 1, 1, name)


def _white(volume: Volume, rng: Rng) -> float:
    inside = volume.samples[volume.samples > volume.samples.mean() * 0.2]
    return float(np.percentile(inside, rng.uniform(96, 99.8)))


def lightbox(head: Volume, mask: Floats | None, rng: Rng) -> Image.Image:
    """A sheet of 6 to 40 slices of one volume: each row one plane or a run of the same, masks outlined."""
    columns, rows, side = int(rng.integers(3, 9)), int(rng.integers(2, 6)), int(rng.integers(70, 120))
    gap, ground = int(rng.choice([0, 0, 2, 5])), (0, 0, 0) if rng.random() < 0.75 else (255, 255, 255)
    ceiling, colour = _white(head, rng), OUTLINES[int(rng.integers(len(OUTLINES)))]
    several, start, text = rng.random() < 0.5, int(rng.integers(3)), rng.random() < 0.4
    beside = side * 3 if rng.random() < 0.25 else 0
    sheet = Image.new("RGB", (columns * (side + gap) + beside, rows * (side + gap)), ground)
    pen = ImageDraw.Draw(sheet)
    for place in range(rows * columns):
        row, column = divmod(place, columns)
        axis = (start + row) % 3 if several else start
        share = (column + 0.5) / columns if several else (place + 0.5) / (rows * columns)
        share = 0.15 + 0.7 * share
        pixels = toned(plane(head.samples, axis, share), 0.0, ceiling, "grey")
        if mask is not None:
            _outline(pixels, plane(mask, axis, share), colour)
        tile = Image.fromarray(pixels)
        tile.thumbnail((side, side))
        corner = (column * (side + gap) + (side - tile.width) // 2, row * (side + gap) + (side - tile.height) // 2)
        sheet.paste(tile, corner)
        if text:
            pen.text(
                (column * (side + gap) + 2, row * (side + gap)), f"{share * 100:.0f}", colour, font(max(8, side // 8))
            )
    if beside:
        _histogram(pen, head, (sheet.width - beside, sheet.width, sheet.height // 2), colour)
    return sheet


def _outline(pixels: np.ndarray, labels: Floats, colour: tuple[int, int, int]) -> None:
    """Draw the edge of every label of a mask, one colour for the largest and others for the rest, in place."""
    for place, label in enumerate(np.unique(np.round(labels))[1:7]):
        inside = np.round(labels) == label
        pixels[inside & ~ndimage.binary_erosion(inside)] = colour if not place else OUTLINES[place % len(OUTLINES)]


def _histogram(
    pen: ImageDraw.ImageDraw, head: Volume, room: tuple[int, int, int], colour: tuple[int, int, int]
) -> None:
    left, right, bottom = room
    counts, _ = np.histogram(head.samples[head.samples > 0], right - left - 20)
    heights = np.sqrt(counts / counts.max()) * (bottom - 20)
    for place, height in enumerate(heights):
        pen.line((left + 10 + place, bottom - 5, left + 10 + place, bottom - 5 - float(height)), fill=colour)


def _headneck(clone: Path, rng: Rng) -> Iterator[Taken]:
    """PET and CT of one neck: slices and projections of each, and PET laid over CT."""
    folder = clone / "notebooks" / "sample data" / "CHGJ015"
    ct = read_volume(folder / "CHGJ015_ct.nii.gz")
    layer = on_grid(read_volume(folder / "CHGJ015_pt.nii.gz"), ct)
    for kind in ("pet",) * 8 + ("ct",) * 6 + ("petct",) * 16:
        axis, share = int(rng.choice([2, 2, 1, 0])), float(rng.uniform(0.2, 0.8))
        ceiling = max(float(np.percentile(layer, rng.uniform(98, 99.95))), 1e-6)
        low, high = WINDOWS["soft" if rng.random() < 0.7 else "bone"]
        grey = toned(plane(ct.samples, axis, share), low * rng.uniform(0.8, 1.2), high * rng.uniform(0.8, 1.2), "grey")
        if kind == "pet":
            values = projection(layer, axis) if axis < 2 and rng.random() < 0.5 else plane(layer, axis, share)
            yield Taken(as_image(toned(values, 0.0, ceiling, str(rng.choice(NUCLEAR))), rng), kind, "PET", 1, 0, kind)
        elif kind == "ct":
            yield Taken(as_image(grey, rng), kind, "CT", 1, 0, kind)
        else:
            pixels = fused(grey, plane(layer, axis, share), ceiling, str(rng.choice(LAYERS)), rng)
            yield Taken(as_image(pixels, rng), kind, "COMBINED", 1, 0, kind)


SHEET_SERIES: dict[str, Callable[[Path, Rng], Iterator[Taken]]] = {"snapshots": _snapshots, "headneck": _headneck}
