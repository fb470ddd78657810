"""Folding copies rows: what comes out is, byte for byte, what the stages would have made of the folded shards."""

import shutil

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rocov2.engine.checkpoint import drops_path, table_path
from rocov2.engine.fold import commit, fold_selection, fold_stage, foldings, remove_others
from rocov2.engine.live import numbers_of
from rocov2.engine.run import stale_shards
from rocov2.engine.selection import live_shards, written_shards
from rocov2.tables import Candidate, Selected
from tests.engine import toy
from tests.engine.test_run import run
from tests.engine.test_selection import article, live, plan

DAYS = [f"2026-09-{day:02}T01-00Z" for day in range(1, 5)]
TOY = toy.stages(least=3)


def tell(work, days):
    """Plan and run a day after the other; a day maps PMCID numbers to ETags."""
    for stamp, etags in zip(DAYS, days, strict=False):
        made = plan(work, [article(number, etag, stamp) for number, etag in etags.items()], stamp=stamp)
        run(work, TOY, made.shards)


def fold(work):
    origins = foldings(work)
    fold_selection(work, origins)
    fold_stage(work, TOY[0], origins)
    shards = commit(work, origins) if origins else live_shards(work)
    return shards, remove_others(work, shards)


NUMBERS = st.dictionaries(st.sampled_from([1, 2, 3, 5, 8, 10_001, 30_002]), st.sampled_from("abc"), min_size=1)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(days=st.lists(NUMBERS, min_size=1, max_size=4))
def test_the_folded_checkpoints_are_those_that_the_stage_makes(tmp_path_factory, days):
    work = tmp_path_factory.mktemp("fold")
    tell(work, days)
    counting = set(live(work))
    shards, _ = fold(work)
    assert set(live(work)) == counting
    assert set(written_shards(work)) == set(shards)
    assert not stale_shards(work, TOY[0], shards)
    shutil.copytree(work / "selection", work / "anew" / "selection")
    run(work / "anew", TOY[:1], tuple(shards))
    for shard in shards:
        numbers = numbers_of(pq.read_table(table_path(work, Selected, shard))["pmcid"]).tolist()
        assert numbers == sorted(numbers)
        for place in (table_path, drops_path):
            assert place(work, Candidate, shard).read_bytes() == place(work / "anew", Candidate, shard).read_bytes()


@pytest.mark.parametrize("days", [[{1: "a", 2: "a"}], [{1: "a"}, {1: "a"}], [{1: "a", 2: "a"}, {1: "a"}]])
def test_baselines_that_hold_what_they_would_hold_are_left_alone(tmp_path, days):
    tell(tmp_path, days)
    assert foldings(tmp_path) == {}


def test_a_changed_and_a_new_article_join_their_block_and_the_plan_goes_on_from_there(tmp_path):
    tell(tmp_path, [{1: "a", 2: "a"}, {1: "a", 2: "b", 4: "a"}])
    shards, removed = fold(tmp_path)
    assert (shards, removed) == (["PMC0000xxxx.2"], 2)
    again = plan(tmp_path, [article(1), article(2, "b"), article(4)], stamp=DAYS[1])
    assert (again.shards, again.news["new"], again.news["changed"]) == (("PMC0000xxxx.2",), 0, 0)
    later = plan(tmp_path, [article(1), article(2, "b"), article(4, "b")], stamp=DAYS[2])
    assert live(tmp_path) == {"PMC1": "PMC0000xxxx.2", "PMC2": "PMC0000xxxx.2", "PMC4": "2026-09-03"}
    assert later.news["changed"] == 1


def test_a_fold_killed_before_its_commit_is_forgotten_by_the_next_plan(tmp_path):
    tell(tmp_path, [{1: "a", 2: "a"}, {1: "a", 2: "b"}])
    before = written_shards(tmp_path)
    fold_selection(tmp_path, foldings(tmp_path))
    assert len(list((tmp_path / "selection").glob("P*"))) == 2
    plan(tmp_path, [article(1), article(2, "b")], stamp=DAYS[1])
    assert written_shards(tmp_path) == before
    assert table_path(tmp_path, Selected, "PMC0000xxxx").exists()
