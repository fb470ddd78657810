import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rocov2.engine.checkpoint import CheckpointWriter, read_rows, read_stamp, stamp_for, table_path, write_checkpoint
from rocov2.engine.schema import dictionary_of, schema_of, to_batch, to_rows
from rocov2.tables import TABLES, Drop, Sample, Selected

ROWS = [Sample(f"PMC{n}.1/f1", f"PMC{n}.1", f"PMC{n}.1/f1", 1, f"PMC{n}") for n in range(4500)]


def test_rows_come_back_as_they_were(tmp_path):
    write_checkpoint(tmp_path, Sample, "A", ROWS, stamp_for({"stage": "x"}))
    assert list(read_rows(table_path(tmp_path, Sample, "A"), Sample)) == ROWS


def test_row_groups_are_small_so_that_readers_stream(tmp_path):
    write_checkpoint(tmp_path, Sample, "A", ROWS, stamp_for({"stage": "x"}))
    assert pq.ParquetFile(table_path(tmp_path, Sample, "A")).num_row_groups == 3


def test_the_stamp_counts_rows_and_drops_by_reason(tmp_path):
    items = [ROWS[0], Drop("a", "small"), Drop("b", "small"), Drop("c", "blank")]
    write_checkpoint(tmp_path, Sample, "A", items, stamp_for({"stage": "x"}))
    stamp = read_stamp(table_path(tmp_path, Sample, "A"))
    assert (stamp.rows, stamp.drops) == (1, {"small": 2, "blank": 1})


def test_an_empty_table_is_a_checkpoint_too(tmp_path):
    write_checkpoint(tmp_path, Sample, "A", [], stamp_for({"stage": "x"}))
    assert pq.read_schema(table_path(tmp_path, Sample, "A")).remove_metadata() == schema_of(Sample)


def test_a_folder_of_shards_reads_as_one_table_without_the_drops(tmp_path):
    for shard in ("A", "B"):
        write_checkpoint(tmp_path, Sample, shard, [ROWS[0], Drop("a", "b")], stamp_for({"stage": shard}))
    assert pq.read_table(tmp_path / "samples").num_rows == 2


def test_a_row_of_another_table_is_refused(tmp_path):
    with (
        pytest.raises(TypeError, match="Selected among the rows of Sample"),
        CheckpointWriter(tmp_path, Sample, "A") as writer,
    ):
        writer.add(Selected("PMC1", (), (), ""))
    assert not table_path(tmp_path, Sample, "A").exists()


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all" * 9])
def test_an_unreadable_checkpoint_has_no_stamp(tmp_path, content):
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    assert read_stamp(path) is None
    assert read_stamp(tmp_path / "absent.parquet") is None


@pytest.mark.parametrize("row_class", [*TABLES.values(), Drop])
def test_every_column_of_every_table_is_documented(row_class):
    assert all(column["doc"] for column in dictionary_of(row_class))


def test_none_in_a_column_that_forbids_it_is_refused():
    with pytest.raises(ValueError, match="group_id is None in 1 rows"):
        to_batch(Sample, [Sample("a", "b", "c", 1, None)])


def test_lists_come_back_as_tuples():
    row = Selected("PMC1", ("a", "b"), ("c",), "s")
    assert list(to_rows(Selected, [pa.record_batch(to_batch(Selected, [row]))])) == [row]


def test_rows_become_columns_without_pandas_which_comes_when_it_is_wanted():
    script = """
import sys
from rocov2.engine.schema import leave_pandas_out, to_batch
from rocov2.tables import Drop
leave_pandas_out()
batch = to_batch(Drop, [Drop("k", "missing", "")])
assert "pandas" not in sys.modules
assert list(batch.to_pandas()["reason"]) == ["missing"]
import pandas, pyarrow
assert pyarrow.array(pandas.Series([1.0, float("nan")])).null_count == 1
"""
    subprocess.run([sys.executable, "-c", script], check=True)
