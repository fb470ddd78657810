"""Pairs of small grey pictures -> how much of one is left unexplained by the other, after they are laid on each other.

A crop or a border moves and stretches a picture along its two axes; a new encoder changes its brightness
and contrast; arrows and letters change a few of its pixels altogether. The next slice of a series keeps its
frame and changes a little everywhere, so a pair that needs no stretch must agree more closely. So four
numbers of geometry and two of tone are fitted by least squares (Lucas and Kanade 1981), with pixels that
disagree counting less.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
FIRST_STEPS, STEPS = 2, 3
HOPEFUL = 0.06  # what is left more unexplained than this after the first steps is given up
REACH = 0.16  # how far the fit may move or stretch away from where it starts, as a share of the side
KEPT_SHARE = 0.9  # pixels that count: the tenth that fits worst may be arrows and letters
LEAST_COVER = 0.4
STILL, STILL_SHARE, STILL_FACTOR = 0.03, 0.7, 6.0  # stretched by less: the share that counts, and how much more


def unexplained(left: Floats, right: Floats, start: Floats, steps: int | None = None) -> Floats:
    """Mean square difference of each pair over its mean squared gradient, (p, n, n) x 2 -> (p,).

    `start` (p, 4) holds the stretch and shift of columns, then of rows, that take a place in `left`
    (0 to 1) to its place in `right`. Where the fit stretches by less than 3 %, the best 70 % of the pixels count, six
    times; else the best 90 %. With `steps` the fit ends after so many and every pair counts as stretched; without,
    the hopeless ends early.
    Infinite where less than 40 % of `left` is covered.
    """
    if steps is not None:
        return _fitted(left, right, start, start, steps)[0]
    errors, warp = _fitted(left, right, start, start, FIRST_STEPS)
    hopeful = np.flatnonzero(errors < HOPEFUL)
    if len(hopeful):
        errors[hopeful] = _fitted(left[hopeful], right[hopeful], warp[hopeful], start[hopeful], STEPS, strict=True)[0]
    return errors


def _fitted(
    left: Floats, right: Floats, warp: Floats, start: Floats, steps: int, *, strict: bool = False
) -> tuple[Floats, Floats]:
    """What stays unexplained after some more steps from `warp`, and the warp then."""
    count, side, _ = left.shape
    gain, offset = np.ones(count, np.float32), np.zeros(count, np.float32)
    for step in range(steps + 1):
        seen, inside = _sample(right, warp)
        weight = inside if step == 0 else _doubt(seen, left, inside, gain, offset)
        gain, offset = _tone(seen, left, weight)
        if step < steps:
            warp = _improve(left, seen, warp, weight, gain, offset)
            warp = np.clip(warp, start - REACH, start + REACH)
    rest = gain[:, None, None] * seen + offset[:, None, None] - left
    squares = np.where(inside > 0, rest * rest, 1e9).reshape(count, -1)
    covered = inside.sum(axis=(1, 2))
    squares.sort(axis=1)
    still = strict & (np.abs(warp[:, [0, 2]] - 1.0).max(axis=1) < STILL)
    kept = np.maximum(1, (covered * np.where(still, STILL_SHARE, KEPT_SHARE)).astype(np.int64))
    error = np.cumsum(squares, axis=1, dtype=np.float64)[np.arange(count), kept - 1] / kept
    error *= np.where(still, STILL_FACTOR, 1.0)
    detail = np.minimum(_detail(left), _detail(right) * gain * gain)
    result = np.where(covered >= LEAST_COVER * side * side, error / (detail + 1e-6), np.inf)
    return result.astype(np.float32), warp


def _places(side: int) -> Floats:
    return (np.arange(side, dtype=np.float32) + 0.5) / side


def _sample(right: Floats, warp: Floats) -> tuple[Floats, Floats]:
    """`right` seen through the warp, and where the warp stays inside it (1) or leaves it (0)."""
    side = right.shape[1]
    weights, flags = [], []
    for scale, shift in ((warp[:, 2:3], warp[:, 3:4]), (warp[:, 0:1], warp[:, 1:2])):
        place = (scale * _places(side) + shift) * side - 0.5
        flags.append((place > -0.6) & (place < side - 0.4))
        near: Floats = np.clip(place, 0, side - 1)[:, :, None] - np.arange(side, dtype=np.float32)
        weights.append(np.maximum(0.0, 1.0 - np.abs(near)))
    inside = flags[0][:, :, None] & flags[1][:, None, :]
    return weights[0] @ right @ weights[1].transpose(0, 2, 1), inside.astype(np.float32)


def _doubt(seen: Floats, left: Floats, inside: Floats, gain: Floats, offset: Floats) -> Floats:
    """Weights that fall where the difference is large for this pair."""
    rest = gain[:, None, None] * seen + offset[:, None, None] - left
    sizes = np.abs(rest).reshape(len(rest), -1)
    middle = sizes.shape[1] // 2
    sizes.partition(middle, axis=1)
    usual = 2.0 * sizes[:, middle] + 0.02
    rest = gain[:, None, None] * seen + offset[:, None, None] - left
    return np.asarray(inside / (1.0 + (rest / usual[:, None, None]) ** 2), dtype=np.float32)


def _tone(seen: Floats, left: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Gain (0.3 to 3) and offset that bring `seen` nearest to `left`."""
    total = weight.sum(axis=(1, 2)) + 1e-6
    mean_seen, mean_left = (weight * seen).sum(axis=(1, 2)) / total, (weight * left).sum(axis=(1, 2)) / total
    seen, left = seen - mean_seen[:, None, None], left - mean_left[:, None, None]
    gain = (weight * seen * left).sum(axis=(1, 2)) / ((weight * seen * seen).sum(axis=(1, 2)) + 1e-3)
    gain = np.clip(gain, 0.3, 3.0)
    return gain, mean_left - gain * mean_seen


def _improve(left: Floats, seen: Floats, warp: Floats, weight: Floats, gain: Floats, offset: Floats) -> Floats:
    """One Gauss-Newton step of the warp."""
    count, side, _ = left.shape
    place = _places(side)
    slope_x = np.gradient(seen, axis=2) * side / warp[:, 0, None, None] * gain[:, None, None]
    slope_y = np.gradient(seen, axis=1) * side / warp[:, 2, None, None] * gain[:, None, None]
    slopes = np.stack([slope_x * place, slope_x, slope_y * place[:, None], slope_y], axis=-1).reshape(count, -1, 4)
    weighted = (slopes * weight.reshape(count, -1, 1)).transpose(0, 2, 1)
    rest = gain[:, None, None] * seen + offset[:, None, None] - left
    square = weighted @ slopes
    ridge = 1e-3 * np.trace(square, axis1=1, axis2=2) + 1e-2
    square += np.eye(4, dtype=np.float32) * ridge[:, None, None]
    step = np.linalg.solve(square, weighted @ rest.reshape(count, -1, 1))[:, :, 0]
    return np.asarray(warp - step, dtype=np.float32)


def _detail(pictures: Floats) -> Floats:
    """Mean squared gradient."""
    slope_y, slope_x = np.gradient(pictures, axis=(1, 2))
    return np.asarray((slope_x**2 + slope_y**2).mean(axis=(1, 2)), dtype=np.float32)
