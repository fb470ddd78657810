"""Pictures without panel letters -> patches of letters drawn on them, and of what else stands there by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from filter_training.views import BLACK, WHITE, Rng, compress, ink
from rocov2.images.decode import decode
from rocov2.images.glyphs import Glyph, glyphs_of
from rocov2.images.letters import CAPITALS, CLASSES, SMALL

Array = np.ndarray
FONTS = Path("/usr/share/fonts/truetype")
UNSEEN = "DejaVuSerif"
STYLES = ("{}", "{}", "{}", "({})", "({})", "{})", "{}.", "{}:")
OTHERS = "QRSTUVWXYZqrstuvwxyz0123456789+-*#%&?!<>=→↑•×"
PIECES = 60
SIDES_PX = (260, 512)
SCALE = 2  # drawn at twice the size, so that reduction softens the letters as it does in a figure
SAME, ANOTHER = 0.55, 0.3


@dataclass(frozen=True)
class Drawn:
    """A character and the box that it fills, in pixels of the picture."""

    name: str
    box: tuple[float, float, float, float]


def font_files(unseen: bool = False) -> list[Path | None]:
    """Installed fonts, what articles mostly use more often, and the one that Pillow brings along as none; with `unseen`
    the family that is kept for judging, which else is left out."""
    files = sorted(path for path in FONTS.rglob("*.ttf") if "Math" not in path.name)
    kept = [path for path in files if path.name.startswith(UNSEEN)]
    if unseen:
        return list(kept)
    usual = [path for path in files if path.name.startswith(("LiberationSans-", "LiberationSerif-"))]
    return [*(path for path in files if path not in kept), *usual, *usual, *[None] * 6]


def font_of(path: Path | None, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font at a size in pixels."""
    return ImageFont.truetype(str(path), size) if path else ImageFont.load_default(size)


def patches_of(path: Path, fonts: list[Path | None], rng: Rng) -> Iterator[tuple[Array, int]]:
    """Patches and classes of a picture with letters drawn on it, and of the picture as it stands."""
    plain = decode(path.read_bytes()).rgb
    none = len(CLASSES) - 1
    for glyph in glyphs_of(plain):
        if glyph.alone:
            yield glyph.patch, none
    rgb, drawn = with_letters(Image.fromarray(plain), fonts, rng)
    for glyph in glyphs_of(rgb):
        name = name_of(glyph, drawn)
        if name is not None and glyph.patch.any():
            yield glyph.patch, CLASSES.index(name)


def name_of(glyph: Glyph, drawn: list[Drawn]) -> str | None:
    """The class of the character that a mark is; "" for a piece of one or for none; None for what cannot be told."""
    shared = [_shared(glyph.box, one.box) for one in drawn]
    best = int(np.argmax(shared))
    if shared[best] >= SAME:
        return drawn[best].name
    if shared[best] == 0:
        return None
    return "" if shared[best] < ANOTHER else None


def _shared(left: tuple[float, ...], right: tuple[float, ...]) -> float:
    """Intersection over union of two boxes."""
    wide = min(left[2], right[2]) - max(left[0], right[0])
    high = min(left[3], right[3]) - max(left[1], right[1])
    if wide <= 0 or high <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (left, right))
    return wide * high / (areas - wide * high)


def with_letters(image: Image.Image, fonts: list[Path | None], rng: Rng) -> tuple[Array, list[Drawn]]:
    """A picture with characters strewn over it, compressed, and what was drawn where."""
    scale = rng.uniform(*SIDES_PX) / max(image.size)
    size = (max(24, round(image.width * scale)), max(24, round(image.height * scale)))
    large = image.resize((size[0] * SCALE, size[1] * SCALE), Image.Resampling.BILINEAR)
    grey, pen = np.asarray(large.convert("L")), ImageDraw.Draw(large)
    drawn: list[Drawn] = []
    taken: list[tuple[float, ...]] = []
    for _ in range(PIECES):
        high = int(max(large.size) * min(0.15, 0.022 * np.exp(rng.exponential(0.45))))
        x, y = (float(value) for value in rng.uniform(0.01, 0.97, 2) * (large.width - high, large.height - high))
        box = (x - 0.8 * high, y - 0.3 * high, x + 2.2 * high, y + 1.4 * high)
        if all(_shared(box, other) == 0 for other in taken):
            taken.append(box)
            ground = float(grey[int(y) : int(y) + high, int(x) : int(x) + high].mean())
            drawn += write(pen, (x, y), (fonts[int(rng.integers(len(fonts)))], high, ground), rng)
    small = large.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    scaled = [Drawn(one.name, tuple(value / SCALE for value in one.box)) for one in drawn]  # type: ignore[arg-type]
    return np.asarray(compress(small, rng)), scaled


def write(
    pen: ImageDraw.ImageDraw, place: tuple[float, float], how: tuple[Path | None, int, float], rng: Rng
) -> list[Drawn]:
    """Write a letter in a style that panels have, or another character, sometimes on a plate of its own.

    `how` is the font's file, its size and the mean grey where it is to stand.
    """
    font = font_of(*how[:2])
    number = min(int(rng.exponential(4)), 15) if rng.random() < 0.5 else int(rng.integers(16))
    small = rng.random() < 0.45
    text, name = ("abcdefghijklmnop"[number], SMALL[number]) if small else (CAPITALS[number], CAPITALS[number])
    if rng.random() < 0.22:
        text, name = OTHERS[int(rng.integers(len(OTHERS)))], ""
    style = str(rng.choice(STYLES))
    colour = (WHITE if how[2] < 128 else BLACK) if rng.random() < 0.75 else ink(rng)
    whole = pen.textbbox(place, style.format(text), font=font)
    if rng.random() < 0.3:
        rim = how[1] * rng.uniform(0.15, 0.4)
        plate = (whole[0] - rim, whole[1] - rim, whole[2] + rim, whole[3] + rim)
        colour = colour if rng.random() < 0.5 else (255 - colour[0], 255 - colour[1], 255 - colour[2])
        pen.rectangle(plate, fill=BLACK if sum(colour) > 300 else WHITE)
    found, x = [], place[0]
    for part in style.format(text):
        pen.text((x, place[1]), part, fill=colour, font=font)
        box = pen.textbbox((x, place[1]), part, font=font)
        found.append(Drawn(name if part == text else part if part in "()" else "", box))
        x += pen.textlength(part, font=font)
    return found
