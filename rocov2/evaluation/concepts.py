"""From true and predicted CUIs of images to the scores of concept detection.

The mean per-image F1 is what the official evaluators of ImageCLEFmedical Caption (2022 to 2026) compute: for each image
a binary vector over the union of both lists, `sklearn.metrics.f1_score(average="binary")`, and the mean over images. An
empty list is there the list of one empty name, so that nothing predicted where nothing is true scores 1, and anything
against nothing scores 0. The secondary score looks at `SECONDARY` only and leaves out images without one of them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rocov2.evaluation.bootstrap import intervals

Answers = Mapping[str, Sequence[str]]
"""ID of an image -> its CUIs."""

SECONDARY = frozenset(
    {
        *("C0002978", "C0040405", "C0024485", "C0032743", "C0041618", "C1306645", "C1140618", "C0037949"),
        *("C0030797", "C0023216", "C0037303", "C0817096", "C0006141", "C0000726", "C0920367"),
    }
)
"""The concepts of the secondary score, as the official evaluators list them."""


@dataclass(frozen=True, slots=True)
class Score:
    """A figure in [0, 1] and its bootstrap interval, over `images` images."""

    value: float
    low: float
    high: float
    images: int


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives over images, and what follows from them."""

    name: str
    tp: int
    fp: int
    fn: int

    @property
    def precision(self) -> float:
        """Share of what was predicted that is true; 0 where nothing was predicted."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        """Share of what is true that was predicted; 0 where nothing is true."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where both are."""
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp + self.fp + self.fn else 0.0


def image_f1(true: Sequence[str], predicted: Sequence[str]) -> float:
    """Return the official F1 of one image: an empty list counts as the list of one empty name."""
    one, other = frozenset(true) or {""}, frozenset(predicted) or {""}
    return 2 * len(one & other) / (len(one) + len(other))


def mean_f1(truth: Answers, predicted: Answers, resamples: int = 1000) -> Score:
    """Return the primary score over the images of `truth`; an image without prediction counts as an empty one."""
    return mean_of([image_f1(cuis, predicted.get(name, ())) for name, cuis in truth.items()], resamples)


def secondary_f1(truth: Answers, predicted: Answers, resamples: int = 1000) -> Score:
    """Return the secondary score: both sides cut to `SECONDARY`, images of `truth` without any of it left out."""
    values = []
    for name, cuis in truth.items():
        if kept := SECONDARY.intersection(cuis):
            values.append(image_f1(tuple(kept), tuple(SECONDARY.intersection(predicted.get(name, ())))))
    return mean_of(values, resamples)


def micro(truth: Answers, predicted: Answers, resamples: int = 1000) -> dict[str, Score]:
    """Return precision, recall and F1 over all (image, CUI) pairs."""
    sums = np.array([_matched(cuis, predicted.get(name, ())) for name, cuis in truth.items()], dtype=np.float64)
    sums = sums.reshape(-1, 3)
    values = _ratios(sums.sum(axis=0, keepdims=True))[0]
    bounds = intervals(sums, _ratios, resamples)
    names = ("precision", "recall", "f1")
    return {
        name: Score(float(value), *bound, len(sums)) for name, value, bound in zip(names, values, bounds, strict=True)
    }


def by_concept(truth: Answers, predicted: Answers) -> list[Counts]:
    """Return the counts of each CUI, those that matter most (true or predicted most often) first."""
    tp: Counter[str] = Counter()
    fp: Counter[str] = Counter()
    fn: Counter[str] = Counter()
    for name, cuis in truth.items():
        true, guessed = frozenset(cuis), frozenset(predicted.get(name, ()))
        tp.update(true & guessed)
        fp.update(guessed - true)
        fn.update(true - guessed)
    counts = [Counts(cui, tp[cui], fp[cui], fn[cui]) for cui in tp.keys() | fp.keys() | fn.keys()]
    return sorted(counts, key=lambda one: (-(one.tp + one.fp + one.fn), one.name))


def by_type(concepts: Sequence[Counts], types: Mapping[str, str]) -> list[Counts]:
    """Add the counts of CUIs up by semantic type; `types` maps CUI to TUI, a CUI without one goes to 'unknown'."""
    groups: dict[str, list[Counts]] = {}
    for one in concepts:
        groups.setdefault(types.get(one.name, "unknown"), []).append(one)
    added = [
        Counts(name, sum(c.tp for c in group), sum(c.fp for c in group), sum(c.fn for c in group))
        for name, group in groups.items()
    ]
    return sorted(added, key=lambda one: (-(one.tp + one.fp + one.fn), one.name))


def by_modality(
    truth: Answers, predicted: Answers, modalities: Mapping[str, str], resamples: int = 1000
) -> dict[str, Score]:
    """Return the primary score of the images of each modality; `modalities` maps image ID to modality or 'none'."""
    groups: dict[str, dict[str, Sequence[str]]] = {}
    for name, cuis in truth.items():
        groups.setdefault(modalities.get(name, "none"), {})[name] = cuis
    return {name: mean_f1(group, predicted, resamples) for name, group in sorted(groups.items())}


def modality_of(cuis: Sequence[str], codes: Mapping[str, str]) -> str:
    """Return the modality that the concepts of an image name, by `codes` (CUI to modality); 'none', or 'several'."""
    named = {codes[cui] for cui in cuis if cui in codes}
    return named.pop() if len(named) == 1 else "several" if named else "none"


def confusions(truth: Answers, predicted: Answers, most: int = 20) -> list[tuple[str, str, int]]:
    """Return (missed CUI, CUI predicted instead, images), the pairs that stand together most often."""
    pairs: Counter[tuple[str, str]] = Counter()
    for name, cuis in truth.items():
        true, guessed = frozenset(cuis), frozenset(predicted.get(name, ()))
        pairs.update((missed, instead) for missed in true - guessed for instead in guessed - true)
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return [(missed, instead, count) for (missed, instead), count in ordered[:most]]


def mean_of(values: Sequence[float], resamples: int = 1000) -> Score:
    """Return the mean over images with its interval; nan without images."""
    sums = np.column_stack([np.asarray(values, dtype=np.float64), np.ones(len(values))])
    ((low, high),) = intervals(sums, lambda totals: totals[:, :1] / np.maximum(totals[:, 1:], 1), resamples)
    return Score(float(np.mean(values)) if values else float("nan"), low, high, len(values))


def _matched(true: Sequence[str], predicted: Sequence[str]) -> tuple[int, int, int]:
    one, other = frozenset(true), frozenset(predicted)
    both = len(one & other)
    return both, len(other) - both, len(one) - both


def _ratios(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Precision, recall, F1 of rows of (tp, fp, fn); 0 where there is nothing to divide by."""
    tp, fp, fn = totals.T
    return np.column_stack(
        [tp / np.maximum(tp + fp, 1), tp / np.maximum(tp + fn, 1), 2 * tp / np.maximum(2 * tp + fp + fn, 1)]
    )
