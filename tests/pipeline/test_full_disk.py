"""A build whose disk is too small stops with words and exit 5 wherever that happens, and goes on once there is room.

The disk is a tmpfs in namespaces of the test's own, which need no privileges where the kernel grants them.
"""

import subprocess

import pytest

from tests.pipeline.runs import command, contents, environment, places

NAMESPACES = ("unshare", "--user", "--map-root-user", "--mount")
BLOCK = 4096
MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$0" && shift && { "$@"; code=$?; }; '
SHOW = 'ls -A "$0/work/vocabulary" "$0"; exit $code'
GROW = 'mount -o remount,size=64m "$0"; [ $code = 5 ] && "$@" && cp -a "$0/release" "$0.kept"'


@pytest.fixture(scope="module")
def small_disk():
    """Return a function that runs a build into a folder with a disk of so many bytes, and a script after it."""
    try:
        done = subprocess.run([*NAMESPACES, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
    except OSError:
        pytest.skip("there is no unshare to give the test a disk of its own")
    if done.returncode:
        pytest.skip(f"this system lets nobody mount a disk of his own: {done.stderr[-200:]!r}")

    def run(folder, size, after):
        folder.mkdir()
        line = command("build", "--source", "sample", *places(folder), "--workers", "1")
        words = [*NAMESPACES, "sh", "-c", MOUNT + after, folder, size, *line]
        return subprocess.run(
            [*map(str, words)], capture_output=True, text=True, env=environment(), check=False, timeout=300
        )

    return run


@pytest.fixture(scope="module")
def whole(built):
    """The bytes that a whole build takes of a disk; images of the release are links to the store's."""
    files = {path.stat().st_ino: path.stat().st_size for path in built[0].rglob("*") if path.is_file()}
    return sum(-(-size // BLOCK) * BLOCK for size in files.values())


@pytest.mark.parametrize(("share", "reached"), [(0.05, ""), (0.7, "fetch: 0 rows"), (0.955, "fetch: 76 rows")])
def test_a_full_disk_is_no_bug_wherever_a_build_meets_it(small_disk, whole, tmp_path, share, reached):
    done = small_disk(tmp_path / "disk", int(share * whole), SHOW)
    assert done.returncode == 5
    assert "No space left on device" in done.stderr
    assert "free space" in done.stderr
    assert "Traceback" not in done.stderr
    assert reached in done.stderr
    assert ".part" not in done.stdout
    assert "release" not in done.stdout


def test_a_release_that_found_no_room_is_the_undisturbed_one_once_there_is(small_disk, whole, built, tmp_path):
    done = small_disk(tmp_path / "disk", int(0.985 * whole), GROW)
    assert done.returncode == 0, done.stderr
    assert f"{tmp_path / 'disk' / 'release'}: No space left on device" in done.stderr
    assert contents(tmp_path / "disk.kept") == contents(built[0] / "release")
