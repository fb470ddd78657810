"""Radiology of each large collection by maps that were fitted without it alone: leave-one-source-out to the letter.

The folds leave out an eighth of all collections at once, and with one all its like that happen to share its fold. Here all others
teach. The maps are those of `fit.fit_kind`; a hundred of them are fitted in an hour or so (and 8 GB) since logistic regression starts
from the fit on everything and the discriminant's sums are made once, less what is left out. Features are standardised on all views,
which no label enters; weights are those of the whole, with classes the same again.
"""

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from filter_training.fit import (
    FISHER,
    Data,
    discriminant_of,
    finer_classes,
    for_kind,
    kind_rows,
    logistic,
    places_of_clean,
    radiology_weights,
)
from filter_training.heads import APART, Standard, above, with_roots
from filter_training.manifest import ENOUGH
from filter_training.panels import Panels

ROUNDS = 15
FORGOTTEN = -1e4  # bias of a class that only the collection left out shows
Sums = list[tuple[Tensor, Tensor, Tensor]]


@dataclass(frozen=True)
class Lesson:
    """Rows that teach, their truth, their weights before and after what is not clean counts less, whose they are, and which
    of FISHER they are taught by."""

    rows: Tensor
    truth: Tensor
    base: Tensor
    share: Tensor
    families: np.ndarray
    task: str = "radiology"


@torch.no_grad()
def radiology_alone(data: Data, panels: Panels, among: Set[str]) -> tuple[np.ndarray, np.ndarray]:
    """Logits (n,) of the clean views of each family in `among` that has ENOUGH of them, by maps without that family, and of
    their panels (m,); NaN elsewhere."""
    index = for_kind(data, np.arange(len(data.kind)))
    index = index[data.kind[index] != "fusion"]
    rows = with_roots(kind_rows(data, index))
    standard = Standard(rows.shape[1])
    standard.fit(rows)
    rows = standard(rows)
    asked = torch.cat([rows, standard(with_roots(panels.rows))])
    rows = asked[: len(rows)]
    own = {name: places for name, places in pictures_of_large(data, index).items() if name in among}
    whose = data.family[places_of_clean(data)[panels.picture]]
    own = {name: np.append(places, len(rows) + np.flatnonzero(whose == name)) for name, places in own.items()}
    base, share = radiology_weights(data, index)
    codes, weight, of_radiology = finer_classes(data, index)
    named, families = codes >= 0, data.families[index]
    plane, apart = torch.zeros(len(asked), 2), torch.zeros(len(asked), int(codes.max()) + 1)
    for half, asked_half in zip(rows.chunk(2, dim=1), asked.chunk(2, dim=1), strict=True):
        whole = Lesson(half, data.radiology[index], base, share, families)
        finer = Lesson(
            half[named], torch.from_numpy(codes[named]), weight[named], weight[named], families[named], "classes"
        )
        add_answers(plane, whole, asked_half, own)
        add_answers(apart, finer, asked_half, own)
    logits = (plane[:, 1] - plane[:, 0] + APART * above(apart, of_radiology)[:, 0]).numpy()
    found = np.full(len(data.kind) + len(panels.rows), np.nan)
    of_asked = np.append(index, len(data.kind) + np.arange(len(panels.rows)))
    for places in own.values():
        found[of_asked[places]] = logits[places]
    return found[: len(data.kind)], found[len(data.kind) :]


def pictures_of_large(data: Data, index: np.ndarray) -> dict[str, np.ndarray]:
    """For each family that has ENOUGH clean pictures in `index`, where in it they are."""
    clean = data.kind[index] == "clean"
    names, sizes = np.unique(data.family[index[clean]], return_counts=True)
    large = names[sizes >= ENOUGH]
    return {str(name): np.flatnonzero(clean & (data.family[index] == name)) for name in large}


def add_answers(found: Tensor, lesson: Lesson, rows: Tensor, own: dict[str, np.ndarray]) -> None:
    """Add to `found` (n, classes) what maps that were fitted without a family say of its own pictures in `rows`."""
    start, sums = logistic(lesson.rows, lesson.truth, lesson.share), class_sums(lesson.rows, lesson.truth, lesson.share)
    for done, (name, places) in enumerate(own.items()):
        weight, bias = without(lesson, name, start, sums)
        found[places] += rows[places] @ weight.T + bias
        if done % 20 == 19:
            print(f"{done + 1} of {len(own)} collections left out by themselves: {lesson.task}", flush=True)


def without(lesson: Lesson, name: str, start: tuple[Tensor, Tensor], sums: Sums) -> tuple[Tensor, Tensor]:
    """Weights and biases of all classes, fitted without any view that shows a picture of the family."""
    counts, added = FISHER[lesson.task]
    out = torch.from_numpy(np.array([name in members for members in lesson.families]))
    share, left = lesson.share * ~out, []
    for value in range(len(sums)):
        of_class = lesson.truth == value
        rest = lesson.base[of_class & ~out].sum()
        if rest > 0:
            left.append(value)
            share[of_class] *= lesson.base[of_class].sum() / rest
    share *= len(out) / (~out).sum()
    place = torch.zeros(len(sums), dtype=torch.long)
    place[left] = torch.arange(len(left))
    begun = (start[0][left], start[1][left])
    fitted = logistic(lesson.rows, place[lesson.truth], share, begun, ROUNDS)
    taken = class_sums(lesson.rows[out], lesson.truth[out], lesson.share[out], len(sums))
    rest_of = [tuple(whole - part for whole, part in zip(sums[n], taken[n], strict=True)) for n in left]
    seen = discriminant_of(rest_of, added)
    weight, bias = torch.zeros_like(start[0]), torch.full_like(start[1], FORGOTTEN)
    weight[left], bias[left] = (fitted[0] + counts * seen[0]) / 2, (fitted[1] + counts * seen[1]) / 2
    return weight, bias


def class_sums(rows: Tensor, truth: Tensor, weight: Tensor, count: int | None = None) -> Sums:
    """Of each of `count` classes (as many as there are) the weight, the weighted sum of rows and of their products: what the
    discriminant is made of."""
    found = []
    for value in range(int(truth.max()) + 1 if count is None else count):
        part, share = rows[truth == value], weight[truth == value]
        found.append((share.sum(), share @ part, (part * share[:, None]).T @ part))
    return found
