"""Ways to split: stratified, by date, pinned; each within the rule that a group goes together."""

import random
from collections import Counter
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.errors import ConfigError
from rocov2.release.placing import Candidates, Placed, SplitPolicy, place
from rocov2.release.rows import SPLITS
from rocov2.release.split import assign_splits, merge_groups
from rocov2.release.strategies import METHODS, SIZE, UNKNOWN_DATE, date_bounds, latest, split_of_day, stratify

pmcids = st.integers(1, 40).map(lambda n: f"PMC{n}")
days = st.one_of(st.none(), st.sampled_from(("2009", "2011-05", "2012-01-31", "2012-02-01", "2020-12-24", "soon")))
rows = st.lists(
    st.tuples(pmcids, days, st.sampled_from(("CT", "MRI")), st.lists(st.sampled_from(("C1", "C2", "C3")), max_size=3)),
    max_size=60,
)
pairs = st.lists(st.tuples(pmcids, pmcids), max_size=15)
earlier = st.dictionaries(pmcids, st.sampled_from(SPLITS), max_size=15)
methods = st.sampled_from(METHODS)


def placed(
    samples: list[tuple[str, str | None, str, list[str]]], ties: list[tuple[str, str]], policy: SplitPolicy
) -> tuple[dict[str, str], Placed]:
    known = {row[0]: row[1] for row in reversed(samples)}
    samples = [(p, known[p], m, c) for p, _, m, c in samples]
    groups = merge_groups([*((row[0], row[0]) for row in samples), *((a, b) for a, b in ties if a in known)])
    columns = zip(*samples, strict=True) if samples else ((), (), (), ())
    return groups, place(groups, Candidates(*map(list, columns)), policy)


@given(rows, pairs, methods, earlier)
def test_no_article_and_no_group_stands_in_two_splits_at_first(rows, ties, method, pinned) -> None:
    groups, made = placed(rows, ties, SplitPolicy(method=method, pinned=pinned))
    assert made.conflicts == []
    assert made.splits.keys() == groups.keys()
    assert len({(groups[p], s) for p, s in made.splits.items()}) == len(set(groups.values()))


@given(rows, pairs, methods, earlier, st.randoms())
def test_the_order_of_the_rows_does_not_matter(rows, ties, method, pinned, rng: random.Random) -> None:
    dated = {row[0]: row[1] for row in rows}
    rows = [(p, dated[p], m, c) for p, _, m, c in rows]
    shuffled = list(rows)
    rng.shuffle(shuffled)
    policy = SplitPolicy(method=method, pinned=pinned)
    assert placed(shuffled, ties, policy)[1] == placed(rows, ties, policy)[1]


@given(rows, rows, pairs, methods)
def test_nobody_moves_when_a_release_grows(one, two, ties, method) -> None:
    _, first = placed(one, ties, SplitPolicy(method=method))
    grown = SplitPolicy(method=method, previous=first.splits, bounds=first.bounds)
    groups, second = placed(one + two, ties, grown)
    assert first.splits.items() <= second.splits.items()
    tied = {conflict.pmcid for conflict in second.conflicts}
    kept = {(groups[p], s) for p, s in second.splits.items() if p not in tied}
    assert len(kept) == len({group for group, _ in kept})


@given(rows, pairs, methods, earlier)
def test_a_pinned_article_is_never_less_protected_than_its_pin(rows, ties, method, pinned) -> None:
    _, made = placed(rows, ties, SplitPolicy(method=method, pinned=pinned))
    for pmcid in made.splits.keys() & pinned.keys():
        assert SPLITS.index(made.splits[pmcid]) >= SPLITS.index(pinned[pmcid])


@given(rows, pairs)
def test_train_is_older_than_valid_and_valid_than_test(rows, ties) -> None:
    groups, made = placed(rows, ties, SplitPolicy(method="date"))
    newest: dict[str, str] = {}
    known = {row[0]: row[1] for row in reversed(rows)}
    for pmcid, day in known.items():
        newest[groups[pmcid]] = max(newest.get(groups[pmcid], ""), latest(day))
    spans = {s: [newest[g] for p, g in groups.items() if made.splits[p] == s and g in newest] for s in SPLITS}
    assert max(spans["train"], default="") < min(spans["valid"] + spans["test"], default="~")
    assert max(spans["valid"], default="") < min(spans["test"], default="~")


