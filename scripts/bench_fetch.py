"""Compares ways to download the same JPEGs from one loopback server: images/s, CPU time, and what faults do to them.

    python scripts/bench_fetch.py [--count 4000] [--rounds 3] [--peer-python PATH]
    python scripts/bench_fetch.py --faults [--count 4000] [--peer-python PATH]

ours         `rocov2 fetch --release`, spread over the processors: held to SHA-256, written beside, renamed, with report
build        the stage `fetch` of a build with its default workers: MD5, header inspected, SHA-256, synced into the
             store, renamed, a table of images; four shards of articles
bare         16 threads of http.client with keep-alive that write each body and rename it: the least that can be done
bare+sync    the same with an fsync before the rename: the least that survives a power cut
img2dataset  `download(output_format="files", disable_all_reencoding=True, processes_count=2, thread_count=16)`, run by
             the interpreter named with --peer-python; left out without it. The list is cut into four shards, since one,
             its default for less than 10,000, leaves the second process idle; of 16, 32 and 64 threads 16 were fastest

Each leg is a process of its own and its wall time includes its start; all find their modules compiled, as an installed
package does. The files of every leg are checked afterwards. The order of the legs turns each round; medians of images/s
and of images per second of processor time (which others' load hardly changes) are reported, beside the peer's and with
the range over the rounds. Each leg writes into a folder that was never used: ext4 keeps off the places of files deleted
a moment ago, and looks for long to find others. The server is a process of its own: its CPU time a request says whether
it was the bottleneck.

With --faults the server answers 5 % with 503, cuts 2 %, gives an error text under 200 for 1 %, resets 1 %, hangs on
0.2 %, keeps 1 % of the files away for good, and lacks another 0.5 %. Then the same command runs once more against a
server that has come to itself.
"""

import argparse
import csv
import hashlib
import http.client
import io
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from threading import local

from PIL import Image

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1]))
from scripts.fetch_stage import write_candidates
from scripts.serve_bucket import BucketServer, Fault
from scripts.whole_tree import measured, used_s

THREADS = 16
PEER = """
import sys
from img2dataset import download
if __name__ == "__main__":
    download(url_list=sys.argv[1], input_format="csv", url_col="url", output_folder=sys.argv[2], output_format="files",
             processes_count=2, thread_count=16, number_sample_per_shard=int(sys.argv[3]),
             disable_all_reencoding=True, timeout=5)
"""
SHARDS = 4
FAULTS = (
    Fault("status", match=r"fig\d*51\.jpg"),
    Fault("status", share=0.05),
    Fault("truncate", share=0.02),
    Fault("error_body", share=0.01),
    Fault("reset", share=0.01),
    Fault("hang", share=0.002),
)


@dataclass(frozen=True)
class Run:
    """What a leg took, in seconds, and left: good files, and other files that are called images."""

    wall_s: float
    cpu_s: float
    good: int
    bad: int


