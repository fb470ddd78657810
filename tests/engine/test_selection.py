import numpy as np
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from rocov2.engine.live import live_path
from rocov2.engine.selection import ENOUGH, live_shards, merged_blocks, order, plan_selection, written_shards
from rocov2.tables import Selected
from tests.engine.listings import listing

STAMP = "2026-09-01T01-00Z"


def article(number, etag="a", stamp=STAMP):
    return Selected(f"PMC{number}", (f"metadata/PMC{number}.1.json",), (etag,), stamp)


def plan(work, rows, *wanted, stamp=None, limit=None):
    return plan_selection(work, listing(list(rows), stamp), np.array(wanted) if wanted else None, limit)


def live(work):
    return {row["pmcid"]: row["shard"] for row in pq.read_table(live_path(work)).to_pylist()}


def test_a_small_selection_over_many_blocks_is_one_shard(tmp_path):
    made = plan(tmp_path, [article(n * 10_000) for n in range(100, 140)])
    assert made.shards == ("PMC0100xxxx-PMC0139xxxx",)


def test_planning_again_changes_no_file(tmp_path):
    rows = [article(n) for n in range(20)]
    plan(tmp_path, rows)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    plan(tmp_path, reversed(rows))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")} == before


def test_a_grown_selection_adds_a_shard_and_leaves_the_old_one(tmp_path):
    plan(tmp_path, [article(n) for n in range(5)])
    made = plan(tmp_path, [article(n) for n in range(8)])
    assert made.shards == ("PMC0000xxxx", "2026-09-01")
    assert live(tmp_path)["PMC1"] == "PMC0000xxxx"
    assert live(tmp_path)["PMC7"] == "2026-09-01"


def test_a_changed_article_counts_in_the_later_shard(tmp_path):
    plan(tmp_path, [article(1), article(2)])
    plan(tmp_path, [article(1), article(2, "b", "2026-09-02T01-00Z")])
    assert live(tmp_path) == {"PMC1": "PMC0000xxxx", "PMC2": "2026-09-02"}


def test_a_shrunken_selection_leaves_out_shards_without_articles(tmp_path):
    plan(tmp_path, [article(1)])
    plan(tmp_path, [article(1), article(2)])
    made = plan(tmp_path, [article(1)], 1)
    assert made.shards == ("PMC0000xxxx",)
    assert live_shards(tmp_path) == ["PMC0000xxxx"]


def test_a_later_inventory_without_news_adds_an_empty_shard_once(tmp_path):
    later = "2026-09-02T01-00Z"
    plan(tmp_path, [article(1)])
    before = live_path(tmp_path).read_bytes()
    made = [plan(tmp_path, [article(1, stamp=later)], stamp=later) for _ in range(2)]
    assert live_path(tmp_path).read_bytes() == before
    assert made[0].shards == made[1].shards == ("PMC0000xxxx",)
    assert written_shards(tmp_path) == ["PMC0000xxxx", "2026-09-02"]
    assert pq.read_table(tmp_path / "selection" / "2026-09-02.parquet").num_rows == 0


def test_news_of_a_later_hour_come_beside_the_empty_shard_of_the_day(tmp_path):
    plan(tmp_path, [article(1)])
    plan(tmp_path, [article(1)], stamp="2026-09-02T01-00Z")
    made = plan(tmp_path, [article(1), article(2)], stamp="2026-09-02T13-00Z")
    assert made.shards == ("PMC0000xxxx", "2026-09-02.2")
    assert live(tmp_path) == {"PMC1": "PMC0000xxxx", "PMC2": "2026-09-02.2"}


def test_shards_of_a_plan_that_was_killed_are_forgotten(tmp_path):
    plan(tmp_path, [article(1)])
    live_path(tmp_path).unlink()
    made = plan(tmp_path, [article(1), article(2)])
    assert made.shards == ("PMC0000xxxx",)
    assert written_shards(tmp_path) == ["PMC0000xxxx"]


def test_deltas_come_after_baselines_and_later_deltas_after_earlier_ones():
    shards = ["2026-09-02", "PMC0002xxxx.2", "2026-09-01.10", "2026-09-01.2", "PMC0009xxxx", "2026-09-01"]
    assert order(shards) == [
        "PMC0009xxxx",
        "PMC0002xxxx.2",
        "2026-09-01",
        "2026-09-01.2",
        "2026-09-01.10",
        "2026-09-02",
    ]


@given(st.sets(st.integers(1, 200_000), min_size=1, max_size=3 * ENOUGH))
def test_blocks_partition_the_articles_and_never_cut_a_block(numbers):
    rows = np.array(sorted(numbers))
    blocks = [rows[first:last].tolist() for first, last in merged_blocks(rows)]
    assert [row for some in blocks for row in some] == rows.tolist()
    owners = [{row // 10_000 for row in some} for some in blocks]
    assert sum(map(len, owners)) == len(set().union(*owners))
