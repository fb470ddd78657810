"""Time and peak memory to export a release of N made-up samples in each format, as ratios to a bare copy of its images.

    python scripts/bench_export.py --samples 20000 --image-kb 80

Each export runs in a process of its own; the second run finds everything whole. The peer, in the same run, is what no
export with its own bytes can spare: each image read, hashed and written once, into files and into one file.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "release")]

import release_rows

from rocov2.release.export import FORMATS

CHILD = """
import json, sys, time
from pathlib import Path
from rocov2.release.export import export_release
from rocov2.release.export_output import ExportSettings
start = time.perf_counter()
done = export_release(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), ExportSettings(int(sys.argv[4]) * 10**6))
seconds = time.perf_counter() - start
status = Path("/proc/self/status").read_text()  # what getrusage says starts with the peak of the parent
print(json.dumps([seconds, int(status.partition("VmHWM:")[2].split()[0]) / 1000, done.written]))
"""


def main() -> None:
    """Make the release, then run the peer and each format, and print their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--image-kb", type=int, default=80)
    parser.add_argument("--shard-mb", type=int, default=500)
    options = parser.parse_args()
    release_rows.picture_of = lambda name: hashlib.shake_128(name.encode()).digest(options.image_kb * 1000)
    with tempfile.TemporaryDirectory(prefix="bench-export-", dir=Path.cwd()) as scratch:
        folder = Path(scratch)
        made = release_rows.release(
            folder / "release", *release_rows.synthetic(options.samples, folder / "store")
        ).folder
        files = pq.read_table(made / "samples.parquet", columns=["file"])["file"].to_pylist()
        peers = {"files": bare_files(made, files, folder / "bare"), "one file": bare_file(made, files, folder / "bare")}
        for name, seconds in peers.items():
            print(f"peer, {options.samples:,} images of {options.image_kb} kB into {name}: {seconds:.2f} s", flush=True)
        for kind in FORMATS:
            peer = peers["files" if kind in ("imagefolder", "coco-captions") else "one file"]
            report(kind, made, folder / "out", options.shard_mb, peer)


def report(kind: str, made: Path, out: Path, shard_mb: int, peer: float) -> None:
    """Export twice in processes of their own; print seconds, the ratio to the peer, peak memory."""
    words = [sys.executable, "-c", CHILD, str(made), kind, str(out), str(shard_mb)]
    runs = [json.loads(subprocess.run(words, check=True, capture_output=True, cwd=ROOT).stdout) for _ in range(2)]
    (seconds, memory, _), (again, _, written) = runs
    assert written == 0
    print(
        f"{kind}: {seconds:.2f} s, {seconds / peer:.2f} of the peer, {memory:.0f} MB; again: {again:.2f} s", flush=True
    )
    shutil.rmtree(out)


def bare_files(made: Path, files: list[str], out: Path) -> float:
    """Seconds to read, hash and write every image as a file."""
    out.mkdir()
    start = time.perf_counter()
    for number, file in enumerate(files):
        content = (made / file).read_bytes()
        hashlib.sha256(content).hexdigest()
        (out / str(number)).write_bytes(content)
    seconds = time.perf_counter() - start
    shutil.rmtree(out)
    return seconds


def bare_file(made: Path, files: list[str], out: Path) -> float:
    """Seconds to read, hash and append every image to one file, which is hashed at the end, as its record has it."""
    start = time.perf_counter()
    with out.open("wb") as target:
        for file in files:
            content = (made / file).read_bytes()
            hashlib.sha256(content).hexdigest()
            target.write(content)
    with out.open("rb") as target:
        hashlib.file_digest(target, "sha256")
    seconds = time.perf_counter() - start
    out.unlink()
    return seconds


if __name__ == "__main__":
    main()
