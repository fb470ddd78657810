"""Compares three ways to download the same JPEGs from one loopback server, and prints images/s and their ratios.

    python scripts/bench_fetch.py [--count 2000] [--rounds 3] [--peer-python PATH]

ours         `fetch_images`: MD5 verified, header inspected, SHA-256, synced to disk under its MD5, renamed
bare         16 threads of http.client with keep-alive that write each body and rename it: the least that can be done
img2dataset  `download(output_format="files", disable_all_reencoding=True, processes_count=2, thread_count=16)`, run by
             the interpreter named with --peer-python; left out without it

Each leg is a process of its own and its wall time includes its start; the files of every leg are checked afterwards.
The order of the legs turns each round and the medians are reported. The server is a process of its own: its CPU time a
request says whether it was the bottleneck.
"""

import argparse
import csv
import hashlib
import http.client
import io
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local

from PIL import Image

HERE = Path(__file__).resolve()
THREADS = 16
PEER = """
import sys
from img2dataset import download
if __name__ == "__main__":
    download(url_list=sys.argv[1], input_format="csv", url_col="url", output_folder=sys.argv[2], output_format="files",
             processes_count=2, thread_count=16, disable_all_reencoding=True)
"""


def make_images(folder: Path, count: int) -> dict[str, str]:
    """Write `count` different JPEGs of about 96 kB as a bucket would hold them; return key -> MD5."""
    rng = random.Random(1)
    bodies = []
    for _ in range(20):
        noise = Image.frombytes("L", (600, 480), rng.randbytes(600 * 480)).resize((900, 720)).convert("RGB")
        file = io.BytesIO()
        noise.save(file, "JPEG", quality=58)
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


def leg_ours(url: str, keys: dict[str, str], out: Path) -> None:
    """Fetch with the product's own code."""
    from rocov2.images.fetch import ImageLimits, ImageRequest, fetch_images
    from rocov2.images.store import Store
    from rocov2.net import NetSettings, open_source

    source = open_source(url, settings=NetSettings(connections=THREADS))
    requests = (ImageRequest(key.replace("/fig", "/f"), key, md5) for key, md5 in keys.items())
    dropped = [row for row in fetch_images(requests, source, Store(out), ImageLimits()) if hasattr(row, "reason")]
    if dropped:
        raise SystemExit(f"{len(dropped)} images were not fetched: {dropped[0]}")


def leg_bare(url: str, keys: dict[str, str], out: Path) -> None:
    """Fetch with nothing but keep-alive connections."""
    host = url.removeprefix("http://")
    mine = local()

    def one(item: tuple[int, str]) -> None:
        if not hasattr(mine, "connection"):
            mine.connection = http.client.HTTPConnection(host)
        mine.connection.request("GET", f"/{item[1]}")
        body = mine.connection.getresponse().read()
        part = out / f"{item[0]}.part"
        part.write_bytes(body)
        part.rename(out / f"{item[0]}.jpg")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, enumerate(keys)))


def count_good(out: Path, keys: dict[str, str]) -> int:
    """Count the files of a leg whose bytes are an image that was served."""
    wanted = set(keys.values())
    return len({hashlib.md5(path.read_bytes()).hexdigest() for path in out.rglob("*") if path.is_file()} & wanted)


def run_leg(leg: str, url: str, work: Path, peer: str) -> tuple[float, int]:
    """Run one leg in a process of its own; return its wall time in seconds and how many good files it left."""
    out = work / leg
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    os.sync()
    if leg == "img2dataset":
        command = [peer, str(work / "peer.py"), str(work / "urls.csv"), str(out)]
    else:
        command = [sys.executable, str(HERE), "--leg", leg, "--url", url, "--work", str(work)]
    environment = os.environ | {"NO_ALBUMENTATIONS_UPDATE": "1", "PYTHONPATH": str(HERE.parents[1])}
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{leg} failed:\n{done.stderr[-2000:]}")
    return seconds, count_good(out, json.loads((work / "keys.json").read_text()))


def compare(work: Path, count: int, rounds: int, peer: str) -> None:
    """Serve the images, run every leg `rounds` times, print the table."""
    bucket = work / "bucket"
    keys = make_images(bucket, count)
    (work / "keys.json").write_text(json.dumps(keys))
    (work / "peer.py").write_text(PEER)
    server = subprocess.Popen(
        [sys.executable, HERE.with_name("serve_bucket.py"), str(bucket)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    url = server.stdout.readline().strip()
    with (work / "urls.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["url"], *([f"{url}/{key}"] for key in keys)])
    legs = ["ours", "bare", *(["img2dataset"] if peer else [])]
    runs: dict[str, list[tuple[float, int]]] = {leg: [] for leg in legs}
    try:
        run_leg("bare", url, work, peer)
        for turn in range(rounds):
            for leg in legs[turn % len(legs) :] + legs[: turn % len(legs)]:
                runs[leg].append(run_leg(leg, url, work, peer))
    finally:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        server.terminate()
        server.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    report(runs, count, cpu / (count * (len(legs) * rounds + 1)))


def report(runs: dict[str, list[tuple[float, int]]], count: int, server_s: float) -> None:
    """Print images/s of each leg, ours as a ratio to it, and what the server spent."""
    rates = {leg: count / statistics.median(seconds for seconds, _ in timed) for leg, timed in runs.items()}
    print(f"{'leg':12} {'images/s':>9} {'ours is':>8} {'good files':>10}   seconds of each round")
    for leg, timed in runs.items():
        seconds = " ".join(f"{second:.2f}" for second, _ in timed)
        good = min(number for _, number in timed)
        print(f"{leg:12} {rates[leg]:9.0f} {rates['ours'] / rates[leg]:7.2f}x {good:10}   {seconds}")
    print(f"server: {server_s * 1e6:.0f} us of CPU a request, at most {1 / server_s:.0f} images/s from its one core")


def main() -> None:
    """Run the comparison, or one leg of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-python", default="")
    parser.add_argument("--leg", choices=["ours", "bare"], help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.leg:
        keys = json.loads((options.work / "keys.json").read_text())
        {"ours": leg_ours, "bare": leg_bare}[options.leg](options.url, keys, options.work / options.leg)
        return
    with tempfile.TemporaryDirectory(prefix="bench-fetch-") as folder:
        compare(Path(folder), options.count, options.rounds, options.peer_python)


if __name__ == "__main__":
    main()