def strata(count: int, rng: random.Random) -> dict[str, Counter[str]]:
    labels = {}
    for number in range(count):
        found: Counter[str] = Counter({SIZE: rng.randint(1, 4)})
        for label in dict.fromkeys(f"C{int(rng.paretovariate(0.7)) % 300}" for _ in range(4)):
            found[label] = rng.randint(1, found[SIZE])
        labels[f"PMC{number}"] = found
    return labels


def distance(labels: Mapping[str, Counter[str]], splits: Mapping[str, str]) -> float:
    """Mean distance of a label's share of test from the share of test in all, over labels of 8 samples or more."""
    totals, tested = Counter[str](), Counter[str]()
    for group, counts in labels.items():
        totals.update(counts)
        if splits[group] == "test":
            tested.update(counts)
    frequent = [label for label, count in totals.items() if count >= 8]
    return sum(abs(tested[label] / totals[label] - 0.124) for label in frequent) / len(frequent)


def test_stratified_splits_are_more_alike_than_hashed_ones() -> None:
    labels = strata(3000, random.Random(5))
    hashed, _ = assign_splits({group: group for group in labels}, {})
    chosen = stratify(labels, {})
    assert chosen.keys() == labels.keys()
    assert distance(labels, chosen) < 0.35 * distance(labels, hashed)
    sizes = Counter({split: sum(labels[g][SIZE] for g in labels if chosen[g] == split) for split in SPLITS})
    assert [sizes[s] / sizes.total() for s in SPLITS] == pytest.approx([0.752, 0.124, 0.124], abs=0.01)


def test_what_an_earlier_release_placed_counts_and_is_evened_out() -> None:
    labels = {f"PMC{n}": Counter({SIZE: 1, "C1": 1}) for n in range(200)}
    lopsided = dict.fromkeys(list(labels)[:100], "train")
    chosen = stratify(labels, lopsided)
    assert not chosen.keys() & lopsided.keys()
    found = Counter(chosen.values()) + Counter(lopsided.values())
    assert [found[s] for s in SPLITS] == pytest.approx([150, 25, 25], abs=1)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2011", "2011-12-31"),
        ("2012-02", "2012-02-29"),
        ("2012-12", "2012-12-31"),
        ("2012-02-03", "2012-02-03"),
        *((bad, UNKNOWN_DATE) for bad in (None, "", "9999", "2012-13", "2012-02-31", "spring", "2012-2", "20120203")),
    ],
)
def test_a_date_counts_as_late_as_it_may_be(written: str | None, day: str) -> None:
    assert latest(written) == day


@given(st.dictionaries(pmcids, st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(date.isoformat), min_size=1))
def test_no_other_days_would_come_nearer_to_the_share_of_train(dates: dict[str, str]) -> None:
    bounds = date_bounds(dates, dict.fromkeys(dates, 1), (0.5, 0.25, 0.25))
    found = sum(split_of_day(day, bounds) == "train" for day in dates.values())
    possible = [sum(day < other for day in dates.values()) for other in [*dates.values(), "2031-01-01"]]
    assert abs(found - len(dates) / 2) == min(abs(n - len(dates) / 2) for n in possible)
    assert bounds[0] <= bounds[1]


def test_what_comes_later_than_all_goes_to_test() -> None:
    bounds = date_bounds({"PMC1": "2020-01-01"}, {"PMC1": 3}, (0.752, 0.124, 0.124))
    days = ("2020-01-01", "2020-01-02", UNKNOWN_DATE)
    assert [split_of_day(day, bounds) for day in days] == ["train", "test", "test"]


def test_a_newer_article_that_joins_an_older_group_does_not_go_to_train() -> None:
    policy = SplitPolicy(method="date", previous={"PMC1": "train"}, bounds=("2015-01-01", "2018-01-01"))
    _, made = placed([("PMC1", "2010", "CT", []), ("PMC2", "2020", "CT", [])], [("PMC2", "PMC1")], policy)
    assert made.splits == {"PMC1": "train", "PMC2": "test"}
    assert [(c.pmcid, c.rival) for c in made.conflicts] == [("PMC1", "PMC2")]


def test_a_cluster_of_pinned_and_other_articles_goes_to_the_most_protected() -> None:
    samples = [(f"PMC{n}", "2010", "CT", []) for n in (1, 2, 3)]
    policy = SplitPolicy(pinned={"PMC1": "train", "PMC2": "valid"})
    assert set(placed(samples, [("PMC2", "PMC1"), ("PMC3", "PMC1")], policy)[1].splits.values()) == {"valid"}


def test_an_unknown_way_to_split_is_refused() -> None:
    with pytest.raises(ConfigError, match="'random' is no way to split"):
        place({}, Candidates([], [], [], []), SplitPolicy(method="random"))
