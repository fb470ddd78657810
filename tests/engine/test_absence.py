import json

import pytest

from rocov2.engine.absence import absence_path
from rocov2.engine.selection import plan_selection
from rocov2.errors import ConfigError, SourceError
from rocov2.tables import Selected
from tests.engine.listings import listing
from tests.engine.test_selection import live, plan

DAYS = [f"2026-09-{day:02}T01-00Z" for day in range(1, 6)]


def rows(*numbers, etag="a"):
    return [Selected(f"PMC{n}", (f"metadata/PMC{n}.1.json",), (etag,), "") for n in numbers]


def test_an_article_that_is_missing_once_is_kept_and_twice_is_gone(tmp_path):
    plan(tmp_path, rows(1, 2), stamp=DAYS[0])
    once = plan(tmp_path, rows(1), stamp=DAYS[1])
    assert (once.news["missing"], once.gone, set(live(tmp_path))) == (1, {}, {"PMC1", "PMC2"})
    twice = plan(tmp_path, rows(1), stamp=DAYS[2])
    assert (twice.news["gone"], twice.gone, set(live(tmp_path))) == (1, {"PMC2": DAYS[1]}, {"PMC1"})


def test_the_same_inventory_taken_twice_is_one(tmp_path):
    plan(tmp_path, rows(1, 2), stamp=DAYS[0])
    for _ in range(3):
        assert plan(tmp_path, rows(1), stamp=DAYS[1]).gone == {}
    assert "PMC2" in live(tmp_path)


def test_missing_listed_and_missing_again_begins_anew(tmp_path):
    for day, numbers in zip(DAYS, [(1, 2), (1,), (1, 2), (1,)], strict=False):
        made = plan(tmp_path, rows(*numbers), stamp=day)
    assert made.gone == {}
    assert "PMC2" in live(tmp_path)


def test_what_is_gone_stays_so_and_comes_back_in_its_old_shard(tmp_path):
    for day, numbers in zip(DAYS, [(1, 2), (1,), (1,), (1,)], strict=False):
        made = plan(tmp_path, rows(*numbers), stamp=day)
    assert (made.news["gone"], made.gone) == (0, {"PMC2": DAYS[1]})
    back = plan(tmp_path, rows(1, 2), stamp=DAYS[4])
    assert (back.gone, back.news["new"], live(tmp_path)["PMC2"]) == ({}, 0, "PMC0000xxxx")


def test_a_plan_killed_before_its_commit_is_made_again_to_the_same_end(tmp_path):
    plan(tmp_path, rows(1, 2), stamp=DAYS[0])
    plan(tmp_path, rows(1), stamp=DAYS[1])
    uncommitted = (tmp_path / "selection" / "_live.parquet").read_bytes()
    first = plan(tmp_path, rows(1, 3), stamp=DAYS[2])
    (tmp_path / "selection" / "_live.parquet").write_bytes(uncommitted)
    again = plan(tmp_path, rows(1, 3), stamp=DAYS[2])
    assert (again.gone, again.shards, set(live(tmp_path))) == (first.gone, first.shards, {"PMC1", "PMC3"})


def test_an_article_that_is_not_wanted_any_more_is_not_missing(tmp_path):
    plan(tmp_path, rows(1, 2), stamp=DAYS[0])
    made = plan(tmp_path, rows(1), 1, stamp=DAYS[1])
    assert (made.news["missing"], set(live(tmp_path))) == (0, {"PMC1"})


@pytest.mark.parametrize(
    ("listed", "kept"), [((1, 3), {"PMC1", "PMC2"}), ((1,), {"PMC1", "PMC2"}), ((1, 2), {"PMC1", "PMC2"})]
)
def test_with_a_limit_a_missing_article_keeps_its_place(tmp_path, listed, kept):
    plan(tmp_path, rows(1, 2), stamp=DAYS[0], limit=2)
    plan_selection(tmp_path, listing(rows(*listed), DAYS[1]), None, 2)
    assert set(live(tmp_path)) == kept


def test_an_inventory_older_than_the_last_is_refused(tmp_path):
    plan(tmp_path, rows(1), stamp=DAYS[1])
    with pytest.raises(SourceError, match=DAYS[1]):
        plan(tmp_path, rows(1), stamp=DAYS[0])


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"stamp": "x", "since": {"PMC1": 1}})])
def test_a_damaged_note_is_an_error_with_advice(tmp_path, text):
    plan(tmp_path, rows(1), stamp=DAYS[0])
    absence_path(tmp_path).write_text(text)
    with pytest.raises(ConfigError, match="damaged"):
        plan(tmp_path, rows(1), stamp=DAYS[1])


def test_many_changes_go_into_deltas_that_overrule_earlier_ones(tmp_path, monkeypatch):
    monkeypatch.setattr("rocov2.engine.selection.DELTA_MOST", 4)
    plan(tmp_path, rows(*range(1, 13)), stamp=DAYS[0])
    plan(tmp_path, rows(*range(1, 4), etag="b") + rows(*range(4, 13)), stamp=DAYS[1])
    made = plan(tmp_path, rows(*range(1, 13), etag="c") + rows(20_000), stamp=DAYS[2])
    assert made.news == {"new": 1, "changed": 12, "missing": 0, "gone": 0}
    assert made.shards == ("PMC0002xxxx", "2026-09-03", "2026-09-03.2", "2026-09-03.3")
    assert plan(tmp_path, rows(*range(1, 13), etag="c") + rows(20_000), stamp=DAYS[3]).news["changed"] == 0
