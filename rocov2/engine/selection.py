"""Which shard holds what: immutable shards of selected articles, and the list of those that count now.

The first selection is cut into baseline shards: blocks of 10,000 PMCIDs, small neighbours merged until
they hold enough articles. A shard never changes once it is written. What is new or changed later goes into
shards of its own, and the latest shard that has an article is the one that counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rocov2.engine.checkpoint import read_rows, stamp_for, sync, table_path, write_checkpoint
from rocov2.tables import Selected

BLOCK = 10_000
ENOUGH = 500
DELTA_MOST = 10_000
SHARDS = b"rocov2.shards"


@dataclass(frozen=True)
class Plan:
    """The shards that have something to say about the present selection, in order, and what is in them."""

    shards: tuple[str, ...]
    articles: int
    live_path: Path


def live_path(work: Path) -> Path:
    """Return the file that says which shard counts for each selected article."""
    return work / "selection" / "_live.parquet"


def plan_selection(work: Path, selected: Iterable[Selected]) -> Plan:
    """Write shards for the articles that no shard has as they are now, and the list of those that count.

    `selected` is the whole present selection; the work folder's shards are only added to.
    """
    _forget_unfinished(work)
    now = {row.pmcid: row for row in selected}
    shard_of: dict[str, str] = {}
    etags_of: dict[str, tuple[str, ...]] = {}
    for shard in written_shards(work):
        for row in read_rows(table_path(work, Selected, shard), Selected):
            if row.pmcid in now:
                shard_of[row.pmcid], etags_of[row.pmcid] = shard, row.etags
    fresh = [row for row in now.values() if etags_of.get(row.pmcid) != row.etags]
    for shard, rows in cut(sorted(fresh, key=number), set(written_shards(work))):
        stamp = stamp_for({"stage": "selection", "version": 1, "rows": [(row.pmcid, row.etags) for row in rows]})
        write_checkpoint(work, Selected, shard, rows, stamp)
        shard_of.update((row.pmcid, shard) for row in rows)
    _write_live(work, shard_of)
    return Plan(tuple(order(set(shard_of.values()))), len(now), live_path(work))


def number(row: Selected) -> int:
    """Return the number in a PMCID."""
    return int(row.pmcid[3:])


def cut(rows: Sequence[Selected], taken: set[str]) -> Iterator[tuple[str, list[Selected]]]:
    """Yield (shard name, rows): one delta for a small change to an existing work folder, else baseline blocks."""
    if not rows:
        return
    if taken and len(rows) <= DELTA_MOST:
        yield free_name(max(row.stamp for row in rows)[:10], taken), list(rows)
        return
    for name, some in merged_blocks(rows):
        yield free_name(name, taken), some


def merged_blocks(rows: Sequence[Selected]) -> Iterator[tuple[str, list[Selected]]]:
    """Cut rows, sorted by PMCID, where a block of 10,000 PMCIDs ends and enough articles have come together."""
    pending: list[Selected] = []
    for row in rows:
        if len(pending) >= ENOUGH and number(row) // BLOCK != number(pending[-1]) // BLOCK:
            yield block_name(pending), pending
            pending = []
        pending.append(row)
    yield block_name(pending), pending


def block_name(rows: Sequence[Selected]) -> str:
    """Return `PMC1000xxxx`, or `PMC1000xxxx-PMC1043xxxx` for merged blocks."""
    first, last = (f"PMC{number(row) // BLOCK:04}xxxx" for row in (rows[0], rows[-1]))
    return first if first == last else f"{first}-{last}"


def free_name(name: str, taken: set[str]) -> str:
    """Return the name, with `.2`, `.3` ... when a shard has it already; the name counts as taken from now on."""
    free, serial = name, 1
    while free in taken:
        serial += 1
        free = f"{name}.{serial}"
    taken.add(free)
    return free


def written_shards(work: Path) -> list[str]:
    """Return the shards of the work folder, oldest first: the order in which they overrule one another."""
    return order(path.stem for path in (work / "selection").glob("[!_.]*.parquet"))


def order(shards: Iterable[str]) -> list[str]:
    """Sort shards: first baselines, then what was added to them, then deltas by date."""
    return sorted(shards, key=_age)


def _age(shard: str) -> tuple[bool, int, str]:
    name, _, serial = shard.partition(".")
    generation = int(serial) if serial.isdigit() else 1
    is_delta = not name.startswith("PMC")
    return (is_delta, 0 if is_delta else generation, f"{name}.{generation:06}")


def _write_live(work: Path, shard_of: dict[str, str]) -> None:
    """Write the list when it changed: the rename that commits a plan and the shards it wrote."""
    pmcids = sorted(shard_of)
    table = pa.table({"pmcid": pmcids, "shard": [shard_of[pmcid] for pmcid in pmcids]})
    table = table.replace_schema_metadata({SHARDS: "\n".join(written_shards(work))})
    path = live_path(work)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name("._live.part")
    pq.write_table(table, part, compression="zstd")
    if path.exists() and path.read_bytes() == part.read_bytes():
        part.unlink()
        return
    sync(part)
    part.replace(path)


def _forget_unfinished(work: Path) -> None:
    """Remove shards that a plan wrote and did not live to commit, so that the next plan cuts as it would have."""
    path = live_path(work)
    metadata = (pq.read_schema(path).metadata or {}) if path.exists() else {}
    committed = set(metadata.get(SHARDS, b"").decode().split("\n"))
    for shard in written_shards(work):
        if shard not in committed:
            table_path(work, Selected, shard).unlink()


def live_shards(work: Path) -> list[str]:
    """Return the shards that count for the present selection, in order; none before the first plan."""
    path = live_path(work)
    return order(set(pq.read_table(path, columns=["shard"])["shard"].to_pylist())) if path.exists() else []
