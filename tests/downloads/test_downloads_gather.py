"""The heart of a fetch, in this process: kills, full disks, hangs and stubborn servers cost what they must, no more."""

import hashlib
import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.downloads.gather import gather
from rocov2.downloads.items import THERE, Item, Outcome
from rocov2.downloads.journal import Journal, locked
from rocov2.downloads.keeper import Wishes
from rocov2.downloads.output import Folder
from rocov2.downloads.report import write_report
from rocov2.errors import IncompleteError, SourceError
from rocov2.net import NetSettings, open_source
from tests.fakepmc import Bucket, Fault, jpeg, serve
from tests.pipeline.runs import command, environment, rocov2

QUICK = NetSettings(connections=4, backoff_s=0.005, timeout_s=2, attempts=3)


@pytest.fixture
def bucket(tmp_path):
    return Bucket(tmp_path / "bucket")


def items(bucket, count):
    """Put `count` images and ask for them as a release does."""
    wanted = []
    for number in range(count):
        body = jpeg(number)
        md5 = bucket.put(f"PMC1.1/f{number}.jpg", body)
        sha256 = hashlib.sha256(body).hexdigest()
        name, key, target = f"S{number}", f"PMC1.1/f{number}.jpg", f"train/S{number}.jpg"
        wanted.append(Item(name, name, source_key=key, md5=md5, sha256=sha256, target=target))
    return wanted


def run(url, wanted, out, settings=QUICK):
    source = open_source(url, settings=settings)
    try:
        with locked(out) as home:
            journal = Journal(home / "state.jsonl")
            try:
                return {one.item_id: one for one in gather(wanted, source, Folder(out), journal, Wishes())}
            finally:
                journal.close()
    finally:
        source.close()


def files(out):
    return {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file() and ".fetch" not in path.parts}


def test_a_server_with_every_fault_gives_every_obtainable_file_and_no_other(bucket, tmp_path):
    wanted = items(bucket, 120)
    bucket.delete("PMC1.1/f7.jpg")
    faults = [
        Fault("status", match=r"f13\."),
        *(Fault(kind, share=share) for kind, share in [("status", 0.05), ("truncate", 0.02), ("error_body", 0.01)]),
        *(Fault(kind, share=0.01) for kind in ("reset", "hang", "html", "corrupt")),
    ]
    with serve(bucket.root, faults) as server:
        found = run(server.url, wanted, tmp_path / "out")
    left = {name: (one.outcome, one.cause) for name, one in found.items() if not one.is_here}
    assert left.pop("S7") == ("gone", "missing")
    assert set(left.values()) == {("failed", "unavailable")}
    good = {f"S{number}.jpg": jpeg(number) for number in range(120) if f"S{number}" not in {*left, "S7"}}
    assert files(tmp_path / "out") == good
    with serve(bucket.root) as server:
        found = run(server.url, wanted, tmp_path / "out")
        assert sorted(path for _, path, _ in server.log) == sorted(f"/PMC1.1/f{name[1:]}.jpg" for name in left)
    assert [name for name, one in found.items() if not one.is_here] == ["S7"]


def test_one_that_hangs_holds_up_nobody(bucket, tmp_path):
    wanted = items(bucket, 60)
    with serve(bucket.root, [Fault("hang", match=r"f0\.")]) as server:
        once = NetSettings(connections=4, timeout_s=4, attempts=1)
        order = list(run(server.url, wanted, tmp_path / "out", once))
    assert order[-1] == "S0"


def test_bytes_that_changed_at_the_source_are_not_kept(bucket, tmp_path):
    wanted = items(bucket, 3)
    bucket.put("PMC1.1/f1.jpg", jpeg(99))
    with serve(bucket.root) as server:
        found = run(server.url, wanted, tmp_path / "out")
    assert (found["S1"].outcome, found["S1"].cause) == ("changed", "mismatch")
    assert set(files(tmp_path / "out")) == {"S0.jpg", "S2.jpg"}


def test_a_server_that_refuses_stops_the_run_and_what_came_is_remembered(bucket, tmp_path):
    wanted = items(bucket, 200)
    with serve(bucket.root, [Fault("status", status=403, match="f150")]) as server, pytest.raises(SourceError):
        run(server.url, wanted, tmp_path / "out")
    kept = len(files(tmp_path / "out"))
    with serve(bucket.root) as server:
        run(server.url, wanted, tmp_path / "out")
        assert len(server.log) == 200 - kept


def release(tmp_path, wanted):
    (tmp_path / "release").mkdir()
    names = {"sample_id": "item_id", "file": "target", "source_key": "source_key", "md5": "md5", "sha256": "sha256"}
    rows = [{column: getattr(item, name) for column, name in names.items()} for item in wanted]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "release" / "samples.parquet")
    return tmp_path / "release"


