"""Pictures -> fingerprints; the fingerprints of a corpus -> clusters of look-alikes.

A fingerprint is text: 64-bit hashes of the picture without and with its margins (16 hexadecimal digits
each), the box inside the margins (8), and what is in that box at 24 x 24 as 275 cosine coefficients of 8 bits.
The hashes find candidates, the small pictures are laid on each other to judge them: a crop of 5 % a
side changes a hash as much as the next slice of a series does, so no hash distance parts the two.
"""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rocov2.images.align import unexplained
from rocov2.images.layout import Fractions, content_fractions
from rocov2.images.neighbours import near_pairs

SIDE = 24
FINE_SIDE = 2 * SIDE
TOP_FREQUENCY = 22
FLAT_SPREAD = 4.0
DIGITS = 2 * (8 + 8 + 4 + 275)
MAX_UNEXPLAINED = 0.022
ROUGH_BAR, COARSE_BAR = 0.25, 0.07  # at half the side, before a fit and after two steps: see data/models/README.md
RIM = 1 / 128  # of the small copy on which a box is found
PAIRS_AT_ONCE = 512
Bytes = NDArray[np.uint8]


def _cosines(side: int) -> NDArray[np.float32]:
    """Orthonormal cosine transform, (side, side)."""
    order, place = np.mgrid[:side, :side]
    table = np.cos(np.pi * order * (2 * place + 1) / (2 * side)) * np.sqrt(2.0 / side)
    table[0] /= np.sqrt(2.0)
    return np.asarray(table, dtype=np.float32)


def _blur(side: int, width: float) -> NDArray[np.float32]:
    """Gaussian blur as a matrix, edges repeated."""
    matrix = np.zeros((side, side))
    for step in range(-3, 4):
        places = np.clip(np.arange(side) + step, 0, side - 1)
        np.add.at(matrix, (np.arange(side), places), np.exp(-0.5 * (step / width) ** 2))
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True), dtype=np.float32)


