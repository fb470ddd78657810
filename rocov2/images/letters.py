"""Marks of a picture, recognised -> the panel letters that it carries: A, B, C or a, b, c at the corners of panels.

Letters count as panel letters when they run from A without a gap (one in the middle may be hidden), have one case and
about one height, stand apart, follow each other row by row or column by column, and each shares a line or a column
with one before it. An A alone is nothing, nor are the R and L of sides.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rocov2.images.glyphs import Floats, Glyph, glyphs_of

CAPITALS, SMALL = "ABCDEFGHIJKLMNOP", "abCdefghIJKlmnOP"
"""The class of each letter in order: c, i, j, k, o and p look like their capitals once they are scaled."""
CLASSES = (*CAPITALS, *"abdefghlmn", "(", ")", "")
TALL = frozenset("bdfghklpjJKP")  # classes of small letters that rise above or reach below the others
TALL_RATIO = 1.36
SURE, SURE_BRACKET, SURE_RUN = 0.5, 0.3, 0.7
HEIGHTS_DIFFER = 1.4
APART, ALIGNED = 0.1, 0.04  # shares of the longer side
BEAM = 40
EACH = 8


@dataclass(frozen=True)
class PanelLetters:
    """Letters read as panel labels, from A or a on, none left out, and where each was seen as x, y fractions of the
    longer side; `sure` is the geometric mean of what the recogniser gave them, 0 to 1."""

    letters: str = ""
    places: tuple[tuple[float, float], ...] = ()
    sure: float = 0.0


@dataclass(frozen=True)
class Mark:
    """A recognised letter: centre and height in shares of the longer side, and how sure it is."""

    x: float
    y: float
    height: float
    sure: float


@dataclass(frozen=True)
class Run:
    """Marks that may be A, B, C ... so far, and whether they can still be read by rows and by columns."""

    marks: tuple[Mark, ...]
    by_rows: bool = True
    by_columns: bool = True

    @property
    def total(self) -> float:
        """Sum of log-probabilities; runs compared have one length."""
        return sum(float(np.log(mark.sure)) for mark in self.marks)


def read_letters(model: Any, rgb: NDArray[np.uint8]) -> PanelLetters:
    """Panel letters of an RGB picture, uint8 (height, width, 3); `model` is the session of letters.onnx."""
    glyphs = glyphs_of(rgb)
    if sum(glyph.alone for glyph in glyphs) < 2:
        return PanelLetters()
    patches = np.stack([glyph.patch for glyph in glyphs])[:, None]
    return panel_letters(glyphs, model.run(["classes"], {"patches": patches})[0], max(rgb.shape))


def panel_letters(glyphs: list[Glyph], shares: Floats, side: int) -> PanelLetters:
    """The longest run among glyphs, given the shares of CLASSES for each, (n, len(CLASSES)); `side` in pixels."""
    lone = [place for place, glyph in enumerate(glyphs) if glyph.alone and _bracketed(glyph, shares)]
    runs = [_longest(glyphs, shares, (lone, side, names)) for names in (CAPITALS, SMALL)]
    letters, run = max(runs, key=lambda one: (len(one[0]), one[1].total))
    sure = float(np.exp(run.total / max(1, len(run.marks))))
    if not letters or sure < SURE_RUN:
        return PanelLetters()
    return PanelLetters(letters, tuple((round(m.x, 4), round(m.y, 4)) for m in run.marks), sure)


def _bracketed(glyph: Glyph, shares: Floats) -> bool:
    """Whether what touches a mark on its line is a parenthesis that opens before it or closes after it."""
    for place, name in ((glyph.left, "("), (glyph.right, ")")):
        if place >= 0 and shares[place, CLASSES.index(name)] < SURE_BRACKET:
            return False
    return True


def _longest(glyphs: list[Glyph], shares: Floats, asked: tuple[list[int], int, str]) -> tuple[str, Run]:
    """The longest run of one case, as letters and marks; empty for less than two, or three with one hidden."""
    lone, side, names = asked
    runs, last, hidden = [Run(())], 0, 0
    for number, name in enumerate(names):
        marks = _marks(glyphs, shares, (lone, side, name), names == SMALL)
        longer = [new for run in runs for mark in marks if (new := _with(run, mark))]
        if longer:
            runs, last = sorted(longer, key=lambda run: -run.total)[:BEAM], number + 1
        elif number == 0 or hidden or last < number:
            break
        else:
            hidden = number
    best = runs[0]
    if len(best.marks) < (3 if 0 < hidden < last else 2):
        return "", Run(())
    own = "ABCDEFGHIJKLMNOP" if names == CAPITALS else "abcdefghijklmnop"
    return own[:last], best


def _marks(glyphs: list[Glyph], shares: Floats, asked: tuple[list[int], int, str], small: bool) -> list[Mark]:
    """The surest marks of one class."""
    lone, side, name = asked
    column = CLASSES.index(name)
    places = sorted((p for p in lone if shares[p, column] >= SURE), key=lambda p: -shares[p, column])[:EACH]
    ratio = TALL_RATIO if small and name in TALL else 1.0
    found = []
    for place in places:
        x0, y0, x1, y1 = (value / side for value in glyphs[place].box)
        found.append(Mark((x0 + x1) / 2, (y0 + y1) / 2, (y1 - y0) / ratio, float(shares[place, column])))
    return found


def _with(run: Run, mark: Mark) -> Run | None:
    """The run with one more mark, or none where that could not be the next panel's."""
    if not run.marks:
        return Run((mark,))
    heights = [one.height for one in (*run.marks, mark)]
    if max(heights) > HEIGHTS_DIFFER * min(heights):
        return None
    if any(max(abs(mark.x - one.x), abs(mark.y - one.y)) < APART for one in run.marks):
        return None
    if all(min(abs(mark.x - one.x), abs(mark.y - one.y)) > ALIGNED for one in run.marks):
        return None
    right, down = mark.x - run.marks[-1].x, mark.y - run.marks[-1].y
    by_rows = run.by_rows and down > -ALIGNED and (right > 0 or down >= APART)
    by_columns = run.by_columns and right > -ALIGNED and (down > 0 or right >= APART)
    return Run((*run.marks, mark), by_rows, by_columns) if by_rows or by_columns else None
