"""Pairs of small grey pictures -> how much of one is left unexplained by the other, after they are laid on each other.

A crop or a border moves and stretches a picture along its two axes; a new encoder changes its brightness,
contrast and sharpness; arrows and letters change a few of its pixels altogether. The next slice of a series changes a
little nearly everywhere, and keeps its frame. So four numbers of geometry and two of tone are fitted by least squares
(Lucas and Kanade 1981), with pixels that disagree counting less, and then the picture is judged block by block.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
HOPEFUL_STEPS, HOPEFUL = 2, 0.12  # what is left more unexplained than this after the first steps is given up
REACH = 0.16  # how far the fit may move or stretch away from where it starts, as a share of the side
KEPT_SHARE = 0.9  # pixels that count: the tenth that fits worst may be arrows and letters
LEAST_COVER = 0.4
FINE_STEPS = 2
BLOCKS = 8  # a side
BLOCK_SHARE = 0.7  # of the picture must fit as well as is asked: the rest may be arrows and letters
MOST_WEIGHT = 0.5  # of a block, as a share of the mean detail: a skull must not outweigh the brain in it
NOISE = 0.01  # squared gradient of a picture of unit spread that is as good as flat
STILL = np.array([1.0, 0.0, 1.0, 0.0], np.float32)  # the warp that leaves all where it is
STILL_SHARE, MOVED = 0.5, 0.05  # of the difference that is let pass: so much without stretch, all of it from 5 % on
MOST_BLUR = 0.3  # times the Laplacian: what one picture may be sharper than the other


def unexplained(left: Floats, right: Floats, start: Floats, steps: int) -> tuple[Floats, Floats]:
    """Mean square difference of each pair over its mean squared gradient, (p, n, n) x 2 -> (p,), and the fit, (p, 4).

    `start` (p, 4) holds the stretch and shift of columns, then of rows, that take a place in `left`
    (0 to 1) to its place in `right`; the fit has as many steps, and ends early for what is hopeless. The
    tenth of the pixels that fits worst does not count. Infinite where less than 40 % of `left` is covered.
    """
    errors, warp = _fitted(left, right, start, start, min(steps, HOPEFUL_STEPS))
    hopeful = np.flatnonzero(errors < HOPEFUL)
    if steps > HOPEFUL_STEPS and len(hopeful):
        part = left[hopeful], right[hopeful], warp[hopeful], start[hopeful]
        errors[hopeful], warp[hopeful] = _fitted(*part, steps - HOPEFUL_STEPS)
    return errors, warp


def differing(left: Floats, right: Floats, warp: Floats) -> Floats:
    """How far apart two pictures of each pair are that lie as `warp` says, (p, n, n) x 2 and (p, 4) -> (p,).

    Of the picture in 8 x 8 blocks, each of which weighs as much as it has detail (but none more than half the mean),
    seven tenths differ by less than this: mean square of the difference over mean squared gradient. The difference is
    first averaged over 3 x 3 pixels: what an encoder or another size does is gone then, another slice is not.
    `right` may be sharper or softer than `left`. It counts twice where nothing is stretched, as in the next slice of a
    series, and once from a stretch of 5 % on. Infinite where less than 40 % of `left` is covered.
    """
    seen, inside = _sample(right, warp)
    weight, shown = inside, _shown(seen, left, inside)
    for _ in range(FINE_STEPS):
        warp = _improve(left, shown, warp, weight)
        seen, inside = _sample(right, warp)
        weight = _doubt(shown, left, inside)
        shown = _shown(seen, left, weight)
    squares = _blocks(_averaged((shown - left) * inside) ** 2 * inside)
    detail = np.minimum(_blocks(_slopes(left) * inside), _blocks(_slopes(shown) * inside))
    ratio = squares / (detail + NOISE * _blocks(inside) + 1e-6)
    weights = np.minimum(detail, MOST_WEIGHT * detail.mean(axis=1, keepdims=True)) + 1e-9
    order = np.argsort(ratio, axis=1)
    share = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    place = (share >= BLOCK_SHARE * share[:, -1:]).argmax(axis=1)
    found = np.take_along_axis(ratio, order, axis=1)[np.arange(len(left)), place]
    stretch = np.abs(warp[:, [0, 2]] - 1.0).max(axis=1)
    found = found / np.clip(STILL_SHARE + (1.0 - STILL_SHARE) * stretch / MOVED, STILL_SHARE, 1.0)
    return np.where(inside.mean(axis=(1, 2)) >= LEAST_COVER, found, np.inf).astype(np.float32)


def _fitted(left: Floats, right: Floats, warp: Floats, start: Floats, steps: int) -> tuple[Floats, Floats]:
    """What stays unexplained after some more steps from `warp`, and the warp then."""
    count, side, _ = left.shape
    gain, offset = np.ones((count, 1, 1), np.float32), np.zeros((count, 1, 1), np.float32)
    for step in range(steps + 1):
        seen, inside = _sample(right, warp)
        weight = inside if step == 0 else _doubt(gain * seen + offset, left, inside)
        gain, offset = _tone(seen, left, weight)
        shown = gain * seen + offset
        if step < steps:
            warp = _improve(left, shown, warp, weight)
            warp = np.clip(warp, start - REACH, start + REACH)
    shown -= left
    np.square(shown, out=shown)
    covered = _sums(inside)
    kept = np.maximum(1, (covered * KEPT_SHARE).astype(np.int64))
    error = _least((shown * inside).reshape(count, -1), np.maximum(0, covered.astype(np.int64) - kept)) / kept
    detail = np.minimum(_detail(left), _detail(right) * gain[:, 0, 0] ** 2)
    result = np.where(covered >= LEAST_COVER * side * side, error / (detail + 1e-6), np.inf)
    return result.astype(np.float32), warp


def _least(squares: Floats, dropped: Ints) -> NDArray[np.float64]:
    """Sum of each row of `squares` (p, k) without the largest of it, as many as `dropped` (p,) says, (p,)."""
    most = int(dropped.max(initial=0))
    low = squares.shape[1] - most
    squares.partition(low - 1, axis=1)
    high = np.sort(squares[:, low:], axis=1)
    sums = np.concatenate([squares[:, :low].sum(axis=1)[:, None], high], axis=1).cumsum(axis=1, dtype=np.float64)
    return np.asarray(sums[np.arange(len(squares)), most - dropped])


def _places(side: int) -> Floats:
    return (np.arange(side, dtype=np.float32) + 0.5) / side


def _sample(right: Floats, warp: Floats) -> tuple[Floats, Floats]:
    """`right` seen through the warp, and where the warp stays inside it (1) or leaves it (0)."""
    side = right.shape[1]
    if np.array_equal(warp, np.broadcast_to(STILL, warp.shape)):
        return right, np.ones_like(right)
    weights, flags = [], []
    for scale, shift in ((warp[:, 2:3], warp[:, 3:4]), (warp[:, 0:1], warp[:, 1:2])):
        place = (scale * _places(side) + shift) * side - 0.5
        flags.append((place > -0.6) & (place < side - 0.4))
        near: Floats = np.clip(place, 0, side - 1)[:, :, None] - np.arange(side, dtype=np.float32)
        weights.append(np.maximum(0.0, 1.0 - np.abs(near)))
    inside = flags[0][:, :, None] & flags[1][:, None, :]
    return weights[0] @ right @ weights[1].transpose(0, 2, 1), inside.astype(np.float32)


def _doubt(shown: Floats, left: Floats, inside: Floats) -> Floats:
    """Weights that fall where the difference is large for this pair."""
    rest = shown - left
    sizes = np.abs(rest).reshape(len(rest), -1)
    middle = sizes.shape[1] // 2
    sizes.partition(middle, axis=1)
    usual = 2.0 * sizes[:, middle] + 0.02
    return np.asarray(inside / (1.0 + (rest / usual[:, None, None]) ** 2), dtype=np.float32)


def _tone(seen: Floats, left: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Gain (0.3 to 3) and offset that bring `seen` nearest to `left`, (p, 1, 1) each."""
    total = _sums(weight) + 1e-6
    weighted = weight * seen
    mean_seen, mean_left = _sums(weighted) / total, _sums(weight, left) / total
    weighted -= weight * mean_seen[:, None, None]
    gain = np.clip(_sums(weighted, left) / (_sums(weighted, seen) + 1e-3), 0.3, 3.0)
    return gain[:, None, None], (mean_left - gain * mean_seen)[:, None, None]


