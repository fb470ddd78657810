"""What the region head answers about collections that it never saw -> lines of the table."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from filter_bench.measure import calibration_error, with_interval
from rocov2.images.classify import REGIONS

THRESHOLD = 0.95  # `curate.min_image_region_score`
LEAST = 5  # pictures of a collection that is judged by itself
Array = np.ndarray
Line = tuple[str, str, str, str]


def region_lines(path: Path) -> Iterator[Line]:
    """Of each region: how often it is named at THRESHOLD when it is there, and right when it is named.

    Answers are of heads fitted without the picture's collection, intervals from drawing whole collections: what a film looks
    like differs more between them than within. A region that one collection holds cannot be judged.
    """
    with np.load(path) as found:
        rows = {name: found[name] for name in found.files}
    truth, family, shares = rows["region"], rows["family"], rows["region_scores"]
    best, score = shares.argmax(axis=1), shares.max(axis=1)
    other = REGIONS.index("OTHER")
    named = (score >= THRESHOLD) & (best != other)
    for place, name in enumerate(REGIONS):
        there, said = truth == place, named & (best == place)
        held = np.unique(family[there])
        size = f"n {int(there.sum())} of {len(held)} collections"
        if len(held) < 2:
            yield "region", name, "", f"cannot be judged: {size}"
        elif place == other:
            yield "region", "none of the seven, named all the same", "", f"{_share(named, there, family)}, {size}"
        else:
            yield "region", f"{name}, recall", "", f"{_share(said, there, family)}, {size}"
            yield "region", f"{name}, precision", "", f"{_share(there, said, family)}, n {int(said.sum())}"
    known = truth != other
    right = named & (best == truth)
    yield "region", f"share of the seven regions named at {THRESHOLD}", "", _share(named, known, family)
    yield "region", "right where one is named", "", _share(right, named, family)
    yield "region", "ECE of the best", "", f"{calibration_error(score, (best == truth).astype(int)):.3f}"
    weak = [
        _of(name, named, right, family == name)
        for name in np.unique(family)
        if ((family == name) & known).sum() >= LEAST
    ]
    yield "region", f"collections of {LEAST} or more, named and right of those", "", "; ".join(weak)


def _share(hit: Array, among: Array, families: Array) -> str:
    """The share of the rows in `among` that are in `hit`, with an interval; "none" where there are none."""
    if not among.any():
        return "none"
    values = hit[among].astype(float)
    return str(with_interval(lambda rows: float(values[rows].mean()), families[among]))


def _of(name: str, named: Array, right: Array, inside: Array) -> str:
    """Of one collection: how many are named, and how many of these rightly."""
    said = named & inside
    return f"{name} {int(said.sum())}/{int(inside.sum())}, {int((right & inside).sum())}"
