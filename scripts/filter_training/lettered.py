"""Single pictures -> joins and grids with panel letters of known text, in a font that was never trained on and in Pillow's.

They are read by the network that was not trained on the fold of their pictures; bench_filters.py tells how often rightly.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from filter_training.glyph_drawing import SCALE, font_files, font_of
from filter_training.montage import Montage, join
from filter_training.views import BLACK, WHITE, Rng, compress
from rocov2.images.decode import LONG_SIDE_PX, decode
from rocov2.images.letters import read_letters

Array = np.ndarray
LAYOUTS = ((1, 2), (1, 2), (2, 1), (1, 3), (2, 2), (2, 3))
STYLES = ("{}", "{}", "({})", "{})", "{}.")
HEIGHTS = (0.028, 0.07)  # of the font, as a share of the figure's longer side
DRAWN = 1200
CORNERS = ((0.0, 0.0), (0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))


def read_drawn(rows: dict[str, Array], halves: list[Any]) -> dict[str, Array]:
    """Columns of DRAWN lettered figures: `truth` and `read` letters, whether the font was `unseen`, there is a `gutter`, and
    how many `panels`."""
    found: dict[str, list[Any]] = {name: [] for name in ("truth", "read", "unseen", "gutter", "panels")}
    for number, places in enumerate(members_of(rows)):
        rng = np.random.default_rng([11, number])
        layout = LAYOUTS[number % len(LAYOUTS)]
        panels = [Image.fromarray(decode(Path(str(rows["path"][p])).read_bytes()).rgb) for p in places]
        montage = join(panels[: layout[0] * layout[1]], *layout, rng, plain=True)
        unseen = number % 2 == 0
        figure, truth = lettered(montage, layout, unseen, rng)
        half = int(rows["fold"][places[0]]) % len(halves)
        gutter = any(start < end for start, end in montage.columns + montage.rows)
        values = (truth, read_letters(halves[half], np.asarray(figure)).letters, unseen, gutter, len(truth))
        for name, value in zip(found, values, strict=True):
            found[name].append(value)
    return {name: np.array(values) for name, values in found.items()}


def members_of(rows: dict[str, Array]) -> Iterator[Array]:
    """Six single radiology pictures of one source for each of DRAWN figures, spread evenly."""
    places = np.flatnonzero((rows["radiology"] == 1) & (rows["compound"] == 0))
    starts = [n for n in range(len(places) - 5) if rows["source"][places[n]] == rows["source"][places[n + 5]]]
    for start in np.array(starts)[np.linspace(0, len(starts) - 1, DRAWN).astype(int)]:
        yield places[start : start + 6]


def lettered(montage: Montage, layout: tuple[int, int], unseen: bool, rng: Rng) -> tuple[Image.Image, str]:
    """The figure with a letter in the same corner of each panel, as the pipeline would decode it, and the letters."""
    scale = rng.uniform(0.7, 1.0) * LONG_SIDE_PX / max(montage.image.size)
    size = tuple(max(32, round(side * scale)) for side in montage.image.size)
    large = montage.image.resize((size[0] * SCALE, size[1] * SCALE), Image.Resampling.BILINEAR)
    fonts = font_files(unseen=True) if unseen else [None]
    font = font_of(fonts[int(rng.integers(len(fonts)))], int(max(large.size) * rng.uniform(*HEIGHTS)))
    style, corner = str(rng.choice(STYLES)), CORNERS[int(rng.integers(len(CORNERS)))]
    names = "abcdef" if rng.random() < 0.4 else "ABCDEF"
    plate, light = rng.random() < 0.3, rng.random() < 0.5
    grey, pen = np.asarray(large.convert("L")), ImageDraw.Draw(large)
    for name, box in zip(names, boxes_of(montage, layout, large.size), strict=False):
        text = style.format(name)
        wide, high = (float(value) for value in pen.textbbox((0, 0), text, font=font)[2:])
        x = box[0] + 8 + corner[0] * (box[2] - box[0] - wide - 16)
        y = box[1] + 8 + corner[1] * (box[3] - box[1] - high - 16)
        ground = grey[int(y) : int(y + high) + 1, int(x) : int(x + wide) + 1]
        white = light if plate else ground.size == 0 or float(ground.mean()) < 128
        if plate:
            pen.rectangle((x - 4, y - 4, x + wide + 4, y + high + 4), fill=BLACK if white else WHITE)
        pen.text((x, y), text, fill=WHITE if white else BLACK, font=font)
    small = large.resize((size[0], size[1]), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return compress(small, rng), names[: layout[0] * layout[1]]


def boxes_of(montage: Montage, layout: tuple[int, int], size: tuple[int, int]) -> list[tuple[float, ...]]:
    """Panels in reading order, in pixels: between the seams that run through, or of equal size."""
    edges = []
    for count, seams, side in ((layout[1], montage.columns, size[0]), (layout[0], montage.rows, size[1])):
        cuts = seams if len(seams) == count - 1 else [(n / count, n / count) for n in range(1, count)]
        starts, ends = [0.0, *(end for _, end in cuts)], [*(start for start, _ in cuts), 1.0]
        edges.append([(start * side, end * side) for start, end in zip(starts, ends, strict=True)])
    return [(left, top, right, bottom) for top, bottom in edges[1] for left, right in edges[0]]
