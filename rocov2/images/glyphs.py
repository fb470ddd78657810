"""A decoded picture -> the marks in it that could be a letter standing by itself, each as a small normalised patch.

A mark is a connected part that is brighter, or darker, than a bar. Four bars find white and coloured letters on dark,
black and coloured ones on light: pixels bright in all channels or in one, dark in all or in one. Two more find letters
on tissue of middle tones, where there is much of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

PATCH_PX = 20
SIDES = (0.012, 0.12)  # height of a letter, as a share of the picture's longer side
LEAST_PX = 6
ASPECTS = (0.1, 1.8)
FILLS = (0.12, 0.95)
CONTRAST, BELOW = 50, 20
WHITE, LIGHT, BRIGHT, BLACK, DIM, DARK = 205, 165, 115, 55, 90, 155
TONES = 0.1
NEAR = 1.0  # what stands closer than this many heights on the line of a mark is beside it
NARROW = 0.55
TEXT = 700  # so many marks of a letter's size are a page or a texture
AT_MOST = 50
RIM = 2
AROUND = np.ones((3, 3), dtype=bool)
NOTHING = np.zeros((PATCH_PX, PATCH_PX), dtype=np.float32)
Floats = NDArray[np.float32]
Boxes = NDArray[np.int64]


@dataclass(frozen=True)
class Glyph:
    """A mark: x0 y0 x1 y1 in pixels, its patch, and the places in the list of the narrow marks that touch its left and
    right side on its line (-1: nothing there). `alone` is false for what is there only as such a neighbour."""

    box: tuple[int, int, int, int]
    patch: Floats
    left: int = -1
    right: int = -1
    alone: bool = True


def glyphs_of(rgb: NDArray[np.uint8]) -> list[Glyph]:
    """Marks of a picture, uint8 (height, width, 3); patches are float32 (20, 20), 1 where the mark is and 0 around it.

    Left out is what has a wide mark next to it on its line (words), and all marks of a bar that finds hundreds.
    """
    red, green, blue = (np.ascontiguousarray(rgb[:, :, channel]) for channel in range(3))
    low: NDArray[np.uint8] = np.minimum(np.minimum(red, green), blue)
    high: NDArray[np.uint8] = np.maximum(np.maximum(red, green), blue)
    bars = [(low, WHITE), (high, BRIGHT), (~high, 255 - BLACK), (~low, 255 - DARK)]
    if _between(low, BRIGHT, LIGHT):
        bars.append((low, LIGHT))
    if _between(~high, 255 - DARK, 255 - DIM):
        bars.append((~high, 255 - DIM))
    found: list[Glyph] = []
    for values, bar in bars:
        found += _marks(values, bar, len(found))
    return found


def _between(values: NDArray[np.uint8], bar: int, next_bar: int) -> bool:
    """Whether so much lies between two bars that letters may stand on it."""
    return np.count_nonzero(values >= bar) - np.count_nonzero(values >= next_bar) > TONES * values.size


def _marks(values: NDArray[np.uint8], bar: int, before: int) -> list[Glyph]:
    """Marks of one bar; `before` is how many others come before them in the list."""
    labels, count = ndimage.label(values >= bar, structure=AROUND)
    if not count:
        return []
    boxes = _boxes(ndimage.find_objects(labels, count))
    heights, widths = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
    least, most = max(LEAST_PX, SIDES[0] * max(values.shape)), 2 * SIDES[1] * max(values.shape)
    chosen = np.flatnonzero((heights >= least) & (heights <= most) & (widths <= 2 * heights))
    if not 0 < len(chosen) <= TEXT:
        return []
    grounds = _grounds(values, boxes[chosen])
    shaped = _letter_like(boxes[chosen], values.shape) & (grounds <= bar - BELOW)
    kept = Kept(chosen, *_neighbours(boxes[chosen]), shaped)
    return list(_cut(values, labels, boxes, kept, (kept.wanted(grounds), before)))


@dataclass(frozen=True)
class Kept:
    """Marks of a letter's size: places among all, the nearest on both sides, which are crowded or shaped as letters."""

    numbers: Boxes
    left: Boxes
    right: Boxes
    crowded: NDArray[np.bool_]
    shaped: NDArray[np.bool_]

    def wanted(self, grounds: Floats) -> list[int]:
        """Places of the marks to look at, each neighbour of one after it: those on the plainest grounds first."""
        found: dict[int, None] = {}
        places = np.flatnonzero(self.shaped & ~self.crowded)
        for place in places[np.argsort(grounds[places], kind="stable")][:AT_MOST]:
            found.update(dict.fromkeys(int(one) for one in (place, self.left[place], self.right[place]) if one >= 0))
        return list(found)


def _boxes(slices: list[tuple[slice, slice]]) -> Boxes:
    return np.array([(x.start, y.start, x.stop, y.stop) for y, x in slices], dtype=np.int64)


