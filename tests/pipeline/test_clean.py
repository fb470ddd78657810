"""`clean` takes what nothing names, asks first, and leaves a work folder with nothing to do and a release verified."""

import json
import shutil
import subprocess

import pytest

from tests.fakepmc import serve
from tests.pipeline.runs import build, command, contents, environment, places, rocov2
from tests.pipeline.stories import Story, day


@pytest.fixture
def copy(built, tmp_path):
    """A copy of the built sample that a test may change."""
    shutil.copytree(built[0], tmp_path / "copy")
    return tmp_path / "copy"


def clean(folder, *words):
    return json.loads(rocov2("clean", "--work", folder / "work", "--json", *words, cwd=folder))


def litter(work):
    """Put there what killed runs leave, and an object that nothing names."""
    stray = "00" + "ab" * 15
    names = ["figures/.PMC1.parquet.7.part", "figures/_drops/.x.parquet.7.part", f"store/00/{stray}.7-1.part"]
    names += ["inventory/2026-09-01T01-00Z/0000.csv.gz.7.part", ".progress/score.PMC1", "released.json.part"]
    names += [f"store/00/{stray}", "figures/PMC7777xxxx.parquet", "figures/_drops/PMC7777xxxx.drops.parquet"]
    for name in [*names, "inventory/2026-01-01T01-00Z/manifest.json", "vocabulary/0123456789abcdef/terms"]:
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text("left")
    for number in range(40):
        (work / "runs" / f"20200101T0000{number:02}.json").write_text("{}")
    return len(names) + 2


def test_what_nothing_names_goes_and_a_second_build_has_nothing_to_do(copy):
    clean(copy, "--yes")
    before, runs = contents(copy), len(list((copy / "work" / "runs").iterdir()))
    count = litter(copy / "work")
    told = clean(copy, "--yes")
    assert sum(found["count"] for found in told.values() if isinstance(found, dict)) == count + runs + 40 - 30
    assert {name for name in contents(copy) if "/runs/2020" not in name} == before.keys()
    record = build(copy, "--workers", "1")
    assert (record["requests"], record["checkpoints"]) == (0, 0)
    assert contents(copy / "release") == {n.removeprefix("release/"): b for n, b in before.items() if "release/" in n}
    assert json.loads(rocov2("verify", *places(copy), "--json")) == {"work": [], "release": []}


def kept(work):
    return {name: body for name, body in contents(work).items() if name != ".lock"}


def test_it_asks_first_and_without_an_answer_nothing_goes(copy):
    litter(copy / "work")
    before = kept(copy / "work")
    words = command("clean", "--work", copy / "work")
    for answer, code in (("n\n", 0), ("", 2)):
        done = subprocess.run(words, input=answer, capture_output=True, text=True, env=environment(), check=False)
        assert (done.returncode, kept(copy / "work")) == (code, before)
    assert "--yes" in done.stderr
    assert not clean(copy, "--dry-run")["removed"]
    assert kept(copy / "work") == before
    subprocess.run(words, input="y\n", capture_output=True, text=True, env=environment(), check=True)
    assert not (copy / "work" / "figures" / "PMC7777xxxx.parquet").exists()


def test_a_build_that_was_not_finished_keeps_its_downloads(copy):
    stray = copy / "work" / "store" / "00" / ("00" + "ab" * 15)
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_text("mine")
    for path in (copy / "work" / "candidates").glob("*.parquet"):
        path.unlink()
    assert clean(copy, "--yes")["downloads"]["count"] == 0
    assert stray.exists()
    assert build(copy, "--workers", "1")["requests"] == 2  # the sample's image that is not there, and a wrong one
    assert clean(copy, "--yes")["downloads"]["count"] >= 1


def test_a_folder_at_work_is_left_alone_and_one_that_is_none_refused(copy, tmp_path):
    import fcntl

    with (copy / "work" / ".lock").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "another run is at work" in rocov2("clean", "--work", copy / "work", "--yes", code=5)
    rocov2("clean", "--work", tmp_path / "absent", "--yes", code=3)


def test_after_news_the_superseded_goes_and_the_next_day_is_as_it_would_have_been(tmp_path):
    told, cleaned = tmp_path / "told", tmp_path / "cleaned"
    story = Story(tmp_path / "bucket")
    with serve(story.bucket.root) as server:
        for number, tell in enumerate((story.first, story.second, story.third), 1):
            tell()
            for folder in (told, cleaned):
                build(folder, "--workers", "1", "-p", "release.max_lost_share=1", source=server.url)
            removed = clean(cleaned, "--yes")
            assert removed["inventories"]["count"] == (number > 1)
    assert contents(cleaned / "release") == contents(told / "release")
    assert {path.name for path in (cleaned / "work" / "inventory").iterdir()} == {day(3)}


def test_a_work_folder_is_understood_from_anywhere_and_after_a_move_with_its_release(tmp_path):
    (tmp_path / "ids.txt").write_text("PMC99000001\n")
    words = ("--work", "a/work", "--release", "a/release", "--ids", "ids.txt", "--workers", "1")
    rocov2("build", "--source", "sample", *words, cwd=tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    for line in (["status"], ["why", "PMC99000001"], ["clean", "--dry-run"], ["refresh", "--rebase"], ["release"]):
        rocov2(*line, "--work", "../b/work", cwd=tmp_path / "b")
    sample = next((tmp_path / "b" / "release").glob("*/*.jpg"))
    stored = next(path for path in (tmp_path / "b/work/store").rglob("*") if path.is_file() and path.samefile(sample))
    shutil.rmtree(tmp_path / "b/work/images")
    rocov2("clean", "--yes", "--work", "work", cwd=tmp_path / "b")
    assert stored.exists()
