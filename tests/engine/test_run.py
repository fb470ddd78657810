import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pyarrow.parquet as pq
import pytest

from rocov2.engine.checkpoint import drops_path, read_stamp, table_path
from rocov2.engine.executors import open_executor
from rocov2.engine.progress import Progress
from rocov2.engine.run import Workshop, run_stages, stale_shards
from rocov2.errors import ConfigError
from rocov2.tables import Candidate, Sample
from tests.conftest import REPO
from tests.engine import toy


def run(work, stages, shards=("A", "B"), retry=False):
    with ThreadPoolExecutor(1) as executor:
        return run_stages(Workshop(work, shards, executor, retry), stages, Progress(work, "off"))


@pytest.fixture
def work(tmp_path):
    toy.select(tmp_path, A=range(1, 5), B=range(5, 9))
    return tmp_path


def test_every_row_is_yielded_or_dropped_with_a_reason(work):
    run(work, toy.stages(least=3))
    drops = pq.read_table(drops_path(work, Candidate, "A")).to_pylist()
    assert drops == [{"key": f"PMC{n}", "reason": "too_low", "detail": "under 3"} for n in (1, 2)]
    assert pq.read_table(table_path(work, Candidate, "A")).num_rows == 2


def test_a_second_run_does_nothing(work):
    assert len(run(work, toy.stages()).tasks) == 4
    assert run(work, toy.stages()).tasks == []


def test_a_changed_parameter_makes_its_stage_and_what_follows_stale(work):
    run(work, toy.stages())
    first, _ = toy.stages(least=2)
    assert sorted(stale_shards(work, first, ["A", "B"])) == ["A", "B"]


def test_a_corpus_stage_keeps_the_fingerprint_of_a_shard_that_did_not_change(work):
    run(work, toy.stages())
    before = {shard: read_stamp(table_path(work, Sample, shard)).fingerprint for shard in "AB"}
    run(work, toy.stages(least=2))
    after = {shard: read_stamp(table_path(work, Sample, shard)).fingerprint for shard in "AB"}
    assert before["A"] != after["A"]
    assert before["B"] == after["B"]


def test_a_failed_shard_spares_the_others_and_stops_before_the_corpus(work):
    report = run(work, toy.stages(fail_on="PMC2"))
    assert [(task.shard, bool(task.error)) for task in report.tasks] == [("A", True), ("B", False)]
    assert "this row breaks the stage" in report.failures[0].trace
    assert not table_path(work, Candidate, "A").exists()
    assert not (work / "samples").exists()


def test_nothing_unfinished_is_left_where_a_stage_failed(work):
    run(work, toy.stages(fail_on="PMC2"))
    assert [path for path in (work / "candidates").rglob("*") if path.name.endswith(".part")] == []


def test_retry_takes_up_transient_drops_only(work):
    run(work, toy.stages(least=3))
    assert [task.shard for task in run(work, toy.stages(least=3), retry=True).tasks if task.stage == "toy"] == ["A"]


def test_a_checkpoint_without_its_drops_is_stale(work):
    run(work, toy.stages())
    drops_path(work, Candidate, "B").unlink()
    assert list(stale_shards(work, toy.stages()[0], ["A", "B"])) == ["B"]


def test_a_damaged_checkpoint_is_made_again(work):
    run(work, toy.stages())
    path = table_path(work, Candidate, "A")
    good = path.read_bytes()
    path.write_bytes(good[:-20])
    run(work, toy.stages())
    assert path.read_bytes() == good


@pytest.mark.parametrize(("kind", "workers"), [("threads", 2), ("processes", 2), ("processes", 1), ("dask", 2)])
def test_each_executor_writes_the_same_bytes(tmp_path, kind, workers):
    written = []
    for name, chosen, count in (("one", "threads", 1), ("other", kind, workers)):
        work = tmp_path / name
        toy.select(work, A=range(1, 5), B=range(5, 9))
        with open_executor(chosen, count) as executor:
            run_stages(Workshop(work, ("A", "B"), executor), toy.stages(), Progress(work, "off"))
        written.append({p.relative_to(work): p.read_bytes() for p in sorted(work.rglob("*.parquet"))})
    assert written[0] == written[1]
    assert len(written[0]) == 12


@pytest.mark.parametrize("depth", [0, 12])
def test_processes_start_wherever_temporary_files_are(tmp_path, depth):
    folder = tmp_path.joinpath(*["deep-down"] * depth)
    folder.mkdir(parents=True, exist_ok=True)
    script = """
from rocov2.engine.executors import open_executor
if __name__ == "__main__":
    with open_executor("processes", 2) as executor:
        print(sum(executor.map(abs, [-1, -2])))
"""
    environment = os.environ | {"TMPDIR": str(folder), "PYTHONPATH": str(REPO)}
    (tmp_path / "script.py").write_text(script)
    words = [sys.executable, str(tmp_path / "script.py")]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_a_cluster_that_does_not_answer_is_a_matter_of_configuration():
    pytest.importorskip("distributed")
    with pytest.raises(ConfigError, match="no dask scheduler answers at nowhere"), open_executor("dask", 1, "nowhere"):
        pass
