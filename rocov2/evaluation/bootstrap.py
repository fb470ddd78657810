"""From figures per image to an interval of a statistic of the whole: images are drawn again with replacement."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SEED = 20240611


def intervals(
    sums: Array, statistics: Callable[[Array], Array], resamples: int = 1000, level: float = 0.95
) -> list[tuple[float, float]]:
    """Return (low, high) of each statistic: the percentile bootstrap over images.

    `sums` has a row an image and a column a quantity that adds up over images; `statistics` turns totals of shape
    (resamples, columns) into values of shape (resamples, statistics). The draw is seeded: the same answers give the
    same interval. Without images or resamples every interval is (nan, nan).
    """
    count = len(sums)
    if not count or resamples < 1:
        return [(float("nan"), float("nan"))] * statistics(np.zeros((1, sums.shape[1]))).shape[1]
    generator = np.random.default_rng(SEED)
    totals = np.empty((resamples, sums.shape[1]))
    for row in range(resamples):
        drawn = np.bincount(generator.integers(count, size=count), minlength=count)
        totals[row] = drawn @ sums
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.nanquantile(statistics(totals), tails, axis=0)
    return list(zip(low.tolist(), high.tolist(), strict=True))
