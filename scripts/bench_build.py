"""A build over a bucket folder served on loopback: rows and seconds a stage, requests, bytes, peak memory.

    python scripts/make_corpus.py JATS IMAGES /tmp/corpus
    python scripts/bench_build.py /tmp/corpus /tmp/build [--workers 2] [--preset all-cc]

Memory is the proportional set size (PSS, /proc/PID/smaps_rollup) of the whole process tree, sampled every 0.2 s: what
workers share counts once. The second line is the same command again, with nothing to do.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.serve_bucket import BucketServer


def main() -> None:
    """Build twice and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bucket", type=Path)
    parser.add_argument("out", type=Path, help="an empty folder")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--preset", default="all-cc")
    given = parser.parse_args()
    with BucketServer(given.bucket) as server:
        words = ["--source", server.url, "--work", str(given.out / "work"), "--release", str(given.out / "release")]
        words += ["--preset", given.preset, "--workers", str(given.workers), "--json"]
        for turn in ("first", "again"):
            record, seconds, peak_mb = build(words)
            stages = {
                name: {"rows": s["rows"], "dropped": sum(s["drops"].values()), "seconds": s["seconds"]}
                for name, s in record["stages"].items()
            }
            told = {name: record[name] for name in ("articles", "requests", "bytes")} | {
                "samples": record["release"]["samples"]
            }
            print(f"{turn}: {seconds:.1f} s, {peak_mb:.0f} MB PSS, load {os.getloadavg()[0]:.1f}: {json.dumps(told)}")
            for name, stage in stages.items():
                print(
                    f"  {name:8}{stage['rows']:>8} rows {stage['dropped']:>8} dropped {stage['seconds']:>8.1f} s of all workers"
                )


def build(words: list[str]) -> tuple[dict, float, float]:
    """Run a build; return its record, its seconds and the peak of its memory in MB."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    started, peak = time.perf_counter(), [0]
    run = subprocess.Popen([sys.executable, "-m", "rocov2", "build", *words], stdout=subprocess.PIPE, env=environment)
    watcher = threading.Thread(target=watch, args=(run, peak))
    watcher.start()
    out, _ = run.communicate()
    watcher.join()
    if run.returncode not in (0, 5):
        raise SystemExit(f"the build ended with {run.returncode}")
    return json.loads(out), time.perf_counter() - started, peak[0] / 1024


def watch(run: subprocess.Popen, peak: list[int]) -> None:
    """Keep the largest PSS of the tree, in kB, while the process runs."""
    while run.poll() is None:
        peak[0] = max(peak[0], sum(map(pss_kb, tree(run.pid))))
        time.sleep(0.2)


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in below for one in tree(int(child)))]


def pss_kb(pid: int) -> int:
    """The proportional set size of a process; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
