"""Two pictures of a data set -> whether they are one picture that stands there twice: data sets repeat their pictures.

Judged on the pixels and not on fingerprints: one is laid on the other by what correlates best, coarse to fine, and then
only detail counts, since neighbouring slices agree in everything that is larger.
"""

import numpy as np
from PIL import Image
from scipy import ndimage, optimize

from rocov2.images.layout import content_fractions

Array = np.ndarray
SIDE = 160
SIGMAS = (5.0, 2.5, 1.2)
DETAIL_PX = 2.5
BLOCKS, TEXTURED = 8, 0.5
SAME = 0.9
"""Correlation of the detail in the worst quarter of blocks from which two pictures count as one."""


def same_detail(left: Array, right: Array) -> float:
    """Correlation of what is finer than 2.5 of 160 pixels, once `right` is laid on `left`; uint8 pictures."""
    grey = [_grey(picture) for picture in (left, right)]
    boxes = [np.array(content_fractions(picture)) * SIDE for picture in (left, right)]
    starts = [np.array([1.0, 0.0, 1.0, 0.0]), _between(*boxes)]
    return max(_laid(*grey, start) for start in starts)


def _grey(picture: Array) -> Array:
    image = Image.fromarray(picture).convert("L").resize((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return np.asarray(image, dtype=np.float64)


def _between(left: Array, right: Array) -> Array:
    """Stretch and shift of rows, then of columns, that take the left box to the right one."""
    warp = []
    for low, high in ((1, 3), (0, 2)):
        stretch = (right[high] - right[low]) / max(left[high] - left[low], 1.0)
        warp += [stretch, right[low] - stretch * left[low]]
    return np.array(warp)


def _laid(left: Array, right: Array, warp: Array) -> float:
    steps = np.array([0.03, 3.0, 0.03, 3.0])
    for sigma in SIGMAS:
        smooth = [ndimage.gaussian_filter(part, sigma) for part in (left, right)]
        simplex = np.vstack([warp, warp + np.diag(steps)])
        options = {"initial_simplex": simplex, "maxiter": 150, "xatol": 1e-4, "fatol": 1e-6}
        warp = optimize.minimize(
            lambda w, s=smooth: -_correlation(*s, w), warp, method="Nelder-Mead", options=options
        ).x
        steps = steps / 3
    seen = ndimage.affine_transform(right, warp[[0, 2]], warp[[1, 3]], order=1, cval=np.nan)
    held = np.isfinite(seen)
    seen[~held] = 0.0
    fine = [part - ndimage.gaussian_filter(part, DETAIL_PX) for part in (left, seen)]
    side = SIDE // BLOCKS
    parts = [part.reshape(BLOCKS, side, BLOCKS, side).swapaxes(1, 2).reshape(-1, side * side) for part in (*fine, held)]
    whole = parts[2].all(axis=1)
    spreads = parts[0].std(axis=1), parts[1].std(axis=1)
    busy = whole & (np.minimum(*spreads) > 0) & (spreads[0] >= TEXTURED * np.median(spreads[0][whole]))
    if whole.mean() < 0.4 or not busy.any():
        return -1.0
    found = [np.corrcoef(parts[0][n], parts[1][n])[0, 1] for n in np.flatnonzero(busy)]
    return float(np.quantile(found, 0.25))


def _correlation(left: Array, right: Array, warp: Array) -> float:
    """Correlation where one lies on the other; -1 where that is less than half of the picture."""
    seen = ndimage.affine_transform(right, warp[[0, 2]], warp[[1, 3]], order=1, cval=np.nan)
    held = np.isfinite(seen)
    if held.mean() < 0.5 or np.std(left[held]) < 1e-6 or np.std(seen[held]) < 1e-6:
        return -1.0
    return float(np.corrcoef(left[held], seen[held])[0, 1])
