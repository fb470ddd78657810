"""Listings from rows written by hand."""

import pyarrow as pa

from rocov2.engine.listing import read_listing


def listing(rows, stamp=None):
    """Return the listing of `Selected` rows; its stamp is the newest of theirs."""
    flat = [
        (int(row.pmcid[3:]), key, etag) for row in rows for key, etag in zip(row.metadata_keys, row.etags, strict=True)
    ]
    columns = {
        "number": pa.array([number for number, _, _ in flat], pa.int64()),
        "version": pa.array([int(key.split(".")[1]) for _, key, _ in flat], pa.int64()),
        "etag": pa.array([etag for _, _, etag in flat], pa.string()),
    }
    return read_listing([pa.RecordBatch.from_pydict(columns)], stamp or max(row.stamp for row in rows))
