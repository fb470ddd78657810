"""The digest of what each stage makes of the sample, to be compared with the one that stands in git.

    python -m tests.golden.digests WORK > tests/golden/stages.json     after a stage's version was raised

Of `score` only the keys count: the last digit of a score may differ between processors.
"""

import hashlib
import json
import sys
from pathlib import Path

import pyarrow.parquet as pq

from rocov2.cli.pipeline import saved
from rocov2.engine.checkpoint import drops_path, table_path
from rocov2.engine.selection import live_shards

KEYS_ONLY = {"scores": ["figure_id"], "concepts": ["figure_id", "cui", "name", "tui", "kind", "origin"]}


def digests(work):
    """Return stage -> version and digest of its rows and drops, over all shards."""
    found = {}
    for stage in saved(work).stages:
        total = hashlib.sha256()
        for shard in live_shards(work):
            path = table_path(work, stage.output, shard)
            rows = pq.read_table(path, columns=KEYS_ONLY.get(path.parent.name)).to_pylist()
            drops = (
                []
                if path.parent.name == "samples"
                else pq.read_table(drops_path(work, stage.output, shard)).to_pylist()
            )
            total.update(json.dumps([rows, drops], sort_keys=True).encode())
        found[stage.name] = {"version": stage.version, "digest": total.hexdigest()[:16]}
    return found


if __name__ == "__main__":
    print(json.dumps(digests(Path(sys.argv[1])), indent=1))
