"""Splits: by group, sticky, and never less protected than a look-alike."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.errors import ConfigError, RocoError
from rocov2.release.naming import image_file, sample_id
from rocov2.release.rows import SPLITS
from rocov2.release.split import Conflict, assign_splits, merge_groups, most_protected

pmcids = st.integers(1, 60).map(lambda n: f"PMC{n}")
groupings = st.dictionaries(pmcids, pmcids, max_size=40).map(lambda found: merge_groups(found.items()))
earlier = st.dictionaries(pmcids, st.sampled_from(SPLITS), max_size=30)


def test_the_shares_are_those_of_the_published_set() -> None:
    splits, _ = assign_splits({f"PMC{n}": f"PMC{n}" for n in range(1, 20_001)}, {})
    shares = [list(splits.values()).count(split) / 20_000 for split in SPLITS]
    assert shares == pytest.approx([0.752, 0.124, 0.124], abs=0.01)


def test_a_split_is_a_matter_of_the_article_not_of_its_company() -> None:
    alone, _ = assign_splits({"PMC77": "PMC77"}, {})
    together, _ = assign_splits({f"PMC{n}": f"PMC{n}" for n in range(1, 500)}, {})
    assert together["PMC77"] == alone["PMC77"]


def test_another_salt_gives_another_split() -> None:
    groups = {f"PMC{n}": f"PMC{n}" for n in range(1, 200)}
    assert assign_splits(groups, {}, salt="a")[0] != assign_splits(groups, {}, salt="b")[0]


def test_no_article_is_a_valid_selection() -> None:
    assert assign_splits({}, {}) == ({}, [])


@given(groupings)
def test_a_group_never_spans_splits_at_first(groups: dict[str, str]) -> None:
    splits, conflicts = assign_splits(groups, {})
    assert conflicts == []
    assert len({(groups[p], s) for p, s in splits.items()}) == len(set(groups.values()))


@given(groupings, earlier)
def test_nobody_ever_moves(groups: dict[str, str], previous: dict[str, str]) -> None:
    splits, _ = assign_splits(groups, previous)
    assert splits.keys() == groups.keys()
    assert all(splits[p] == previous[p] for p in groups.keys() & previous.keys())


@given(groupings, groupings)
def test_a_second_release_on_top_of_the_first_changes_nothing_of_it(one: dict[str, str], two: dict[str, str]) -> None:
    first, _ = assign_splits(one, {})
    second, _ = assign_splits(two, first)
    assert all(second[p] == first[p] for p in first.keys() & second.keys())
    assert assign_splits(two, {**first, **second}) == assign_splits(two, first)


@given(groupings, earlier)
def test_without_the_articles_in_conflict_no_group_spans_splits(
    groups: dict[str, str], previous: dict[str, str]
) -> None:
    splits, conflicts = assign_splits(groups, previous)
    tied = {c.pmcid for c in conflicts}
    assert all(SPLITS.index(c.split) < SPLITS.index(c.rival_split) for c in conflicts)
    kept = {(groups[p], s) for p, s in splits.items() if p not in tied}
    assert len(kept) == len({group for group, _ in kept})


@given(groupings, earlier, st.randoms())
def test_the_order_of_the_rows_does_not_matter(groups: dict[str, str], previous: dict[str, str], rng: object) -> None:
    shuffled = list(groups.items())
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert assign_splits(dict(shuffled), previous) == assign_splits(groups, previous)


def test_a_new_look_alike_joins_the_most_protected_split_of_its_group() -> None:
    groups = {"PMC1": "PMC1", "PMC2": "PMC1", "PMC3": "PMC1"}
    splits, conflicts = assign_splits(groups, {"PMC1": "train", "PMC2": "test"})
    assert splits == {"PMC1": "train", "PMC2": "test", "PMC3": "test"}
    assert conflicts == [Conflict("PMC1", "train", "PMC2", "test")]


def test_the_article_that_names_a_group_counts_even_when_it_has_no_sample_left() -> None:
    splits, conflicts = assign_splits({"PMC2": "PMC1"}, {"PMC1": "test"})
    assert splits == {"PMC2": "test"}
    assert conflicts == []


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.2, -0.1), (0.5, 0.2, 0.2)])
def test_impossible_shares_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(ConfigError, match="shares"):
        assign_splits({}, {}, shares)


def test_an_unknown_earlier_split_is_refused() -> None:
    with pytest.raises(ConfigError, match="PMC1 stands in an unknown split 'dev'"):
        assign_splits({}, {"PMC1": "dev"})


def test_groups_that_an_article_ties_together_become_one() -> None:
    pairs = [("PMC10", "PMC9"), ("PMC10", "PMC10"), ("PMC30", "PMC10"), ("PMC5", "PMC5")]
    assert merge_groups(pairs) == {"PMC10": "PMC9", "PMC30": "PMC9", "PMC5": "PMC5"}
    assert merge_groups([("PMC1", "PMC2"), ("PMC2", "PMC19")]) == {"PMC1": "PMC1", "PMC2": "PMC1"}


def test_a_set_whose_articles_span_splits_pins_them_to_the_most_protected() -> None:
    assert most_protected([("PMC1", "train"), ("PMC1", "test"), ("PMC1", "valid")]) == {"PMC1": "test"}


@pytest.mark.parametrize(
    ("figure_id", "name"),
    [
        ("PMC10009416.1/fig2", "ROCOv2_PMC10009416_fig2"),
        ("PMC10009416.3/fig2", "ROCOv2_PMC10009416_fig2"),
        ("PMC1.1/pone-0000308-g001", "ROCOv2_PMC1_pone-0000308-g001"),
        ("PMC1.1/F1:2", "ROCOv2_PMC1_F1-2-154223632a"),
    ],
)
def test_a_sample_id_comes_from_article_and_figure(figure_id: str, name: str) -> None:
    assert sample_id(figure_id) == name


def test_a_figure_that_looks_like_an_altered_one_does_not_meet_it() -> None:
    altered = sample_id("PMC1.1/f:1").removeprefix("ROCOv2_PMC1_")
    assert sample_id(f"PMC1.1/{altered}") != sample_id("PMC1.1/f:1")


@given(st.sets(st.text(min_size=1, max_size=90), min_size=2, max_size=30))
def test_sample_ids_are_unique_and_safe_as_file_names(figures: set[str]) -> None:
    ids = {sample_id(f"PMC1.1/{figure}") for figure in figures}
    assert all(re.fullmatch(r"ROCOv2_PMC1_[A-Za-z0-9_-]{1,75}", name) for name in ids)
    assert len(ids) == len(figures)


@pytest.mark.parametrize("figure_id", ["fig2", "PMC1/fig2", "PMC1.1/", "../PMC1.1/x"])
def test_what_is_no_figure_id_is_refused(figure_id: str) -> None:
    with pytest.raises(RocoError, match="not a figure_id"):
        sample_id(figure_id)


def test_an_image_file_is_named_after_its_sample_and_real_format() -> None:
    assert image_file("train", "ROCOv2_PMC1_f1", "tiff") == "train/ROCOv2_PMC1_f1.tif"
    with pytest.raises(RocoError, match="bmp"):
        image_file("train", "ROCOv2_PMC1_f1", "bmp")
