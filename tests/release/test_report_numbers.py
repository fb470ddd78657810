import random
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rocov2.release.report.gather import read_release
from rocov2.release.report.heldback import read_drops
from rocov2.release.report.labelled import Labels, coverage, labels_of, surprising
from rocov2.release.report.thumbnails import Thumbnails
from tests.release.report_pages import made_release, png


def labels(lists):
    """Labels of samples that have only automatic concepts."""
    names = sorted({name for names in lists for name in names})
    owner = np.array([row for row, found in enumerate(lists) for _ in found], np.int64)
    code = np.array([names.index(name) for found in lists for name in found], np.int64)
    return Labels(names, owner, code, np.zeros(len(code), bool), len(lists))


def random_lists(seed):
    rng = random.Random(seed)
    return [rng.sample("abcdefg", rng.randrange(5)) for _ in range(200)]


@pytest.mark.parametrize("seed", range(5))
def test_what_stands_together_is_what_counting_by_hand_finds(seed):
    lists = random_lists(seed)
    found = labels(lists)
    codes = found.top(7)
    together = found.together(codes)
    for a, b in combinations(range(len(codes)), 2):
        names = {found.cuis[codes[a]], found.cuis[codes[b]]}
        assert together[a][b] == together[b][a] == sum(names <= set(each) for each in lists)
    assert list(np.diag(together)) == sorted(found.counts().tolist(), reverse=True)


def test_equal_frequencies_stand_in_the_order_of_their_cuis():
    found = labels([["b", "a"], ["c"]])
    assert [found.cuis[code] for code in found.top(3)] == ["a", "b", "c"]


def test_pairs_that_chance_explains_are_not_surprising():
    always = labels([["a", "b"]] * 10)
    assert surprising(always) == []
    apart = labels([["a", "b"]] * 10 + [["c"]] * 10)
    assert [(count, lift) for _, _, count, lift in surprising(apart)] == [(10, 2.0)]


def test_coverage_counts_concepts_and_assignments_that_train_has():
    found = labels([["a", "b"], ["a"], ["a", "c"]])
    train = np.array([True, False, False])
    told = coverage(found, np.array([False, True, True]), train)
    assert (told.distinct, told.distinct_in_train, told.assigned, told.assigned_in_train) == (2, 1, 3, 2)


def test_manual_concepts_are_told_from_automatic_ones(tmp_path):
    release = read_release(made_release(tmp_path / "release", 30))
    found = labels_of(release)
    rows = release.samples.to_pylist()
    assert found.sizes().tolist() == [len(row["cuis"]) for row in rows]
    assert found.sizes(manual_too=False).tolist() == [len(row["cuis"]) - len(row["cuis_manual"]) for row in rows]
    assert not {found.cuis[code] for code in found.top(500)} & {c for row in rows for c in row["cuis_manual"]}


def write_drops(folder, rows, group):
    table = pa.table({name: [row[i] for row in rows] for i, name in enumerate(("stage", "reason", "key", "detail"))})
    pq.write_table(table, folder / "drops.parquet", row_group_size=group)


@pytest.mark.parametrize("group", [7, 1000])
def test_examples_are_spread_evenly_and_do_not_depend_on_batches(tmp_path, group):
    write_drops(tmp_path, [("filter", "compound", f"k{n:03}", f"score 0.{n:03}") for n in range(100)], group)
    found = read_drops(tmp_path, 4)
    assert found.counts == {("filter", "compound"): 100}
    assert [key for key, _ in found.examples["filter", "compound"]] == ["k000", "k025", "k050", "k075"]
    assert [key for _, key in found.nearest["compound"]] == [f"k{n:03}" for n in range(12)]
    assert found.scores["compound"].sum() == 100


def test_copies_are_counted_by_the_figure_that_was_kept(tmp_path):
    rows = [("filter", "duplicate", f"k{n}", "PMC1.1/a is kept") for n in range(3)]
    write_drops(tmp_path, [*rows, ("filter", "near_duplicate", "k", "something else")], 10)
    found = read_drops(tmp_path, 5)
    assert found.copies == {"PMC1.1/a": 3}
    assert found.of("duplicate", "near_duplicate") == 4


def test_a_score_that_is_none_is_left_out_of_the_histogram(tmp_path):
    details = ["score 0.5000", "score high", "", "score 0.5", "score 1.0000", "score 9.0"]
    write_drops(tmp_path, [("filter", "not_radiology", str(n), d) for n, d in enumerate(details)], 10)
    found = read_drops(tmp_path, 5)
    assert found.scores["not_radiology"].sum() == 3
    assert found.nearest["not_radiology"][0] == (1.0, "4")


def test_a_picture_outside_of_the_release_is_not_read(tmp_path):
    (tmp_path / "secret.png").write_bytes(png(1))
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "link.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "release" / "own.png").write_bytes(png(2))
    maker = Thumbnails(tmp_path / "release", 100_000)
    refused = ("../secret.png", str(tmp_path / "secret.png"), "link.png", "a\0b", "", "absent.png")
    assert [maker.make(file, "png", 50) for file in refused] == [None] * len(refused)
    assert maker.lost == len(refused)
    assert maker.make("own.png", "png", 20).width_px == 20


def test_pictures_stop_when_their_room_is_spent(tmp_path):
    (tmp_path / "a.png").write_bytes(png(1))
    maker = Thumbnails(tmp_path, 250)
    made = [maker.make("a.png", "png", 40) for _ in range(20)]
    assert sum(len(each.base64) for each in made if each) <= 250
    assert 0 < maker.made < 20
    assert maker.left_out == 20 - maker.made
