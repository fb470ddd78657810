"""What became of articles that were released before: asked of a finished work folder for the release's tombstones."""

from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rocov2.engine.checkpoint import drops_path, table_path
from rocov2.engine.live import live_path
from rocov2.engine.selection import Plan
from rocov2.release.tombstones import GONE, LICENCE, RETRACTED, Fate
from rocov2.tables import TABLES

REASONS = {"retracted": RETRACTED, "licence": LICENCE, "not_open_access": LICENCE, "missing": GONE}
"""Reasons of `crawl` that are a tombstone's."""

DUPLICATES = ("duplicate", "near_duplicate")


def fates_of(work: Path, selection: Plan, ever: Collection[str]) -> dict[str, Fate | None]:
    """Return, of the articles in `ever` (PMCIDs) that are selected or gone, why they left; None where they did not.

    An article that was dropped for a reason that is no tombstone's (a JSON that cannot be read, a fetch that failed) is
    left out: nothing is known of it.
    """
    found: dict[str, Fate | None] = {
        pmcid: Fate(GONE, f"not in the inventories since {stamp}")
        for pmcid, stamp in selection.gone.items()
        if pmcid in set(ever)
    }
    live = pq.read_table(live_path(work), filters=pc.field("pmcid").isin(pa.array(sorted(ever), pa.string())))
    for shard in pc.unique(live["shard"]).to_pylist():
        mine = set(live.filter(pc.equal(live["shard"], shard))["pmcid"].to_pylist())
        kept = pq.read_table(table_path(work, TABLES["articles"], shard), columns=["pmcid"])["pmcid"].to_pylist()
        found.update(dict.fromkeys(mine.intersection(kept)))
        drops = pq.read_table(drops_path(work, TABLES["articles"], shard))
        drops = drops.filter(pc.is_in(drops["reason"], value_set=pa.array(list(REASONS))))
        for row in drops.to_pylist():
            pmcid = row["key"].partition(".")[0]
            if pmcid in mine and pmcid not in kept:
                found[pmcid] = Fate(REASONS[row["reason"]], f"{row['key']}: {row['detail']}")
    return found


def ties_of(work: Path, selection: Plan, ever: Collection[str]) -> list[tuple[str, str]]:
    """Return (PMCID, PMCID of the article that is kept in its place) for look-alikes dropped of articles in `ever`."""
    known, found = set(ever), set()
    for shard in selection.shards:
        drops = pq.read_table(drops_path(work, TABLES["samples"], shard))
        drops = drops.filter(pc.is_in(drops["reason"], value_set=pa.array(DUPLICATES)))
        for figure_id, detail in zip(drops["key"].to_pylist(), drops["detail"].to_pylist(), strict=True):
            pmcid, keeper = figure_id.partition(".")[0], detail.partition(".")[0]
            if pmcid in known and pmcid != keeper:
                found.add((pmcid, keeper))
    return sorted(found)
