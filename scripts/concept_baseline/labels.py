"""Lists of CUIs <-> rows of zeros and ones; probabilities -> predicted CUIs; F1 an image. No PyTorch."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_CUIS = 100
"""CUIs that ImageCLEF takes for an image."""

CuiLists = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class LabelSpace:
    """The CUIs that a model can answer with; output k of the model is `cuis[k]`."""

    cuis: tuple[str, ...]

    @classmethod
    def fitted(cls, lists: CuiLists, min_count: int = 1) -> "LabelSpace":
        """The CUIs that at least `min_count` of the lists have, sorted, as MultiLabelBinarizer sorts them."""
        counts = Counter(cui for cuis in lists for cui in set(cuis))
        return cls(tuple(sorted(cui for cui, count in counts.items() if count >= min_count)))

    @classmethod
    def of(cls, cuis: Iterable[str]) -> "LabelSpace":
        """A given list of CUIs, sorted, each once."""
        return cls(tuple(sorted(set(cuis))))

    def encode(self, lists: CuiLists) -> NDArray[np.float32]:
        """float32 (lists, CUIs) of 0 and 1; a CUI outside the space is left out."""
        place = {cui: number for number, cui in enumerate(self.cuis)}
        rows = np.zeros((len(lists), len(self.cuis)), dtype=np.float32)
        for row, cuis in enumerate(lists):
            rows[row, [place[cui] for cui in cuis if cui in place]] = 1.0
        return rows

    def decode(self, probabilities: NDArray[np.float32], threshold: float) -> list[list[str]]:
        """CUIs of each row (rows, CUIs) that reach the threshold, the most probable first, at most MAX_CUIS."""
        found = []
        for row in probabilities:
            order = np.argsort(-row, kind="stable")[:MAX_CUIS]
            found.append([self.cuis[k] for k in order if row[k] >= threshold])
        return found


def image_f1(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """F1 of one image, ImageCLEF's primary measure before the mean; 1.0 where both are empty, as its scorer has it.

    For training only: figures to report are those of `rocov2 evaluate concepts`.
    """
    size = len(set(truth)) + len(set(predicted))
    return 2 * len(set(truth) & set(predicted)) / size if size else 1.0


def mean_f1(truth: CuiLists, predicted: CuiLists) -> float:
    """Mean of `image_f1` over the images; 0.0 without any."""
    values = [image_f1(t, p) for t, p in zip(truth, predicted, strict=True)]
    return sum(values) / len(values) if values else 0.0


def commonest(lists: CuiLists) -> list[str]:
    """The one CUI that most lists have, the first of the alphabet of several: an answer that needs no image."""
    counts = Counter(cui for cuis in lists for cui in set(cuis))
    return [min(counts, key=lambda cui: (-counts[cui], cui))] if counts else []
