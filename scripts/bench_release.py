"""Time and peak memory to write a release of N made-up samples with tiny images, and what part of it cannot be spared.

    python scripts/bench_release.py --samples 80000 --drops 1000000

Images are small JPEGs (some 3 kB), so that the report and the pages of `browse` have pictures to show. The release is
written by a process of its own that reads the tables from Parquet, once where nothing stands and once
over itself. The peer, in the same run, is the bare work that no release can do without: each image linked and hashed.
"""

import argparse
import hashlib
import io
import os
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "release")]

from release_rows import PROVENANCE, SETTINGS, drops, synthetic

from rocov2.release.assemble import COLUMNS, ReleaseTables, assemble
from rocov2.release.browse.library import Library
from rocov2.release.funnel import History
from rocov2.release.placing import SplitPolicy
from rocov2.release.report.page import write_report
from rocov2.release.strategies import METHODS
from rocov2.release.verify import verify_release
from rocov2.release.write import write_release


def main() -> None:
    """Make the tables and the store, then run the peer and the release and print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=80_000)
    parser.add_argument("--drops", type=int, default=1_000_000)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--read", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        read(options.child) if options.read else write(options.child, options.drops)
        return
    with tempfile.TemporaryDirectory(prefix="bench-release-", dir=Path.cwd()) as scratch:
        folder = Path(scratch)
        tables, _ = synthetic(options.samples, folder / "store", picture=small_jpeg)
        for name in COLUMNS:
            pq.write_table(getattr(tables, name), folder / f"{name}.parquet")
        peer = bare(folder, tables)
        print(f"peer, link and hash {options.samples:,} images: {peer:.2f} s")
        command = [sys.executable, __file__, "--child", scratch, "--drops", str(options.drops)]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        print(lines, end="")
        seconds = float(lines.split("first release: ")[1].split(" s")[0])
        print(f"first release / peer: {seconds / peer:.2f}")
        subprocess.run([*command, "--read"], check=True)


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
    for method in METHODS[1:]:
        start = time.perf_counter()
        assemble(tables, SplitPolicy(method=method))
        print(f"assembling, split {method}: {time.perf_counter() - start:.2f} s")


def read(folder: Path) -> None:
    """Write the report of the release, open it for browsing and search it; print seconds and peak memory."""
    start = time.perf_counter()
    made = write_report(folder / "release", folder / "report.html")
    print(f"report: {time.perf_counter() - start:.2f} s, {made.size_bytes / 1e6:.1f} MB, {made.pictures} pictures")
    print(f"peak memory of the report: {peak():.0f} MB")
    start = time.perf_counter()
    library = Library(folder / "release")
    print(f"browse, opened: {time.perf_counter() - start:.2f} s")
    for query in ({}, {"q": "liver"}, {"q": 'axial "left lung" mass', "split": "train"}, {"q": "C9000003"}):
        start = time.perf_counter()
        size = len(library.answer("/", query).body)
        print(f"browse, {query or 'first page'}: {time.perf_counter() - start:.3f} s, {size / 1000:.0f} kB")
    print(f"peak memory with both: {peak():.0f} MB")


def small_jpeg(figure_id: str) -> bytes:
    """One of 64 small pictures, with the figure's id behind its end so that each file has a digest of its own."""
    return jpeg(zlib.crc32(figure_id.encode()) % 64) + figure_id.encode()


@cache
def jpeg(number: int) -> bytes:
    """A smooth grey picture of 200 x 160 px."""
    noise = np.random.default_rng(number).integers(0, 255, (12, 15), dtype=np.uint8)
    written = io.BytesIO()
    Image.fromarray(noise).resize((200, 160), Image.Resampling.BICUBIC).save(written, "JPEG", quality=80)
    return written.getvalue()


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