def _shown(seen: Floats, left: Floats, weight: Floats) -> Floats:
    """`seen` in the tone and the sharpness that bring it nearest to `left`."""
    edges = np.pad(seen, ((0, 0), (1, 1), (1, 1)), mode="edge")
    laplacian = edges[:, :-2, 1:-1] + edges[:, 2:, 1:-1] + edges[:, 1:-1, :-2] + edges[:, 1:-1, 2:] - 4.0 * seen
    parts = np.stack([seen, laplacian, np.ones_like(seen)], axis=1).reshape(len(seen), 3, -1)
    weighted = parts * weight.reshape(len(seen), 1, -1)
    square = weighted @ parts.transpose(0, 2, 1) + np.diag(np.array([0.01, 0.1, 0.01], np.float32))
    fit = np.linalg.solve(square, weighted @ left.reshape(len(seen), -1, 1))
    gain = np.clip(fit[:, 0:1], 0.3, 3.0)
    blur = np.clip(fit[:, 1:2], -MOST_BLUR * gain, MOST_BLUR * gain)
    toned = gain * seen + blur * laplacian
    total = weight.sum(axis=(1, 2), keepdims=True) + 1e-6
    return np.asarray(toned + (weight * (left - toned)).sum(axis=(1, 2), keepdims=True) / total, dtype=np.float32)


