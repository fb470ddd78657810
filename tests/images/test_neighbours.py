import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocov2.images import neighbours
from rocov2.images.neighbours import MAX_DISTANCE, near_pairs, ones


def apart(left, right):
    return min(bin(int(a) ^ int(b)).count("1") for a, b in zip(left, right, strict=True))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=40))
def test_bits_are_counted(values):
    assert ones(np.array(values, np.uint64)).tolist() == [bin(value).count("1") for value in values]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 60))
def test_in_a_small_corpus_every_near_pair_is_found_once_with_its_distance(seed, count):
    draw = np.random.default_rng(seed)
    base = draw.integers(0, 2**64, (1, 2), dtype=np.uint64)
    hashes = base ^ (np.uint64(1) << draw.integers(0, 64, (count, 2, 14)).astype(np.uint64)).sum(
        axis=2, dtype=np.uint64
    )
    pairs, distances = near_pairs(hashes)
    found = {(int(a), int(b)): int(d) for (a, b), d in zip(pairs, distances, strict=True)}
    every = {(i, j): apart(hashes[i], hashes[j]) for i in range(count) for j in range(i + 1, count)}
    near = {pair: distance for pair, distance in every.items() if distance <= MAX_DISTANCE}
    assert len(found) == len(pairs)
    assert found == near


@pytest.mark.parametrize("work", [500, 2000])
def test_a_crowd_is_cut_to_its_nearest_pairs(monkeypatch, work):
    monkeypatch.setattr(neighbours, "PAIR_WORK", work)
    draw = np.random.default_rng(1)
    flips = np.uint64(1) << draw.integers(0, 64, (400, 2, 6)).astype(np.uint64)
    hashes = np.bitwise_xor.reduce(flips, axis=2)
    pairs, distances = near_pairs(np.concatenate([hashes, hashes[:20]]))
    assert 20 <= len(pairs) <= work
    assert {(i, 400 + i) for i in range(20)} <= {(int(a), int(b)) for a, b in pairs}
    assert (distances == 0).sum() >= 20


@pytest.mark.parametrize(("name", "value"), [("WAITING", 50), ("PLACES_AT_ONCE", 37), ("THREADS", 5)])
@pytest.mark.parametrize("work", [1500, 100_000])
def test_forgetting_early_and_working_in_parts_changes_no_pair(monkeypatch, name, value, work):
    monkeypatch.setattr(neighbours, "PAIR_WORK", work)
    draw = np.random.default_rng(2)
    hashes = np.bitwise_xor.reduce(np.uint64(1) << draw.integers(0, 64, (500, 2, 6)).astype(np.uint64), axis=2)
    at_once = near_pairs(hashes)
    monkeypatch.setattr(neighbours, name, value)
    for found, expected in zip(near_pairs(hashes), at_once, strict=True):
        np.testing.assert_array_equal(found, expected)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 9), st.integers(1, 12))
def test_the_nth_smallest_is_what_sorting_gives(seed, number, rows):
    values = np.random.default_rng(seed).integers(0, 255, (rows, 20)).astype(np.uint8)
    expected = np.sort(values, axis=0)[number - 1] if number <= rows else np.full(20, 255)
    np.testing.assert_array_equal(neighbours._nth_smallest(values, number), expected)
