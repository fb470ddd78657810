"""Scores and truths -> areas, rates and calibration errors, with intervals from resampling whole groups."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
RESAMPLINGS = 400


@dataclass(frozen=True)
class Figure:
    """A measured value and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """As `0.912 (0.90 to 0.93)`."""
        return f"{self.value:.3f} ({self.low:.2f} to {self.high:.2f})"


def with_interval(measure: Callable[[Array], float], groups: Sequence[str] | Array) -> Figure:
    """Measure on all rows and on RESAMPLINGS draws of whole groups; `measure` takes row numbers."""
    _, inverse = np.unique(groups, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(inverse))[:-1])
    draw = np.random.default_rng(0)
    values = []
    for _ in range(RESAMPLINGS):
        rows = np.concatenate([members[place] for place in draw.integers(0, len(members), len(members))])
        values.append(measure(rows))
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return Figure(measure(np.arange(len(inverse))), float(low), float(high))


def area(scores: Array, truth: Array) -> float:
    """Area under the ROC curve; ties count half; not a number with one class."""
    positives = int(truth.sum())
    if positives in (0, len(truth)):
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    rest = len(truth) - positives
    return float((ranks[truth == 1].sum() - positives * (positives + 1) / 2) / (positives * rest))


def balanced(scores: Array, truth: Array, threshold: float = 0.5) -> float:
    """Mean of the shares of the classes present that fall on their side of the threshold."""
    shares = [np.mean((scores[truth == side] >= threshold) == side) for side in (0, 1) if (truth == side).any()]
    return float(np.mean(shares)) if shares else float("nan")


def f_scores(found: Array, truth: Array, classes: int) -> Array:
    """F1 of each class; not a number for a class that is not there."""
    hits = np.bincount(truth[found == truth], minlength=classes)
    total = np.bincount(found, minlength=classes) + np.bincount(truth, minlength=classes)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.bincount(truth, minlength=classes) > 0, 2 * hits / total, np.nan)


def reliability(scores: Array, truth: Array, bins: int = 10) -> list[tuple[float, float, int]]:
    """Mean score, share of positives and number of each bin of equal width that is not empty."""
    places = np.minimum((scores * bins).astype(int), bins - 1)
    rows = [np.flatnonzero(places == place) for place in range(bins)]
    return [(float(scores[r].mean()), float(truth[r].mean()), len(r)) for r in rows if len(r)]


def calibration_error(scores: Array, truth: Array, bins: int = 15) -> float:
    """Expected calibration error: what scores and shares differ by, weighted by the bins' sizes."""
    parts = reliability(scores, truth, bins)
    return sum(abs(score - share) * number for score, share, number in parts) / len(scores)
