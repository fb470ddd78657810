"""Read every checkpoint of a work folder again, to find those that cannot be read or lack rows that they state."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from rocov2.engine.checkpoint import drops_path, read_batches, read_stamp, table_path
from rocov2.engine.live import standing_list
from rocov2.errors import ConfigError
from rocov2.tables import TABLES


def damaged_checkpoints(work: Path) -> Iterator[str]:
    """Yield a sentence for each checkpoint, or drops beside one, that is damaged. Every page is read and unpacked.

    A page carries the checksum of its compression (zstd's frames), not one of ours.
    """
    try:
        standing_list(work)
    except ConfigError as error:
        yield error.message
    for row_class in TABLES.values():
        folder = table_path(work, row_class, "_").parent
        for path in sorted(folder.glob("[!_.]*.parquet")):
            stamp = read_stamp(path)
            if stamp is None:
                yield f"{path}: no checkpoint that can be read"
                continue
            yield from _faults(path, stamp.rows)
            yield from _faults(drops_path(work, row_class, path.stem), sum(stamp.drops.values()))


def _faults(path: Path, expected: int) -> Iterator[str]:
    try:
        rows = sum(batch.num_rows for batch in read_batches(path))
    except (OSError, pa.ArrowException) as error:
        yield f"{path}: damaged ({str(error).splitlines()[0][:100]})"
        return
    if rows != expected:
        yield f"{path}: {rows} rows instead of {expected}"