def _improve(left: Floats, shown: Floats, warp: Floats, weight: Floats) -> Floats:
    """One Gauss-Newton step of the warp that `shown` was seen through."""
    count, side, _ = left.shape
    place = _places(side)
    slopes = np.empty((count, 4, side, side), np.float32)
    np.multiply(np.gradient(shown, axis=2), side / warp[:, 0, None, None], out=slopes[:, 1])
    np.multiply(np.gradient(shown, axis=1), side / warp[:, 2, None, None], out=slopes[:, 3])
    np.multiply(slopes[:, 1], place, out=slopes[:, 0])
    np.multiply(slopes[:, 3], place[:, None], out=slopes[:, 2])
    flat = slopes.reshape(count, 4, -1)
    weighted = flat * weight.reshape(count, 1, -1)
    square = weighted @ flat.transpose(0, 2, 1)
    ridge = 1e-3 * np.trace(square, axis1=1, axis2=2) + 1e-2
    square += np.eye(4, dtype=np.float32) * ridge[:, None, None]
    step = np.linalg.solve(square, weighted @ (shown - left).reshape(count, -1, 1))[:, :, 0]
    return np.asarray(warp - step, dtype=np.float32)


def _slopes(pictures: Floats) -> Floats:
    """Squared gradient."""
    slope_y, slope_x = np.gradient(pictures, axis=(1, 2))
    return np.asarray(slope_x**2 + slope_y**2, dtype=np.float32)


def _detail(pictures: Floats) -> Floats:
    """Mean squared gradient, (p,)."""
    side = pictures.shape[1]
    rises = np.empty_like(pictures)
    total = np.zeros(len(pictures), np.float32)
    for turned, risen in ((pictures, rises), (pictures.transpose(0, 2, 1), rises.transpose(0, 2, 1))):
        np.subtract(turned[:, 2:], turned[:, :-2], out=risen[:, 1:-1])
        risen[:, 1:-1] *= 0.5
        np.subtract(turned[:, 1], turned[:, 0], out=risen[:, 0])
        np.subtract(turned[:, -1], turned[:, -2], out=risen[:, -1])
        total += _sums(rises, rises)
    return total / (side * side)


def _sums(pictures: Floats, others: Floats | None = None) -> Floats:
    """Sum over the pixels of each picture, or of its product with another, (p,)."""
    flat = pictures.reshape(len(pictures), -1)
    if others is None:
        return np.asarray(flat @ np.ones(flat.shape[1], np.float32))
    return np.asarray(np.einsum("pk,pk->p", flat, others.reshape(len(pictures), -1)))


def _averaged(pictures: Floats) -> Floats:
    """Mean of 3 x 3 pixels around each, edges repeated."""
    side = pictures.shape[1]
    edges = np.pad(pictures, ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows = edges[:, :side] + edges[:, 1 : side + 1] + edges[:, 2:]
    return np.asarray((rows[:, :, :side] + rows[:, :, 1 : side + 1] + rows[:, :, 2:]) / 9.0, dtype=np.float32)


def _blocks(pictures: Floats) -> Floats:
    """Sums over 8 x 8 blocks, (p, 64)."""
    count, side, _ = pictures.shape
    parts = pictures.reshape(count, BLOCKS, side // BLOCKS, BLOCKS, side // BLOCKS)
    return np.asarray(parts.sum(axis=(2, 4)).reshape(count, -1), dtype=np.float32)
