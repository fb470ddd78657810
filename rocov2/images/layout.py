"""A picture -> what its rows and columns say about panels: edges, gutters, discontinuities, and boxes.

A seam is a line across a whole region where one panel ends and the next begins. A gutter is a seam
that has a width. Both are read off profiles: numbers for each column (or row) of a square picture.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE_PX = 192
WIDE_SIDE_PX = 260  # what the second backbone sees, for radiology, modality and region
MIDDLE_SIDE_PX = 240  # and the third, for radiology and modality
PARTS = 4
CHANNELS = 18
EDGE = 6  # positions at both ends of a profile where no seam is looked for
SEAM_LOGIT = 0.0
MAX_DEPTH = 4
MIN_AREA = 0.02
MIN_SIDE_PX = 32
MAX_PEELS = 4
Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]
Fractions = tuple[float, float, float, float]
FindSeams = Callable[[NDArray[np.uint8]], Floats]


def seam_profiles(square: NDArray[np.uint8]) -> Floats:
    """Profiles of a square RGB picture, uint8 (n, n, 3) -> float32 (2, CHANNELS, n); n a multiple of 4.

    `[0]` describes columns (vertical seams), `[1]` rows. The channels of position j are: mean, spread,
    minimum, maximum, share of near-black, of near-white and of coloured pixels; then for the step from
    j to j + 1: mean size, size of the mean, share of large steps, share of no step, share of lines where
    the step stands out from its neighbours, the least such share in four parts of the line, the mean
    step over that of the neighbourhood and its least in four parts (logarithms), correlation of the two
    sides at distance 1 and 3, and that at distance 1 less its neighbourhood's.
    """
    red, green, blue = (np.ascontiguousarray(square[:, :, channel]) for channel in range(3))
    colour = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue) > 32
    # Widened first: numpy 1 lets a scalar of 16 bits wrap around in the 8 bits of the array.
    red, green, blue = (channel.astype(np.uint16) for channel in (red, green, blue))
    gray = ((red * 77 + green * 150 + blue * 29) >> 8).astype(np.int16)
    columns = _profiles(gray, colour)
    rows = _profiles(np.ascontiguousarray(gray.T), np.ascontiguousarray(colour.T))
    return np.stack([columns, rows])


def _profiles(gray: NDArray[np.int16], colour: NDArray[np.bool_]) -> Floats:
    """Channels of each column; sums run down axis 0, which numpy does several columns at a time."""
    length, count = gray.shape
    values = gray.astype(np.float32)
    mean = values.sum(axis=0) / length
    centred = values - mean
    spread = np.sqrt((centred * centred).sum(axis=0) / length)
    centred /= spread + 2.0
    step = np.abs(gray[:, 1:] - gray[:, :-1])
    # A step stands out where it is twice the steps two columns before and after, and not noise.
    wide = np.concatenate([step[:, :1], step[:, :1], step, step[:, -1:], step[:, -1:]], axis=1)
    stands_out = step > 8 + 2 * np.maximum(wide[:, :-4], wide[:, 4:])
    part_out = _share(stands_out.reshape(PARTS, -1, count - 1))
    part_step = step.reshape(PARTS, -1, count - 1).sum(axis=1, dtype=np.int16) * (PARTS / length)
    part_ratio = np.log((part_step + 1.0) / (_neighbourhood(part_step) + 1.0))
    near = (centred[:, :-1] * centred[:, 1:]).sum(axis=0) / length
    far = (centred[:, :-3] * centred[:, 3:]).sum(axis=0) / length
    channels = [
        mean / 255.0,
        spread / 64.0,
        gray.min(axis=0) / 255.0,
        gray.max(axis=0) / 255.0,
        _share((gray < 16)[None])[0],
        _share((gray > 239)[None])[0],
        _share(colour[None])[0],
        part_step.mean(axis=0) / 32.0,
        np.abs(np.diff(mean)) / 32.0,
        _share((step > 24)[None])[0],
        _share((step < 2)[None])[0],
        part_out.mean(axis=0),
        part_out.min(axis=0),
        part_ratio.mean(axis=0),
        part_ratio.min(axis=0),
        near,
        np.concatenate([far[:1], far, far[-1:]]),
        near - _neighbourhood(near[None])[0],
    ]
    table = np.empty((CHANNELS, count), dtype=np.float32)
    for place, channel in enumerate(channels):
        table[place, : len(channel)] = channel
        table[place, len(channel) :] = channel[-1]
    return table


def _share(flags: NDArray[np.bool_]) -> Floats:
    """Share of true values down axis 1: (parts, at most 255 rows, columns) -> (parts, columns)."""
    counts = flags.view(np.uint8).sum(axis=1, dtype=np.uint8)
    return np.asarray(counts / flags.shape[1], dtype=np.float32)


def _neighbourhood(rows: Floats | NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of the places 2 to 6 away on both sides, for each row."""
    padded = np.concatenate([rows[:, :1]] * 7 + [rows] + [rows[:, -1:]] * 6, axis=1)
    total = np.cumsum(padded, axis=1, dtype=np.float64)
    around: NDArray[np.float64] = (total[:, 13:] - total[:, :-13] - total[:, 8:-5] + total[:, 5:-8]) / 10.0
    return around


def square_of(rgb: NDArray[np.uint8], side: int = SIDE_PX) -> NDArray[np.uint8]:
    """An RGB picture squeezed to a size that a model sees: uint8 (side, side, 3)."""
    square = Image.fromarray(rgb).resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(square, dtype=np.uint8)


