import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.conftest import REPO
from tests.pipeline.runs import command, environment, places, rocov2


def commands():
    return re.findall(r"^  (\w+)  ", rocov2("--help").partition("Commands:")[2], re.MULTILINE)


def test_every_command_is_in_the_readme():
    readme = (REPO / "README.md").read_text()
    assert [name for name in commands() if f"`rocov2 {name}`" not in readme] == []
    assert len(commands()) >= 5


@pytest.mark.parametrize("words", [(), ("fetch",), ("evaluate",), ("vocabulary",)])
def test_help_tells_of_each_command_in_a_whole_sentence(words):
    told = rocov2(*words, "--help").partition("Commands:")[2]
    assert "\n" in told.strip()
    assert not re.search(r"\.\.\.$", told, re.MULTILINE)


def test_nothing_configured_says_what_to_choose_and_exits_2(tmp_path):
    said = rocov2("build", code=2, cwd=tmp_path)
    assert "--source sample" in said
    assert "pmc" in said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["-p", "filter.max_compund_score=1"], 3, "did you mean filter.max_compound_score"),
        (["-p", "filtre.min_side_px=1"], 3, "did you mean filter.min_side_px"),
        (["-p", "filter.min_side_px=small"], 3, "is not of the type int"),
        (["-p", "link.model=en_core_sci_sm"], 3, "the backend dictionary reads no model"),
        (["-p", "link.backend=scispacey"], 3, "Did you mean scispacy"),
        (["-p", "link.second_pass=1.5"], 3, "second_pass 1.5 is no score"),
        (["-p", "release.split=stratify"], 3, "choose one of hash, stratified, date"),
        (["-p", "release.train_share=1.2"], 3, "are not a split of 1"),
        (["-p", "release.pin=absent.csv"], 3, "release.pin: cannot read absent.csv"),
        (["-p", "release.split=date", "-p", "release.valid_from=2018"], 3, "no bounds of a split by date"),
        (["-p", "curate.allowed_types=T47"], 3, "Did you mean T047"),
        (["--umls", "."], 3, "no MRCONSO.RRF"),
        (["-p", "nonsense"], 2, "-p stage.name=value"),
        (["--preset", "opn"], 2, "did you mean open"),
        (["--ids", "absent.txt"], 2, "--ids"),
        (["--config", "absent.toml"], 3, "absent.toml"),
        (["--umls", "absent"], 3, "--umls"),
        (["--workers", "0"], 2, "workers"),
        (["--release", b"b\xff".decode(errors="surrogateescape")], 2, "no UTF-8"),
        (["--since", "2024-01-01"], 2, "give --query as well"),
        (["--query", "ct", "--since", "2024-01-02", "--until", "2024-01-01"], 2, "no day from 2024-01-02"),
        (["-p", "crawl.licences=CC0"], 3, "choose a --preset"),
        (["-p", "screen.min_score=nan"], 3, "is not of the type float"),
        (["--release", "/"], 2, "another folder"),
        (["--work", "same", "--release", "same"], 2, "would replace the work folder"),
        (["--work", "release/work"], 2, "would replace the work folder"),
    ],
)
def test_what_cannot_be_obeyed_is_said_with_the_next_step(tmp_path, words, code, said):
    assert said in rocov2("build", "--source", "sample", *words, code=code, cwd=tmp_path)
    assert not (tmp_path / "work" / "articles").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("workers = -2", "0 for one a processor"),
        ('executor = "cluster"', "choose one of processes, threads, dask"),
        ("connections = 0", "from 1 to 200"),
        ("requests_per_second = -1", "build.requests_per_second = -1.0 cannot be used"),
        ('work = ""', "build.work = '' cannot be used"),
        ("contact = 3", "is not of the type str"),
    ],
)
def test_a_settings_file_that_no_run_can_obey_is_no_bug(tmp_path, line, said):
    (tmp_path / "rocov2.toml").write_text(f'\ufeff[build]\nsource = "sample"\n{line}\n', encoding="utf-8")
    assert said in rocov2("build", code=3, cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["rocov2.toml"]


@pytest.mark.parametrize(("source", "code"), [("http://127.0.0.1:9", 4), ("no/such/folder", 4), ("ftp://x", 4)])
def test_a_source_that_is_not_there_exits_4(tmp_path, source, code):
    rocov2("build", "--source", source, "--work", tmp_path / "w", "--release", tmp_path / "r", code=code)
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("figures.csv", b"", "figures.csv:1: the header is not figure_id,action"),
        ("mentions.csv", b"\xff\xfe", "mentions.csv is not UTF-8"),
        ("mentions.csv", b"surface,action,cui,reason,curator,date\nx,add,C9999999,y,z,2026-01-01\n", "C9999999"),
        ("figure.csv", b"", "holds neither figures.csv nor mentions.csv"),
    ],
)
def test_rules_that_cannot_be_obeyed_are_said_before_any_stage_is_run(tmp_path, name, body, said):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / name).write_bytes(body)
    assert said in rocov2("build", "--source", "sample", "--overrides", tmp_path / "rules", code=3, cwd=tmp_path)
    assert not (tmp_path / "work" / "articles").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("build", "--source", "sample", "--release", "file/r"), 2),
        (("build", "--source", "sample", "--work", "file/w"), 3),
        (("export", "RELEASE", "--format", "hf", "--out", "file/x"), 2),
        (("fetch", "--release", "RELEASE", "--out", "file/x"), 2),
        (("report", "RELEASE", "--out", "file/r.html"), 2),
        (("vocabulary", "build", "--out", "file/v"), 2),
        (("queue", "--work", "file/w"), 2),
        (("report", "RELEASE", "--out", "x" * 300), 2),
    ],
)
def test_a_path_that_cannot_be_is_refused_at_once_and_no_bug(built, tmp_path, words, code):
    (tmp_path / "file").write_text("")
    line = [str(built[0] / "release") if word == "RELEASE" else word for word in words]
    said = rocov2(*line, code=code, cwd=tmp_path)
    assert "  next: " in said
    assert "free space" not in said
    assert not (tmp_path / "work" / "articles").exists()


