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
MAX_DISTANCE = 17
TABLES = 12
STABLE_BITS = 48
WINDOW_WORK, LEAST_WINDOW, MOST_WINDOW = 10_000_000, 10, 400
PAIR_WORK, LEAST_NEAREST = 1_500_000, 2


def near_pairs(hashes: Hashes) -> tuple[Ints, NDArray[np.uint8]]:
    """Pairs (m, 2) of rows of `hashes` (n, k), first < second, and their distance in the nearest of k hashes.

    A pair is within 17 of 64 bits and among the nearest of one of its rows: of some 1,500,000 / n, at least 2. So
    among a few hundred rows every pair within 17 bits is there; where it comes to more than 1,500,000 pairs, what
    has to go are those of the largest distances.
    """
    count = len(hashes)
    if count < 2:
        return np.empty((0, 2), np.int64), np.empty(0, np.uint8)
    nearest = max(LEAST_NEAREST, PAIR_WORK // count)
    draw = np.random.default_rng(20260901)
    codes, distances = np.empty(0, np.int64), np.empty(0, np.uint8)
    for column in hashes.T:
        bits = np.unpackbits(column.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)
        orders = [draw.permutation(STABLE_BITS) for _ in range(TABLES)]
        with ThreadPoolExecutor(THREADS) as pool:
            for more, farther in pool.map(partial(_table, column, bits, nearest), orders):
                codes, distances = np.concatenate([codes, more]), np.concatenate([distances, farther])
                if len(codes) > 4 * PAIR_WORK:
                    codes, distances = _nearest_each(*_once(codes, distances), count, nearest)
    codes, distances = _nearest_each(*_once(codes, distances), count, nearest)
    fit = np.cumsum(np.bincount(distances, minlength=MAX_DISTANCE + 1)) <= PAIR_WORK
    codes, distances = codes[fit[distances]], distances[fit[distances]]
    return np.stack([codes // count, codes % count], axis=1), distances


def _table(column: Hashes, bits: NDArray[np.uint8], nearest: int, first: Ints) -> tuple[Ints, NDArray[np.uint8]]:
    """The pairs that one order of the bits brings near each other, as first * n + second, and their distances."""
    order = _order(bits, first)
    left, right, distances = _followers(np.ascontiguousarray(column[order]), nearest)
    low, high = np.minimum(order[left], order[right]), np.maximum(order[left], order[right])
    return low * len(column) + high, distances


def _order(bits: NDArray[np.uint8], first: Ints) -> Ints:
    """Rows sorted by their bits, the most stable ones first in the order given, the others after them."""
    choice = np.concatenate([first, np.arange(STABLE_BITS, 64)])
    keys = np.ascontiguousarray(np.packbits(bits[:, choice], axis=1)).view(">u8")[:, 0].astype(np.uint64)
    return np.argsort(keys, kind="stable")


def _followers(ordered: Hashes, nearest: int) -> tuple[Ints, Ints, NDArray[np.uint8]]:
    """Places, places and distances of the pairs within the window and MAX_DISTANCE, the nearest followers of each."""
    count = len(ordered)
    window = min(count - 1, int(np.clip(WINDOW_WORK // count, LEAST_WINDOW, MOST_WINDOW)))
    apart = np.full((window, count), 255, np.uint8)
    for step in range(1, window + 1):
        apart[step - 1, : count - step] = ones(ordered[:-step] ^ ordered[step:])
    if nearest < window:
        limit = np.partition(apart, nearest - 1, axis=0)[nearest - 1]
        apart[apart > np.minimum(limit, MAX_DISTANCE)] = 255
    steps, places = np.nonzero(apart <= MAX_DISTANCE)
    return places, places + steps + 1, apart[steps, places]


def _once(codes: Ints, distances: NDArray[np.uint8]) -> tuple[Ints, NDArray[np.uint8]]:
    """Each pair once, in order, with its least distance."""
    packed = np.sort(codes << 7 | distances)
    codes = packed >> 7
    first = np.ones(len(codes), bool)
    first[1:] = codes[1:] != codes[:-1]
    return codes[first], (packed[first] & 127).astype(np.uint8)


def _nearest_each(
    codes: Ints, distances: NDArray[np.uint8], count: int, nearest: int
) -> tuple[Ints, NDArray[np.uint8]]:
    """The pairs that are among the `nearest` of one of their rows; ties go to the first."""
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda rows: _among_nearest(rows, distances, nearest), (codes // count, codes % count))
    keep = first | second
    return codes[keep], distances[keep]


def _among_nearest(rows: Ints, distances: NDArray[np.uint8], nearest: int) -> NDArray[np.bool_]:
    """Say of each pair whether fewer than `nearest` of its row are nearer, or as near and before it."""
    order = np.argsort(rows << 7 | distances, kind="stable")
    ranked, places = rows[order], np.arange(len(rows))
    begins = np.ones(len(rows), bool)
    begins[1:] = ranked[1:] != ranked[:-1]
    keep = np.zeros(len(rows), bool)
    keep[order[places - np.maximum.accumulate(np.where(begins, places, 0)) < nearest]] = True
    return keep


def ones(values: Hashes) -> NDArray[np.uint8]:
    """Number of bits set in each (numpy has bitwise_count from 2.0)."""
    pairs = values - ((values >> np.uint64(1)) & np.uint64(0x5555555555555555))
    fours = (pairs & np.uint64(0x3333333333333333)) + ((pairs >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bytes_ = (fours + (fours >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.asarray((bytes_ * np.uint64(0x0101010101010101)) >> np.uint64(56), dtype=np.uint8)
