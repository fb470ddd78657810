"""Publishing: killed anywhere, whoever looks finds the old release or the new one, whole."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rocov2.errors import IncompleteError, UsageError
from rocov2.release.publish import publish, recover, require_replaceable, staged

SCRIPT = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from rocov2.release import publish as room
target, deaths = Path(sys.argv[1]), int(sys.argv[2])
import shutil
def dying(call):
    def wrapped(*args, **more):
        global deaths
        if deaths == 0:
            os.kill(os.getpid(), 9)
        deaths -= 1
        return call(*args, **more)
    return wrapped
Path.rename = dying(Path.rename)
shutil.rmtree = dying(shutil.rmtree)
room.sync_folder = dying(room.sync_folder)
with room.staged(target) as folder:
    (folder / "manifest.json").write_text("new")
    (folder / "data").write_text("new")
    room.publish(folder, target)
"""


def folder_of(path: Path, content: str) -> Path:
    path.mkdir()
    (path / "manifest.json").write_text(content)
    (path / "data").write_text(content)
    return path


def content_of(path: Path) -> set[str]:
    return {(path / name).read_text() for name in ("manifest.json", "data")}


def test_a_new_release_takes_the_place_of_the_old(tmp_path: Path) -> None:
    target = folder_of(tmp_path / "release", "old")
    with staged(target) as folder:
        folder.joinpath("manifest.json").write_text("new")
        folder.joinpath("data").write_text("new")
        publish(folder, target)
    assert content_of(target) == {"new"}
    assert [p.name for p in tmp_path.iterdir()] == ["release"]


def test_a_first_release_makes_its_parents(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "release"
    with staged(target) as folder:
        folder.joinpath("manifest.json").write_text("new")
        publish(folder, target)
    assert (target / "manifest.json").read_text() == "new"


def test_an_error_while_writing_leaves_no_trace(tmp_path: Path) -> None:
    target = folder_of(tmp_path / "release", "old")
    with pytest.raises(RuntimeError), staged(target):
        raise RuntimeError
    assert content_of(target) == {"old"}
    assert [p.name for p in tmp_path.iterdir()] == ["release"]


@pytest.mark.parametrize("deaths", range(8))
def test_a_kill_at_any_step_leaves_a_whole_release_after_recovery(tmp_path: Path, deaths: int) -> None:
    target = folder_of(tmp_path / "release", "old")
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(target), str(deaths), root], check=False)
    recover(target)
    assert content_of(target) in ({"old"}, {"new"})
    assert [p.name for p in tmp_path.iterdir()] == ["release"]
    assert done.returncode in (0, -signal.SIGKILL)


def test_between_the_two_renames_the_old_release_is_put_back(tmp_path: Path) -> None:
    folder_of(tmp_path / ".release.old", "old")
    folder_of(tmp_path / ".release.new-123", "new")
    recover(tmp_path / "release")
    assert content_of(tmp_path / "release") == {"old"}
    assert [p.name for p in tmp_path.iterdir()] == ["release"]


def test_after_both_renames_the_old_release_goes(tmp_path: Path) -> None:
    folder_of(tmp_path / "release", "new")
    folder_of(tmp_path / ".release.old", "old")
    folder_of(tmp_path / ".release.gone", "older")
    recover(tmp_path / "release")
    assert content_of(tmp_path / "release") == {"new"}
    assert [p.name for p in tmp_path.iterdir()] == ["release"]


def test_two_writers_of_one_release_do_not_meet(tmp_path: Path) -> None:
    with (
        staged(tmp_path / "release") as folder,
        pytest.raises(IncompleteError, match="another process"),
        staged(tmp_path / "release"),
    ):
        pass
    assert not folder.exists()


def test_other_releases_in_the_same_folder_are_left_alone(tmp_path: Path) -> None:
    folder_of(tmp_path / ".release2.new-1", "other")
    folder_of(tmp_path / ".release[1].old", "other")
    recover(tmp_path / "release")
    recover(tmp_path / "release*")
    assert {p.name for p in tmp_path.iterdir()} == {".release2.new-1", ".release[1].old"}


def test_a_link_to_a_release_keeps_pointing_to_it(tmp_path: Path) -> None:
    target = folder_of(tmp_path / "2026-09", "old")
    (tmp_path / "latest").symlink_to("2026-09")
    with staged(tmp_path / "latest") as folder:
        folder.joinpath("manifest.json").write_text("new")
        folder.joinpath("data").write_text("new")
        publish(folder, tmp_path / "latest")
    assert (tmp_path / "latest").is_symlink()
    assert content_of(target) == {"new"}


def test_only_nothing_an_empty_folder_or_a_release_is_replaced(tmp_path: Path) -> None:
    require_replaceable(tmp_path / "absent")
    require_replaceable(tmp_path)
    (tmp_path / "file").write_text("")
    for target in (tmp_path, tmp_path / "file"):
        with pytest.raises(UsageError, match="not a release"):
            require_replaceable(target)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Exception, match="cannot write beside"), staged(tmp_path / "release"):
        pass
