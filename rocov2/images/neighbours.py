"""Rows of 64-bit hashes -> the pairs of rows worth a closer look, in time and memory that grow with the rows alone.

The hashes are sorted by their bits in several orders, and each is compared with those that follow it in
that order (Charikar 2002, as Manku and others 2007 do for web pages). However a corpus crowds, a row has only so
many neighbours; the larger the corpus, the fewer of them are looked at, the nearest first.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

THREADS = min(8, os.cpu_count() or 1)  # numpy lets go of the interpreter while it works
Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]
Distances = NDArray[np.uint8]
MAX_DISTANCE = 17
TABLES = 12
STABLE_BITS = 48
WINDOW_WORK, LEAST_WINDOW, MOST_WINDOW = 10_000_000, 10, 400
PAIR_WORK, LEAST_NEAREST = 1_500_000, 2
PLACES_AT_ONCE = 8192  # what is counted of so many stays in the cache
WAITING = 4_000_000  # pairs that are found, many of them again, before those are forgotten that are not kept
ROW_BITS, DISTANCE_BITS = 28, 7  # of a pair in one number: two rows and a distance
ROW, DISTANCE = (1 << ROW_BITS) - 1, (1 << DISTANCE_BITS) - 1


def near_pairs(hashes: Hashes) -> tuple[Ints, Distances]:
    """Pairs (m, 2) of rows of `hashes` (n, k), first < second, and their distance in the nearest of k hashes.

    A pair is within 17 of 64 bits and among the nearest of one of its rows: of some 1,500,000 / n, at least 2. So
    among a few hundred rows every pair within 17 bits is there; where it comes to more than 1,500,000 pairs, what
    has to go are those of the largest distances. For at most 2**28 rows.
    """
    if len(hashes) < 2:
        return np.empty((0, 2), np.int64), np.empty(0, np.uint8)
    found = _Nearest(len(hashes))
    draw = np.random.default_rng(20260901)
    with ThreadPoolExecutor(THREADS) as pool:
        for column in hashes.T:
            orders = [draw.permutation(STABLE_BITS) for _ in range(TABLES)]
            for packed in pool.map(partial(_table, found, np.ascontiguousarray(column), _bytes(column)), orders):
                found.add(packed)
    pairs, distances = found.kept()
    fit = np.cumsum(np.bincount(distances, minlength=MAX_DISTANCE + 1)) <= PAIR_WORK
    return pairs[fit[distances]], distances[fit[distances]]


class _Nearest:
    """Pairs that are among the nearest of their first row, or of their second; ties go to the first pair.

    `reach` (2, rows) is how far the last of the nearest of each row as a first, and as a second, is so far: what
    is farther on both sides need not be kept, whatever is found later.
    """

    def __init__(self, rows: int) -> None:
        self.nearest = max(LEAST_NEAREST, PAIR_WORK // rows)
        self.reach = np.full((2, rows), MAX_DISTANCE, np.uint8)
        self._parts: list[Ints] = []

    def pack(self, left: Ints, right: Ints, distances: Distances) -> Ints:
        """The pairs that may be kept, each as one number that sorts by first row, second row and distance."""
        first, second = np.minimum(left, right), np.maximum(left, right)
        near = np.flatnonzero((distances <= self.reach[0].take(first)) | (distances <= self.reach[1].take(second)))
        return np.asarray((first[near] << ROW_BITS | second[near]) << DISTANCE_BITS | distances[near], np.int64)

    def add(self, packed: Ints) -> None:
        """Take some more pairs, which may be there already."""
        self._parts.append(packed)
        if sum(map(len, self._parts[1:])) > WAITING:
            self.kept()

    def kept(self) -> tuple[Ints, Distances]:
        """Return each pair once, (m, 2) in order, with its least distance, and forget those that are not kept."""
        packed = np.sort(np.concatenate(self._parts))
        packed = packed[np.diff(packed >> DISTANCE_BITS, prepend=-1) > 0]
        rows, distances = (packed >> ROW_BITS + DISTANCE_BITS, packed >> DISTANCE_BITS & ROW), packed & DISTANCE
        keep, reach = np.zeros(len(packed), bool), np.full_like(self.reach, MAX_DISTANCE)
        for side in (0, 1):
            ranked = np.sort((rows[side] << DISTANCE_BITS | distances) << ROW_BITS | np.arange(len(packed)))
            owners = ranked >> ROW_BITS + DISTANCE_BITS
            beyond = np.zeros(len(ranked), bool)
            beyond[self.nearest :] = owners[self.nearest :] == owners[: -self.nearest]
            keep[ranked[~beyond] & ROW] = True
            last = np.flatnonzero(beyond) - 1  # of a row that has more; the smallest of those counts
            np.minimum.at(reach[side], owners[last], (ranked[last] >> ROW_BITS & DISTANCE).astype(np.uint8))
        self.reach, self._parts = reach, [packed[keep]]
        return np.stack([rows[0][keep], rows[1][keep]], axis=1), distances[keep].astype(np.uint8)


def _table(found: _Nearest, column: Hashes, planes: NDArray[np.uint8], first: Ints) -> Ints:
    """The pairs that one order of the bits brings near each other, packed."""
    order = _order(planes, first)
    left, right, distances = _followers(column[order], found.nearest)
    return found.pack(order[left], order[right], distances)


def _bytes(column: Hashes) -> NDArray[np.uint8]:
    """The bytes of the hashes, the highest first, (8, n)."""
    return np.ascontiguousarray(column.astype(">u8").view(np.uint8).reshape(-1, 8).T)


def _order(planes: NDArray[np.uint8], first: Ints) -> Ints:
    """Rows sorted by their bits, the most stable ones first in the order given, the others after them."""
    places = np.argsort(np.concatenate([first, np.arange(STABLE_BITS, 64)])).astype(np.uint64)
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.uint64)
    moved = bits @ (np.uint64(1) << np.uint64(63) - places).reshape(8, 8, 1)
    keys = np.zeros(planes.shape[1], np.uint64)
    for table, plane in zip(moved[:, :, 0], planes, strict=True):
        keys |= table.take(plane)
    return np.argsort(keys, kind="stable")


def _followers(ordered: Hashes, nearest: int) -> tuple[Ints, Ints, Distances]:
    """Places, places and distances of the pairs within the window and MAX_DISTANCE, the nearest followers of each."""
    count = len(ordered)
    window = min(count - 1, int(np.clip(WINDOW_WORK // count, LEAST_WINDOW, MOST_WINDOW)))
    found: list[tuple[Ints, Ints, Distances]] = []
    for start in range(0, count, PLACES_AT_ONCE):
        some = ordered[start : start + PLACES_AT_ONCE + window]
        size = min(PLACES_AT_ONCE, count - start)
        apart = np.full((window, size), 255, np.uint8)
        for step in range(1, min(window, len(some) - 1) + 1):
            held = min(size, len(some) - step)
            apart[step - 1, :held] = ones(some[:held] ^ some[step : step + held])
        limit = np.minimum(_nth_smallest(apart, nearest), MAX_DISTANCE)
        near = np.flatnonzero(apart <= limit)
        steps, places = np.divmod(near, size)
        found.append((places + start, places + start + steps + 1, apart.ravel()[near]))
    left, right, distances = (np.concatenate(part) for part in zip(*found, strict=True))
    return left, right, distances


def _nth_smallest(values: Distances, number: int) -> Distances:
    """The first, second, third ... smallest of each column, or 255 where there are fewer."""
    if number > len(values):
        return np.full(values.shape[1], 255, np.uint8)
    if number > 4:
        return np.asarray(np.partition(values, number - 1, axis=0)[number - 1])
    least = [np.full(values.shape[1], 255, np.uint8) for _ in range(number)]
    for row in values:
        rest = row
        for rank, before in enumerate(least):
            least[rank], rest = np.minimum(before, rest), np.maximum(before, rest)
    return least[-1]


def ones(values: Hashes) -> Distances:
    """Number of bits set in each (numpy has bitwise_count from 2.0)."""
    part = values >> np.uint64(1)
    part &= np.uint64(0x5555555555555555)
    counts = values - part
    np.right_shift(counts, np.uint64(2), out=part)
    part &= np.uint64(0x3333333333333333)
    counts &= np.uint64(0x3333333333333333)
    counts += part
    np.right_shift(counts, np.uint64(4), out=part)
    counts += part
    counts &= np.uint64(0x0F0F0F0F0F0F0F0F)
    counts *= np.uint64(0x0101010101010101)
    counts >>= np.uint64(56)
    return counts.astype(np.uint8)
