"""`refresh --rebase` folds what refreshes added into the baselines: no request, and a release that stays as it is."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

from tests.fakepmc import serve
from tests.pipeline.runs import contents, killed_at, places, rocov2
from tests.pipeline.stories import Story, samples_of

WORDS = ("--workers", "1", "--json", "-p", "release.max_lost_share=1")
LAYOUT = ("drops.parquet", "manifest.json", "SHA256SUMS")
"""Files that say in which shard a dropped row was, or name the shards."""


def refresh(folder, url, *words):
    return json.loads(rocov2("refresh", "--source", url, *places(folder), *WORDS, *words))


def rebase(folder):
    return json.loads(rocov2("refresh", "--rebase", "--work", folder / "work", "--json"))


def shards(folder, table="figures"):
    return {path.stem for path in (folder / "work" / table).glob("[!_.]*.parquet")}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Three days of the story, and the same work folder rebased after the third; the bucket is at the fourth day."""
    folder = tmp_path_factory.mktemp("rebase")
    story = Story(folder / "bucket")
    with serve(story.bucket.root) as server:
        for tell in (story.first, story.second, story.third):
            tell()
            refresh(folder, server.url)
        shutil.copytree(folder / "work", folder / "before" / "work")
        before, asked = contents(folder / "release"), len(server.log)
        record = rebase(folder)
        assert len(server.log) == asked
        shutil.copytree(folder / "work", folder / "after" / "work")
        yield folder, record, before, server, story


def test_the_release_is_the_same_byte_for_byte_and_stands(told):
    folder, _, before, server, _ = told
    assert contents(folder / "release") == before
    again = refresh(folder, server.url)
    assert (again["checkpoints"], again["requests"], again["release"]["is_unchanged"]) == (0, 0, True)
    assert contents(folder / "release") == before


def test_the_release_is_proved_from_what_its_ingredients_were_folded_into(told, tmp_path):
    verify = ("release", "--work", told[0] / "after" / "work", "--verify")
    assert "byte for byte" in rocov2(*verify, told[0] / "release")
    shutil.copytree(told[0] / "release", tmp_path / "release")
    (tmp_path / "release" / "drops.parquet").write_bytes(b"not the drops")
    assert "drops.parquet" in rocov2(*verify, tmp_path / "release", code=6)


def test_the_funnel_counts_each_article_once_however_often_it_changed(told):
    manifest = json.loads((told[0] / "release" / "manifest.json").read_text())
    drops = pq.read_table(told[0] / "release" / "drops.parquet").to_pylist()
    keys = [(row["key"], row["stage"], row["reason"]) for row in drops if row["stage"] == "crawl"]
    assert len(keys) == len(set(keys))
    kept = {step["stage"]: step["kept"] for step in manifest["funnel"]}
    folded = pq.read_table(told[0] / "after" / "work" / "articles").num_rows
    assert kept["crawl"] == folded


def test_deltas_are_gone_from_every_table_and_nothing_is_damaged(told):
    folder, record, *_ = told
    assert any(shard.startswith("2026") for shard in shards(folder / "before"))
    for table in ("selection", "articles", "figures", "samples", "concepts"):
        assert all(shard.startswith("PMC") for shard in shards(folder / "after", table))
    assert record["folded"] == len(shards(folder / "before", "selection"))
    assert json.loads(rocov2("verify", "--work", folder / "after" / "work", "--json"))["work"] == []
    assert "stale" not in rocov2("status", "--work", folder / "after" / "work").replace("stale overrides", "")


def test_a_release_written_anew_differs_only_in_what_tells_of_shards(told, tmp_path):
    folder, _, _, server, _ = told
    written = []
    for name in ("before", "after"):
        shutil.copytree(folder / name, tmp_path / name)
        refresh(tmp_path / name, server.url)
        written.append({n: b for n, b in contents(tmp_path / name / "release").items() if n not in LAYOUT})
    assert written[0] == written[1]


def test_a_second_rebase_has_nothing_to_fold(told, tmp_path):
    shutil.copytree(told[0] / "after", tmp_path / "copy")
    before = shards(tmp_path / "copy")
    record = rebase(tmp_path / "copy")
    assert (record["folded"], record["made"], shards(tmp_path / "copy")) == (0, 0, before)


@pytest.mark.parametrize("place", [r"work/scores/P[^/]*$", r"_live\.parquet$", r"work/samples/P[^/]*$", r"/released"])
def test_killed_anywhere_the_next_refresh_gives_the_same_samples(told, tmp_path, place):
    folder, _, _, server, _ = told
    shutil.copytree(folder / "before" / "work", tmp_path / "work")
    refresh(tmp_path, server.url)
    killed_at(place, "refresh", "--rebase", "--work", tmp_path / "work")
    record = refresh(tmp_path, server.url)
    assert record["requests"] == 0
    assert samples_of(tmp_path / "release") == samples_of(folder / "release")
    rocov2("refresh", "--rebase", "--work", tmp_path / "work")
    assert all(shard.startswith("PMC") for shard in shards(tmp_path))


def test_the_day_after_a_rebase_is_as_without_it(told, tmp_path):
    folder, _, _, server, story = told
    plain = tmp_path / "plain"
    shutil.copytree(folder / "before" / "work", plain / "work")
    shutil.copytree(folder / "release", plain / "release")
    story.fourth()
    assert refresh(folder, server.url)["news"]["new"] == 1
    refresh(plain, server.url)
    assert samples_of(folder / "release") == samples_of(plain / "release")


def test_a_build_that_was_not_finished_is_not_rebased(told, tmp_path):
    shutil.copytree(told[0] / "before" / "work", tmp_path / "work")
    next((tmp_path / "work" / "captions").glob("*.parquet")).unlink()
    assert "not finished" in rocov2("refresh", "--rebase", "--work", tmp_path / "work", code=5)


@pytest.mark.parametrize("words", [["--dry-run"], ["--ids", "ids.txt"], ["-p", "filter.min_side_px=9"], ["--retry"]])
def test_a_rebase_refuses_what_it_would_not_obey(tmp_path, words):
    said = rocov2("refresh", "--rebase", "--work", tmp_path, *words, code=2)
    assert f"no {words[0]}" in said
    assert not list(tmp_path.iterdir())
