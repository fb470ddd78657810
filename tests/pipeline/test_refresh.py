"""A release kept current: new, changed, retracted, relicensed, vanished and returned articles, kills and faults."""

import csv
import http.server
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from rocov2.cli.record import locked
from rocov2.concepts.overrides import caption_digest
from rocov2.errors import IncompleteError
from tests.fakepmc import Fault, serve
from tests.pipeline.runs import command, contents, environment, killed_at, places, rocov2
from tests.pipeline.stories import (
    ABSENT,
    CHANGED,
    GONE,
    LICENCE,
    NEW,
    RETRACTED,
    SAME,
    Story,
    articles_of,
    day,
    samples_of,
)


def refresh(folder, server, *words, code=0):
    out = rocov2("refresh", "--source", server.url, *places(folder), "--workers", "1", "--json", *words, code=code)
    return json.loads(out) if out else {}


def tombstones(folder):
    with (folder / "release" / "tombstones.csv").open(encoding="utf-8", newline="") as file:
        return {row["PMCID"]: (row["Reason"], row["Date"]) for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The story told undisturbed: work and release as they were after each day, and what each run said."""
    folder = tmp_path_factory.mktemp("told")
    story, records = Story(folder / "bucket"), {}
    with serve(story.bucket.root) as server:
        for number, tell in enumerate((story.first, story.second, story.third, story.fourth, story.fifth), 1):
            tell()
            asked = len(server.log)
            records[number] = refresh(folder, server)
            records[number]["paths"] = [path for _, path, _ in server.log[asked:]]
            shutil.copytree(folder / "work", folder / f"day{number}" / "work")
            shutil.copytree(folder / "release", folder / f"day{number}" / "release")
            shutil.copytree(story.bucket.root, folder / f"day{number}" / "bucket")
    return folder, records


def test_the_first_refresh_of_an_empty_work_folder_is_a_build(told):
    folder, records = told
    assert articles_of(folder / "day1" / "release") == {CHANGED, RETRACTED, LICENCE, GONE, ABSENT, *SAME}
    assert records[1]["news"] == {"new": 8, "changed": 0, "missing": 0, "gone": 0}
    assert tombstones(folder / "day1") == {}


def test_on_the_second_day_news_come_and_what_may_not_be_used_leaves_at_once(told):
    folder, records = told
    assert articles_of(folder / "day2" / "release") == {NEW, CHANGED, GONE, ABSENT, *SAME}
    assert records[2]["news"] == {"new": 1, "changed": 3, "missing": 2, "gone": 0}
    assert tombstones(folder / "day2") == {RETRACTED: ("retracted", "2026-09-02"), LICENCE: ("licence", "2026-09-02")}


def test_a_changed_caption_is_released_under_the_same_id(told):
    folder, _ = told
    before, after = (samples_of(folder / f"day{n}" / "release")["ROCOv2_PMC99000002_Fig1"] for n in (1, 2))
    assert "radiograph" in before["caption"]
    assert after["caption"] == before["caption"].replace("radiograph", "roentgenogram")
    assert after["split"] == before["split"]


def test_on_the_third_day_what_was_missing_twice_leaves_and_an_undone_retraction_returns(told):
    folder, records = told
    assert articles_of(folder / "day3" / "release") == {NEW, CHANGED, RETRACTED, ABSENT, *SAME}
    assert records[3]["news"] == {"new": 0, "changed": 1, "missing": 0, "gone": 1}
    assert tombstones(folder / "day3") == {LICENCE: ("licence", "2026-09-02"), GONE: ("gone", "2026-09-03")}


def test_what_is_listed_again_comes_back_without_being_fetched_again(told):
    folder, records = told
    assert articles_of(folder / "day4" / "release") == {NEW, CHANGED, RETRACTED, ABSENT, GONE, *SAME}
    assert tombstones(folder / "day4") == {LICENCE: ("licence", "2026-09-02")}
    assert all("inventory-reports" in path for path in records[4]["paths"])


def test_no_sample_ever_changes_its_split_or_its_figure(told):
    seen = {}
    for number in (1, 2, 3, 4):
        for name, row in samples_of(told[0] / f"day{number}" / "release").items():
            assert seen.setdefault(name, (row["split"], row["figure_id"])) == (row["split"], row["figure_id"])


def test_a_refresh_asks_for_what_changed_only_and_keeps_its_inventory(told):
    folder, records = told
    asked = {path.split("/")[1].split(".")[0] for path in records[2]["paths"] if path.startswith("/PMC")}
    assert asked == {NEW, CHANGED}
    assert {path.name for path in (folder / "work" / "inventory").iterdir()} == {day(n) for n in range(1, 6)}
    assert f"**{day(2)[:10]}**" in (folder / "day2" / "release" / "README.md").read_text()


PLACES_TO_DIE = [
    r"work/settings\.json$",
    r"selection/2026-09-02\.parquet$",
    r"_absent\.json$",
    r"_live\.parquet$",
    r"store/../",  # crawl keeps its first download
    r"articles/_drops/2026",
    r"articles/2026",
    r"figures/2026",
    r"candidates/2026",
    r"store/../",  # fetch keeps its first image
    r"images/2026",
    r"scores/2026",
    r"samples/PMC",
    r"samples/2026",
    r"captions/2026",
    r"mentions/2026",
    r"concepts/2026",
    r"\.release\.new-[0-9]+/train/",  # an image is placed in the new release
    r"\.release\.old$",  # the last release is about to go
    r"/release$",  # it went, and the new one has not come
    r"\.release\.gone$",  # both are there
    r"/released\.json$",
    r"/runs/",
]
"""A run of the second day, in the order of what it writes: the process is killed just before each gets its name."""


def test_killed_in_every_stage_and_under_faults_the_refresh_gives_the_undisturbed_release(told, tmp_path):
    shutil.copytree(told[0] / "day1" / "work", tmp_path / "work")
    shutil.copytree(told[0] / "day1" / "release", tmp_path / "release")
    (tmp_path / "work" / "selection" / "_absent.json").unlink()
    faults = [Fault("status", r"\.(xml|json|jpg|png)", 1, 0.3), Fault("truncate", r"\.(jpg|xml)", 1, 0.2)]
    with serve(told[0] / "day2" / "bucket", faults=faults) as server:
        words = ("refresh", "--source", server.url, *places(tmp_path), "--workers", "1")
        for place in PLACES_TO_DIE:
            killed_at(place, *words)
            assert "pid " in (tmp_path / "work" / ".lock").read_text()
        refresh(tmp_path, server)
        assert any(status == 503 for _, _, status in server.log)
    assert contents(tmp_path / "release") == contents(told[0] / "day2" / "release")
    assert {path.name for path in tmp_path.iterdir()} == {"work", "release"}


def test_an_override_made_for_a_caption_that_changed_acts_no_more(told, tmp_path):
    shutil.copytree(told[0] / "day1" / "work", tmp_path / "work")
    row = samples_of(told[0] / "day1" / "release")["ROCOv2_PMC99000002_Fig1"]
    (tmp_path / "rules").mkdir()
    rule = f"{row['figure_id']},add,C0016658,concept,seen in the image,abc,2026-01-01,{caption_digest(row['caption'])}"
    (tmp_path / "rules" / "figures.csv").write_text(f"figure_id,action,cui,kind,reason,curator,date,caption\n{rule}\n")
    words = ("--overrides", tmp_path / "rules", "-p", "release.allow_stale_overrides=true")
    for number, acts in ((1, True), (2, False)):
        with serve(told[0] / f"day{number}" / "bucket") as server:
            refresh(tmp_path, server, *words, "-p", "release.max_lost_share=1")
        assert ("C0016658" in samples_of(tmp_path / "release")["ROCOv2_PMC99000002_Fig1"]["cuis"]) is acts


def test_two_refreshes_at_once_one_works_and_the_other_says_so(told, tmp_path):
    shutil.copytree(told[0] / "day1" / "work", tmp_path / "work")
    shutil.copytree(told[0] / "day1" / "release", tmp_path / "release")
    with serve(told[0] / "day2" / "bucket", faults=[Fault("hang", "list-type", 1)]) as server:
        words = ("refresh", "--source", server.url, *places(tmp_path), "--workers", "1")
        first = subprocess.Popen(command(*words), env=environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        while not server.log:
            time.sleep(0.05)
        said = rocov2(*words, code=5)
        assert f"another run is at work in {tmp_path / 'work'} (pid {first.pid} on {socket.gethostname()})" in said
        first.communicate()
    assert first.returncode == 0
    assert contents(tmp_path / "release") == contents(told[0] / "day2" / "release")


def test_a_lock_whose_process_is_gone_is_taken_whatever_pid_and_host_it_names(tmp_path):
    (tmp_path / ".lock").write_text("pid 999999 on a-host-of-yesterday, a longer line than ours")
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text() == f"pid {os.getpid()} on {socket.gethostname()}"
        with pytest.raises(IncompleteError, match=f"pid {os.getpid()} on"), locked(tmp_path):
            pass


def test_a_refresh_that_loses_more_than_expected_releases_nothing(told, tmp_path):
    shutil.copytree(told[0] / "day1" / "work", tmp_path / "work")
    shutil.copytree(told[0] / "day1" / "release", tmp_path / "release")
    strict = tmp_path / "strict.toml"
    strict.write_text("max_lost_share = 0.05\n[minimums]\nsamples = 3\n")
    before = contents(tmp_path / "release")
    with serve(told[0] / "day2" / "bucket") as server, watcher() as (url, heard):
        words = ("refresh", "--source", server.url, *places(tmp_path), "--workers", "1", "--heartbeat", url)
        said = rocov2(*words, "--expectations", strict, code=6)
        assert "TOO_MANY_LOST" in said
        assert contents(tmp_path / "release") == before
        assert heard == []
        rocov2(*words, "-p", "release.max_lost_share=0.9", "--expectations", strict)
    assert heard == ["/beat?id=1"]
    runs = [json.loads(path.read_text())["outcome"] for path in sorted((tmp_path / "work" / "runs").glob("*.json"))]
    assert runs[-2].startswith("not released: ")
    assert runs[-1] == "done"


def test_a_heartbeat_that_is_not_heard_is_a_warning(built):
    words = ("refresh", "--source", "sample", *places(built[0]), "--workers", "1")
    done = subprocess.run(
        command(*words, "--heartbeat", "http://127.0.0.1:9/secret"),
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0
    assert "warning: the heartbeat was not heard: 127.0.0.1" in done.stderr
    assert "secret" not in done.stderr
    assert "http(s)" in rocov2(*words, "--heartbeat", "file:///etc/passwd", code=2)


def test_an_inventory_older_than_the_last_is_not_taken(told, tmp_path):
    shutil.copytree(told[0] / "day3" / "work", tmp_path / "work")
    with serve(told[0] / "day2" / "bucket") as server:
        said = rocov2("refresh", "--source", server.url, *places(tmp_path), code=4)
    assert day(3) in said


def test_a_day_without_news_leaves_an_empty_shard_and_no_other_work(told):
    before, after = (
        {path.relative_to(told[0] / name) for path in (told[0] / name / "work").rglob("*.parquet")}
        for name in ("day4", "day5")
    )
    assert {path.as_posix() for path in after - before} == {
        "work/selection/2026-09-05.parquet",
        "work/selection/_drops/2026-09-05.drops.parquet",
    }
    assert all("inventory-reports" in path for path in told[1][5]["paths"])
    assert told[1][5]["checkpoints"] == 0
    assert samples_of(told[0] / "day5" / "release") == samples_of(told[0] / "day4" / "release")


@contextmanager
def watcher():
    """A server that a heartbeat may reach, and the paths it was asked for."""
    heard = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/beat?id=1", heard
    finally:
        server.shutdown()
