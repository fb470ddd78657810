"""Which shard holds what: immutable shards of selected articles, and the list of those that count now.

The first selection is cut into baseline shards: blocks of 10,000 PMCIDs, small neighbours merged until
they hold enough articles. A shard never changes once it is written. What is new or changed later goes into
shards of its own, and the latest shard that has an article is the one that counts. A later inventory that brings no
news adds an empty shard, which tells that it was taken. It stays out of the list, so that no stage has work by it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from rocov2.engine.absence import absent_now, read_absence, write_absence
from rocov2.engine.checkpoint import stamp_for, table_path, write_checkpoint
from rocov2.engine.compare import compare
from rocov2.engine.listing import VERSION_BITS, IntArray, Listing, Mask, Places, lowest
from rocov2.engine.live import committed_shards, live_path, live_rows, standing_list, write_live
from rocov2.errors import ConfigError
from rocov2.tables import Selected

BLOCK = 10_000
ENOUGH = 500
DELTA_MOST = 10_000
CHUNK = 500_000


@dataclass(frozen=True)
class Plan:
    """The shards that have something to say about the present selection, in order, and what is in them.

    `news` counts the articles that the inventory made `new`, `changed`, `missing` (not listed this once, and kept), and
    `gone` (not listed twice, and left out); `gone` names all that are so by now, with the first inventory without them.
    """

    shards: tuple[str, ...]
    articles: int
    live_path: Path
    news: dict[str, int] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)


def plan_selection(work: Path, listing: Listing, wanted: IntArray | None = None, limit: int | None = None) -> Plan:
    """Write shards for the articles that no shard has as they are now, and the list of those that count.

    `listing` is the whole present selection, already cut to `wanted` and `limit`, which say whether an article that it
    lacks would be in it. The work folder's shards are only added to. SourceError for an inventory older than the last.
    """
    _forget_unfinished(work)
    is_later = listing.stamp != read_absence(work).stamp
    absence = absent_now(work, listing, wanted, limit)
    missing = np.array(absence.kept, np.int64)
    if limit:
        listing = lowest(listing, limit, missing)
        missing = missing[: limit - len(listing.first)]
    written = written_shards(work)
    names = [shard for shard in written if not _is_empty(work, shard)]
    shard_of, is_same = compare(work, names, listing)
    stale = listing.first[~is_same[listing.first]]
    is_known = shard_of[stale] >= 0
    if names and is_later and not len(stale) and listing.stamp[:10] not in written:
        _write(work, listing.stamp[:10], [])
    for shard, starts in cut(listing, stale, is_known, set(written)):
        _write(work, shard, list(listing.rows(starts)))
        shard_of[starts] = len(names)
        names.append(shard)
    write_absence(work, absence)
    live = write_live(work, names, _pieces(listing, shard_of, live_rows(work, missing, names)))
    changed = int(is_known.sum())
    news = {"new": len(stale) - changed, "changed": changed, "missing": len(missing), "gone": len(absence.left)}
    return Plan(tuple(order(live)), len(listing.first) + len(missing), live_path(work), news, absence.gone())


def _write(work: Path, shard: str, rows: list[Selected]) -> None:
    stamp = stamp_for({"stage": "selection", "version": 1, "rows": [(row.pmcid, row.etags) for row in rows]})
    write_checkpoint(work, Selected, shard, rows, stamp)


def _is_empty(work: Path, shard: str) -> bool:
    return int(pq.read_metadata(table_path(work, Selected, shard)).num_rows) == 0


def cut(listing: Listing, stale: Places, is_known: Mask, taken: set[str]) -> Iterator[tuple[str, Places]]:
    """Yield (shard name, its articles): one delta for a small change to an existing work folder, else baseline blocks.

    Articles that a shard has already (`is_known`) are for deltas only, which overrule baselines whatever their names.
    """
    if taken and len(stale) <= DELTA_MOST:
        is_known = np.ones(len(stale), bool)
    changed, new = stale[is_known], stale[~is_known]
    for first in range(0, len(changed), DELTA_MOST):
        yield free_name(listing.stamp[:10], taken), changed[first : first + DELTA_MOST]
    numbers = listing.keys[new] >> VERSION_BITS
    for first, last in merged_blocks(numbers):
        yield free_name(block_name(int(numbers[first]), int(numbers[last - 1])), taken), new[first:last]


def merged_blocks(numbers: IntArray) -> Iterator[tuple[int, int]]:
    """Cut sorted PMCID numbers where a block of 10,000 ends and enough articles have come together.

    Yields the position of the first and the one past the last of each piece.
    """
    blocks = numbers // BLOCK
    begin = 0
    for end in (np.flatnonzero(blocks[1:] != blocks[:-1]) + 1).tolist():
        if end - begin >= ENOUGH:
            yield begin, end
            begin = end
    if len(numbers):
        yield begin, len(numbers)


def block_name(first: int, last: int) -> str:
    """Return `PMC1000xxxx`, or `PMC1000xxxx-PMC1043xxxx` for merged blocks, of the first and last PMCID number."""
    names = [f"PMC{number // BLOCK:04}xxxx" for number in (first, last)]
    return names[0] if names[0] == names[1] else "-".join(names)


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


def _pieces(listing: Listing, shard_of: Places, kept: tuple[IntArray, Places]) -> Iterator[tuple[IntArray, Places]]:
    """Yield PMCID numbers and the places of their shards, piece by piece; `kept`, for a first absence, among them."""
    kept_numbers, kept_shards = kept
    bounds = [*range(0, max(len(listing.first), 1), CHUNK), len(listing.first)]
    for start, end in pairwise(bounds):
        some = listing.first[start:end]
        numbers, shards = listing.keys[some] >> VERSION_BITS, shard_of[some]
        is_here = (kept_numbers <= numbers[-1]) if end < len(listing.first) else np.ones(len(kept_numbers), bool)
        numbers, shards = np.append(numbers, kept_numbers[is_here]), np.append(shards, kept_shards[is_here])
        by_number = np.argsort(numbers)
        yield numbers[by_number], shards[by_number]
        kept_numbers, kept_shards = kept_numbers[~is_here], kept_shards[~is_here]


def _forget_unfinished(work: Path) -> None:
    """Remove shards that a plan wrote and did not live to commit, so that the next plan cuts as it would have."""
    committed = committed_shards(work)
    for shard in written_shards(work):
        if shard not in committed and not _is_empty(work, shard):
            table_path(work, Selected, shard).unlink()


def standing_plan(work: Path) -> Plan:
    """Return the last plan as the work folder has it, without its news; ConfigError when there was none."""
    if standing_list(work) is None:
        raise ConfigError(f"no articles were selected in {work}", "run rocov2 build")
    articles = pq.read_metadata(live_path(work)).num_rows
    return Plan(tuple(live_shards(work)), articles, live_path(work), {}, read_absence(work).gone())


def live_shards(work: Path) -> list[str]:
    """Return the shards that count for the present selection, in order; none before the first plan."""
    path = standing_list(work)
    return order(set(pq.read_table(path, columns=["shard"])["shard"].to_pylist())) if path else []
