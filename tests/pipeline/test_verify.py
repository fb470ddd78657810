"""`verify` names what is damaged, in the work folder and in the release, and nothing else."""

import json
import shutil
import subprocess

import pytest

from tests.pipeline.runs import build, command, contents, environment, places, rocov2


@pytest.fixture
def copy(built, tmp_path):
    """A copy of the built sample that a test may change."""
    shutil.copytree(built[0], tmp_path / "copy")
    return tmp_path / "copy"


def damage(path):
    """Change one byte in the middle, whatever the permissions, and leave other names of the file alone."""
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.unlink()
    path.write_bytes(body)


def verify(folder, code=0):
    return json.loads(rocov2("verify", *places(folder), "--json", code=code))


def verify_rebuilt(folder):
    words = ("--work", folder / "work", "--verify", folder / "release", "--json")
    return json.loads(rocov2("release", *words))


def test_what_is_whole_has_no_problems(built):
    assert verify(built[0]) == {"work": [], "release": []}


def test_a_damaged_download_is_named(copy):
    path = next(
        path for path in sorted((copy / "work" / "store").rglob("*")) if len(path.name) == 32 and path.is_file()
    )
    damage(path)
    assert verify(copy, code=6) == {"work": [f"{path}: damaged"], "release": []}


@pytest.mark.parametrize("table", ["figures", "captions", "images"])
def test_a_damaged_checkpoint_is_named(copy, table):
    path = next((copy / "work" / table).glob("[!_]*.parquet"))
    path.write_bytes(path.read_bytes()[:-20])
    assert verify(copy, code=6)["work"] == [f"{path}: no checkpoint that can be read"]


def test_a_damaged_list_of_what_counts_is_named_and_what_to_do_about_it_holds(copy):
    path = copy / "work" / "selection" / "_live.parquet"
    path.write_bytes(b"")
    (copy / "work" / "runs" / "99990101T000000.000000.json").write_text("{")
    next((copy / "work" / "mentions").glob("[!_]*.parquet")).write_bytes(b"")
    assert any(f"{path} is damaged" in problem for problem in verify(copy, code=6)["work"])
    for words in (("status",), ("why", "PMC99000001"), ("build", "--source", "sample")):
        said = rocov2(*words, "--work", copy / "work", code=3, cwd=copy)
        assert "delete it and build again" in said
    path.unlink()
    assert build(copy, "--workers", "1")["requests"] == 0
    assert "done" in rocov2("status", "--work", copy / "work").splitlines()[-1]


def test_drops_that_are_absent_are_named(copy):
    path = next((copy / "work" / "figures" / "_drops").glob("*.parquet"))
    path.unlink()
    assert verify(copy, code=6)["work"][0].startswith(f"{path}: damaged")


def test_a_damaged_inventory_is_named(copy):
    path = next((copy / "work" / "inventory").glob("*/0000.csv.gz"))
    damage(path)
    assert verify(copy, code=6)["work"] == [f"{path}: damaged or absent"]


def test_what_was_damaged_added_or_taken_from_the_release_is_named(copy):
    release = copy / "release"
    damage(release / "train_captions.csv")
    (release / "valid_captions.csv").unlink()
    (release / "notes.txt").write_text("mine")
    assert verify(copy, code=6)["release"] == [
        "valid_captions.csv: absent",
        "notes.txt: not part of the release",
        "train_captions.csv: damaged",
    ]


def test_a_release_whose_images_were_fetched_again_is_whole(copy):
    next((copy / "release" / "train").iterdir()).unlink()
    rocov2("fetch", "--release", copy / "release", "--source", "sample")
    assert (copy / "release" / "fetch_report.csv").is_file()
    assert verify(copy) == {"work": [], "release": []}
    assert verify_rebuilt(copy)["differences"] == []


def test_a_release_that_is_not_there_is_a_matter_of_usage(copy):
    said = rocov2("verify", "--work", copy / "work", "--release", copy / "nowhere", code=2)
    assert "nowhere is no folder" in said


@pytest.mark.parametrize("words", [["verify"], ["release"], ["clean", "--yes"], ["refresh", "--rebase"], ["queue"]])
def test_a_release_is_no_work_folder_and_is_left_as_it_is(copy, words):
    before = contents(copy / "release")
    done = subprocess.run(
        command(*words, "--work", copy / "release"), capture_output=True, text=True, env=environment(), check=False
    )
    assert done.returncode in (2, 3)
    assert "  next: " in done.stderr
    assert contents(copy / "release") == before


def test_in_words_the_first_problem_and_the_next_step_are_said(copy):
    damage(copy / "release" / "splits.csv")
    assert "splits.csv: damaged" in rocov2("verify", *places(copy), code=6)


def test_nothing_to_verify_is_a_usage_error(tmp_path):
    assert "--work or --release" in rocov2("verify", cwd=tmp_path, code=2)
    rocov2("verify", "--work", tmp_path / "absent", code=2)
