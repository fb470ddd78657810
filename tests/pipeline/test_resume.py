"""Killed, restarted, changed, run by others: the release is the same, and no work is done twice."""

import json
import random
import shutil
import signal
import subprocess
import time

import pytest

from tests.fakepmc import Fault, serve
from tests.pipeline.runs import REPO, build, command, contents, environment, places, rocov2

SAMPLE = REPO / "data" / "sample"


@pytest.fixture
def copy(built, tmp_path):
    """A copy of the built sample that a test may change."""
    shutil.copytree(built[0], tmp_path / "copy")
    return tmp_path / "copy"


def without_source(folder):
    """The release's files, without those that name the kind of source."""
    return {
        name: body
        for name, body in contents(folder).items()
        if name not in ("manifest.json", "README.md", "SHA256SUMS")
    }


def test_killed_ten_times_at_random_the_release_is_the_same_byte_for_byte(built, tmp_path):
    words = command("build", "--source", "sample", *places(tmp_path), "--workers", "1")
    pause = random.Random(7)
    killed = 0
    for _ in range(10):
        process = subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(pause.uniform(0.8, 4.0))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
    rocov2("build", "--source", "sample", *places(tmp_path), "--workers", "1")
    assert killed > 0
    assert contents(tmp_path / "release") == contents(built[0] / "release")


@pytest.mark.parametrize(("executor", "workers"), [("processes", "2"), ("threads", "2"), ("dask", "2")])
def test_workers_and_executors_do_not_change_a_byte(built, tmp_path, executor, workers):
    build(tmp_path, "--executor", executor, "--workers", workers)
    assert contents(tmp_path / "release") == contents(built[0] / "release")


def test_a_changed_threshold_runs_filter_and_what_follows_and_fetches_nothing(copy):
    record = build(copy, "--workers", "1", "-p", "filter.min_side_px=150")
    assert record["requests"] == 0
    ran = {stage for stage, count in record["fresh"].items() if count == 0}
    assert "filter" in ran
    assert not ran & {"crawl", "extract", "screen", "fetch", "score"}


def test_a_served_bucket_gives_the_same_rows_and_asks_for_nothing_twice(built, tmp_path):
    with serve(SAMPLE) as server:
        build(tmp_path, "--workers", "1", source=server.url)
        paths = [path for method, path, status in server.log if status == 200 and "list-type" not in path]
        again = len(server.log)
        build(tmp_path, "--workers", "1", source=server.url)
        second = [path for _, path, _ in server.log[again:]]
    assert without_source(tmp_path / "release") == without_source(built[0] / "release")
    images = [path for path in paths if path.endswith((".jpg", ".png", ".webp", ".xml"))]
    assert (
        len([path for path in set(images) if images.count(path) > 1]) <= 3
    )  # those whose MD5 is wrong are asked for again
    assert all("inventory-reports" in path for path in second)


def test_faults_of_the_server_do_not_change_the_release(built, tmp_path):
    faults = [
        Fault("status", r"\.(xml|jpg)", 1, 0.2),
        Fault("truncate", r"\.jpg", 1, 0.2),
        Fault("reset", r"\.json", 1, 0.1),
    ]
    with serve(SAMPLE, faults=faults) as server:
        build(tmp_path, "--workers", "1", source=server.url)
        assert any(status == 503 for _, _, status in server.log)
    assert without_source(tmp_path / "release") == without_source(built[0] / "release")


def test_a_failed_build_leaves_the_last_release_untouched(copy):
    before = contents(copy / "release")
    rocov2("build", "--source", "sample", *places(copy), "-p", "release.min_samples=100000", code=6)
    assert contents(copy / "release") == before


def test_a_grown_selection_keeps_ids_and_splits(copy, tmp_path):
    few = tmp_path / "few.txt"
    few.write_text("".join(f"PMC990000{n:02}\n" for n in range(1, 20)))
    record = build(tmp_path, "--workers", "1", "--ids", few)
    before = split_of(tmp_path)
    build(tmp_path, "--workers", "1")
    after = split_of(tmp_path)
    assert record["articles"] == 19
    assert {name: split for name, split in after.items() if name in before} == before
    assert set(after) == set(split_of(copy))


def split_of(folder):
    import pyarrow.parquet as pq

    rows = pq.read_table(folder / "release" / "samples.parquet", columns=["sample_id", "split"]).to_pylist()
    return {row["sample_id"]: row["split"] for row in rows}


def test_one_article_makes_a_valid_release_that_says_so(tmp_path):
    ids = tmp_path / "ids.txt"
    ids.write_text("PMC99000001\n")
    record = build(tmp_path, "--workers", "1", "--ids", ids)
    assert sum(record["release"]["samples"].values()) >= 1
    assert any("empty" in note for note in record["release"]["notes"])


def test_an_object_that_could_not_be_fetched_is_taken_up_by_retry(tmp_path):
    with serve(SAMPLE, faults=[Fault("status", match=r"PMC99000003\.1/.*g0001\.jpg")]) as server:
        rocov2("build", "--source", server.url, *places(tmp_path), "--workers", "1", code=5)
    with serve(SAMPLE) as server:
        rocov2("build", "--source", server.url, *places(tmp_path), "--workers", "1", code=5)
        record = build(tmp_path, "--workers", "1", "--retry", source=server.url)
        fetched = [path for _, path, _ in server.log if path.endswith(".jpg")]
    assert record["outcome"] == "done"
    assert fetched.count("/PMC99000003.1/ffn-03-9900003-g0001.jpg") == 1
    assert {path for path in fetched if "PMC99000036.1" not in path} == {"/PMC99000003.1/ffn-03-9900003-g0001.jpg"}
    assert "ROCOv2_PMC99000003_F1" in split_of(tmp_path)


def test_two_runs_at_once_one_works_and_one_says_so(tmp_path):
    words = command("build", "--source", "sample", *places(tmp_path), "--workers", "1")
    first = subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not (tmp_path / "work" / "inventory").exists():
        time.sleep(0.05)
    assert "another run is at work" in rocov2("build", "--source", "sample", *places(tmp_path), code=5)
    first.communicate()
    assert first.returncode == 0


def test_images_of_a_release_come_back_by_digest(copy):
    release = copy / "release"
    before = contents(release)
    for split in ("train", "valid", "test"):
        shutil.rmtree(release / split)
    report = json.loads(rocov2("fetch", "--release", release, "--source", "sample", "--json"))
    (release / "fetch_report.csv").unlink()
    assert set(report) == {"fetched"}
    assert contents(release) == before
