"""Pictures -> fingerprints, and fingerprints -> the small pictures that they hold.

A fingerprint is text: 64-bit hashes of the picture without and with its margins (16 hexadecimal digits each), the box
inside the margins (8), then in base64 what is in that box at 48 x 48: the 275 lowest cosine coefficients in 8 bits,
which make a rough picture of 24 x 24, and 852 finer ones in 4.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rocov2.images.layout import Fractions, content_fractions

FINE_SIDE = 48
ROUGH_SIDE = FINE_SIDE // 2
ROUGH_SIDES = ROUGH_SIDE, ROUGH_SIDE // 2, ROUGH_SIDE // 3
FLAT_SPREAD = 4.0
RIM = 1 / 128  # of the small copy on which a box is found
BLUR_PX, ROUGH_BLUR_PX = 0.7, 0.6  # of a pixel of the fine and of the rough picture
HEAD, ROUGH, FINE = 20, 275, 426  # bytes: hashes and box, then coefficients
PADDING = -(ROUGH + FINE) % 3
LENGTH = 2 * HEAD + (ROUGH + FINE + PADDING) // 3 * 4
ROUGH_SCALE, FINE_SCALE, FINE_TOP = 25.0, 5.7, 7
PARSED_AT_ONCE = 1000  # what is read of so many stays in the cache
DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


def _cosines(side: int) -> Floats:
    """Orthonormal cosine transform, (side, side)."""
    order, place = np.mgrid[:side, :side]
    table = np.cos(np.pi * order * (2 * place + 1) / (2 * side)) * np.sqrt(2.0 / side)
    table[0] /= np.sqrt(2.0)
    return np.asarray(table, dtype=np.float32)


def _blur(side: int, width: float) -> Floats:
    """Gaussian blur as a matrix, edges repeated."""
    matrix = np.zeros((side, side))
    for step in range(-3, 4):
        places = np.clip(np.arange(side) + step, 0, side - 1)
        np.add.at(matrix, (np.arange(side), places), np.exp(-0.5 * (step / width) ** 2))
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True), dtype=np.float32)


_COSINES = {side: _cosines(side) for side in (FINE_SIDE, *ROUGH_SIDES)}
_SMOOTH = {FINE_SIDE: _blur(FINE_SIDE, BLUR_PX), ROUGH_SIDE: _blur(ROUGH_SIDE, BLUR_PX)}
# By sum of the two frequencies up to 22, the lowest first; then those up to 46, which the fine picture has besides.
_ORDERS = sorted(
    ((u, v) for u in range(FINE_SIDE) for v in range(FINE_SIDE) if 0 < u + v < FINE_SIDE - 1),
    key=lambda p: (p[0] + p[1] >= ROUGH_SIDE - 1, p[0] ** 2 + p[1] ** 2, p),
)
_ROWS, _COLUMNS = (np.array(part) for part in zip(*_ORDERS, strict=True))
_DAMPED = np.exp(-0.5 * (np.pi * ROUGH_BLUR_PX / ROUGH_SIDE) ** 2 * (_ROWS**2 + _COLUMNS**2))[:ROUGH]


def _values_of_two() -> NDArray[np.uint16]:
    """12 bits for every two bytes that are base64 digits, the first one the lower as they are read together."""
    sixes = np.zeros(256, np.uint16)
    sixes[list(DIGITS)] = np.arange(64)
    return np.asarray(sixes[None, :] << 6 | sixes[:, None], np.uint16).ravel()


def _waves(side: int) -> Floats:
    """What a step of each rough coefficient adds to a rough picture at `side` pixels, (coefficients, side * side)."""
    held = np.flatnonzero(np.maximum(_ROWS, _COLUMNS)[:ROUGH] < side)
    rows, columns = _ROWS[held], _COLUMNS[held]
    table = np.zeros((held[-1] + 1, side * side), np.float32)
    waves = _COSINES[side][rows][:, :, None] * _COSINES[side][columns][:, None, :]
    table[held] = waves.reshape(len(held), -1) * (_DAMPED[held] * (side / ROUGH_SIDE) / ROUGH_SCALE**2)[:, None]
    return table


_TWELVES = _values_of_two()
_WAVES = {side: _waves(side) for side in ROUGH_SIDES}


def fingerprint(rgb: Bytes, box: Fractions | None = None) -> str:
    """Fingerprint of a picture, uint8 (height, width, 3) or (height, width): LENGTH characters.

    `box` is what `content_fractions` found for it, where that is known already.
    The first 16 are the 64-bit perceptual hash. All but the margins are zero for a flat picture (a spread
    of less than 4 grey levels), which never counts as a look-alike of anything.
    """
    image = Image.fromarray(rgb).convert("L")
    box = _inside(box or content_fractions(rgb))
    whole = _spectrum(_small(image, (0.0, 0.0, 1.0, 1.0), ROUGH_SIDE))
    inner = _spectrum(_small(image, box, FINE_SIDE))
    sides = np.clip(np.round(np.array(box) * 255.0), 0, 255).astype(np.uint8)
    head = _hash(inner).to_bytes(8, "big") + _hash(whole).to_bytes(8, "big") + sides.tobytes()
    return written(head, inner)


def written(head: bytes, spectrum: Floats) -> str:
    """Fingerprint as text: hashes and box, and the 1127 coefficients of the inner picture."""
    rough = _rooted(spectrum[:ROUGH], ROUGH_SCALE, 127).tobytes()
    nibbles = (_rooted(spectrum[ROUGH:], FINE_SCALE, FINE_TOP) & 15).view(np.uint8)
    fine = (nibbles[::2] << 4 | nibbles[1::2]).tobytes()
    return head.hex() + base64.b64encode(rough + fine + bytes(PADDING)).decode("ascii")


def perceptual_hash(gray: Bytes) -> int:
    """64-bit hash of a picture without its margins: signs of its 64 lowest cosine coefficients."""
    return int(fingerprint(gray)[:16], 16)


def parse(fingerprints: Sequence[str]) -> Bytes:
    """Fingerprints as bytes, (n, HEAD + ROUGH + FINE). Raises ValueError for text that is no fingerprint."""
    return _parsed(fingerprints, HEAD + ROUGH + FINE)


def _parsed(fingerprints: Sequence[str], width: int) -> Bytes:
    """The first bytes of each, (n, width), where all of every text is what a fingerprint is written in."""
    try:
        if any(len(text) != LENGTH for text in fingerprints):
            raise ValueError("another length")
        text = "".join(fingerprints).encode("ascii")
        if text.translate(None, DIGITS):
            raise ValueError("another digit")
        digits = np.frombuffer(text, np.uint8).reshape(len(fingerprints), LENGTH)
        heads = bytes.fromhex(digits[:, : 2 * HEAD].tobytes().decode("ascii"))
    except ValueError as error:
        raise ValueError(f"a fingerprint has {LENGTH} hexadecimal and base64 digits: {error}") from error
    fours = -(-(width - HEAD) // 3)
    table = np.empty((len(fingerprints), HEAD + 3 * fours), np.uint8)
    table[:, :HEAD] = np.frombuffer(heads, np.uint8).reshape(-1, HEAD)
    table[:, HEAD:] = _decoded(digits[:, 2 * HEAD : 2 * HEAD + 4 * fours])
    return table[:, :width]


def _decoded(digits: Bytes) -> Bytes:
    """Bytes that are written in base64, (n, 4 m) -> (n, 3 m): two digits at a time."""
    twelves = _TWELVES.take(digits.view("<u2"))
    first, second = twelves[:, ::2], twelves[:, 1::2]
    parts = np.empty((*first.shape, 3), np.uint8)
    parts[:, :, 0] = first >> 4
    parts[:, :, 1] = first << 4 | second >> 8
    parts[:, :, 2] = second
    return parts.reshape(len(digits), -1)


@dataclass(frozen=True)
class Prints:
    """Fingerprints to be compared: their texts, and as bytes the part that all comparisons need, (n, HEAD + ROUGH).

    The finer part is read where it is asked for, since few pairs are alike enough for it to matter.
    """

    texts: Sequence[str]
    table: Bytes

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Prints":
        """Parse some texts; raises ValueError for one that is no fingerprint."""
        table = np.empty((len(texts), HEAD + ROUGH), np.uint8)
        for start in range(0, len(texts), PARSED_AT_ONCE):
            some = texts[start : start + PARSED_AT_ONCE]
            table[start : start + PARSED_AT_ONCE] = _parsed(some, HEAD + ROUGH)
        return cls(texts, table)

    @property
    def lively(self) -> NDArray[np.bool_]:
        """Which of them are of no flat picture."""
        return np.asarray(self.table[:, HEAD:].any(axis=1))

    @property
    def hashes(self) -> NDArray[np.uint64]:
        """The two hashes of each, (n, 2)."""
        return np.ascontiguousarray(self.table[:, :16]).view(">u8").astype(np.uint64)

    def boxes(self, rows: NDArray[np.int64]) -> Floats:
        """Left, top, right and bottom of the inner picture as shares of the whole, (n, 4)."""
        return self.table[rows, 16:HEAD].astype(np.float32) / 255.0

    def rough(self, rows: NDArray[np.int64], side: int = ROUGH_SIDE) -> Floats:
        """The inner pictures at 24, 12 or 8 pixels, (n, side, side)."""
        waves = _WAVES[side]
        coded = self.table[rows, HEAD : HEAD + len(waves)].view(np.int8).astype(np.float32)
        return np.asarray(coded * np.abs(coded) @ waves, np.float32).reshape(len(rows), side, side)

    def fine(self, rows: NDArray[np.int64]) -> Floats:
        """The inner pictures at 48 pixels, (n, 48, 48)."""
        return _pictures(spectra(parse([self.texts[row] for row in rows.tolist()])), FINE_SIDE)


def spectra(table: Bytes) -> Floats:
    """The coefficients that whole parsed fingerprints hold, (n, 1127)."""
    packed = table[:, HEAD + ROUGH :].view(np.int8)
    nibbles = np.stack([packed >> 4, np.left_shift(packed, 4) >> 4], axis=2).reshape(len(table), -1)
    rough = _squared(table[:, HEAD : HEAD + ROUGH].view(np.int8), ROUGH_SCALE)
    return np.concatenate([rough, _squared(nibbles, FINE_SCALE)], axis=1)


def _rooted(values: Floats, scale: float, top: int) -> NDArray[np.int8]:
    """Square roots as small integers: the small coefficients, of which there are many, keep more of their digits."""
    return np.asarray(np.clip(np.sign(values) * np.round(scale * np.sqrt(np.abs(values))), -top, top), np.int8)


def _squared(coded: NDArray[np.int8], scale: float) -> Floats:
    values = coded.astype(np.float32) / scale
    return np.asarray(values * np.abs(values), np.float32)


def _inside(box: Fractions) -> Fractions:
    """The box without the rim where a margin was: the box is found on a small copy, whose last pixel may hold both."""
    x0, y0, x1, y1 = box
    low = [side + RIM if side > 0.0 else side for side in (x0, y0)]
    high = [side - RIM if side < 1.0 else side for side in (x1, y1)]
    return box if high[0] - low[0] < 4 * RIM or high[1] - low[1] < 4 * RIM else (low[0], low[1], high[0], high[1])


def _small(image: Image.Image, box: Fractions, side: int) -> Floats:
    x0, y0, x1, y1 = box
    area = (x0 * image.width, y0 * image.height, x1 * image.width, y1 * image.height)
    fine = np.asarray(image.resize((2 * side, 2 * side), Image.Resampling.BILINEAR, box=area), dtype=np.float32)
    return np.asarray(fine.reshape(side, 2, side, 2).mean(axis=(1, 3)), dtype=np.float32)


def _spectrum(small: Floats) -> Floats:
    """As many coefficients as its side has of a picture at unit spread, in units of 24 x 24; zeros for a flat one."""
    side = len(small)
    smooth = _SMOOTH[side] @ small @ _SMOOTH[side].T
    spread = float(smooth.std())
    held = slice(None if side == FINE_SIDE else ROUGH)
    if spread < FLAT_SPREAD:
        return np.zeros(len(_ROWS[held]), dtype=np.float32)
    table = _COSINES[side] @ ((smooth - smooth.mean()) / spread) @ _COSINES[side].T
    return np.asarray(table[_ROWS[held], _COLUMNS[held]] * (ROUGH_SIDE / side), dtype=np.float32)


def _pictures(values: Floats, side: int) -> Floats:
    """Pictures at `side` pixels of coefficients, as many as there are, (n, side, side)."""
    rows, columns = _ROWS[: values.shape[1]], _COLUMNS[: values.shape[1]]
    held = np.maximum(rows, columns) < side
    table = np.zeros((len(values), side, side), np.float32)
    table[:, rows[held], columns[held]] = values[:, held] * (side / ROUGH_SIDE)
    return np.asarray(_COSINES[side].T @ table @ _COSINES[side], dtype=np.float32)


def _hash(spectrum: Floats) -> int:
    return int.from_bytes(np.packbits(spectrum[:64] > 0.0).tobytes(), "big")
