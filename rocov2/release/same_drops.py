"""The drops of a release whose shards were folded since: the same rows, in the shards and the order of the release."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rocov2.release.assemble import STAGE

_TOLD = ("key", "reason", "detail", "stage")


def as_released(path: Path, standing: Callable[[], Iterable[pa.Table]]) -> Iterator[pa.Table]:
    """Yield the drops of all stages, those of the release itself left out, as the `drops.parquet` at `path` has them.

    It is believed if it has the rows of `standing()`, but for the shard and the order; else those are yielded. Memory
    does not grow with the number of rows.
    """
    try:
        same = _sum_of(_of_stages(path)) == _sum_of(standing())
    except (OSError, pa.ArrowException):
        same = False
    yield from _of_stages(path) if same else standing()


def _of_stages(path: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            table = file.read_row_group(number)
            yield table.filter(pc.not_equal(table["stage"], STAGE))


def _sum_of(tables: Iterable[pa.Table]) -> int:
    """Return the sum of the rows' digests, which is the same in any order."""
    total = 0
    for table in tables:
        for row in zip(*(table[name].to_pylist() for name in _TOLD), strict=True):
            total += int.from_bytes(hashlib.sha256(repr(row).encode("utf-8", "replace")).digest())
    return total