def test_a_run_that_was_killed_goes_on_and_leaves_no_half_file(bucket, tmp_path):
    folder = release(tmp_path, items(bucket, 300))
    with serve(bucket.root, latency_s=0.05) as server:
        words = ("fetch", "--release", folder, "--source", server.url, "--connections", "2")
        running = subprocess.Popen(command(*words), env=environment(), stderr=subprocess.DEVNULL)
        while len(server.log) < 40:
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        running.wait()
        (folder / "train" / "S1.jpg.1-2.part").write_bytes(b"half")
        kept = len(list((folder / "train").glob("*.jpg")))
        assert 0 < kept < 300
        asked = len(server.log)
    with serve(bucket.root) as server:
        rocov2("fetch", "--release", folder, "--source", server.url)
        assert len(server.log) == 300 - kept
    assert asked >= kept
    assert len(list((folder / "train").iterdir())) == 300
    assert not (folder / ".fetch").exists()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 kB; only root can make one."""
    (tmp_path / "small").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path / "small")]
    try:
        made = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        made = False
    if not made:
        pytest.skip("a small file system cannot be mounted here")
    yield tmp_path / "small"
    subprocess.run(["umount", "-l", str(tmp_path / "small")], check=True)


def test_a_full_disk_says_so_keeps_what_is_whole_and_the_same_command_goes_on(bucket, tmp_path, small_disk):
    bodies = [os.urandom(1000) for _ in range(2)]
    folder = release(tmp_path, items(bucket, 300))
    filler = small_disk / "filler"
    filler.write_bytes(bodies[0] * 150)
    words = ("fetch", "--release", folder, "--source", bucket.root, "--out", small_disk)
    said = rocov2(*words, code=5)
    assert "No space left" in said
    assert "free space" in said
    kept = list((small_disk / "train").glob("*.jpg"))
    assert 0 < len(kept) < 300
    assert all(path.read_bytes() == jpeg(int(path.stem[1:])) for path in kept)


def test_a_folder_that_cannot_be_written_says_so(bucket, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "train").write_text("a file where the folder should be")
    with pytest.raises(IncompleteError, match="train"):
        run(str(bucket.root), items(bucket, 1), out)


def test_a_torn_journal_costs_the_torn_line_alone(bucket, tmp_path):
    wanted = [Item(f"a{number}", f"a{number}", "PMC1", f"f{number}.jpg") for number in range(3)]
    items(bucket, 3)
    bucket.add_article("PMC1", media={f"f{number}.jpg": jpeg(number) for number in range(3)})
    run(str(bucket.root), wanted, tmp_path / "out")
    state = tmp_path / "out" / ".fetch" / "state.jsonl"
    lines = state.read_text().splitlines()
    state.write_text("\n".join([lines[0], "[1]", '{"row": 1}', lines[1], lines[2][:40]]))
    words = sorted(one.outcome for one in run(str(bucket.root), wanted, tmp_path / "out").values())
    assert words == ["already there", "already there", "fetched"]


def test_many_threads_may_put_the_same_name(tmp_path):
    folder = Folder(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: folder.put("a/b.jpg", jpeg(number % 2)), range(50)))
    assert (tmp_path / "a" / "b.jpg").read_bytes() in (jpeg(0), jpeg(1))
    assert len(list((tmp_path / "a").iterdir())) == 1


@given(st.text(max_size=30))
def test_any_text_in_a_report_stays_in_its_cell(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("report")
    write_report(folder, [Outcome(text, "failed", "c", text)])
    body = (folder / "fetch_report.csv").read_bytes().decode()
    assert body.count("\n") == 2
    assert not body.splitlines()[1].startswith(("=", "+", "-", "@"))
    assert "\x1b" not in body


def test_only_what_no_digest_proves_is_remembered_and_what_is_there_is_told_whole(bucket, tmp_path):
    wanted = items(bucket, 3)
    (bucket.root / wanted[1].source_key).unlink()
    first = run(str(bucket.root), wanted, tmp_path / "out")
    lines = (tmp_path / "out" / ".fetch" / "state.jsonl").read_text().splitlines()
    assert [json.loads(line)["item_id"] for line in lines] == ["S1"]
    second = run(str(bucket.root), wanted, tmp_path / "out")
    assert second == {name: replace(o, outcome=THERE if o.is_here else o.outcome) for name, o in first.items()}


def test_an_image_that_came_after_all_is_not_called_gone_once_it_is_lost(bucket, tmp_path):
    wanted = items(bucket, 1)
    body = (bucket.root / wanted[0].source_key).read_bytes()
    (bucket.root / wanted[0].source_key).unlink()
    assert run(str(bucket.root), wanted, tmp_path / "out")["S0"].outcome == "gone"
    bucket.put(wanted[0].source_key, body)
    out = tmp_path / "out" / wanted[0].target
    source = open_source(str(bucket.root), settings=QUICK)
    for expected in ("fetched", "fetched"):
        out.unlink(missing_ok=True)
        with locked(tmp_path / "out") as home:
            journal = Journal(home / "state.jsonl")
            found = list(gather(wanted, source, Folder(tmp_path / "out"), journal, Wishes(again=True)))
            journal.close()
        assert [one.outcome for one in found] == [expected]
    out.unlink()
    assert run(str(bucket.root), wanted, tmp_path / "out")["S0"].outcome == "fetched"
