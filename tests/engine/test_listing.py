import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.engine.compare import compare
from rocov2.engine.listing import lowest, packed
from rocov2.engine.selection import plan_selection, written_shards
from rocov2.tables import Selected
from tests.engine.listings import listing

ETAGS = st.one_of(st.text("0123456789abcdef", min_size=32, max_size=32), st.text("09afAF-é", max_size=40))
STAMP = "2026-09-01T01-00Z"
ARTICLES = st.dictionaries(st.integers(1, 50), st.lists(ETAGS, min_size=1, max_size=3), min_size=1)


def rows_of(articles):
    return [
        Selected(f"PMC{n}", tuple(f"metadata/PMC{n}.{v}.json" for v in range(1, len(etags) + 1)), tuple(etags), STAMP)
        for n, etags in sorted(articles.items())
    ]


@given(ARTICLES)
def test_what_is_listed_is_read_back_as_it_was(articles):
    found = listing(list(reversed(rows_of(articles))))
    assert list(found.rows(found.first)) == rows_of(articles)
    assert found.numbers().tolist() == sorted(articles)


@given(ARTICLES, ARTICLES)
def test_an_article_is_the_same_when_its_etags_are(tmp_path_factory, old, new):
    work = tmp_path_factory.mktemp("work")
    plan_selection(work, listing(rows_of(old)))
    made = listing(rows_of(new))
    shard_of, is_same = compare(work, written_shards(work), made)
    found = dict(
        zip(made.numbers().tolist(), zip(shard_of[made.first] >= 0, is_same[made.first], strict=True), strict=True)
    )
    assert found == {n: (n in old, old.get(n) == etags) for n, etags in new.items()}


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_the_lowest_articles_are_taken_with_all_their_versions(limit):
    rows = rows_of({n: ["a", "b"] for n in range(1, 6)})
    found = lowest(listing(rows), limit)
    assert list(found.rows(found.first)) == rows[:limit]


def test_a_key_listed_twice_counts_once():
    row = rows_of({1: ["a" * 32]})
    found = listing(row + row)
    assert list(found.rows(found.first)) == row


def test_a_piece_of_a_column_is_packed_as_the_whole_is():
    etags = pa.array(["0" * 32, "f" * 32, "odd", "1" * 32])
    high, low = packed(etags, odd := {})
    assert packed(etags.slice(1, 2), {})[0].tolist() == high[1:3].tolist()
    assert low[1] == 2**64 - 1
    assert list(odd.values()) == ["odd"]


def test_the_first_versions_are_found_across_pieces(monkeypatch):
    monkeypatch.setattr("rocov2.engine.listing.PIECE", 3)
    rows = rows_of({n: ["a"] * (1 + n % 3) for n in range(1, 9)})
    found = listing(rows)
    assert list(found.rows(found.first)) == rows
