"""Pictures -> fingerprints; the fingerprints of a corpus -> clusters of look-alikes.

A fingerprint is text: 64-bit hashes of the picture without and with its margins (16 hexadecimal digits
each), the box inside the margins (8), and what is in that box at 24 x 24 as 275 cosine coefficients of 8 bits.
The hashes find candidates, the small pictures are laid on each other to judge them: a crop of 5 % a
side changes a hash as much as the next slice of a series does, so no hash distance parts the two.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rocov2.images.align import unexplained
from rocov2.images.layout import Fractions, content_fractions

SIDE = 24
FINE_SIDE = 2 * SIDE
TOP_FREQUENCY = 22
FLAT_SPREAD = 4.0
DIGITS = 2 * (8 + 8 + 4 + 275)
MAX_DISTANCE = 17
MAX_UNEXPLAINED = 0.02
LEAST_CORRELATION = 0.7
TABLES = 12
STABLE_BITS = 48
RIM = 1 / 128  # of the small copy on which a box is found
BUCKET_CAP = 400
CHUNK = 1 << 22
PAIRS_AT_ONCE = 2048
Bytes = NDArray[np.uint8]
Hashes = NDArray[np.uint64]


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

    Candidates share 8 to 16 of their 48 most stable bits in one of 12 choices and differ in at most 17 of
    64; a pair is joined when its small pictures agree (see `align.unexplained`). Flat pictures stay alone.
    Raises ValueError for text that is no fingerprint.
    """
    table = parse(fingerprints)
    labels = np.arange(len(table), dtype=np.int64)
    lively = np.flatnonzero(table[:, 20:].any(axis=1))
    pairs = lively[candidates(table[lively])]
    alike = []
    for part in _slices(pairs, PAIRS_AT_ONCE):
        likely = part[_may_match(table, part)]
        alike.append(likely[judge(table, likely) <= max_unexplained])
    return _components(labels, np.concatenate([np.empty((0, 2), np.int64), *alike]))


def parse(fingerprints: Sequence[str]) -> Bytes:
    """Fingerprints as bytes, (n, DIGITS / 2)."""
    if any(len(text) != DIGITS for text in fingerprints):
        raise ValueError(f"a fingerprint has {DIGITS} hexadecimal digits")
    return np.frombuffer(bytes.fromhex("".join(fingerprints)), dtype=np.uint8).reshape(-1, DIGITS // 2)


def candidates(table: Bytes) -> NDArray[np.int64]:
    """Pairs (m, 2) of rows, first < second, that may be look-alikes by one of their two hashes."""
    count = len(table)
    if count < 2:
        return np.empty((0, 2), np.int64)
    width = int(np.clip(np.log2(count) - 4, 8, 16))
    draw = np.random.default_rng(20260901)
    found = []
    for start in (0, 8):
        hashes = np.ascontiguousarray(table[:, start : start + 8]).view(">u8")[:, 0].astype(np.uint64)
        bits = np.unpackbits(np.ascontiguousarray(table[:, start : start + 8]), axis=1)
        for _ in range(TABLES):
            choice = draw.permutation(STABLE_BITS)
            for left, right in _bucket_pairs(_keys(bits, choice[:width]), _keys(bits, choice[: width + 12])):
                keep = _ones(hashes[left] ^ hashes[right]) <= MAX_DISTANCE
                low, high = np.minimum(left[keep], right[keep]), np.maximum(left[keep], right[keep])
                found.append(np.unique(low * count + high))
    codes = np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
    return np.stack([codes // count, codes % count], axis=1)


def _keys(bits: Bytes, choice: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(bits[:, choice] @ (1 << np.arange(len(choice), dtype=np.int64)), dtype=np.int64)


def _bucket_pairs(
    keys: NDArray[np.int64], finer: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """All pairs within buckets of equal key, some at a time; buckets above the cap are parted by the finer key."""
    _, place, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    keys = np.where(sizes[place] > BUCKET_CAP, finer + (1 << 40), keys)
    order = np.argsort(keys, kind="stable")
    ends = np.searchsorted(keys[order], keys[order], side="right")
    partners = np.minimum(ends - np.arange(len(keys)) - 1, BUCKET_CAP)
    totals = np.cumsum(partners)
    start = 0
    while start < len(keys):
        done = totals[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(totals, done + CHUNK, side="right")))
        counts = partners[start:stop]
        left = np.repeat(np.arange(start, stop), counts)
        step = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
        yield order[left], order[left + step]
        start = stop


_BYTE_ONES = np.array([bin(value).count("1") for value in range(256)], dtype=np.uint8)


def _ones(values: Hashes) -> NDArray[np.uint8]:
    """Number of bits set (numpy has bitwise_count from 2.0)."""
    return np.asarray(_BYTE_ONES[values.view(np.uint8).reshape(-1, 8)].sum(axis=1, dtype=np.uint8))


def _may_match(table: Bytes, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a pair is worth a closer look: its boxes differ, or its pictures correlate by 0.7 as they are."""
    boxes = table[:, 16:20].astype(np.int16)
    moved = np.abs(boxes[pairs[:, 0]] - boxes[pairs[:, 1]]).max(axis=1) > 5
    left, right = (_coefficients(table[pairs[:, side]]) for side in (0, 1))
    lengths = np.sqrt((left * left).sum(axis=1) * (right * right).sum(axis=1))
    return np.asarray(moved | ((left * right).sum(axis=1) >= LEAST_CORRELATION * lengths))


def judge(table: Bytes, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
    """What stays unexplained of each pair, the better of two starts: inner box on inner box, and whole on whole.

    The second holds where marks in a margin moved the box.
    """
    if not len(pairs):
        return np.empty(0, np.float32)
    boxes = table[:, 16:20].astype(np.float32) / 255.0
    # The picture with less margin inside its box is the one to be explained: it covers the other.
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    swap = area[pairs[:, 0]] > area[pairs[:, 1]]
    left, right = np.where(swap, pairs[:, 1], pairs[:, 0]), np.where(swap, pairs[:, 0], pairs[:, 1])
    pictures = _pictures(table[left]), _pictures(table[right])
    same = np.tile(np.array([1.0, 0.0, 1.0, 0.0], np.float32), (len(pairs), 1))
    errors = unexplained(*pictures, same)
    moved = np.flatnonzero(np.abs(boxes[left] - boxes[right]).max(axis=1) > 0.01)
    if len(moved):
        start = _box_to_box(boxes[left[moved]], boxes[right[moved]])
        again = unexplained(pictures[0][moved], pictures[1][moved], start)
        errors[moved] = np.minimum(errors[moved], again)
    return errors


def _pictures(rows: Bytes) -> NDArray[np.float32]:
    spectra = np.zeros((len(rows), SIDE, SIDE), np.float32)
    spectra[:, ROWS, COLUMNS] = _coefficients(rows)
    return np.asarray(COSINES.T @ spectra @ COSINES, dtype=np.float32)


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