def _letter_like(boxes: Boxes, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which have the height and the width of a letter, and do not touch the picture's edge."""
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    inside = (boxes[:, :2] > 0).all(axis=1) & (boxes[:, 2] < shape[1]) & (boxes[:, 3] < shape[0])
    upright = (widths >= ASPECTS[0] * heights) & (widths <= ASPECTS[1] * heights)
    fits: NDArray[np.bool_] = inside & upright & (heights <= SIDES[1] * max(shape))
    return fits


def _grounds(values: NDArray[np.uint8], boxes: Boxes) -> Floats:
    """How bright it is around each mark: at the corners of its box and half-way between, less the brightest two, where
    a parenthesis may be."""
    x0, y0, x1, y1 = boxes[:, 0] - RIM, boxes[:, 1] - RIM, boxes[:, 2] + RIM - 1, boxes[:, 3] + RIM - 1
    xs, ys = np.stack([x0, (x0 + x1) // 2, x1]), np.stack([y0, (y0 + y1) // 2, y1])
    columns = np.clip(xs[[0, 0, 0, 1, 1, 2, 2, 2]], 0, values.shape[1] - 1)
    rows = np.clip(ys[[0, 1, 2, 0, 2, 0, 1, 2]], 0, values.shape[0] - 1)
    return np.asarray(np.sort(values[rows, columns], axis=0)[:6].mean(axis=0), dtype=np.float32)


def _neighbours(boxes: Boxes) -> tuple[Boxes, Boxes, NDArray[np.bool_]]:
    """The nearest mark left and right of each on its line, -1 where none is near, and whether one of them is wide."""
    x0, y0, x1, y1 = boxes.T
    heights = y1 - y0
    shared = np.minimum(y1[:, None], y1) - np.maximum(y0[:, None], y0)
    least = np.minimum(heights[:, None], heights)
    line = (shared > 0.5 * least) & (heights > 0.5 * heights[:, None]) & (heights < 2.2 * heights[:, None])
    np.fill_diagonal(line, False)
    narrow = (x1 - x0) < NARROW * heights
    sides, crowded = [], np.zeros(len(boxes), dtype=bool)
    for distances in (x0[:, None] - x1, x0 - x1[:, None]):
        gaps = np.where(line & (distances > -0.3 * heights[:, None]), distances, 10**6)
        nearest = gaps.argmin(axis=1)
        near = gaps.min(axis=1) < NEAR * heights
        crowded |= near & ~narrow[nearest]
        sides.append(np.where(near, nearest, -1))
    return sides[0], sides[1], crowded


def _cut(
    values: NDArray[np.uint8], labels: NDArray[np.int32], boxes: Boxes, kept: Kept, order: tuple[list[int], int]
) -> Iterator[Glyph]:
    """The patches of the marks in order; a faint one keeps its place, with nothing on it, as others count by place."""
    places, before = order
    rank = {place: before + n for n, place in enumerate(places)}
    for place in places:
        number = int(kept.numbers[place])
        x0, y0, x1, y1 = (int(value) for value in boxes[number])
        patch = _patch(values, labels, number + 1, (x0, y0, x1, y1))
        left, right = (rank.get(int(one), -1) for one in (kept.left[place], kept.right[place]))
        alone = bool(kept.shaped[place] and not kept.crowded[place] and patch is not NOTHING)
        yield Glyph((x0, y0, x1, y1), patch, left, right, alone)


def _patch(values: NDArray[np.uint8], labels: NDArray[np.int32], number: int, box: tuple[int, ...]) -> Floats:
    """A mark and its soft rim, between what is around it (0) and its own tone (1), centred in a square."""
    x0, y0, x1, y1 = max(0, box[0] - RIM), max(0, box[1] - RIM), box[2] + RIM, box[3] + RIM
    part, own = values[y0:y1, x0:x1].astype(np.float32), labels[y0:y1, x0:x1] == number
    rim = _wider(_wider(own).T).T
    count, outside = int(np.count_nonzero(own)), rim.size - int(np.count_nonzero(rim))
    ground = float(np.dot(part.ravel(), ~rim.ravel())) / max(1, outside)
    tone = float(np.dot(part.ravel(), own.ravel())) / count - ground
    fill = count / ((box[2] - box[0]) * (box[3] - box[1]))
    if tone < CONTRAST or not FILLS[0] <= fill <= FILLS[1]:
        return NOTHING
    part = np.asarray(np.minimum(np.maximum((part - ground) / tone, 0), 1) * rim, dtype=np.float32)
    side = max(part.shape)
    square = np.zeros((side, side), dtype=np.float32)
    top, left = (side - part.shape[0]) // 2, (side - part.shape[1]) // 2
    square[top : top + part.shape[0], left : left + part.shape[1]] = part
    small = Image.fromarray(square).resize((PATCH_PX, PATCH_PX), Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.float32)


def _wider(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True one place further left and right as well."""
    wide = flags.copy()
    wide[:, 1:] |= flags[:, :-1]
    wide[:, :-1] |= flags[:, 1:]
    return wide