def test_a_dry_run_says_what_would_be_fetched_and_fetches_nothing(tmp_path):
    said = json.loads(
        rocov2("build", "--source", "sample", "--dry-run", "--json", "--work", tmp_path / "w", cwd=tmp_path)
    )
    assert said["articles"] > 40
    assert said["image_bytes_at_most"] > said["xml_bytes"] > 0
    assert not (tmp_path / "w" / "articles").exists()
    assert not (tmp_path / "release").exists()


def test_a_settings_file_is_obeyed_and_the_command_line_wins(tmp_path):
    (tmp_path / "rocov2.toml").write_text('[build]\nsource = "sample"\n[screen]\nmin_score = 2.0\n')
    assert "nothing was released" in rocov2("build", code=6, cwd=tmp_path)
    (tmp_path / "rocov2.toml").write_text('[build]\nsource = "sample"\n[scren]\nmin_score = 2.0\n')
    assert "did you mean screen.min_score" in rocov2("build", code=3, cwd=tmp_path)


def test_every_command_takes_folders_and_source_from_the_settings_file(tmp_path):
    (tmp_path / "ids.txt").write_text("PMC99000002\n")
    (tmp_path / "rocov2.toml").write_text('[build]\nsource = "sample"\nwork = "w"\nrelease = "r"\n')
    rocov2("build", "--ids", "ids.txt", "--workers", "1", cwd=tmp_path)
    for line in ("status", "why PMC99000002", "refresh --rebase", "clean --yes", "release", "queue"):
        rocov2(*line.split(), cwd=tmp_path)
    assert rocov2("verify", cwd=tmp_path) == "w and r: 0 problems\n"
    next((tmp_path / "r").glob("*/*.jpg")).unlink()
    assert "fetched 1" in rocov2("fetch", "--release", "r", cwd=tmp_path)
    (tmp_path / "rocov2.toml").write_text("[build")
    assert "rocov2.toml" in rocov2("status", code=3, cwd=tmp_path)


def test_why_follows_a_figure_to_the_stage_that_dropped_it(built):
    rows = json.loads(rocov2("why", "PMC99000001.1/pone-9900001-g002", "--work", built[0] / "work", "--json"))
    assert rows[-1]["event"] == "dropped"
    assert rows[-1]["reason"]


def test_why_follows_an_article_a_version_and_a_sample(built):
    work = ("--work", built[0] / "work")
    article = json.loads(rocov2("why", "PMC99000001", *work, "--json"))
    assert {row["stage"] for row in article} >= {"crawl", "extract", "screen", "fetch", "curate"}
    assert json.loads(rocov2("why", "PMC99000001.1", *work, "--json")) == article
    assert "dropped" not in rocov2("why", "ROCOv2_PMC99000001_pone-9900001-g001", *work)


@pytest.mark.parametrize("name", ["pmc99000001/pone-9900001-g002", "99000001.1/pone-9900001-g002"])
def test_why_takes_ids_as_people_write_them(built, name):
    work = ("--work", built[0] / "work")
    assert rocov2("why", name, *work) == rocov2("why", "PMC99000001.1/pone-9900001-g002", *work)


