"""What a finished work folder holds for a release: the tables cut to its samples, what stages kept and dropped."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rocov2.cli.departures import fates_of, ties_of
from rocov2.cli.pipeline import Blueprint
from rocov2.concepts.curated import frequent_cuis
from rocov2.concepts.overrides import DROP_IMAGE
from rocov2.engine.checkpoint import drops_path, read_stamp, table_path
from rocov2.engine.live import LiveList, read_live
from rocov2.engine.schema import schema_of
from rocov2.engine.selection import Plan
from rocov2.release.assemble import COLUMNS, ReleaseTables
from rocov2.release.funnel import History
from rocov2.release.rows import DROPS_SCHEMA
from rocov2.tables import TABLES, Concept, Selected

_AFTER_PMCID = r"[./].*$"


def history_of(plan: Blueprint, selection: Plan, rare: pa.Table, ever: Collection[str]) -> History:
    """Return what the stages did, and what became of the articles that were `ever` released (PMCIDs)."""
    fates, ties = fates_of(plan.work, selection, ever), ties_of(plan.work, selection, ever)
    kept, drops = kept_rows(plan, selection), all_drops(plan, selection, rare)
    return History(kept, drops, fates, ties, fingerprints(plan, selection.shards))


def fingerprints(plan: Blueprint, shards: Iterable[str]) -> dict[str, str]:
    """Return the fingerprint of every checkpoint of these shards by `stage shard`; empty where none can be read."""
    found = {}
    for stage in plan.stages:
        for shard in shards:
            made = read_stamp(table_path(plan.work, stage.output, shard))
            found[f"{stage.name} {shard}"] = made.fingerprint if made else ""
    return found


def gather(plan: Blueprint, selection: Plan) -> tuple[ReleaseTables, pa.Table]:
    """Return the tables of the release, cut shard by shard to what belongs to a sample, and the rare concepts cut."""
    parts: dict[str, list[pa.Table]] = {name: [] for name in COLUMNS}
    for shard in selection.shards:
        samples = pq.read_table(table_path(plan.work, TABLES["samples"], shard))
        for name, columns in COLUMNS.items():
            table = pq.read_table(table_path(plan.work, TABLES[name], shard), columns=list(columns))
            key = "article_id" if name == "articles" else "figure_id"
            parts[name].append(table.filter(pc.is_in(table[key], value_set=samples[key].combine_chunks())))
    tables = {name: pa.concat_tables(some) for name, some in parts.items()}
    kept_out = pc.is_in(tables["captions"]["figure_id"], value_set=unwanted_figures(plan, selection))
    tables["captions"] = tables["captions"].filter(pc.invert(kept_out))
    tables["concepts"], rare = without_rare(tables["concepts"], least_images(plan))
    return ReleaseTables(**tables), rare


def unwanted_figures(plan: Blueprint, selection: Plan) -> pa.Array:
    """Return the figures that a curator's rule keeps out of the release; `curate` has dropped them by that reason."""
    found: set[str] = set()
    for shard in selection.shards:
        drops = pq.read_table(drops_path(plan.work, Concept, shard), filters=[("reason", "=", DROP_IMAGE)])
        found.update(drops["key"].to_pylist())
    return pa.array(sorted(found), pa.string())


def least_images(plan: Blueprint) -> int:
    """Return the least number of images of a linked concept (rule 5 of the published files: 10)."""
    least = plan.release.min_concept_images
    curate = plan.stages[-1].params
    return least if least >= 0 else 10 if curate.preset == "published" else 0


def without_rare(concepts: pa.Table, least: int) -> tuple[pa.Table, pa.Table]:
    """Return the concepts without linked ones of fewer than `least` images, and a drop for each CUI cut."""
    linked = pc.and_(pc.equal(concepts["kind"], "concept"), pc.equal(concepts["origin"], "linker"))
    pairs = concepts.filter(linked).select(["figure_id", "cui"]).group_by(["figure_id", "cui"]).aggregate([])
    frequent = frequent_cuis(([cui] for cui in pairs["cui"].to_pylist()), least)
    cut = pc.and_(linked, pc.invert(pc.is_in(concepts["cui"], value_set=pa.array(sorted(frequent), pa.string()))))
    rare = sorted(set(concepts.filter(cut)["cui"].to_pylist()))
    rows = [
        {"key": c, "reason": "rare_concept", "detail": f"fewer than {least} images", "stage": "release", "shard": ""}
        for c in rare
    ]
    return concepts.filter(pc.invert(cut)), drops_table(rows)


def drops_table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows as a table of released drops."""
    return pa.table({name: [row.get(name, "") for row in rows] for name in DROPS_SCHEMA.names}, schema=DROPS_SCHEMA)


def kept_rows(plan: Blueprint, selection: Plan) -> dict[str, int]:
    """Return the rows that each stage kept, of articles that count in the shard they are in."""
    live, kept = read_live(selection.live_path), {}
    for stage in plan.stages:
        key = schema_of(stage.output).names[0]
        paths = {shard: table_path(plan.work, stage.output, shard) for shard in selection.shards}
        kept[stage.name] = sum(
            only_live(pq.read_table(path, columns=[key]), live, shard).num_rows
            if has_dead_rows(plan.work, live, shard)
            else pq.read_metadata(path).num_rows
            for shard, path in paths.items()
        )
    return kept


def has_dead_rows(work: Path, live: LiveList, shard: str) -> bool:
    """Say whether a shard holds articles that a later shard holds anew, or that are gone."""
    counting = int(np.count_nonzero(live.places == live.shards.index(shard))) if shard in live.shards else 0
    return counting != int(pq.read_metadata(table_path(work, Selected, shard)).num_rows)


def only_live(table: pa.Table, live: LiveList, shard: str) -> pa.Table:
    """Cut rows, or drops, of a shard to the articles that count there; the first column tells whose they are."""
    return table.filter(pa.array(live.counts(pc.replace_substring_regex(table[0], _AFTER_PMCID, ""), shard)))


def all_drops(plan: Blueprint, selection: Plan, rare: pa.Table) -> Iterator[pa.Table]:
    """Yield the drops of every stage and shard as tables of released drops, one at a time: of articles that count."""
    live = read_live(selection.live_path)
    for stage in plan.stages:
        for shard in selection.shards:
            table = pq.read_table(drops_path(plan.work, stage.output, shard))
            if has_dead_rows(plan.work, live, shard):
                table = only_live(table, live, shard)
            more = {"stage": stage.name, "shard": shard}
            for name, value in more.items():
                table = table.append_column(name, pa.array([value] * table.num_rows, pa.string()))
            yield table.select(DROPS_SCHEMA.names).cast(DROPS_SCHEMA)
    yield rare
