"""Hold a listing to the shards that stand in a work folder: which shard has each article, and whether as it is now."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rocov2.engine.checkpoint import table_path
from rocov2.engine.listing import IntArray, Listing, Mask, packed
from rocov2.engine.live import numbers_of
from rocov2.tables import Selected


def compare(work: Path, shards: Sequence[str], listing: Listing) -> tuple[npt.NDArray[np.int32], Mask]:
    """Return, by position in the listing, the number of the latest shard that has the article (-1: none), and
    whether its ETags are the same there. Only the positions of first versions mean something.

    Shards are read oldest first, the next one while one is compared.
    """
    shard_of = np.full(len(listing.keys), -1, np.int32)
    is_same = np.zeros(len(listing.keys), bool)
    for number, table in enumerate(_tables(work, shards)):
        starts, same = _compared(listing, numbers_of(table["pmcid"]), table["etags"].combine_chunks())
        shard_of[starts] = number
        is_same[starts] = same
    return shard_of, is_same


def _tables(work: Path, shards: Sequence[str]) -> Iterator[pa.Table]:
    """Yield what each shard selected; two are in memory at the most."""
    columns = ["pmcid", "etags"]
    coming: deque[Future[pa.Table]] = deque()
    with ThreadPoolExecutor(1) as pool:
        for shard in shards:
            coming.append(pool.submit(pq.read_table, table_path(work, Selected, shard), columns=columns))
            if len(coming) > 1:
                yield coming.popleft().result()
        for last in coming:
            yield last.result()


def _compared(listing: Listing, numbers: IntArray, etags: pa.ListArray) -> tuple[IntArray, Mask]:
    """Return the positions of those articles of a shard that are listed, and whether all their ETags are the same."""
    starts, ends = listing.span(numbers)
    is_listed = ends > starts
    counts = pc.list_value_length(etags).to_numpy(zero_copy_only=False)
    has_as_many = (ends - starts) == counts
    odd: dict[tuple[int, int], str] = {}
    high, low = packed(pc.list_flatten(etags), odd)
    begins = np.cumsum(counts) - counts
    article = np.repeat(np.arange(len(numbers)), counts)
    place = np.where(has_as_many, starts, 0)[article] + np.arange(len(article)) - begins[article]
    place = np.where(has_as_many[article], place, 0)
    differs = (
        (listing.high[place] != high) | (listing.low[place] != low) if len(listing.keys) else np.ones(len(article))
    )
    is_same = has_as_many & (np.bincount(article, differs, len(numbers)) == 0)
    return starts[is_listed], is_same[is_listed]
