"""The list of what counts: `selection/_live.parquet`, an article a row with its shard, and in its footer all shards.

Its rename is the commit of a plan and of the shards that the plan wrote.
"""

import filecmp
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rocov2.engine.checkpoint import sync
from rocov2.engine.listing import IntArray, Mask, Places
from rocov2.errors import ConfigError

SHARDS = b"rocov2.shards"


def live_path(work: Path) -> Path:
    """Return the file that says which shard counts for each selected article."""
    return work / "selection" / "_live.parquet"


def standing_list(work: Path) -> Path | None:
    """Return that file, None before the first plan; ConfigError where it cannot be read."""
    path = live_path(work)
    try:
        pq.read_metadata(path)
    except FileNotFoundError:
        return None
    except (OSError, pa.ArrowInvalid) as error:
        raise ConfigError(
            f"{path} is damaged: {error}", "delete it and build again: articles are selected anew, downloads are kept"
        ) from error
    return path


@dataclass(frozen=True)
class LiveList:
    """The list in 12 bytes an article: PMCID numbers, ascending, and for each the place of its shard in `shards`."""

    numbers: IntArray
    places: Places
    shards: tuple[str, ...]

    def counts(self, pmcids: pa.Array | pa.ChunkedArray, shard: str) -> Mask:
        """Whether, for each of the PMCIDs, this shard is the one whose rows of it count."""
        if shard not in self.shards or not len(self.numbers):
            return np.zeros(len(pmcids), bool)
        wanted = numbers_of(pmcids)
        found = np.minimum(np.searchsorted(self.numbers, wanted), len(self.numbers) - 1)
        return np.asarray((self.numbers[found] == wanted) & (self.places[found] == self.shards.index(shard)))


def read_live(path: Path) -> LiveList:
    """Read the list, a batch at a time."""
    with pq.ParquetFile(path) as file:
        shards = file.schema_arrow.metadata[SHARDS].decode().split("\n")
        names = pa.array(shards, pa.string())
        numbers, places = np.empty(file.metadata.num_rows, np.int64), np.empty(file.metadata.num_rows, np.int32)
        end = 0
        for batch in file.iter_batches():
            start, end = end, end + batch.num_rows
            numbers[start:end] = numbers_of(batch.column(0))
            places[start:end] = pc.index_in(batch.column(1), value_set=names).to_numpy()
    return LiveList(numbers, places, tuple(shards))


def live_numbers(work: Path) -> Iterator[IntArray]:
    """Yield the PMCID numbers of the articles that count, ascending and in pieces; nothing before the first plan."""
    path = live_path(work)
    if path.exists():
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=["pmcid"]):
                yield numbers_of(batch.column(0))


def live_rows(work: Path, numbers: IntArray, shards: Sequence[str]) -> tuple[IntArray, Places]:
    """Return which of those articles are in the list, and the place in `shards` of each one's shard."""
    if not len(numbers):
        return np.array([], np.int64), np.array([], np.int32)
    wanted = pmcids(numbers)
    with pq.ParquetFile(live_path(work)) as file:
        found = [batch.filter(pc.is_in(batch.column(0), value_set=wanted)) for batch in file.iter_batches()]
    table = pa.Table.from_batches(found)
    places = pc.index_in(table["shard"], value_set=pa.array(list(shards), pa.string())).to_numpy()
    return numbers_of(table["pmcid"]), places


def committed_shards(work: Path) -> set[str]:
    """Return the shards that a plan lived to commit."""
    path = standing_list(work)
    metadata = (pq.read_schema(path).metadata or {}) if path else {}
    return set(metadata.get(SHARDS, b"").decode().split("\n"))


def write_live(work: Path, names: Sequence[str], pieces: Iterable[tuple[IntArray, Places]]) -> list[str]:
    """Write the list if it changed, and return the shards in it.

    The pieces have, ascending, PMCID numbers and for each the place of its shard in `names`.
    """
    words = pa.array(list(names), pa.string())
    schema = pa.schema([("pmcid", pa.string()), ("shard", pa.string())], {SHARDS: "\n".join(sorted(names))})
    path = live_path(work)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name("._live.part")
    used: set[int] = set()
    with pq.ParquetWriter(part, schema, compression="zstd") as writer:
        for numbers, shards in pieces:
            used.update(np.unique(shards).tolist())
            writer.write_table(pa.table([pmcids(numbers), words.take(pa.array(shards))], schema=schema))
    if path.exists() and filecmp.cmp(path, part, shallow=False):
        part.unlink()
    else:
        sync(part)
        part.replace(path)
        sync(path.parent)
    return [names[shard] for shard in sorted(used)]


def numbers_of(pmcids: pa.Array | pa.ChunkedArray) -> IntArray:
    """Return the number in each PMCID."""
    column: IntArray = pc.cast(pc.utf8_slice_codeunits(pmcids, 3), pa.int64()).to_numpy()
    return column


def pmcids(numbers: IntArray) -> pa.StringArray:
    """Return PMCIDs from their numbers."""
    return pc.binary_join_element_wise("PMC", pc.cast(pa.array(numbers), pa.string()), "")