COSINES, BLUR = _cosines(SIDE), _blur(SIDE, 0.7)
_COSINES_OF = {SIDE: COSINES, SIDE // 2: _cosines(SIDE // 2)}
_ORDERS = sorted(
    ((u, v) for u in range(SIDE) for v in range(SIDE) if 0 < u + v <= TOP_FREQUENCY),
    key=lambda p: (p[0] ** 2 + p[1] ** 2, p),
)
ROWS, COLUMNS = (np.array(part) for part in zip(*_ORDERS, strict=True))


def fingerprint(rgb: Bytes, box: Fractions | None = None) -> str:
    """Fingerprint of a picture, uint8 (height, width, 3) or (height, width): DIGITS hexadecimal digits.

    `box` is what `content_fractions` found for it, where that is known already.
    The first 16 are the 64-bit perceptual hash. All but the margins are zero for a flat picture (a spread
    of less than 4 grey levels), which never counts as a look-alike of anything.
    """
    image = Image.fromarray(rgb).convert("L")
    box = _inside(box or content_fractions(rgb))
    whole = _spectrum(_small(image, (0.0, 0.0, 1.0, 1.0)))
    inner = _spectrum(_small(image, box))
    coded = np.sign(inner) * np.round(25.0 * np.sqrt(np.abs(inner)))
    sides = np.clip(np.round(np.array(box) * 255.0), 0, 255).astype(np.uint8)
    head = _hash(inner).to_bytes(8, "big") + _hash(whole).to_bytes(8, "big") + sides.tobytes()
    body: bytes = np.clip(coded, -127, 127).astype(np.int8).tobytes()
    digits: str = (head + body).hex()
    return digits


def _inside(box: Fractions) -> Fractions:
    """The box without the rim where a margin was: the box is found on a small copy, whose last pixel may hold both."""
    x0, y0, x1, y1 = box
    low = [side + RIM if side > 0.0 else side for side in (x0, y0)]
    high = [side - RIM if side < 1.0 else side for side in (x1, y1)]
    return box if high[0] - low[0] < 4 * RIM or high[1] - low[1] < 4 * RIM else (low[0], low[1], high[0], high[1])


def perceptual_hash(gray: Bytes) -> int:
    """64-bit hash of a picture without its margins: signs of its 64 lowest cosine coefficients."""
    return int(fingerprint(gray)[:16], 16)


def _small(image: Image.Image, box: Fractions) -> NDArray[np.float32]:
    x0, y0, x1, y1 = box
    area = (x0 * image.width, y0 * image.height, x1 * image.width, y1 * image.height)
    fine = np.asarray(image.resize((FINE_SIDE, FINE_SIDE), Image.Resampling.BILINEAR, box=area), dtype=np.float32)
    return np.asarray(fine.reshape(SIDE, 2, SIDE, 2).mean(axis=(1, 3)), dtype=np.float32)


def _spectrum(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """Lowest 275 cosine coefficients at unit spread, lowest first; zeros for a flat picture."""
    smooth = BLUR @ small @ BLUR.T
    spread = float(smooth.std())
    if spread < FLAT_SPREAD:
        return np.zeros(len(ROWS), dtype=np.float32)
    table = COSINES @ ((smooth - smooth.mean()) / spread) @ COSINES.T
    return np.asarray(table[ROWS, COLUMNS], dtype=np.float32)


def _hash(spectrum: NDArray[np.float32]) -> int:
    return int.from_bytes(np.packbits(spectrum[:64] > 0.0).tobytes(), "big")


def cluster(fingerprints: Sequence[str], max_unexplained: float = MAX_UNEXPLAINED) -> NDArray[np.int64]:
    """Label of each fingerprint: the smallest index of its cluster of look-alikes (its own where it has none).

    Candidates are near by one of their two hashes (see `neighbours.near_pairs`); a pair is joined when its small
    pictures agree (see `judge`). Flat pictures stay alone. The clusters do not depend on the order.
    Raises ValueError for text that is no fingerprint.
    """
    distinct = sorted(set(fingerprints))
    table = parse(distinct)
    lively = np.flatnonzero(table[:, 20:].any(axis=1))
    pairs, distances = candidates(table[lively])
    shared = _joined(table, lively[pairs], distances, max_unexplained)
    numbers = {text: number for number, text in enumerate(distinct)}
    rows = np.fromiter((numbers[text] for text in fingerprints), np.int64, len(fingerprints))
    flat = np.ones(len(distinct), bool)
    flat[lively] = False
    labels = np.arange(len(rows), dtype=np.int64)
    first = np.full(len(distinct), len(rows), np.int64)
    np.minimum.at(first, shared[rows], labels)
    return np.where(flat[rows], labels, first[shared[rows]]) if len(rows) else labels


def _joined(
    table: Bytes, pairs: NDArray[np.int64], distances: NDArray[np.uint8], max_unexplained: float
) -> NDArray[np.int64]:
    """Component of each row. The nearest pairs are judged first, as what they join needs no second look."""
    labels = np.arange(len(table), dtype=np.int64)
    alike = np.empty((0, 2), np.int64)
    for low, high in itertools.pairwise((0, 1, 2, 3, 5, 8, 12, 65)):
        some = pairs[(distances >= low) & (distances < high)]
        some = some[labels[some[:, 0]] != labels[some[:, 1]]]
        good = [part[judge(table, part) <= max_unexplained] for part in _slices(some, PAIRS_AT_ONCE)]
        alike = np.concatenate([alike, *good])
        labels = _components(labels, alike)
    return labels


def parse(fingerprints: Sequence[str]) -> Bytes:
    """Fingerprints as bytes, (n, DIGITS / 2)."""
    if any(len(text) != DIGITS for text in fingerprints):
        raise ValueError(f"a fingerprint has {DIGITS} hexadecimal digits")
    return np.frombuffer(bytes.fromhex("".join(fingerprints)), dtype=np.uint8).reshape(-1, DIGITS // 2)


def candidates(table: Bytes) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Pairs (m, 2) of rows, first < second, that may be look-alikes by one of their two hashes; their distances."""
    return near_pairs(np.ascontiguousarray(table[:, :16]).view(">u8").astype(np.uint64))


def judge(table: Bytes, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
    """What stays unexplained of each pair, the better of two starts: inner box on inner box, and whole on whole.

    The second holds where marks in a margin moved the box. Infinite for pairs that differ at half the detail
    already, as nearly all candidates do: before any fit, or after two steps of it.
    """
    errors = np.full(len(pairs), np.inf, np.float32)
    hopeful = np.arange(len(pairs))
    for side, steps, bar in ((SIDE // 2, 0, ROUGH_BAR), (SIDE // 2, 2, COARSE_BAR), (SIDE, None, np.inf)):
        if not len(hopeful):
            break
        found = _unexplained(table, pairs[hopeful], side, steps)
        errors[hopeful] = np.where(steps is None, found, np.inf)
        hopeful = hopeful[found <= bar]
    return errors


def _unexplained(table: Bytes, pairs: NDArray[np.int64], side: int, steps: int | None) -> NDArray[np.float32]:
    boxes = table[:, 16:20]
    # The picture with less margin inside its box is the one to be explained: it covers the other.
    sizes = [boxes[pairs[:, k]].astype(np.float32) / 255.0 for k in (0, 1)]
    area = [(size[:, 2] - size[:, 0]) * (size[:, 3] - size[:, 1]) for size in sizes]
    swap = area[0] > area[1]
    left, right = np.where(swap, pairs[:, 1], pairs[:, 0]), np.where(swap, pairs[:, 0], pairs[:, 1])
    inner = [boxes[rows].astype(np.float32) / 255.0 for rows in (left, right)]
    pictures = _pictures(table[left], side), _pictures(table[right], side)
    same = np.tile(np.array([1.0, 0.0, 1.0, 0.0], np.float32), (len(pairs), 1))
    errors = unexplained(*pictures, same, steps)
    moved = np.flatnonzero(np.abs(inner[0] - inner[1]).max(axis=1) > 0.01)
    if len(moved):
        start = _box_to_box(inner[0][moved], inner[1][moved])
        again = unexplained(pictures[0][moved], pictures[1][moved], start, steps)
        errors[moved] = np.minimum(errors[moved], again)
    return errors


def _pictures(rows: Bytes, side: int) -> NDArray[np.float32]:
    """The small pictures at `side` pixels, (n, side, side)."""
    held = np.maximum(ROWS, COLUMNS) < side
    spectra = np.zeros((len(rows), side, side), np.float32)
    spectra[:, ROWS[held], COLUMNS[held]] = _coefficients(rows)[:, held] * (side / SIDE)
    cosines = _COSINES_OF[side]
    return np.asarray(cosines.T @ spectra @ cosines, dtype=np.float32)


def _coefficients(rows: Bytes) -> NDArray[np.float32]:
    coded = rows[:, 20:].view(np.int8).astype(np.float32)
    return np.asarray(np.sign(coded) * (coded / 25.0) ** 2, dtype=np.float32)


def _box_to_box(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stretch and shift that take a place in the left inner box to the same place of the whole in the right one."""
    warp = []
    for low, high in ((0, 2), (1, 3)):
        size = np.maximum(right[:, high] - right[:, low], 0.05)
        warp += [(left[:, high] - left[:, low]) / size, (left[:, low] - right[:, low]) / size]
    return np.asarray(np.clip(np.stack(warp, axis=1), -3.0, 3.0), dtype=np.float32)


def _components(labels: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Smallest index of each connected component: labels fall along the pairs until none falls."""
    while len(pairs):
        lowest = np.minimum(labels[pairs[:, 0]], labels[pairs[:, 1]])
        before = labels.copy()
        for side in (0, 1):
            np.minimum.at(labels, pairs[:, side], lowest)
            np.minimum.at(labels, before[pairs[:, side]], lowest)
        while not np.array_equal(labels, labels[labels]):
            labels = labels[labels]
        if np.array_equal(labels, before):
            break
    return labels


def _slices(pairs: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(pairs), size):
        yield pairs[start : start + size]
