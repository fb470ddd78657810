"""What people ask for: a topic, some ids, UMLS terms of their own, a cluster, their own images and captions."""

import csv
import http.server
import json
import shutil
import threading
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rocov2.engine.stage import fingerprint
from rocov2.stages.link import LinkParams, stage
from tests.concepts.tiny_models import write_knowledge, write_pipeline
from tests.pipeline.runs import REPO, build, places, rocov2


@contextmanager
def esearch(ids):
    """A server that answers every ESearch with these ids, and remembers what was asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(parse_qs(urlsplit(self.path).query))
            body = json.dumps({"esearchresult": {"count": str(len(ids)), "idlist": ids}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()


def test_a_query_selects_what_the_search_finds_in_the_inventory(tmp_path):
    with esearch(["99000001", "99000003", "5"]) as (url, asked):
        words = ("--query", "radiology", "--since", "2024-01-01", "--workers", "1", "--json")
        out = rocov2("build", "--source", "sample", *places(tmp_path), *words, ROCOV2_EUTILS=url)
    term = asked[0]["term"][0]
    assert json.loads(out)["articles"] == 2
    assert "[Figure/Table Caption]" in term
    assert "cc_by_license[Filter]" in term
    assert "open_access[Filter]" in term
    assert "2024/01/01" in term
    assert asked[0]["tool"] == ["rocov2"]


def test_ids_are_read_with_versions_comments_and_blank_lines(tmp_path):
    (tmp_path / "ids.txt").write_text("# my articles\nPMC99000001.1\n\n99000003  # without the letters\n")
    assert build(tmp_path, "--workers", "1", "--ids", tmp_path / "ids.txt")["articles"] == 2


def test_a_limit_takes_the_lowest_pmcids(tmp_path):
    record = build(tmp_path, "--workers", "1", "--limit", "4")
    found = pq.read_table(tmp_path / "work" / "selection" / "_live.parquet")["pmcid"].to_pylist()
    assert record["articles"] == 4
    assert found == [f"PMC9900000{n}" for n in range(1, 5)]


def test_a_preset_decides_which_licences_are_kept(tmp_path):
    record = build(tmp_path, "--workers", "1", "--preset", "rocov2")
    codes = set(pq.read_table(tmp_path / "release" / "samples.parquet")["license_code"].to_pylist())
    assert record["outcome"] == "done"
    assert codes <= {"CC BY", "CC BY-NC"}
    assert "CC BY-NC" in codes


def test_umls_terms_of_the_user_are_linked(tmp_path):
    umls = tmp_path / "META"
    umls.mkdir()
    row = [
        "C9999999",
        "ENG",
        "P",
        "L1",
        "PF",
        "S1",
        "Y",
        "A1",
        "",
        "",
        "",
        "MTH",
        "PN",
        "",
        "hypodense mass",
        "0",
        "N",
        "",
        "",
    ]
    (umls / "MRCONSO.RRF").write_text("|".join(row) + "\n")
    (umls / "MRSTY.RRF").write_text("C9999999|T033|A1|Finding|AT1||\n")
    (tmp_path / "ids.txt").write_text("PMC99000001\n")
    build(tmp_path, "--workers", "1", "--ids", tmp_path / "ids.txt", "--umls", umls)
    mentions = pq.read_table(tmp_path / "work" / "mentions").to_pylist()
    assert [row["text"] for row in mentions if row["cui"] == "C9999999"] == ["hypodense mass"]


@pytest.mark.parametrize("rule", ["add,C0016658,concept", "set,C0024485,modality"])
def test_an_override_wins_and_a_second_build_knows_it(built, tmp_path, rule):
    action, cui, kind = rule.split(",")
    figure = "PMC99000001.1/pone-9900001-g001"
    rules = tmp_path / "overrides"
    rules.mkdir()
    header = "figure_id,action,cui,kind,reason,curator,date\n"
    (rules / "figures.csv").write_text(f"{header}{figure},{action},{cui},{kind},seen in the image,abc,2026-01-01\n")
    build(tmp_path, "--workers", "1", "--overrides", rules)
    concepts = pq.read_table(tmp_path / "work" / "concepts").to_pylist()
    assert [row["origin"] for row in concepts if row["figure_id"] == figure and row["cui"] == cui] == ["override"]
    released = {
        row["figure_id"]: row["cuis"] for row in pq.read_table(tmp_path / "release" / "samples.parquet").to_pylist()
    }
    assert cui in released[figure]


def test_a_figure_that_a_curator_takes_out_is_not_released_and_says_why(built, tmp_path):
    shutil.copytree(built[0], tmp_path / "copy")
    figure = "PMC99000001.1/pone-9900001-g001"
    rules = tmp_path / "overrides"
    rules.mkdir()
    header = "figure_id,action,cui,kind,reason,curator,date\n"
    (rules / "figures.csv").write_text(f"{header}{figure},drop_image,,,a name is burnt in,abc,2026-01-01\n")
    record = build(tmp_path / "copy", "--workers", "1", "--overrides", rules)
    released = pq.read_table(tmp_path / "copy" / "release" / "samples.parquet")["figure_id"].to_pylist()
    before = pq.read_table(built[0] / "release" / "samples.parquet")["figure_id"].to_pylist()
    assert set(before) - set(released) == {figure}
    drops = pq.read_table(tmp_path / "copy" / "release" / "drops.parquet").to_pylist()
    assert [(row["key"], row["stage"], row["detail"]) for row in drops if row["reason"] == "drop_image"] == [
        (figure, "curate", "figures.csv:2: a name is burnt in")
    ]
    assert sum(record["release"]["samples"].values()) == len(released)
    words = ("release", "--work", tmp_path / "copy" / "work", "--verify", tmp_path / "copy" / "release", "--json")
    assert json.loads(rocov2(*words))["differences"] == []


def test_an_override_that_changes_nothing_stops_the_release(tmp_path):
    rules = tmp_path / "overrides"
    rules.mkdir()
    row = "PMC99000001.1/pone-9900001-g001,drop,C0016658,concept,no fracture,abc,2026-01-01"
    (rules / "figures.csv").write_text(f"figure_id,action,cui,kind,reason,curator,date\n{row}\n")
    said = rocov2("build", "--source", "sample", *places(tmp_path), "--workers", "1", "--overrides", rules, code=6)
    assert "figures.csv:2" in said
    assert not (tmp_path / "release").exists()


def test_an_override_for_a_caption_that_changed_waits_for_review(tmp_path):
    rules = tmp_path / "overrides"
    rules.mkdir()
    row = "PMC99000001.1/pone-9900001-g001,add,C0016658,concept,seen,abc,2026-01-01,000000000000"
    (rules / "figures.csv").write_text(f"figure_id,action,cui,kind,reason,curator,date,caption\n{row}\n")
    (rules / "mentions.csv").write_text("surface,action,cui,reason,curator,date\nsled,drop,,a toy,abc,2026-01-01\n")
    for run in ("released: ", "nothing to do"):
        said = rocov2("build", "--source", "sample", *places(tmp_path), "--workers", "1", "--overrides", rules)
        assert run in said
        assert "1 overrides wait for review" in said
        assert "figures.csv:2 (add C0016658" in said
        assert "mentions.csv:2 (drop on sled)" in said
    drops = pq.read_table(tmp_path / "release" / "drops.parquet").to_pylist()
    assert [row["detail"] for row in drops if row["reason"] == "override_reopened"] == ["figures.csv:2"]


def test_captions_of_anyone_are_linked(tmp_path):
    (tmp_path / "in.csv").write_text('ID,Caption\na,"Chest CT without pneumothorax, pleural effusion."\nb,\n')
    variables = {"ROCOV2_CACHE": str(tmp_path / "cache")}
    rocov2("link", tmp_path / "in.csv", "--out", tmp_path / "m.csv", "--concepts", tmp_path / "c.csv", **variables)
    with (tmp_path / "m.csv").open() as file:
        status = {row["text"]: row["status"] for row in csv.DictReader(file)}
    assert status["pneumothorax"] == "negated"
    assert status["pleural effusion"] == "present"
    text = (tmp_path / "c.csv").read_text()
    assert text.startswith("ID,CUIs\na,C0040405;")
    assert "C0032227" in text
    assert "\nb,\n" in text


def test_a_vocabulary_may_be_a_plain_csv(tmp_path):
    (tmp_path / "v.csv").write_text("CUI,Name,TUI\nC9999999,widgetoma,T191\n")
    (tmp_path / "in.csv").write_text("ID,Caption\na,Two widgetomas of the liver\n")
    rocov2("link", tmp_path / "in.csv", "--vocabulary", tmp_path / "v.csv", "--out", tmp_path / "m.parquet")
    assert pq.read_table(tmp_path / "m.parquet")["CUI"].to_pylist() == ["C9999999"]


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "", "ID,Caption\n\xff"])
def test_a_file_without_the_columns_is_refused(tmp_path, content):
    (tmp_path / "in.csv").write_text(content, encoding="latin-1")
    rocov2("link", tmp_path / "in.csv", "--out", tmp_path / "m.csv", code=2)


def test_a_release_is_audited(built):
    findings = {row["code"]: row for row in json.loads(rocov2("audit", built[0] / "release", "--json"))}
    pairs = ("test.train", "test.valid", "valid.train")
    units = ("article", "figure", "image", "look_alike", "caption")
    for code in (*(f"{unit}.{pair}" for unit in units for pair in pairs), "stray", "id_twice", "unreadable", "blank"):
        assert findings[code]["count"] == 0, findings[code]
        assert findings[code]["of"] > 0, findings[code]
    unseen = {row["code"] for row in json.loads(rocov2("audit", built[0] / "release", "--no-pictures", "--json"))}
    assert findings.keys() - unseen == {"unreadable", "copied.train", "copied.valid", "copied.test"}


def test_an_article_put_into_two_splits_is_found(built, tmp_path):
    shutil.copytree(built[0] / "release", tmp_path / "release")
    rows = pq.read_table(tmp_path / "release" / "samples.parquet").to_pylist()
    first = next(row for row in rows if row["split"] == "train" and sum(r["pmcid"] == row["pmcid"] for r in rows) > 1)
    first["split"] = "test"
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "release" / "samples.parquet")
    findings = json.loads(rocov2("audit", tmp_path / "release", "--json"))
    assert next(row["count"] for row in findings if row["code"] == "article.test.train") == 1
    rocov2("audit", tmp_path / "release", "--no-pictures", "--fail-on-leaks", code=6)
    rocov2("audit", built[0] / "release", "--no-pictures", "--fail-on-leaks")


def test_a_dask_cluster_is_used_by_its_address(built, tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        build(tmp_path, "--executor", "dask", "--dask-address", cluster.scheduler_address, "--ids", few(tmp_path))
    assert (tmp_path / "release" / "manifest.json").is_file()


def few(folder):
    path = folder / "ids.txt"
    path.write_text("PMC99000001\nPMC99000003\n")
    return path


def test_captions_are_linked_with_a_model_of_the_user(tmp_path):
    model, knowledge = write_pipeline(tmp_path / "pipe"), write_knowledge(tmp_path / "kb")
    (tmp_path / "in.csv").write_text("ID,Caption\na,No pleural fluid. Liver of normal size\n")
    words = ("link", tmp_path / "in.csv", "--backend", "scispacy", "--out", tmp_path / "m.csv")
    variables = {"ROCOV2_CACHE": str(tmp_path / "cache")}
    rocov2(*words, "--model", model, "--knowledge", knowledge, **variables)
    rows = (tmp_path / "m.csv").read_text().splitlines()[1:]
    assert [row.split(",")[3:5] + row.split(",")[-2:] for row in rows] == [
        ["pleural fluid", "C0032227", "negated", "scispacy"],
        ["Liver", "C0023884", "present", "scispacy"],
    ]
    assert "pip install --no-deps" in rocov2(*words, code=3, **variables)


def test_a_run_names_the_model_that_linked(tmp_path):
    model, knowledge = write_pipeline(tmp_path / "pipe"), write_knowledge(tmp_path / "kb")
    params = LinkParams("scispacy", str(model), str(knowledge), vocabulary=REPO / "data" / "vocabulary")
    before = stage(params).ingredients({})
    assert any("en_core_sci_tiny 0.1" in name for name in before["assets"])
    write_pipeline(model, version="0.2")
    assert fingerprint(stage(params).ingredients({})) != fingerprint(before)
    assert fingerprint(before) != fingerprint(stage(LinkParams(vocabulary=params.vocabulary)).ingredients({}))


def test_a_build_with_a_backend_that_is_not_there_stops_before_any_work(tmp_path):
    words = ("build", "--source", "sample", "--work", tmp_path / "work", "--release", tmp_path / "release")
    told = rocov2(*words, "-p", "link.backend=scispacy", "-p", "link.model=en_core_sci_md", code=3)
    assert "en_core_sci_md-0.5.4.tar.gz" in told
    assert not (tmp_path / "release").exists()


def test_captions_are_linked_with_a_built_vocabulary(tmp_path):
    (tmp_path / "v.csv").write_text("CUI,Name,TUI\nC9999999,widgetoma,T191\n")
    (tmp_path / "in.csv").write_text("ID,Caption\na,Two widgetomas of the liver\n")
    rocov2("vocabulary", "build", "--terms", tmp_path / "v.csv", "--no-open", "--out", tmp_path / "v")
    rocov2("link", tmp_path / "in.csv", "--vocabulary", tmp_path / "v", "--out", tmp_path / "m.parquet")
    assert pq.read_table(tmp_path / "m.parquet")["CUI"].to_pylist() == ["C9999999"]
