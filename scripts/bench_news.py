"""A refresh against a full rebuild: 1 % of the articles new and 0.1 % retracted, in requests and seconds.

    python scripts/bench_news.py BUCKET OUT [--new 0.01] [--retracted 0.001] [--workers 2]

BUCKET is a folder of `make_corpus.py` (10,000 articles: `--articles 10000`); it is linked into OUT and left as it is.
Three runs of `rocov2 refresh` over the same loopback server: the first day, without the new articles; the second day;
and the second day again from an empty work folder, which is the full rebuild.
"""

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.serve_bucket import BucketServer
from scripts.whole_tree import measured
from tests.fakepmc import Bucket

STAMPS = ("2026-11-01T01-00Z", "2026-11-02T01-00Z")


def linked(source: Path, target: Path) -> Bucket:
    """Link every object of a bucket into a folder of our own; its inventory is written anew."""
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_file() and name.parts[0] != "inventory-reports":
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target / name)
    keys = sorted((target / "metadata").glob("*.json"))
    return Bucket(target, etags={f"metadata/{path.name}": hashlib.md5(path.read_bytes()).hexdigest() for path in keys})


def hide(bucket: Bucket, share: float) -> dict[str, str]:
    """Take evenly spaced articles off the next inventory and return their ETags."""
    keys = sorted(bucket.etags)[:: max(1, round(1 / share))]
    return {key: bucket.etags.pop(key) for key in keys}


def retract(bucket: Bucket, share: float) -> int:
    """Set the flag of evenly spaced articles and return how many they are; the linked originals keep their bytes."""
    keys = sorted(bucket.etags)[1 :: max(1, round(1 / share))]
    for key in keys:
        article_id = key.removeprefix("metadata/").removesuffix(".json")
        fields = bucket.read_json(article_id)
        for name in (key, f"{article_id}/{article_id}.json"):
            (bucket.root / name).unlink()
        bucket.write_json(article_id, {**fields, "is_retracted": True})
    return len(keys)


def refresh(server: BucketServer, folder: Path, workers: int) -> dict[str, object]:
    """Run one refresh; return what it asked of the server, its seconds, and those of each stage."""
    asked = len(server.log)
    words = ["refresh", "--source", server.url, "--work", folder / "work", "--release", folder / "release"]
    more = ["--workers", workers, "--json", "-p", "release.max_lost_share=1"]
    seconds, cpu_seconds, done = measured([sys.executable, "-m", "rocov2", *map(str, [*words, *more])], os.environ)
    if done.returncode not in (0, 5):
        raise SystemExit(done.stderr)
    record = json.loads(done.stdout)
    return {
        "requests": len(server.log) - asked,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu_seconds, 1),
        "stages_s": {name: round(stage["seconds"], 1) for name, stage in record["stages"].items()},
        "news": record["news"],
        "samples": record["release"]["samples"],
        "load": [round(value, 1) for value in os.getloadavg()],
    }


def main() -> None:
    """Build, refresh, rebuild, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bucket", type=Path)
    parser.add_argument("out", type=Path, help="an empty folder")
    parser.add_argument("--new", type=float, default=0.01)
    parser.add_argument("--retracted", type=float, default=0.001)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-rebuild", action="store_true", help="hold the refresh to the first day instead")
    options = parser.parse_args()
    bucket = linked(options.bucket, options.out / "bucket")
    new = hide(bucket, options.new)
    bucket.write_inventory(STAMPS[0])
    with BucketServer(bucket.root) as server:
        print("first day", whole := refresh(server, options.out, options.workers), flush=True)
        retracted = retract(bucket, options.retracted)
        bucket.etags |= new
        bucket.write_inventory(STAMPS[1])
        print(f"{len(new)} new and {retracted} retracted of {len(bucket.etags)} articles")
        print("refresh  ", news := refresh(server, options.out, options.workers), flush=True)
        if not options.no_rebuild:
            print("rebuild  ", whole := refresh(server, options.out / "anew", options.workers), flush=True)
    for what in ("requests", "seconds", "cpu_seconds"):
        print(f"{what}: {float(str(news[what])) / float(str(whole[what])):.3f} of a full rebuild")


if __name__ == "__main__":
    main()
