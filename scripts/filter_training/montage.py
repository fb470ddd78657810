"""Single pictures -> synthetic compound figures with known seams."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from filter_training.views import BLACK, WHITE, Rng, compress, crop, letter, mark, rescale

# (rows, columns) and how often; PMC case reports favour two panels.
GRIDS = {
    (1, 2): 32,
    (2, 1): 14,
    (1, 3): 9,
    (3, 1): 4,
    (2, 2): 14,
    (2, 3): 6,
    (3, 2): 4,
    (3, 3): 3,
    (1, 4): 3,
    (2, 4): 2,
    (4, 4): 2,
}
NESTED_SHARE = 0.10


@dataclass(frozen=True)
class Montage:
    """A compound figure: its picture and its full-length seams as (start, end) fractions of width and of height."""

    image: Image.Image
    columns: tuple[tuple[float, float], ...]
    rows: tuple[tuple[float, float], ...]


def grid_of(rng: Rng) -> tuple[int, int]:
    """Draw the rows and columns of a montage."""
    weights = np.array(list(GRIDS.values()), dtype=float)
    return list(GRIDS)[int(rng.choice(len(GRIDS), p=weights / weights.sum()))]


def join(panels: Sequence[Image.Image], rows: int, columns: int, rng: Rng, plain: bool = False) -> Montage:
    """Lay rows x columns panels on a sheet.

    `plain` keeps the panels as they are apart from size: the two-panel joins that the filters are judged on.
    """
    cell = int(rng.uniform(110, 240))
    gutter = _gutter(rng, cell)
    colour = _sheet_colour(rng)
    if not plain:
        panels = [_panel(panel, rng) for panel in panels]
    if plain or rng.random() < 0.7:
        montage = _justified(panels, rows, columns, (cell, gutter), colour)
    else:
        montage = _cells(panels, rows, columns, (cell, gutter), colour, rng)
    if plain:
        return montage
    return _finish(montage, rows, columns, rng)


def nest(panels: Sequence[Image.Image], rng: Rng) -> Montage:
    """One large panel beside two or three small ones."""
    gutter, colour = _gutter(rng, 150), _sheet_colour(rng)
    stack = _justified(panels[1:], len(panels) - 1, 1, (int(rng.uniform(80, 140)), gutter), colour)
    pair = [_panel(panels[0], rng), stack.image]
    if rng.random() < 0.3:
        pair.reverse()
    montage = _justified(pair, 1, 2, (stack.image.height, gutter), colour)
    if rng.random() < 0.4:
        montage = Montage(montage.image.transpose(Image.Transpose.TRANSPOSE), montage.rows, montage.columns)
    return _finish(montage, 1, 2, rng)


def _panel(panel: Image.Image, rng: Rng) -> Image.Image:
    panel = crop(panel, rng, 0.12)
    if rng.random() < 0.15:
        values = np.asarray(panel, dtype=np.float32) * rng.uniform(0.75, 1.2)
        panel = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    return mark(panel, rng) if rng.random() < 0.35 else panel


def _gutter(rng: Rng, cell: int) -> int:
    return 0 if rng.random() < 0.42 else max(1, round(cell * float(rng.choice([0.008, 0.015, 0.03, 0.06, 0.1]))))


def _sheet_colour(rng: Rng) -> tuple[int, int, int]:
    return (
        WHITE
        if rng.random() < 0.6
        else BLACK
        if rng.random() < 0.75
        else tuple(int(v) for v in rng.integers(60, 250, 3))
    )  # type: ignore[return-value]


def _justified(
    panels: Sequence[Image.Image], rows: int, columns: int, sizes: tuple[int, int], colour: tuple[int, int, int]
) -> Montage:
    """Every panel keeps its shape: one height a row, rows stretched to one width; stacks have one width."""
    cell, gutter = sizes
    strips = []
    for row in range(rows):
        line = list(panels[row * columns : (row + 1) * columns])
        line = [panel.resize((max(8, round(panel.width * cell / panel.height)), cell)) for panel in line]
        strips.append(line)
    width = max(sum(panel.width for panel in line) for line in strips) + gutter * (columns - 1)
    edges: list[list[tuple[int, int]]] = []
    sheets = []
    for line in strips:
        inner = sum(panel.width for panel in line)
        scale = (width - gutter * (columns - 1)) / inner
        widths = [max(4, round(panel.width * scale)) for panel in line]
        height = max(8, round(cell * scale)) if rows > 1 else cell
        sheet = Image.new("RGB", (sum(widths) + gutter * (columns - 1), height), colour)
        x, marks = 0, []
        for panel, panel_width in zip(line, widths, strict=True):
            sheet.paste(panel.resize((panel_width, height)), (x, 0))
            marks.append((x + panel_width, x + panel_width + gutter))
            x += panel_width + gutter
        edges.append(marks[:-1])
        sheets.append(sheet)
    return _stack(sheets, edges, gutter, colour)


def _stack(
    sheets: list[Image.Image], edges: list[list[tuple[int, int]]], gutter: int, colour: tuple[int, int, int]
) -> Montage:
    width = max(sheet.width for sheet in sheets)
    height = sum(sheet.height for sheet in sheets) + gutter * (len(sheets) - 1)
    page = Image.new("RGB", (width, height), colour)
    y, rows = 0, []
    for sheet in sheets:
        page.paste(sheet, (0, y))
        rows.append((y + sheet.height, y + sheet.height + gutter))
        y += sheet.height + gutter
    # A vertical seam counts only where all rows break at the same place.
    together = [marks for marks in zip(*edges, strict=True) if np.ptp([start for start, _ in marks]) <= max(2, gutter)]
    columns = tuple((min(s for s, _ in marks) / width, max(e for _, e in marks) / width) for marks in together)
    return Montage(page, columns, tuple((start / height, end / height) for start, end in rows[:-1]))


def _cells(
    panels: Sequence[Image.Image],
    rows: int,
    columns: int,
    sizes: tuple[int, int],
    colour: tuple[int, int, int],
    rng: Rng,
) -> Montage:
    """Every cell has one size; panels are squeezed into it, or keep their shape on the sheet's colour."""
    cell, gutter = sizes
    width, height = cell, max(40, int(cell * rng.uniform(0.7, 1.3)))
    page = Image.new("RGB", (columns * width + (columns - 1) * gutter, rows * height + (rows - 1) * gutter), colour)
    keep = rng.random() < 0.4
    for place, panel in enumerate(panels):
        x, y = (place % columns) * (width + gutter), (place // columns) * (height + gutter)
        if keep:
            scale = min(width / panel.width, height / panel.height)
            size = (max(4, round(panel.width * scale)), max(4, round(panel.height * scale)))
            page.paste(panel.resize(size), (x + (width - size[0]) // 2, y + (height - size[1]) // 2))
        else:
            page.paste(panel.resize((width, height)), (x, y))
    seams = [
        tuple((n * (side + gutter) - gutter) / total for n in range(1, count))
        for side, count, total in ((width, columns, page.width), (height, rows, page.height))
    ]
    wide = (gutter / page.width, gutter / page.height)
    vertical, horizontal = (tuple((s, s + w) for s in starts) for starts, w in zip(seams, wide, strict=True))
    return Montage(page, vertical, horizontal)


def _finish(montage: Montage, rows: int, columns: int, rng: Rng) -> Montage:
    """Panel letters on half of them, a common scale and compression."""
    image = montage.image.copy()
    if rng.random() < 0.5:
        pen = ImageDraw.Draw(image)
        style = str(rng.choice(["{}", "{}", "({})", "{})", "{}."]))
        place_seed = int(rng.integers(1 << 30))
        names = "abcdefghijklmnop" if rng.random() < 0.4 else "ABCDEFGHIJKLMNOP"
        for place in range(min(16, rows * columns)):
            x, y = (place % columns) * image.width / columns, (place // columns) * image.height / rows
            box = (x, y, x + image.width / columns, y + image.height / rows)
            letter(pen, box, style.format(names[place]), np.random.default_rng(place_seed))
    return Montage(compress(rescale(image, rng), rng), montage.columns, montage.rows)
