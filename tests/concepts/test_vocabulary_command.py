"""`rocov2 vocabulary` as a user calls it: build from RRF and CSV, look into the result, compare two."""

import gzip
import json
import random
import subprocess

import pytest
from click.testing import CliRunner

from rocov2.cli.main import cli
from rocov2.cli.vocabulary import beside, ensure_vocabulary
from rocov2.concepts.vocabulary import open_vocabulary
from rocov2.errors import ConfigError, RocoError, UsageError
from tests.pipeline.runs import command, environment

CONSO = (
    ("C0000001", "ENG", "P", "PF", "Y", "MSH", "MH", "Lung abscess", "N"),
    ("C0000001", "ENG", "S", "PF", "Y", "SNOMEDCT_US", "SY", "Abscess of lung", "N"),
    ("C0000001", "SPA", "P", "PF", "Y", "MSHSPA", "MH", "absceso pulmonar", "N"),
    ("C0000001", "ENG", "S", "PF", "Y", "MSH", "OET", "Old lung abscess name", "O"),
    ("C0000002", "ENG", "P", "PF", "Y", "LNC", "LN", "Lung volume", "N"),
)


def rrf_row(row):
    cui, language, ts, stt, preferred, source, tty, text, suppressed = row
    return f"{cui}|{language}|{ts}|L1|{stt}|S1|{preferred}|A1||M1|D1|{source}|{tty}|D1|{text}|0|{suppressed}|256|\n"


@pytest.fixture
def umls(tmp_path):
    folder = tmp_path / "2025AB" / "META"
    folder.mkdir(parents=True)
    with gzip.open(folder / "MRCONSO.RRF.gz", "wt") as stream:
        stream.writelines(rrf_row(row) for row in CONSO)
    (folder / "MRSTY.RRF").write_text(
        "C0000001|T047|B2|Disease or Syndrome|AT1|256|\nC0000002|T201|A2|Attribute|AT2|256|\n"
    )
    return folder.parent


@pytest.fixture
def run(tmp_path):
    def vocabulary(*words):
        done = CliRunner().invoke(cli, ["vocabulary", *map(str, words)])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return json.loads(done.stdout) if "--json" in words else done.stdout

    return vocabulary


def found(folder, term):
    done = CliRunner().invoke(cli, ["vocabulary", "lookup", term, str(folder), "--json"])
    return [row["cui"] for row in json.loads(done.stdout)["candidates"]]


def test_a_umls_release_in_its_meta_folder_and_gzip_is_built(run, umls, tmp_path):
    told = run("build", "--umls", umls, "--no-open", "--out", tmp_path / "v", "--json")
    assert (told["concepts"], told["sources"]["MSH"]) == (2, 1)
    assert told["semantic_types"] == {"T047": 1, "T201": 1}
    assert found(tmp_path / "v", "abscesses of the lung") == ["C0000001"]


@pytest.mark.parametrize(
    ("words", "term", "is_there"),
    [
        ((), "absceso pulmonar", False),
        (("--language", "SPA"), "absceso pulmonar", True),
        ((), "old lung abscess name", False),
        (("--suppressed",), "old lung abscess name", True),
        (("--source", "SNOMEDCT_US"), "lung volume", False),
        (("--without-source", "LNC"), "lung volume", False),
        (("--without-term-type", "LN"), "lung volume", False),
        (("--semantic-type", "T201"), "lung volume", True),
        (("--semantic-type", "T201"), "lung abscess", False),
    ],
)
def test_options_choose_rows_of_the_release(run, umls, tmp_path, words, term, is_there):
    run("build", "--umls", umls, "--no-open", *words, "--out", tmp_path / "v")
    assert bool(found(tmp_path / "v", term)) is is_there


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("--language", "XYZ"), "There are ENG, SPA"),
        (("--without-source", "SNOMEDCT"), "SNOMEDCT_US"),
        (("--source", "MSH", "--source", "LOINC"), "Did you mean LNC?"),
        (("--without-term-type", "OTE"), "OET"),
        (("--semantic-type", "T999"), "T099"),
    ],
)
def test_a_filter_that_no_row_meets_is_refused_with_what_there_is(run, umls, tmp_path, words, advice):
    with pytest.raises(ConfigError) as refused:
        run("build", "--umls", umls, "--no-open", *words, "--out", tmp_path / "v")
    assert advice in refused.value.advice
    assert not (tmp_path / "v").exists()


