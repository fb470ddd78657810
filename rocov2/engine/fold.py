"""Fold deltas into baselines: the same rows in other shards, copied from checkpoint to checkpoint, no stage at work.

New shards are written beside the old ones under names of their own, and the new list of what counts is the commit.
Killed before it, the work folder is as it was; killed after it, the next build makes what is left from what is here.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rocov2.engine.checkpoint import (
    CheckpointWriter,
    drops_path,
    read_batches,
    stamp_for,
    table_path,
    write_checkpoint,
)
from rocov2.engine.live import live_path, numbers_of, pmcids, read_live, write_live
from rocov2.engine.run import expected_stamps
from rocov2.engine.schema import schema_of, to_rows
from rocov2.engine.selection import block_name, free_name, merged_blocks, order, written_shards
from rocov2.engine.stage import Stage
from rocov2.tables import TABLES, Drop, Selected

Origins = Mapping[str, Mapping[str, pa.StringArray]]
"""New shard -> old shard -> the PMCIDs that come from there."""

_AFTER_PMCID = r"[./].*$"


def foldings(work: Path) -> Origins:
    """Return the shards that the articles that count would be in, had one inventory brought them all.

    A baseline that holds what it would hold anyway is left out; nothing is left where there is nothing to fold.
    """
    live = read_live(live_path(work))
    sizes = {shard: pq.read_metadata(table_path(work, Selected, shard)).num_rows for shard in written_shards(work)}
    taken, found = set(sizes), {}
    for begin, end in merged_blocks(live.numbers):
        numbers, places = live.numbers[begin:end], live.places[begin:end]
        olds = [live.shards[place] for place in np.unique(places).tolist()]
        if len(olds) == 1 and olds[0].startswith("PMC") and sizes[olds[0]] == end - begin:
            continue
        name = free_name(block_name(int(numbers[0]), int(numbers[-1])), taken)
        found[name] = {old: pmcids(numbers[places == live.shards.index(old)]) for old in olds}
    return found


def fold_selection(work: Path, origins: Origins) -> None:
    """Write the selection of the new shards."""
    for shard, olds in origins.items():
        rows = list(_moved(work, Selected, olds))
        stamp = stamp_for({"stage": "selection", "version": 1, "rows": [(row.pmcid, row.etags) for row in rows]})
        write_checkpoint(work, Selected, shard, rows, stamp)


def fold_stage(work: Path, stage: Stage, origins: Origins) -> None:
    """Write a stage's checkpoints of the new shards, as it would have made them."""
    for shard, stamp in expected_stamps(work, stage, origins).items():
        with CheckpointWriter(work, stage.output, shard, stage.transient) as writer:
            for row in _moved(work, stage.output, origins[shard]):
                writer.add(row)
            drops = {drops_path(work, stage.output, old): some for old, some in origins[shard].items()}
            for drop in _gathered(drops, Drop, "key"):
                writer.add(drop)
            writer.commit(stamp)


def commit(work: Path, origins: Origins) -> list[str]:
    """Let the new shards count instead of the old, which nothing names from then on, and return all that count."""
    live = read_live(live_path(work))
    names, places = [*live.shards, *origins], live.places.copy()
    for shard, olds in origins.items():
        for moved in olds.values():
            places[np.searchsorted(live.numbers, numbers_of(moved))] = names.index(shard)
    used, places = np.unique(places, return_inverse=True)
    shards = [names[place] for place in used.tolist()]
    return order(write_live(work, shards, [(live.numbers, places.astype(np.int32))]))


def remove_others(work: Path, shards: Collection[str]) -> int:
    """Remove the checkpoints of shards that do not count, the selection last; return how many shards they were."""
    others: set[str] = set()
    for row_class in reversed(TABLES.values()):
        drops, rows = (place(work, row_class, "_").parent for place in (drops_path, table_path))
        for path in (*drops.glob("[!_.]*.drops.parquet"), *rows.glob("[!_.]*.parquet")):
            shard = path.name.removesuffix(".parquet").removesuffix(".drops")
            if shard not in shards:
                path.unlink()
                others.add(shard)
    return len(others)


def _moved(work: Path, row_class: type, olds: Mapping[str, pa.StringArray]) -> Iterator[Any]:
    """Return the rows of a table that move from the old shards, in the order of PMCIDs."""
    key = schema_of(row_class).names[0]
    return _gathered({table_path(work, row_class, old): some for old, some in olds.items()}, row_class, key)


def _gathered(wanted: Mapping[Path, pa.StringArray], row_class: type, key: str) -> Iterator[Any]:
    found: list[tuple[int, Any]] = []
    for path, some in wanted.items():
        for batch in read_batches(path):
            articles = pc.replace_substring_regex(batch.column(key), _AFTER_PMCID, "")
            mine = pc.is_in(articles, value_set=some)
            numbers = numbers_of(articles.filter(mine)).tolist()
            found += zip(numbers, to_rows(row_class, [batch.filter(mine)]), strict=True)
    yield from (row for _, row in sorted(found, key=lambda pair: pair[0]))
