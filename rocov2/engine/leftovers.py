"""What a work folder holds and no run will read again: unfinished files, checkpoints that are stale or do not count.

The shards of the selection stay, whether they count or not: an article that comes back is known by them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rocov2.engine.checkpoint import drops_path, read_stamp, table_path
from rocov2.engine.run import expected_stamps, is_fresh, stale_shards
from rocov2.engine.stage import Stage

_PLACES = ("", "*/", "*/_drops/", "inventory/*/")


def unfinished_files(work: Path) -> Iterator[Path]:
    """Yield what killed runs were writing, and their signs of life; the store's own are left to the store."""
    for place in _PLACES:
        for pattern in ("*.part", ".*.part"):
            yield from work.glob(f"{place}{pattern}")
    yield from (work / ".progress").glob("*")


def unread_checkpoints(work: Path, stages: Sequence[Stage], shards: Sequence[str]) -> Iterator[Path]:
    """Yield the files of every table but the selection that the stages, run over these shards, would not read."""
    for stage in stages:
        expected = expected_stamps(work, stage, shards)
        fresh = {
            shard
            for shard, stamp in expected.items()
            if is_fresh(read_stamp(table_path(work, stage.output, shard)), stamp)
        }
        folder = table_path(work, stage.output, "_").parent
        for path in sorted(folder.glob("[!_.]*.parquet")):
            if path.stem not in fresh:
                yield path
        for path in sorted(drops_path(work, stage.output, "_").parent.glob("[!.]*.drops.parquet")):
            if path.name.removesuffix(".drops.parquet") not in fresh:
                yield path


def is_complete(work: Path, stages: Sequence[Stage], shards: Sequence[str]) -> bool:
    """Whether a build of these shards would find nothing to do, not even something to try once more."""
    return bool(shards) and not any(stale_shards(work, stage, shards, retry=True) for stage in stages)
