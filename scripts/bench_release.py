"""Time and peak memory to write a release of N made-up samples with tiny images, and what part of it cannot be spared.

    python scripts/bench_release.py --samples 80000 --drops 1000000

The release is written by a process of its own that reads the tables from Parquet, once where nothing stands and once
over itself. The peer, in the same run, is the bare work that no release can do without: each image linked and hashed.
"""

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "release")]

from release_rows import PROVENANCE, SETTINGS, drops, synthetic

from rocov2.release.assemble import COLUMNS, ReleaseTables, assemble
from rocov2.release.funnel import History
from rocov2.release.placing import SplitPolicy
from rocov2.release.verify import verify_release
from rocov2.release.write import write_release


def main() -> None:
    """Make the tables and the store, then run the peer and the release and print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=80_000)
    parser.add_argument("--drops", type=int, default=1_000_000)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        write(options.child, options.drops)
        return
    with tempfile.TemporaryDirectory(prefix="bench-release-", dir=Path.cwd()) as scratch:
        folder = Path(scratch)
        tables, _ = synthetic(options.samples, folder / "store")
        for name in COLUMNS:
            pq.write_table(getattr(tables, name), folder / f"{name}.parquet")
        peer = bare(folder, tables)
        print(f"peer, link and hash {options.samples:,} images: {peer:.2f} s")
        command = [sys.executable, __file__, "--child", scratch, "--drops", str(options.drops)]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        print(lines, end="")
        seconds = float(lines.split("first release: ")[1].split(" s")[0])
        print(f"first release / peer: {seconds / peer:.2f}")


def bare(folder: Path, tables: ReleaseTables) -> float:
    """Seconds to link and hash every image once."""
    (folder / "bare").mkdir()
    start = time.perf_counter()
    for number, md5 in enumerate(tables.images["md5"].to_pylist()):
        target = folder / "bare" / f"{number}.jpg"
        os.link(folder / "store" / md5[:2] / md5, target)
        hashlib.sha256(target.read_bytes()).hexdigest()
    return time.perf_counter() - start


def write(folder: Path, dropped: int) -> None:
    """Read the tables, assemble, write, write again over it, verify; print seconds and peak memory."""
    tables = ReleaseTables(**{name: pq.read_table(folder / f"{name}.parquet") for name in COLUMNS})
    in_store = partial(stored, folder / "store")
    print(f"memory with the tables loaded: {peak():.0f} MB")
    start = time.perf_counter()
    assemble(tables, SplitPolicy())
    print(f"of which assembling: {time.perf_counter() - start:.2f} s")
    for name in ("first release", "release over itself"):
        history = History({"crawl": 1, "filter": tables.samples.num_rows}, blocks(dropped))
        start = time.perf_counter()
        write_release(folder / "release", tables, history, in_store, SETTINGS, PROVENANCE)
        print(f"{name}: {time.perf_counter() - start:.2f} s")
    start = time.perf_counter()
    problems = verify_release(folder / "release")
    print(f"verify: {time.perf_counter() - start:.2f} s, {len(problems)} problems")
    print(f"peak memory: {peak():.0f} MB")


def stored(store: Path, md5: str) -> Path:
    """Where the image of an MD5 stands."""
    return store / md5[:2] / md5


def blocks(dropped: int) -> Iterator[pa.Table]:
    """Drops as the stages would hand them over: one table a stage and shard."""
    block = pa.concat_tables(drops(5_000))
    return (block.slice(0, min(10_000, dropped - start)) for start in range(0, dropped, 10_000))


def peak() -> float:
    """Largest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
