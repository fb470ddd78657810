"""The fingerprints of a corpus -> clusters of look-alikes.

The hashes find candidates, the small pictures are laid on each other to judge them: a crop of 5 % a
side changes a hash as much as the next slice of a series does, so no hash distance parts the two. The rough pictures
say where one lies on the other, the fine ones whether they are the same.
"""

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from rocov2.images.align import STILL, differing, unexplained
from rocov2.images.neighbours import THREADS, near_pairs
from rocov2.images.prints import Prints

MAX_UNEXPLAINED = 0.045
# Side in pixels, steps of the fit, and what may be left unexplained then: see data/models/README.md
ROUGH_BARS = ((8, 0, 0.25), (12, 0, 0.25), (12, 2, 0.07), (24, 5, 0.08))
PAIRS_AT_ONCE = 2048
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


def cluster(fingerprints: Sequence[str], max_unexplained: float = MAX_UNEXPLAINED) -> Ints:
    """Label of each fingerprint: the smallest index of its cluster of look-alikes (its own where it has none).

    Candidates are near by one of their two hashes (see `neighbours.near_pairs`); a pair is joined when its small
    pictures agree (see `judge`). Flat pictures stay alone. The clusters do not depend on the order.
    Raises ValueError for text that is no fingerprint.
    """
    distinct = sorted(set(fingerprints))
    prints = Prints.of(distinct)
    lively = np.flatnonzero(prints.lively)
    pairs, distances = near_pairs(prints.hashes[lively])
    shared = _joined(prints, lively[pairs], distances, max_unexplained)
    numbers = {text: number for number, text in enumerate(distinct)}
    rows = np.fromiter((numbers[text] for text in fingerprints), np.int64, len(fingerprints))
    flat = np.ones(len(distinct), bool)
    flat[lively] = False
    labels = np.arange(len(rows), dtype=np.int64)
    first = np.full(len(distinct), len(rows), np.int64)
    np.minimum.at(first, shared[rows], labels)
    return np.where(flat[rows], labels, first[shared[rows]]) if len(rows) else labels


def _joined(prints: Prints, pairs: Ints, distances: NDArray[np.uint8], max_unexplained: float) -> Ints:
    """Component of each row. The nearest pairs are judged first, as what they join needs no second look."""
    labels = np.arange(len(prints.texts), dtype=np.int64)
    alike = np.empty((0, 2), np.int64)
    for low, high in itertools.pairwise((0, 1, 2, 3, 5, 8, 12, 65)):
        some = pairs[(distances >= low) & (distances < high)]
        some = some[labels[some[:, 0]] != labels[some[:, 1]]]
        with ThreadPoolExecutor(THREADS) as pool:
            errors = pool.map(partial(judge, prints), _slices(some, PAIRS_AT_ONCE))
            alike = np.concatenate([alike, some[np.concatenate([np.empty(0), *errors]) <= max_unexplained]])
        labels = _components(labels, alike)
    return labels


def judge(prints: Prints, pairs: Ints) -> Floats:
    """What stays unexplained of each pair: 0 for the same picture, infinite for what is given up on the way.

    Nearly all candidates are: they differ in the rough pictures already. See `align.differing` for what is measured.
    """
    pairs = _smaller_first(prints, pairs)
    errors = np.full(len(pairs), np.inf, np.float32)
    hopeful, warp = np.arange(len(pairs)), np.empty((0, 4), np.float32)
    for side, steps, bar in ROUGH_BARS:
        found, warp = _laid(prints, pairs[hopeful], side, steps)
        hopeful, warp = hopeful[found <= bar], warp[found <= bar]
        if not len(hopeful):
            return errors
    errors[hopeful] = differing(prints.fine(pairs[hopeful, 0]), prints.fine(pairs[hopeful, 1]), warp)
    return errors


def _smaller_first(prints: Prints, pairs: Ints) -> Ints:
    """Pairs with the picture first that has more margin around its box: the other covers it, so it is explained.

    Of two alike in that the first row is first, whichever way round the pair is given.
    """
    pairs = np.sort(pairs, axis=1)
    areas = [(box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1]) for box in (prints.boxes(pairs[:, k]) for k in (0, 1))]
    return np.where((areas[0] > areas[1])[:, None], pairs[:, ::-1], pairs)


def _laid(prints: Prints, pairs: Ints, side: int, steps: int) -> tuple[Floats, Floats]:
    """What stays unexplained of the rough pictures, and how they lie, from the better of two starts.

    One is inner box on inner box; whole on whole holds where marks in a margin moved the box.
    """
    left, right = (prints.rough(pairs[:, k], side) for k in (0, 1))
    same = np.tile(STILL, (len(pairs), 1))
    errors, warp = unexplained(left, right, same, steps)
    boxes = prints.boxes(pairs[:, 0]), prints.boxes(pairs[:, 1])
    moved = np.flatnonzero(np.abs(boxes[0] - boxes[1]).max(axis=1) > 0.01)
    if len(moved):
        start = _box_to_box(boxes[0][moved], boxes[1][moved])
        again, there = unexplained(left[moved], right[moved], start, steps)
        better = again < errors[moved]
        errors[moved[better]], warp[moved[better]] = again[better], there[better]
    return errors, warp


def _box_to_box(left: Floats, right: Floats) -> Floats:
    """Stretch and shift that take a place in the left inner box to the same place of the whole in the right one."""
    warp = []
    for low, high in ((0, 2), (1, 3)):
        size = np.maximum(right[:, high] - right[:, low], 0.05)
        warp += [(left[:, high] - left[:, low]) / size, (left[:, low] - right[:, low]) / size]
    return np.asarray(np.clip(np.stack(warp, axis=1), -3.0, 3.0), dtype=np.float32)


def _components(labels: Ints, pairs: Ints) -> Ints:
    """Smallest index of each connected component: labels fall along the pairs until none falls."""
    while len(pairs):
        lowest = np.minimum(labels[pairs[:, 0]], labels[pairs[:, 1]])
        before = labels.copy()
        for side in (0, 1):
            np.minimum.at(labels, pairs[:, side], lowest)
            np.minimum.at(labels, before[pairs[:, side]], lowest)
        while not np.array_equal(labels, labels[labels]):
            labels = labels[labels]
        if np.array_equal(labels, before):
            break
    return labels


def _slices(pairs: Ints, size: int) -> Iterator[Ints]:
    for start in range(0, len(pairs), size):
        yield pairs[start : start + size]