@pytest.mark.parametrize(
    ("term", "advice"),
    [("lung abcess", "lung abscess"), ("C0000001", "C0000001 is called"), ("zzz", "rocov2 vocabulary info")],
)
def test_a_term_that_is_not_there_has_an_exit_code_and_the_nearest(run, umls, tmp_path, term, advice):
    run("build", "--umls", umls, "--no-open", "--out", tmp_path / "v")
    with pytest.raises(UsageError, match="no concept is spelt") as refused:
        run("lookup", term, tmp_path / "v")
    assert advice in refused.value.advice
    done = CliRunner().invoke(cli, ["vocabulary", "lookup", term, str(tmp_path / "v"), "--json"])
    assert json.loads(done.stdout)["candidates"] == []
    assert isinstance(done.exception, UsageError)


def test_a_filter_of_a_umls_release_needs_one(run, tmp_path):
    with pytest.raises(UsageError, match="--without-source"):
        run("build", "--without-source", "MSH", "--out", tmp_path / "v")


def test_a_folder_without_a_umls_release_is_refused_and_not_left_out(tmp_path):
    ensure_vocabulary(tmp_path / "work", None)
    with pytest.raises(ConfigError, match=r"no MRCONSO\.RRF"):
        ensure_vocabulary(tmp_path / "work", tmp_path)


def test_two_processes_that_build_one_vocabulary_both_have_it(tmp_path):
    variables = {"ROCOV2_CACHE": str(tmp_path / "cache")}
    line = command("vocabulary", "info")
    runs = [subprocess.Popen(line, env=environment(**variables), stdout=subprocess.PIPE) for _ in range(2)]
    said = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert said[0] == said[1]


def test_what_a_killed_build_left_goes_with_the_next_and_what_is_being_filled_stays(run, umls, tmp_path):
    (tmp_path / ".v.1.part").mkdir()
    (tmp_path / ".v.1.part" / "keys.part").write_text("")
    with beside(tmp_path / "v") as other:
        filled = other.rename(tmp_path / ".v.2.part")
        run("build", "--umls", umls, "--no-open", "--out", tmp_path / "v")
        assert sorted(path.name for path in tmp_path.iterdir()) == [".v.2.part", "2025AB", "v"]
        filled.rename(other)


def test_a_place_below_a_file_is_refused(run, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="v cannot be made"):
        run("build", "--out", tmp_path / "file" / "v")
    monkeypatch.setenv("ROCOV2_CACHE", str(tmp_path / "file"))
    with pytest.raises(ConfigError, match="no vocabulary can be kept"):
        run("info")


def test_the_order_of_rows_does_not_matter(run, tmp_path):
    names = ("Abscess", "Abscesses", "Cyst", '"Cyst, renal"', "Tumour")
    rows = [f"C{n:07d},{name},T047" for n, name in enumerate(names)]
    digests = set()
    for seed in range(4):
        random.Random(seed).shuffle(rows)
        (tmp_path / "terms.csv").write_text("CUI,Name,TUI\n" + "\n".join(rows) + "\n")
        words = ("--terms", tmp_path / "terms.csv", "--no-open", "--out", tmp_path / f"v{seed}", "--json")
        digests.add(run("build", *words)["digest"])
    assert len(digests) == 1


def test_rules_drop_add_rename_and_prefer(run, umls, tmp_path):
    (tmp_path / "rules.csv").write_text(
        "action,cui,text,value,reason\ndrop,,Abscess of lung,,too rare\nrename,C0000001,,Abscess of the lung,plainer\n"
        "add,C0000002,vital capacity,T201,missing\nprefer,C0000001,Lung abscess,,for the test\n"
    )
    words = ("--umls", umls, "--no-open", "--no-derive", "--rules", tmp_path / "rules.csv", "--out", tmp_path / "v")
    run("build", *words)
    assert found(tmp_path / "v", "abscess of lung") == []
    assert found(tmp_path / "v", "vital capacity") == ["C0000002"]
    assert open_vocabulary(tmp_path / "v").names["C0000001"][0] == "Abscess of the lung"


