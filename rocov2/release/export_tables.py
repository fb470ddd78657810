"""Parquet exports: every column of samples.parquet and the image's bytes, in shards; plain, or as `datasets` has it."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rocov2.release.export_output import Job
from rocov2.release.export_source import Shard
from rocov2.release.rows import SAMPLES_SCHEMA, SPLITS

KEPT = tuple(name for name in SAMPLES_SCHEMA.names if name != "file")
"""Columns that exports carry: all but the image's path inside the release, which each format has its own way to say."""

IMAGE_STRUCT = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
_DTYPES = {pa.string(): "string", pa.int64(): "int64", pa.float64(): "float64"}


def write_parquet_export(job: Job) -> None:
    """`data/{split}-00000-of-00007.parquet`, the image's bytes as the binary column `image`."""
    schema = pa.schema([pa.field("image", pa.binary(), nullable=False), *(SAMPLES_SCHEMA.field(n) for n in KEPT)])
    _write_shards(job, schema)


def write_hf(job: Job) -> None:
    """`data/{split}-00000-of-00007.parquet`, the image as the struct and with the features that `datasets` knows."""
    schema = pa.schema([pa.field("image", IMAGE_STRUCT), *(SAMPLES_SCHEMA.field(n) for n in KEPT)])
    head = json.dumps({"info": {"features": features()}})
    _write_shards(job, schema.with_metadata({"huggingface": head}))


def features() -> dict[str, Any]:
    """The `datasets` features of the table, as its Parquet metadata words them."""
    return {"image": {"_type": "Image"}, **{name: _feature(SAMPLES_SCHEMA.field(name).type) for name in KEPT}}


def shard_name(job: Job, shard: Shard) -> str:
    """`validation-00000-of-00002`, as hubs name shards."""
    return f"{job.names[shard.split]}-{shard.number:05}-of-{shard.count:05}"


def sizes(job: Job) -> dict[str, dict[str, int]]:
    """Of each split that has rows: examples, uncompressed bytes of its Parquet pages, bytes of its files."""
    found: dict[str, dict[str, int]] = {}
    for split in SPLITS:
        names = [n for n in sorted(job.output.files) if n.split("/")[-1].startswith(f"{job.names[split]}-")]
        footers = [pq.read_metadata(job.output.folder / name) for name in names if name.endswith(".parquet")]
        if footers:
            raw = sum(m.row_group(g).total_byte_size for m in footers for g in range(m.num_row_groups))
            size = sum(job.output.files[name]["size_bytes"] for name in names)
            found[job.names[split]] = {
                "num_examples": sum(m.num_rows for m in footers),
                "num_bytes": raw,
                "file_bytes": size,
            }
    return found


def _feature(kind: pa.DataType) -> dict[str, Any]:
    """`Sequence` is the word that old and new versions of `datasets` both read."""
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "Sequence"}
    return {"dtype": _DTYPES[kind], "_type": "Value"}


def _write_shards(job: Job, schema: pa.Schema) -> None:
    for shard in job.release.shards(job.settings.shard_bytes):
        name = f"data/{shard_name(job, shard)}.parquet"
        if job.output.is_whole(name):
            job.advance(shard.rows)
            continue
        with job.output.part(name) as part:
            _write_shard(job, shard, schema, part)


def _write_shard(job: Job, shard: Shard, schema: pa.Schema, path: Path) -> None:
    """One row group for every table; image bytes are neither compressed again nor given statistics."""
    plain = [_leaf(schema.field(name)) for name in KEPT]
    compression = {**dict.fromkeys(plain, "zstd"), **dict.fromkeys(_image_leaves(schema), "none")}
    options: dict[str, Any] = {"version": "2.6", "use_dictionary": plain, "write_statistics": plain}
    with pq.ParquetWriter(path, schema, compression=compression, **options) as writer:
        for table in job.release.tables(shard):
            rows = table.select(["file", "sha256"]).to_pylist()
            contents = [job.release.image(row) for row in rows]
            columns = [_image_column(schema, contents, rows), *(table[name] for name in KEPT)]
            writer.write_table(pa.table(columns, schema=schema), row_group_size=table.num_rows)
            job.advance(table.num_rows)


def _image_column(schema: pa.Schema, contents: list[bytes], rows: list[dict[str, str]]) -> pa.Array:
    if schema.field("image").type == pa.binary():
        return pa.array(contents, pa.binary())
    names = [row["file"].split("/")[-1] for row in rows]
    return pa.StructArray.from_arrays(
        [pa.array(contents, pa.binary()), pa.array(names, pa.string())], fields=IMAGE_STRUCT
    )


def _leaf(column: pa.Field) -> str:
    return f"{column.name}.list.element" if pa.types.is_list(column.type) else str(column.name)


def _image_leaves(schema: pa.Schema) -> list[str]:
    return ["image"] if schema.field("image").type == pa.binary() else ["image.bytes", "image.path"]
