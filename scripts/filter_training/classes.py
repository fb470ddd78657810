"""Views -> what they show, in finer classes than radiology or not: charts, gels, scintigrams, films of chests.

One plane that has radiology on one side must pass between scintigrams on white and charts as well as between slices and
cells. With a plane for each class, the best of radiology held against the best of all else, each has its own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from filter_training.features import View
    from filter_training.manifest import Row

RARE = 15  # clean pictures; below that a class is joined with others as rare
RARE_LABEL = "rare"
MADE_UP_AS = {"scintigram": "nuclear", "labels": "mask", "eye": "oct", "cell": "microscopy", "fusion": "petct"}


def labels_of(views: Sequence[View], rows: Sequence[Row]) -> np.ndarray:
    """The label of each view (n,), empty where it shows pictures of several."""
    return np.array([_label(view, rows) for view in views])


def _label(view: View, rows: Sequence[Row]) -> str:
    if view.kind in MADE_UP_AS:
        return MADE_UP_AS[view.kind]
    labels = {rows[index].label for index in view.members}
    return labels.pop() if len(labels) == 1 else ""


def codes_of(labels: np.ndarray, radiology: np.ndarray, is_clean: np.ndarray) -> tuple[np.ndarray, int]:
    """The class of each view (n,), those of radiology first, and how many these are; -1 where it is unknown.

    A label that stands for radiology here and not there is two classes; those with few clean pictures are one, or two.
    """
    names = np.array(
        [f"{1 - flag}|{label}" if label and flag >= 0 else "" for label, flag in zip(labels, radiology, strict=True)]
    )
    known, counts = np.unique(names[is_clean], return_counts=True)
    common = set(known[counts >= RARE]) - {""}
    names = np.array([name if not name or name in common else f"{name[:2]}{RARE_LABEL}" for name in names])
    classes = sorted(set(names) - {""})
    place = {name: number for number, name in enumerate(classes)} | {"": -1}
    return np.array([place[name] for name in names]), sum(name.startswith("0|") for name in classes)


def class_weights(codes: np.ndarray, families: np.ndarray, less: np.ndarray, of_radiology: int) -> np.ndarray:
    """Weights (n,) with a mean of 1: radiology and the rest weigh the same; within, a class as the square root of what its
    views weigh, and within that a collection as the square root of its size. `less` is what a view of its kind counts."""
    _, inverse, counts = np.unique([f"{f}|{c}" for f, c in zip(families, codes, strict=True)], False, True, True)
    weight: np.ndarray = less * counts[inverse] ** -0.5
    for code in np.unique(codes):
        weight[codes == code] /= np.sqrt(weight[codes == code].sum())
    for side in (codes < of_radiology, codes >= of_radiology):
        weight[side] /= weight[side].sum()
    return weight / weight.mean()