@pytest.mark.parametrize(
    "rules",
    [
        "rename,C0000001,,A,x\nrename,C0000001,,B,x\n",
        "prefer,C0000001,axis,,x\nprefer,C0000002,Axis,,x\n",
        "drop,C0000001,,,\n",
        "remove,C0000001,,,x\n",
        "add,,lung,,x\n",
    ],
)
def test_rules_that_contradict_each_other_or_say_nothing_are_refused(run, umls, tmp_path, rules):
    (tmp_path / "rules.csv").write_text("action,cui,text,value,reason\n" + rules)
    with pytest.raises(RocoError) as raised:
        run("build", "--umls", umls, "--no-open", "--rules", tmp_path / "rules.csv", "--out", tmp_path / "v")
    assert raised.value.exit_code == 3
    assert not (tmp_path / "v").exists()


def test_a_folder_with_other_things_is_not_written_over(run, umls, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_text("x")
    with pytest.raises(RocoError, match="other things"):
        run("build", "--umls", umls, "--out", tmp_path / "photos")
    assert (tmp_path / "photos" / "one.jpg").exists()


def test_the_difference_of_two_vocabularies_names_terms_and_concepts(run, tmp_path):
    for name, rows in (
        ("a", "C0000001,Cyst,T047\nC0000002,Abscess,T047\n"),
        ("b", "C0000001,Cysts,T190\nC0000003,Abscess,T047\n"),
    ):
        (tmp_path / f"{name}.csv").write_text("CUI,Name,TUI\n" + rows)
        run("build", "--terms", tmp_path / f"{name}.csv", "--no-open", "--out", tmp_path / name)
    told = run("diff", tmp_path / "a", tmp_path / "b", "--json")
    assert told["counts"] == {
        **{"terms_added": 0, "terms_dropped": 0, "meanings_changed": 1, "concepts_added": 1, "concepts_dropped": 1},
        **{"concepts_renamed": 1, "types_changed": 1},
    }
    assert told["examples"]["meanings_changed"] == ["abscess: C0000002 -> C0000003"]


def test_a_vocabulary_does_not_differ_from_itself(run, tmp_path):
    run("build", "--out", tmp_path / "open")
    assert set(run("diff", tmp_path / "open", tmp_path / "open", "--json")["counts"].values()) == {0}
    assert run("info", tmp_path / "open", "--json")["digest"] == run("info", "--json")["digest"]


def test_the_vocabulary_of_a_run_is_another_when_the_release_in_its_meta_folder_is(umls, tmp_path):
    first = ensure_vocabulary(tmp_path, umls)
    assert open_vocabulary(first).lookup("abscess of lung")
    with (umls / "META" / "MRSTY.RRF").open("a") as stream:
        stream.write("C0000001|T046|B2|Pathologic Function|AT3|256|\n")
    assert ensure_vocabulary(tmp_path, umls) != first


def test_the_relations_of_a_release_are_built_in_and_shown(umls, tmp_path):
    (umls / "META" / "MRSTY.RRF").write_text("C0000001|T023|B|Body Part|AT1||\nC0000002|T029|B|Body Part|AT2||\n")
    relation = "C0000001|A1|AUI|PAR|C0000002|A2|AUI|inverse_isa||R1|MSH|MSH|||N||\n"
    (umls / "META" / "MRREL.RRF").write_text(relation, "utf-8")
    options = ["vocabulary", "build", "--umls", str(umls), "--no-open", "--out", str(tmp_path / "v"), "--json"]
    built = CliRunner().invoke(cli, options, catch_exceptions=False)
    assert json.loads(built.stdout)["part_relations"] == 1
    found = CliRunner().invoke(cli, ["vocabulary", "lookup", "lung abscess", str(tmp_path / "v"), "--json"])
    assert json.loads(found.stdout)["candidates"][0]["above"] == ["C0000002"]


def test_rules_that_meet_no_term_stop_a_build_unless_they_are_shared(tmp_path):
    (tmp_path / "t.csv").write_text("CUI,Name,TUI\nC0023884,Liver,T023\n")
    (tmp_path / "rules.csv").write_text("action,cui,text,value,reason\ndrop,C0000009,,,no such concept\n")
    options = ["vocabulary", "build", "--no-open", "--terms", str(tmp_path / "t.csv"), "--out", str(tmp_path / "v")]
    options += ["--rules", str(tmp_path / "rules.csv")]
    with pytest.raises(ConfigError, match=r"rules.csv:2: drop C0000009"):
        CliRunner().invoke(cli, options, catch_exceptions=False)
    assert not (tmp_path / "v").exists()
    told = CliRunner().invoke(cli, [*options, "--allow-stale-rules"], catch_exceptions=False)
    assert "rules.csv:2: drop C0000009" in told.stderr
    assert (tmp_path / "v" / "vocabulary.json").is_file()
