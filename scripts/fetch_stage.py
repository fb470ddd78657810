"""Runs the stage `fetch` of a build alone, over the candidates of a work folder, as `rocov2 build` would with its defaults.

    python scripts/fetch_stage.py URL WORK

`write_candidates` writes what the stage reads. The exit code is 1 when an image was not fetched.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def write_candidates(work: Path, keys: dict[str, str], shards: int) -> None:
    """Write a candidate for each key (with its MD5), in so many shards of equal size."""
    from rocov2.engine.checkpoint import stamp_for, write_checkpoint
    from rocov2.tables import Candidate

    rows = [Candidate(key.replace("/fig", "/f"), key.partition("/")[0], key, md5, 1.0) for key, md5 in keys.items()]
    size = -(-len(rows) // shards)
    for shard in range(shards):
        write_checkpoint(work, Candidate, f"S{shard}", rows[shard * size : (shard + 1) * size], stamp_for({}))


def run_fetch(url: str, work: Path) -> Sequence[str]:
    """Run the stage over every shard; return what went wrong."""
    from rocov2.cli.network import default_workers, net_settings
    from rocov2.config import BuildSettings
    from rocov2.engine.executors import open_executor
    from rocov2.engine.progress import Progress
    from rocov2.engine.run import Workshop, run_stages
    from rocov2.stages.fetch import FetchParams, stage
    from rocov2.stages.places import Places

    chosen = BuildSettings(source=url, work=str(work), workers=default_workers())
    fetch = stage(FetchParams(places=Places(url, work / "store", net_settings(chosen))))
    shards = tuple(sorted(path.stem for path in (work / "candidates").glob("*.parquet")))
    with open_executor(chosen.executor, chosen.workers) as executor:
        report = run_stages(Workshop(work, shards, executor), [fetch], Progress(work, "off"))
    return [f"{task.shard}: {task.error or task.drops}" for task in report.tasks if task.error or task.drops]


def main() -> None:
    """Run it over the words of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="the bucket, as --source names it")
    parser.add_argument("work", type=Path, help="a work folder with candidates")
    options = parser.parse_args()
    sys.exit("\n".join(run_fetch(options.url, options.work)) or None)


if __name__ == "__main__":
    main()
