"""A folder that may not be written, and a file that may not be read: said with what to do, and nothing is lost.

Root may do either, so as root the commands run without those two privileges (`setpriv`).
"""

import os
import shutil
import subprocess
import sys

import pytest

from tests.downloads.test_downloads_gather import items, release
from tests.fakepmc import Bucket
from tests.pipeline.runs import command, contents, environment, places

AS_OTHERS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]


@pytest.fixture(scope="module")
def unprivileged(tmp_path_factory):
    """Return a function that runs a command which permissions bind; it returns exit code and standard error."""
    locked = tmp_path_factory.mktemp("locked")
    locked.chmod(0o500)
    prefix = AS_OTHERS if os.geteuid() == 0 else []
    probe = [*prefix, sys.executable, "-c", f"open({str(locked / 'probe')!r}, 'w')"]
    try:
        done = subprocess.run(probe, capture_output=True, text=True, check=False)
    except OSError:
        pytest.skip("these tests run as root, and there is no setpriv to lay its privileges down")
    if "PermissionError" not in done.stderr:
        pytest.skip(f"permissions bind nobody here: {done.stderr[-200:] or 'a locked folder was written'}")

    def run(*words):
        line = [*prefix, *command(*words)]
        ended = subprocess.run(line, capture_output=True, text=True, env=environment(), check=False)
        assert "Traceback" not in ended.stderr
        return ended.returncode, ended.stderr

    return run


@pytest.fixture
def bucket(tmp_path):
    return Bucket(tmp_path / "bucket")


def test_a_fetch_into_a_folder_that_may_not_be_written_says_so(bucket, tmp_path, unprivileged):
    folder = release(tmp_path, items(bucket, 3))
    (out := tmp_path / "out").mkdir(mode=0o500)
    code, said = unprivileged("fetch", "--release", folder, "--source", bucket.root, "--out", out)
    assert (code, list(out.iterdir())) == (5, [])
    assert f"{out}" in said
    assert "Permission denied" in said
    assert "correct the permissions" in said


def test_a_fetch_goes_on_once_the_permissions_are_corrected(bucket, tmp_path, unprivileged):
    folder = release(tmp_path, items(bucket, 3))
    (out := tmp_path / "out").mkdir()
    (out / "train").mkdir(mode=0o500)
    words = ("fetch", "--release", folder, "--source", bucket.root, "--out", out)
    code, said = unprivileged(*words)
    assert (code, list((out / "train").iterdir())) == (5, [])
    assert "Permission denied" in said
    (out / "train").chmod(0o700)
    assert unprivileged(*words)[0] == 0
    assert len(list((out / "train").glob("*.jpg"))) == 3


def test_a_release_that_may_not_be_read_is_a_matter_of_usage(bucket, tmp_path, unprivileged):
    folder = release(tmp_path, items(bucket, 1))
    (folder / "samples.parquet").chmod(0)
    code, said = unprivileged("fetch", "--release", folder, "--source", bucket.root)
    assert code == 2
    assert "samples.parquet" in said


def test_a_work_folder_that_may_only_be_read_can_be_verified(built, tmp_path, unprivileged):
    shutil.copytree(built[0] / "work", tmp_path / "work")
    (tmp_path / "work" / ".lock").unlink()
    (tmp_path / "work").chmod(0o500)
    code, said = unprivileged("verify", "--work", tmp_path / "work")
    (tmp_path / "work").chmod(0o700)
    assert (code, said) == (0, "")


@pytest.mark.parametrize(("locked", "expected"), [("work", 3), ("work/store", 5), (".", 3)])
def test_a_build_that_may_not_write_says_where_and_releases_nothing(tmp_path, unprivileged, locked, expected):
    (folder := tmp_path / locked).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o500)
    before = contents(tmp_path)
    code, said = unprivileged("build", "--source", "sample", *places(tmp_path), "--limit", "3", "--workers", "1")
    folder.chmod(0o700)
    assert code == expected
    assert f"{tmp_path / 'work'}" in said
    assert "Permission denied" in said
    assert not (tmp_path / "release").exists()
    assert locked != "." or contents(tmp_path) == before


@pytest.mark.parametrize(
    "words",
    [
        ("report", "RELEASE", "--out", "OUT/report.html"),
        ("export", "RELEASE", "--format", "hf", "--out", "OUT"),
        ("link", "RELEASE/test_captions.csv", "--out", "OUT/mentions.csv"),
        ("vocabulary", "build", "--out", "OUT/vocabulary"),
    ],
)
def test_whatever_may_not_be_written_is_incomplete_and_says_what_to_correct(built, tmp_path, unprivileged, words):
    (out := tmp_path / "out").mkdir(mode=0o500)
    places = {"RELEASE": str(built[0] / "release"), "OUT": str(out)}
    line = [word.replace("RELEASE", places["RELEASE"]).replace("OUT", places["OUT"]) for word in words]
    code, said = unprivileged(*line)
    assert (code, list(out.iterdir())) == (5, [])
    assert f"{out}" in said
    assert "Permission denied" in said
    assert "correct the permissions" in said
