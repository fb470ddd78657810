"""A fetch over several processes: the same outcomes and files as of one, and none that outlives the fetch."""

import multiprocessing
import signal
import subprocess
import time

import pytest

from rocov2.downloads.items import Located
from rocov2.downloads.keeper import Wishes
from rocov2.downloads.output import Folder
from rocov2.downloads.spread import LEAST, Spread, keep_spread
from rocov2.errors import IncompleteError, SourceError
from tests.downloads.test_downloads_gather import QUICK, bucket, files, items, release, run
from tests.fakepmc import Fault, jpeg, serve
from tests.pipeline.runs import command, environment, rocov2

__all__ = ["bucket"]


def spread(url, wanted, out):
    found = [Located(item, item.source_key, item.md5, matched_by="key") for item in wanted]
    return keep_spread(found, Spread(2, url, QUICK), Folder(out), Wishes())


def test_two_processes_bring_what_one_brings(bucket, tmp_path):
    wanted = items(bucket, 60)
    bucket.delete("PMC1.1/f7.jpg")
    bucket.put("PMC1.1/f8.jpg", jpeg(99))
    with serve(bucket.root, [Fault("status", share=0.05), Fault("truncate", share=0.05)]) as server:
        two = {one.item_id: one for one in spread(server.url, wanted, tmp_path / "two")}
        assert two == run(server.url, wanted, tmp_path / "one")
    assert files(tmp_path / "two") == files(tmp_path / "one")
    assert len(files(tmp_path / "two")) == 58
    assert not multiprocessing.active_children()


def test_a_refusal_that_one_process_meets_ends_all(bucket, tmp_path):
    faults = [Fault("status", status=403, match="f9.jpg"), Fault("hang", match="f8.jpg")]
    with serve(bucket.root, faults) as server, pytest.raises(SourceError, match="403"):
        list(spread(server.url, items(bucket, 20), tmp_path))
    assert not multiprocessing.active_children()


def test_a_process_that_is_killed_is_said_and_ends_the_others(bucket, tmp_path):
    both_hang = [Fault("hang", match="f[89].jpg")]
    with serve(bucket.root, both_hang, latency_s=0.1) as server:
        outcomes = spread(server.url, items(bucket, 20), tmp_path)
        next(outcomes)
        multiprocessing.active_children()[0].kill()
        with pytest.raises(IncompleteError, match="exit code -9"):
            list(outcomes)
    assert not multiprocessing.active_children()


def test_a_caller_that_leaves_ends_them(bucket, tmp_path):
    with serve(bucket.root, latency_s=0.05) as server:
        outcomes = spread(server.url, items(bucket, 40), tmp_path)
        next(outcomes)
        outcomes.close()
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("processes", "count", "pays"), [(1, 10**6, False), (2, 2 * LEAST - 1, False), (2, 2 * LEAST, True)]
)
def test_only_many_objects_are_spread(processes, count, pays):
    assert Spread(processes, "", QUICK).pays(count) == pays


def test_a_spread_run_that_was_killed_leaves_no_process_and_goes_on(bucket, tmp_path):
    count = 9 * LEAST  # enough for the eight processes that a command starts at the most
    folder = release(tmp_path, items(bucket, count))
    with serve(bucket.root, latency_s=0.05) as server:
        words = ("fetch", "--release", folder, "--source", server.url)
        running = subprocess.Popen(command(*words), env=environment(), stderr=subprocess.DEVNULL)
        while len(server.log) < 200:
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        running.wait()
    kept = len(list((folder / "train").glob("*.jpg")))
    assert 0 < kept < count
    with serve(bucket.root) as server:
        rocov2("fetch", "--release", folder, "--source", server.url)
        assert len(server.log) == count - kept
    assert len(list((folder / "train").iterdir())) == count
