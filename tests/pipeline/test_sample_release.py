import csv
import json
import subprocess

import pyarrow.parquet as pq
import pytest

from tests.conftest import REPO
from tests.pipeline.runs import places, rocov2

SPLITS = ("train", "valid", "test")
STAGES = ["crawl", "extract", "screen", "fetch", "score", "filter", "clean", "link", "curate"]


@pytest.fixture(scope="module")
def samples(built):
    return pq.read_table(built[0] / "release" / "samples.parquet").to_pylist()


def expected(outcome):
    with (REPO / "data" / "sample" / "expected.csv").open(encoding="utf-8") as file:
        return [
            row
            for row in csv.DictReader(file)
            if (row["outcome"] == "kept") == (outcome == "kept") and "/" in row["key"]
        ]


def test_the_checksums_of_the_release_verify(built):
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=built[0] / "release", check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("split", SPLITS)
def test_each_split_has_the_published_files_over_the_same_ids(built, split):
    ids = []
    for name, header in (
        ("captions", ["ID", "Caption"]),
        ("concepts", ["ID", "CUIs"]),
        ("concepts_manual", ["ID", "CUIs"]),
    ):
        with (built[0] / "release" / f"{split}_{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0] == header
        ids.append([row[0] for row in rows[1:]])
    assert ids[0] == ids[1] == ids[2] == sorted(ids[0])
    assert {path.stem for path in (built[0] / "release" / split).iterdir()} == set(ids[0])


def test_every_sample_can_be_traced_to_its_figure_and_credited(samples):
    for row in samples:
        assert row["figure_id"].startswith(row["article_id"] + "/")
        assert row["source_key"].startswith(row["article_id"] + "/")
        assert row["license_code"] in row["attribution"]
        assert row["article_id"] in row["attribution"]
        assert row["license_url"].startswith("http")


def test_no_article_and_no_cluster_stands_in_two_splits(samples):
    for unit in ("pmcid", "cluster_id", "sha256"):
        splits = {}
        for row in samples:
            splits.setdefault(row[unit], set()).add(row["split"])
        assert all(len(found) == 1 for found in splits.values())


def test_manual_concepts_come_first_and_none_comes_twice(samples):
    for row in samples:
        assert row["cuis"][: len(row["cuis_manual"])] == row["cuis_manual"]
        assert len(set(row["cuis"])) == len(row["cuis"])


def test_every_stage_keeps_and_drops_something(built):
    status = json.loads(rocov2("status", "--work", built[0] / "work", "--json"))
    assert [stage["stage"] for stage in status["stages"]] == STAGES
    for stage in status["stages"]:
        assert stage["rows"] > 0, stage
        assert stage["drops"] or stage["stage"] in ("score", "link", "curate"), stage


def test_most_of_what_the_sample_means_to_keep_is_kept(samples):
    wanted = {row["key"] for row in expected("kept")}
    found = {row["figure_id"] for row in samples}
    assert len(wanted & found) >= 0.85 * len(wanted), sorted(wanted - found)


def test_what_the_sample_means_to_drop_is_not_released(samples):
    unwanted = {row["key"] for row in expected("dropped")}
    found = {row["figure_id"] for row in samples}
    assert len(unwanted & found) <= 0.1 * len(unwanted), sorted(unwanted & found)


def test_negated_findings_are_not_released(built, samples):
    mentions = pq.read_table(built[0] / "work" / "mentions").to_pylist()
    negated = [row for row in mentions if row["status"] == "negated"]
    assert negated
    released = {(row["figure_id"], cui) for row in samples for cui in row["cuis"]}
    present = {(row["figure_id"], row["cui"]) for row in mentions if row["status"] == "present"}
    assert not [row for row in negated if (row["figure_id"], row["cui"]) in released - present]


def test_every_dropped_row_of_every_stage_is_in_the_release_with_its_reason(built):
    drops = pq.read_table(built[0] / "release" / "drops.parquet").to_pylist()
    status = json.loads(rocov2("status", "--work", built[0] / "work", "--json"))
    for stage in status["stages"]:
        found = [row for row in drops if row["stage"] == stage["stage"]]
        assert len(found) == sum(stage["drops"].values())
        assert all(row["reason"] for row in found)


def test_the_record_says_what_the_run_asked_for(built):
    record = built[1]
    assert record["outcome"] == "done"
    assert record["requests"] > 100
    assert record["release"]["samples"]["train"] > 0


def test_nothing_of_this_machine_is_in_the_release(built):
    text = (built[0] / "release" / "manifest.json").read_text() + (built[0] / "release" / "README.md").read_text()
    assert str(built[0]) not in text
    assert str(REPO) not in text


def test_a_second_build_does_nothing(built):
    record = json.loads(rocov2("build", "--source", "sample", *places(built[0]), "--workers", "1", "--json"))
    assert record["checkpoints"] == 0
    assert record["requests"] == 0
    assert record["release"]["is_unchanged"]
