"""`rocov2 link -p curate.NAME=VALUE`: the settings of a build for captions of one's own."""

import csv
import subprocess

import pytest
from click.testing import CliRunner

from rocov2.cli.captioned import read_captions
from rocov2.cli.main import cli
from rocov2.errors import ConfigError, RocoError
from tests.pipeline.runs import command, environment

CAPTION = "Axial CT of the liver shows a cyst in the right lobe of the liver, no ascites."
CT, LIVER, LOBE, LOBES, ASCITES = "C0040405", "C0023884", "C0227481", "C0447541", "C0003962"


def linked(tmp_path, *words):
    """Run `link` over one caption and return its concepts."""
    (tmp_path / "in.csv").write_text(f'ID,Caption\na,"{CAPTION}"\n', "utf-8")
    command = [
        "link",
        str(tmp_path / "in.csv"),
        "--out",
        str(tmp_path / "m.csv"),
        "--concepts",
        str(tmp_path / "c.csv"),
    ]
    for word in words:
        command += ["-p", word]
    result = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as stream:
        return set(next(csv.DictReader(stream))["CUIs"].split(";"))


@pytest.mark.parametrize(
    ("words", "there", "not_there"),
    [
        ([], {CT, LIVER, LOBE}, {LOBES, ASCITES}),
        (["curate.body_parts=specific"], {CT, LOBE}, {LIVER}),
        (["curate.body_parts=broader"], {LIVER, LOBE, LOBES}, {ASCITES}),
        (["curate.statuses=present,negated"], {LIVER, ASCITES}, set()),
        (["curate.allowed_types=T047,T046"], {CT}, {LIVER, LOBE}),
    ],
)
def test_a_build_s_settings_hold_for_captions_of_one_s_own(tmp_path, words, there, not_there):
    found = linked(tmp_path, *words)
    assert there <= found
    assert not not_there & found


@pytest.mark.parametrize(
    "word",
    [
        "curate.body_parts=narrow",
        "curate.statuses=gone",
        "curate.nothing=1",
        "filter.min_side_px=9",
        "curate.allowed_types=T047,T999",
        "curate.absent_types=t047",
        "curate.absent_cuis=C40",
    ],
)
def test_a_setting_that_there_is_not_is_refused(tmp_path, word):
    with pytest.raises(ConfigError):
        linked(tmp_path, word)


def test_a_misspelt_semantic_type_is_told_with_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match=r"curate\.allowed_types: there is no semantic type 't047'") as refused:
        linked(tmp_path, "curate.allowed_types=t047")
    assert "T047" in refused.value.advice


def refused(tmp_path, text, *words):
    """Run `link` over a file of this text; what it refuses is returned, and no file is left."""
    (tmp_path / "in.csv").write_text(text, "utf-8")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(RocoError) as caught:
        CliRunner().invoke(cli, ["link", str(tmp_path / "in.csv"), *map(str, words)], catch_exceptions=False)
    assert sorted(tmp_path.iterdir()) == before
    assert caught.value.advice
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "in.csv:1: no columns ID and Caption"),
        ("ID;Caption\na;CT\n", "in.csv:1: no columns"),
        ("ID,Caption\na,CT, axial\n", "in.csv:2: 3 cells under 2 columns"),
        ('ID,Caption\na,"CT\n', "unexpected end"),
        ("ID,Caption\na,CT\na,MRI\n", "in.csv:3: 'a' stands there twice"),
        ("ID,Caption\n,CT\n", "in.csv:2: there is no name"),
    ],
)
def test_captions_that_would_be_cut_or_mixed_up_are_refused(tmp_path, text, message):
    assert message in refused(tmp_path, text, "--out", tmp_path / "m.csv")


@pytest.mark.parametrize(
    "words",
    [
        ("--out", "m.xlsx"),
        ("--out", "in.csv"),
        ("--out", "m.csv", "--concepts", "m.csv"),
        ("--out", "m.csv", "--concepts", "c.parquet"),
        ("--out", "in.csv/m.csv"),
        ("--out", "."),
        ("--out", "m.csv", "--vocabulary", "in.csv", "--umls", "."),
        ("--out", "m.csv", "--umls", "."),
    ],
)
def test_outputs_and_vocabularies_that_cannot_be_meant_are_refused(tmp_path, words, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refused(tmp_path, "ID,Caption\na,CT\n", *words)


def test_a_caption_that_holds_a_null_is_read_whole(tmp_path):
    (tmp_path / "in.csv").write_text("ID,Caption\na,CT\0 of the liver\n", "utf-8")
    assert read_captions(tmp_path / "in.csv", lambda _: (0, 1), "") == {"a": "CT\0 of the liver"}


def test_concepts_of_few_captions_are_left_out_when_asked_and_modalities_stay(tmp_path):
    (tmp_path / "in.csv").write_text("ID,Caption\na,CT of the liver\nb,MRI of the liver and spleen\n", "utf-8")
    line = ["link", str(tmp_path / "in.csv"), "--out", str(tmp_path / "m.csv"), "--concepts", str(tmp_path / "c.csv")]
    result = CliRunner().invoke(cli, [*line, "--preset", "published", "--min-images", "2"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "c.csv").read_text() == f"ID,CUIs\na,{CT};{LIVER}\nb,C0024485;{LIVER}\n"


def test_a_reader_that_leaves_is_no_bug(tmp_path):
    rows = "".join(f'{number},"{CAPTION}"\n' for number in range(2000))
    (tmp_path / "in.csv").write_text(f"ID,Caption\n{rows}", "utf-8")
    line = command("link", tmp_path / "in.csv", "--out", "/dev/stdout")
    run = subprocess.Popen(line, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    run.stdout.readline()
    run.stdout.close()
    assert (b"bug" in run.stderr.read(), run.wait()) == (False, 0)
