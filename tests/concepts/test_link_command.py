"""`rocov2 link -p curate.NAME=VALUE`: the settings of a build for captions of one's own."""

import csv

import pytest
from click.testing import CliRunner

from rocov2.cli.main import cli
from rocov2.errors import ConfigError

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