def content_box(rgb: NDArray[np.uint8]) -> Box:
    """The part of a picture inside its plain margins, in pixels; the whole picture where nothing is left.

    A margin is made of rows or columns with next to no contrast (at most 12 grey levels between the 2nd
    and the 98th of a hundred pixels). Margins are peeled in turn, so a white border around a black
    margin goes with it.
    """
    gray = rgb[:, :, 1].astype(np.int16)
    x0, y0, x1, y1 = 0, 0, gray.shape[1], gray.shape[0]
    for _ in range(MAX_PEELS):
        busy_x, busy_y = (_busy(gray[y0:y1, x0:x1], axis) for axis in (0, 1))
        if not len(busy_x) or not len(busy_y):
            break
        box = x0 + int(busy_x[0]), y0 + int(busy_y[0]), x0 + int(busy_x[-1]) + 1, y0 + int(busy_y[-1]) + 1
        if box == (x0, y0, x1, y1):
            break
        x0, y0, x1, y1 = box
    return x0, y0, x1, y1


def _busy(gray: NDArray[np.int16], axis: int) -> NDArray[np.int64]:
    """Columns (axis 0) or rows (axis 1) with contrast."""
    length = gray.shape[axis]
    outer = length // 50
    sides = np.partition(gray, (outer, length - 1 - outer), axis=axis)
    low, high = (np.take(sides, place, axis=axis) for place in (outer, length - 1 - outer))
    return np.flatnonzero(high - low > 12)


def content_fractions(picture: NDArray[np.uint8]) -> Fractions:
    """The same as x0 y0 x1 y1 fractions, found on a copy of 128 x 128 px: (h, w) or (h, w, 3)."""
    small = Image.fromarray(picture).resize((128, 128), Image.Resampling.BILINEAR, reducing_gap=2.0).convert("RGB")
    x0, y0, x1, y1 = content_box(np.asarray(small))
    return x0 / 128, y0 / 128, x1 / 128, y1 / 128


def panel_boxes(rgb: NDArray[np.uint8], find_seams: FindSeams) -> tuple[float, ...]:
    """Panels of a picture as x0 y0 x1 y1 fractions, four numbers a panel, in the order of the cuts.

    `find_seams` turns a region into seam logits, float32 (2, SIDE_PX): columns, rows. The picture is cut
    along the seams of its stronger direction and each part again, up to four times. Parts under 2 % of
    the picture (letters, axes) and plain ones (gutters) are left out.
    """
    height, width = rgb.shape[:2]
    whole = content_box(rgb)
    boxes = _parts(rgb, whole, find_seams, MAX_DEPTH)
    least = MIN_AREA * (whole[2] - whole[0]) * (whole[3] - whole[1])
    kept = [box for box in boxes if (box[2] - box[0]) * (box[3] - box[1]) >= least and _has_contrast(rgb, box)]
    kept = kept or [whole]
    sides = (width, height, width, height)
    return tuple(round(value / side, 4) for box in kept for value, side in zip(box, sides, strict=True))


def largest_boxes(boxes: Sequence[float], count: int) -> list[Fractions]:
    """The `count` largest of some panels (four numbers each, as `panel_boxes` gives them), the largest first."""
    panels = [(boxes[at], boxes[at + 1], boxes[at + 2], boxes[at + 3]) for at in range(0, len(boxes), 4)]
    return sorted(panels, key=lambda box: (box[0] - box[2]) * (box[3] - box[1]))[:count]


def cut_out(rgb: NDArray[np.uint8], box: Fractions) -> NDArray[np.uint8]:
    """The pixels of a picture inside a box of fractions: a view, of one pixel a side at least."""
    height, width = rgb.shape[:2]
    left, top = min(int(box[0] * width), width - 1), min(int(box[1] * height), height - 1)
    return rgb[top : max(top + 1, round(box[3] * height)), left : max(left + 1, round(box[2] * width))]


def _has_contrast(rgb: NDArray[np.uint8], box: Box) -> bool:
    x0, y0, x1, y1 = box
    return len(_busy(rgb[y0:y1, x0:x1, 1].astype(np.int16), 0)) > 0


def _parts(rgb: NDArray[np.uint8], box: Box, find_seams: FindSeams, depth: int) -> list[Box]:
    x0, y0, x1, y1 = box
    if depth == 0 or min(x1 - x0, y1 - y0) < MIN_SIDE_PX:
        return [box]
    logits = find_seams(rgb[y0:y1, x0:x1])
    inner = logits[:, EDGE:-EDGE]
    axis = int(inner.max(axis=1).argmax())
    if inner[axis].max() <= SEAM_LOGIT:
        return [box]
    start, end = (x0, x1) if axis == 0 else (y0, y1)
    cuts = _runs(inner[axis] > SEAM_LOGIT)
    scale = (end - start) / SIDE_PX
    edges = [start] + [start + round((EDGE + place + 0.5) * scale) for place in cuts] + [end]
    found = []
    for low, high in pairwise(edges):
        if high - low < 8:
            continue
        part = (low, y0, high, y1) if axis == 0 else (x0, low, x1, high)
        left, top, right, bottom = content_box(rgb[part[1] : part[3], part[0] : part[2]])
        trimmed = (part[0] + left, part[1] + top, part[0] + right, part[1] + bottom)
        found += _parts(rgb, trimmed, find_seams, depth - 1)
    return found


def _runs(flags: NDArray[np.bool_]) -> list[int]:
    """Middle of each run of true values."""
    changes = np.flatnonzero(np.diff(np.concatenate([[0], flags.view(np.int8), [0]])))
    return [int(start + end) // 2 for start, end in zip(changes[::2], changes[1::2], strict=True)]