def test_why_of_an_unknown_id_says_so(built):
    assert "not among the selected" in rocov2("why", "PMC1", "--work", built[0] / "work", code=2)
    said = rocov2("why", "PMC99000001.1/none", "--work", built[0] / "work", code=2)
    assert "no stage has seen a figure PMC99000001.1/none" in said
    assert "rocov2 why PMC99000001.1 names its figures" in said


def test_why_of_another_version_names_the_one_that_was_seen(built):
    said = rocov2("why", "PMC99000002.7", "--work", built[0] / "work", code=2)
    assert "no stage has seen PMC99000002.7, but PMC99000002.1" in said


def test_why_of_a_figure_of_several_graphics_follows_its_panels(built):
    figures = pq.read_table(built[0] / "work" / "figures")["figure_id"].to_pylist()
    panel = next(name for name in figures if name.endswith(":1"))
    figure = panel.removesuffix(":1")
    rows = json.loads(rocov2("why", figure, "--work", built[0] / "work", "--json"))
    assert {row["key"] for row in rows} == {figure.partition("/")[0], figure, panel}


def test_status_tells_why_the_last_run_released_nothing_on_one_line(tmp_path):
    (tmp_path / "ids.txt").write_text("PMC99000001\n")
    words = ("--ids", tmp_path / "ids.txt", "-p", "screen.min_score=2")
    rocov2("build", "--source", "sample", *places(tmp_path), *words, code=6)
    last = rocov2("status", "--work", tmp_path / "work").splitlines()[-1]
    assert "not released: 1 check failed, nothing was released: TOO_FEW" in last


def test_status_names_what_is_stale_and_why(built):
    assert "crawl" in rocov2("status", "--work", built[0] / "work")
    assert "not the work folder of a build" in rocov2("status", "--work", built[0], code=3)


def test_the_data_dictionary_is_up_to_date():
    assert rocov2("tables").strip() in (REPO / "data" / "README.md").read_text()
    assert set(json.loads(rocov2("tables", "figures", "drops", "--json"))) == {"figures", "drops"}
    rocov2("tables", "figurs", code=2)


def test_a_folder_that_is_no_release_is_refused_before_any_work(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    rocov2("build", "--source", "sample", "--work", tmp_path / "w", "--release", tmp_path / "thesis", code=2)
    assert not (tmp_path / "w" / "selection").exists()
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "mine"


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_build_says_so_without_a_traceback(tmp_path, workers, number, code):
    words = command(
        "build", "--source", "sample", "--work", tmp_path / "w", "--release", tmp_path / "r", "--workers", workers
    )
    process = subprocess.Popen(words, env=environment(), stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not (tmp_path / "w" / "selection" / "_live.parquet").exists():
        time.sleep(0.02)
    os.kill(process.pid, number)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == code
    assert "interrupted" in said
    assert "Traceback" not in said


DROPPED = """
import os, sys, time, weakref
from rocov2.cli.main import Terminated, heed_signals

class Thing: ...

def gone(_):
    os.kill(os.getpid(), int(sys.argv[1]))
    time.sleep(0.01)

heed_signals()
thing = Thing()
seen = weakref.ref(thing, gone)
try:
    del thing
    time.sleep(20)
except KeyboardInterrupt as stopped:
    sys.exit(143 if isinstance(stopped, Terminated) else 130)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_that_meets_a_callback_of_the_collector_is_not_lost(number, code):
    words = [sys.executable, "-c", DROPPED, str(int(number))]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (code, "")


def in_session(session):
    stats = [path.read_text().rpartition(")")[2].split() for path in Path("/proc").glob("[0-9]*/stat") if path.exists()]
    return sum(int(fields[3]) == session and fields[0] != "Z" for fields in stats)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="counts processes as Linux lists them")
def test_nothing_outlives_a_build_that_is_killed(tmp_path):
    words = command(
        "build", "--source", "sample", "--work", tmp_path / "w", "--release", tmp_path / "r", "--workers", 2
    )
    process = subprocess.Popen(words, env=environment(), stderr=subprocess.DEVNULL, start_new_session=True)
    while not list((tmp_path / "w").glob("articles/*.parquet")):
        time.sleep(0.02)
    assert in_session(process.pid) > 2
    process.kill()
    process.wait()
    until = time.monotonic() + 20
    while in_session(process.pid) and time.monotonic() < until:
        time.sleep(0.1)
    assert in_session(process.pid) == 0


def test_a_file_that_is_no_image_is_told_in_words(tmp_path):
    (tmp_path / "x.jpg").write_text("no image")
    told = json.loads(rocov2("score", tmp_path, "--json", code=5))
    assert told["error"].startswith("not_an_image: ")
