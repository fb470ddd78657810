"""Radiology of each large collection by a map that was fitted without it alone: leave-one-source-out to the letter.

The folds leave out an eighth of all collections at once, and with one all its like that happen to share its fold. Here all others
teach. The map is that of `fit.fit_kind`; a hundred of them are fitted in minutes since logistic regression starts from the fit on
everything and the discriminant's sums are made once, less what is left out. Features are standardised on all views, which
no label enters; weights are those of the whole, with classes the same again.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from filter_training.fit import FISHER, Data, discriminant_of, for_kind, kind_rows, logistic, radiology_weights
from filter_training.heads import Standard, with_roots
from filter_training.manifest import ENOUGH

ROUNDS = 15


@dataclass(frozen=True)
class Lesson:
    """Rows that teach, their truth, their weights before and after what is not clean counts less, and whose they are."""

    rows: Tensor
    truth: Tensor
    base: Tensor
    share: Tensor
    families: np.ndarray


@torch.no_grad()
def radiology_alone(data: Data) -> np.ndarray:
    """Logits (n,) of the clean views of each family that has ENOUGH of them, by a map without that family; NaN elsewhere."""
    index = for_kind(data, np.arange(len(data.kind)))
    index = index[data.kind[index] != "fusion"]
    rows = with_roots(kind_rows(data, index))
    standard = Standard(rows.shape[1])
    standard.fit(rows)
    rows = standard(rows)
    truth = data.radiology[index]
    base, share = radiology_weights(data, index)
    asked = (data.kind[index] == "clean").nonzero()[0]
    names, sizes = np.unique(data.family[index[asked]], return_counts=True)
    found = np.full(len(data.kind), np.nan)
    for half in rows.chunk(2, dim=1):
        lesson = Lesson(half, truth, base, share, data.families[index])
        start, sums = logistic(half, truth, share), class_sums(half, truth, share)
        for place, name in enumerate(names[sizes >= ENOUGH]):
            places = asked[data.family[index[asked]] == name]
            weight, bias = without(lesson, str(name), start, sums)
            answer = half[places] @ (weight[1] - weight[0]) + bias[1] - bias[0]
            found[index[places]] = np.nan_to_num(found[index[places]]) + answer.numpy()
            if place % 20 == 19:
                print(f"{place + 1} collections of {(sizes >= ENOUGH).sum()} left out by themselves", flush=True)
    return found


def without(lesson: Lesson, name: str, start: tuple[Tensor, Tensor], sums: list[tuple]) -> tuple[Tensor, Tensor]:
    """Weights and biases of both classes, fitted without any view that shows a picture of the family."""
    counts, added = FISHER["radiology"]
    out = torch.from_numpy(np.array([name in members for members in lesson.families]))
    share = lesson.share * ~out
    for value in (0, 1):
        of_class = lesson.truth == value
        share[of_class] *= lesson.base[of_class].sum() / lesson.base[of_class & ~out].sum()
    share *= len(out) / (~out).sum()
    fitted = logistic(lesson.rows, lesson.truth, share, start, ROUNDS)
    taken = class_sums(lesson.rows[out], lesson.truth[out], lesson.share[out])
    left = [tuple(whole - part for whole, part in zip(*pair, strict=True)) for pair in zip(sums, taken, strict=True)]
    seen = discriminant_of(left, added)
    return (fitted[0] + counts * seen[0]) / 2, (fitted[1] + counts * seen[1]) / 2


def class_sums(rows: Tensor, truth: Tensor, weight: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Of each class the weight, the weighted sum of rows and of their products: what the discriminant is made of."""
    found = []
    for value in (0, 1):
        part, share = rows[truth == value], weight[truth == value]
        found.append((share.sum(), share @ part, (part * share[:, None]).T @ part))
    return found