def make_images(folder: Path, count: int) -> dict[str, str]:
    """Write `count` different JPEGs of about 96 kB as a bucket would hold them; return key -> MD5."""
    rng = random.Random(1)
    bodies = []
    for _ in range(20):
        noise = Image.frombytes("L", (600, 480), rng.randbytes(600 * 480)).convert("RGB")
        file = io.BytesIO()
        noise.save(file, "JPEG", quality=29)
        bodies.append(file.getvalue())
    keys = {}
    for number in range(count):
        body = bodies[number % len(bodies)]
        comment = f"image {number}".encode()
        body = body[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + body[2:]
        key = f"PMC{1000 + number // 5}.1/fig{number}.jpg"
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(body)
        keys[key] = hashlib.md5(body).hexdigest()
    return keys


def make_release(work: Path, keys: dict[str, str]) -> None:
    """Write the samples of a release that has these images."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {
            "sample_id": f"S{number:06}",
            "file": f"train/S{number:06}.jpg",
            "source_key": key,
            "md5": md5,
            "sha256": hashlib.sha256((work / "bucket" / key).read_bytes()).hexdigest(),
        }
        for number, (key, md5) in enumerate(keys.items())
    ]
    (work / "release").mkdir()
    pq.write_table(pa.Table.from_pylist(rows), work / "release" / "samples.parquet")


def leg_bare(url: str, keys: dict[str, str], out: Path, *, sync: bool = False) -> None:
    """Fetch with nothing but keep-alive connections."""
    host = url.removeprefix("http://")
    mine = local()

    def one(item: tuple[int, str]) -> None:
        if not hasattr(mine, "connection"):
            mine.connection = http.client.HTTPConnection(host)
        mine.connection.request("GET", f"/{item[1]}")
        body = mine.connection.getresponse().read()
        part = out / f"{item[0]}.part"
        with part.open("wb", buffering=0) as file:
            file.write(body)
            if sync:
                os.fsync(file.fileno())
        part.rename(out / f"{item[0]}.jpg")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, enumerate(keys)))


def leg_synced(url: str, keys: dict[str, str], out: Path) -> None:
    """Fetch with nothing but keep-alive connections and an fsync."""
    leg_bare(url, keys, out, sync=True)


LEGS: dict[str, Callable[[str, dict[str, str], Path], None]] = {
    "bare": leg_bare,
    "bare+sync": leg_synced,
}


def judge(out: Path, keys: dict[str, str]) -> tuple[int, int]:
    """Count the files whose bytes are an image that was served, and other files that are called images."""
    wanted = set(keys.values())
    images = [path for path in out.rglob("*") if path.is_file() and path.suffix in (".jpg", "")]
    digests = [hashlib.md5(path.read_bytes()).hexdigest() for path in images if path.name != "lock"]
    return len(set(digests) & wanted), sum(digest not in wanted for digest in digests)


def run_leg(leg: str, url: str, work: Path, peer: str, turn: int) -> Run:
    """Run one leg in a process of its own, into the folder of that turn."""
    out = work / f"{leg}-{turn}"
    out.mkdir(exist_ok=True)
    if leg == "build":
        shutil.copytree(work / "candidates", out / "candidates")
    os.sync()
    ours = ["-m", "rocov2", "fetch", "--release", str(work / "release"), "--out", str(out), "--source", url]
    keys = json.loads((work / "keys.json").read_text())
    commands = {
        "img2dataset": [peer, str(work / "peer.py"), str(work / "urls.csv"), str(out), str(-(-len(keys) // SHARDS))],
        "build": [sys.executable, str(HERE.with_name("fetch_stage.py")), url, str(out)],
        "ours": [sys.executable, *ours, "--timeout", "5", "--json"],
    }
    itself = [sys.executable, str(HERE), "--leg", leg, "--url", url, "--work", str(work), "--out", str(out)]
    command = commands.get(leg) or itself
    environment = os.environ | {
        "NO_ALBUMENTATIONS_UPDATE": "1",
        "PYTHONPATH": str(HERE.parents[1]),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(work / "compiled"),
    }
    wall, cpu, done = measured(command, environment)
    if done.returncode not in (0, 5):
        raise SystemExit(f"{leg} failed:\n{done.stderr[-2000:]}")
    return Run(wall, cpu, *judge(out, keys))


def prepare(work: Path, count: int) -> dict[str, str]:
    """Make images, release and list of keys."""
    keys = make_images(work / "bucket", count)
    make_release(work, keys)
    write_candidates(work, keys, SHARDS)
    (work / "keys.json").write_text(json.dumps(keys))
    (work / "peer.py").write_text(PEER)
    return keys


def write_urls(work: Path, url: str, keys: dict[str, str]) -> None:
    """Write the peer's list."""
    with (work / "urls.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["url"], *([f"{url}/{key}"] for key in keys)])


def compare(work: Path, count: int, rounds: int, peer: str) -> None:
    """Serve the images, run every leg `rounds` times, print the table."""
    keys = prepare(work, count)
    command = [sys.executable, str(HERE.with_name("serve_bucket.py")), str(work / "bucket")]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    url = server.stdout.readline().strip()
    write_urls(work, url, keys)
    legs = ["ours", "build", *LEGS, *(["img2dataset"] if peer else [])]
    runs: dict[str, list[Run]] = {leg: [] for leg in legs}
    try:
        for leg in legs:
            run_leg(leg, url, work, peer, rounds)
        for turn in range(rounds):
            for leg in legs[turn % len(legs) :] + legs[: turn % len(legs)]:
                runs[leg].append(run := run_leg(leg, url, work, peer, turn))
                print(f"{turn} {leg}: {run.wall_s:.2f} s, CPU {run.cpu_s:.2f} s", file=sys.stderr)
    finally:
        before = used_s()
        server.terminate()
        server.wait()
    report(runs, count, (used_s() - before) / (count * len(legs) * (rounds + 1)))


def report(runs: dict[str, list[Run]], count: int, server_s: float) -> None:
    """Print images a second of wall and of CPU time of each leg, as ratios to the last one, and the server's cost."""
    base = list(runs)[-1]
    print(f"ratios to {base}: of the medians, and in brackets the range over the rounds")
    print(f"{'leg':12} {'images/s':>9} {'ratio':>18} {'a CPU s':>8} {'ratio':>18} {'good':>6} {'bad':>4}   seconds")
    for leg, timed in runs.items():
        cells = ""
        for seconds in (attrgetter("wall_s"), attrgetter("cpu_s")):
            spent, peers = [seconds(run) for run in timed], [seconds(run) for run in runs[base]]
            ratio = statistics.median(peers) / statistics.median(spent)
            ratios = [peer / own for peer, own in zip(peers, spent, strict=True)]
            cells += f" {count / statistics.median(spent):9.0f} {ratio:5.2f}x ({min(ratios):.2f}-{max(ratios):.2f})"
        good, bad = min(run.good for run in timed), max(run.bad for run in timed)
        print(f"{leg:12}{cells} {good:6} {bad:4}   {' '.join(f'{run.wall_s:.2f}' for run in timed)}")
    print(f"server: {server_s * 1e6:.0f} us of CPU a request; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def fault_story(work: Path, count: int, peer: str) -> None:
    """Run each tool against a server with faults, then once more against a good one; print what is there."""
    keys = prepare(work, count)
    for key in [key for key in keys if key.endswith("77.jpg")][::2]:
        (work / "bucket" / key).unlink()
        keys.pop(key)
    away = sum(FAULTS[0].strikes(f"/{key}", 1) for key in keys)
    print(f"{count} wanted, {len(keys)} obtainable, {away} of them kept away in the first run")
    print(f"{'leg':12} {'run':>3} {'good':>6} {'bad':>4} {'requests':>9} {'seconds':>8}")
    names = [f"PMC{1000 + number // 5}.1/fig{number}.jpg" for number in range(count)]
    for leg in ["ours", *(["img2dataset"] if peer else [])]:
        port = 0
        for turn, faults in enumerate((FAULTS, ()), 1):
            with BucketServer(work / "bucket", faults, port=port) as server:
                port = server.port
                write_urls(work, server.url, dict.fromkeys(names, ""))
                run = run_leg(leg, server.url, work, peer, 0)
                print(f"{leg:12} {turn:3} {run.good:6} {run.bad:4} {len(server.log):9} {run.wall_s:8.1f}", flush=True)


def main() -> None:
    """Run the comparison, or one leg of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-python", default="")
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--leg", choices=list(LEGS), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.leg:
        keys = json.loads((options.work / "keys.json").read_text())
        LEGS[options.leg](options.url, keys, options.out)
        return
    with tempfile.TemporaryDirectory(prefix="bench-fetch-") as folder:
        if options.faults:
            fault_story(Path(folder), options.count, options.peer_python)
        else:
            compare(Path(folder), options.count, options.rounds, options.peer_python)


if __name__ == "__main__":
    main()
