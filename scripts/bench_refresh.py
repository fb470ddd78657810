"""The difference of two inventories at PMC's size: seconds and peak memory, against plain dictionaries.

Writes two inventories of `--rows` articles (the second with 1 % new, 0.5 % changed, 0.1 % gone), plans the first into
a work folder, and then measures, each in a process of its own and in turn, what a refresh does with the second:
reading it from its gzip CSV shards and comparing it with the shards of the work folder (`diff_s`, `diff_mb`), and then
planning (`plan_s`, `peak_mb`: compared once more, shards and list written). The peer reads both inventories into
dictionaries of key to ETag and compares those.

    python scripts/bench_refresh.py --rows 9300000 --folder /tmp/bench_refresh
"""

import argparse
import gzip
import io
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rocov2.engine.compare import compare
from rocov2.engine.listing import read_listing
from rocov2.engine.selection import plan_selection, written_shards
from rocov2.pmc.inventory import article_keys, read_inventory

COLUMNS = ("Bucket", "Key", "LastModifiedDate", "ETag")
STAMPS = ("2026-09-01T01-00Z", "2026-09-02T01-00Z")
FILES = 4


def hexadecimal(values: np.ndarray) -> np.ndarray:
    """32 hexadecimal digits for each row of 16 bytes."""
    text = np.frombuffer(b"0123456789abcdef", np.uint8)[np.stack([values >> 4, values & 15], axis=2)]
    return np.ascontiguousarray(text.reshape(len(values), 32)).view("S32").ravel()


def generate(folder: Path, rows: int) -> None:
    """Write both inventories; a folder that is whole is left as it is."""
    random = np.random.default_rng(7)
    numbers = np.sort(random.choice(rows * 3 // 2, rows, replace=False)) + 1_000_000
    etags = random.integers(0, 256, (rows, 16), dtype=np.uint8)
    dates = random.random(rows)
    write(folder / STAMPS[0], numbers[dates >= 0.01], etags[dates >= 0.01])
    changed = (dates >= 0.01) & (dates < 0.015)
    etags[changed] ^= 255
    kept = dates < 0.999
    write(folder / STAMPS[1], numbers[kept], etags[kept])


def write(folder: Path, numbers: np.ndarray, etags: np.ndarray) -> None:
    """Write one inventory as S3 does: keys in the order of their bytes, dealt out to files, everything quoted."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = pa.array(np.char.add(np.char.add("metadata/PMC", numbers.astype(str)), ".1.json"))
    table = pa.table({"Key": keys, "ETag": pa.array(hexadecimal(etags)).cast(pa.string())}).sort_by("Key")
    size = len(table)
    table = table.add_column(0, "Bucket", pa.array(["pmc-oa-opendata"] * size))
    table = table.add_column(2, "LastModifiedDate", pa.array(["2026-08-31T10:00:00.000Z"] * size))

    def shard(number: int) -> None:
        with gzip.open(folder / f"{number:04d}.csv.gz", "wb", compresslevel=4) as file:
            text = io.BytesIO()
            csv.write_csv(
                table.slice(number * size // FILES, -(-size // FILES)), text, csv.WriteOptions(include_header=False)
            )
            file.write(text.getvalue())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(shard, range(FILES)))


def shards(folder: Path) -> list[Path]:
    """The shards of an inventory."""
    return sorted(folder.glob("*.csv.gz"))


def ours(folder: Path, stamp: str) -> dict[str, object]:
    """Read an inventory and plan it into the work folder, as a refresh does."""
    started = time.perf_counter()
    work = folder / "work"
    listing = read_listing(article_keys(read_inventory(shards(folder / stamp), COLUMNS)), stamp)
    read = time.perf_counter() - started
    compare(work, written_shards(work), listing)
    compared = time.perf_counter() - started
    peak = peak_mb()
    plan = plan_selection(work, listing)
    planned = time.perf_counter() - started - compared
    seconds = {"read_s": read, "diff_s": compared, "plan_s": planned}
    return {**{name: round(value, 1) for name, value in seconds.items()}, "diff_mb": peak, **plan.news}


def dictionaries(folder: Path, _stamp: str) -> dict[str, object]:
    """Read both inventories into dictionaries and compare them."""
    started = time.perf_counter()
    old, new = (dictionary(folder / stamp) for stamp in STAMPS)
    found = {
        "new": len(new.keys() - old.keys()),
        "changed": sum(old.get(key, etag) != etag for key, etag in new.items()),
        "missing": len(old.keys() - new.keys()),
    }
    return {"diff_s": round(time.perf_counter() - started, 1), "diff_mb": peak_mb(), **found}


def dictionary(folder: Path) -> dict[str, str]:
    """Key to ETag of an inventory."""
    found = {}
    for path in shards(folder):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                _, key, _, etag = line.rstrip().split(",")
                found[key.strip('"')] = etag.strip('"')
    return found


def peak_mb() -> int:
    """Most memory that this process ever held; what the parent held before it is not counted."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def measured(what: str, folder: Path, stamp: str) -> dict[str, object]:
    """Run one of the two in a process of its own: what it found, seconds and megabytes."""
    started = time.perf_counter()
    words = [sys.executable, __file__, "--folder", str(folder), "--only", what, "--stamp", stamp]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return {**json.loads(done.stdout), "all_s": round(time.perf_counter() - started, 1)}


@contextmanager
def pristine(folder: Path) -> Iterator[None]:
    """Put the work folder back afterwards as it was."""
    shutil.copytree(folder / "work", folder / "kept")
    yield
    shutil.rmtree(folder / "work")
    (folder / "kept").rename(folder / "work")


def main() -> None:
    """Generate, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=9_300_000)
    parser.add_argument("--folder", type=Path, required=True, help="an empty folder, or that of an earlier run")
    parser.add_argument("--only", choices=("ours", "dictionaries"), help=argparse.SUPPRESS)
    parser.add_argument("--stamp", default=STAMPS[1], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        found = {"ours": ours, "dictionaries": dictionaries}[options.only](options.folder, options.stamp)
        found["peak_mb"] = peak_mb()
        print(json.dumps(found))
        return
    if not (options.folder / STAMPS[1] / "0003.csv.gz").is_file():
        generate(options.folder, options.rows)
    if not (options.folder / "work").is_dir():
        print("first plan  ", measured("ours", options.folder, STAMPS[0]), flush=True)
    with pristine(options.folder):
        print("ours        ", mine := measured("ours", options.folder, STAMPS[1]), flush=True)
    print("dictionaries", peer := measured("dictionaries", options.folder, STAMPS[1]), flush=True)
    seconds, memory = (float(str(peer[name])) / float(str(mine[name])) for name in ("diff_s", "diff_mb"))
    print(f"{seconds:.1f} times as fast, with {1 / memory:.2f} of the memory")


if __name__ == "__main__":
    main()
