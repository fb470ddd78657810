"""`rocov2 evaluate` on files and on a release, as a user calls it."""

import csv
import json

import pytest
from click.testing import CliRunner

from rocov2.cli.main import cli
from rocov2.errors import RocoError

TRUTH = "ID,CUIs\na,C0040405;C0023884\nb,C1306645;C0817096\nc,\n"
MANUAL = "ID,CUIs\na,C0040405\nb,C1306645;C0817096\nc,\n"


@pytest.fixture
def run(tmp_path):
    def evaluate(*words, **files):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        arguments = [str(tmp_path / word) if word in files else word for word in words]
        return CliRunner().invoke(cli, ["evaluate", *arguments])

    return evaluate


def test_concepts_are_scored_as_json(run):
    words = ("concepts", "--truth", "truth", "--predicted", "guess", "--manual", "manual", "--json")
    found = json.loads(run(*words, truth=TRUTH, manual=MANUAL, guess="ID,CUIs\na,C0040405\nb,C1306645\nc,\n").stdout)
    assert found["primary"]["value"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert found["secondary"] | {"low": 0, "high": 0} == {
        "value": pytest.approx(5 / 6),
        "low": 0,
        "high": 0,
        "images": 2,
    }
    assert found["micro"]["precision"]["value"] == 1
    assert set(found["by_modality"]) == {"CT", "XRAY", "none"}
    assert {row["cui"] for row in found["by_concept"]} == {"C0040405", "C0023884", "C1306645", "C0817096"}


@pytest.mark.parametrize(
    "guess", ["c\t\nb\tc0817096;C1306645\na\tC0023884;C0040405", TRUTH.replace("\n", "\r\n"), "\ufeff" + TRUTH]
)
def test_tabs_windows_line_ends_marks_and_any_order_are_read(run, guess):
    found = run("concepts", "--truth", "truth", "--predicted", "guess", "--json", truth=TRUTH, guess=guess)
    assert json.loads(found.stdout)["primary"]["value"] == 1


def test_images_without_answer_count_as_empty_and_are_told(run):
    found = run("concepts", "--truth", "truth", "--predicted", "guess", "--json", truth=TRUTH, guess="ID,CUIs\nc,\n")
    assert json.loads(found.stdout)["primary"]["value"] == pytest.approx(1 / 3)
    assert "2 of 3 images have no answer" in found.stderr


@pytest.mark.parametrize(
    ("guess", "words"),
    [
        ("ID,CUIs\nz,C0040405\n", "not in the truth"),
        ("ID,CUIs\na,C0040405\na,C0040405\n", "stands there twice"),
        ("ID,CUIs\na,C0040405;C0040405\n", "stands there twice"),
        ("ID,CUIs\na,C0040405,C0023884\n", "3 columns"),
        (f"ID,CUIs\na,{';'.join(f'C{number:07d}' for number in range(101))}\n", "more than 100 CUIs"),
        ("ID,CUIs\na,Axial CT of the liver\n", "is no CUI"),
        ("ID,CUIs\na,C0040405 C0023884\n", "is no CUI"),
        ("", "no answers"),
    ],
)
def test_answers_that_the_organisers_refuse_are_refused(run, guess, words):
    error = run("concepts", "--truth", "truth", "--predicted", "guess", truth=TRUTH, guess=guess).exception
    assert isinstance(error, RocoError)
    assert (error.exit_code, words in error.message) == (2, True)


def test_captions_are_scored_and_split_by_modality(run):
    files = {"truth": "ID,Caption\na,Axial CT\nb,Chest film\nc,x\n", "guess": "ID,Caption\na,axial ct.\nb,film\nc,y\n"}
    words = ("captions", "--truth", "truth", "--predicted", "guess", "--manual", "manual", "--json")
    found = json.loads(run(*words, manual=MANUAL, **files).stdout)
    assert found["rouge1"]["value"] == pytest.approx((1 + 2 / 3) / 3)
    assert found["by_modality"]["rouge1"]["CT"]["value"] == 1


def test_concepts_are_no_captions(run):
    error = run("captions", "--truth", "truth", "--predicted", "truth", truth=TRUTH).exception
    assert (error.exit_code, "holds concepts" in error.message) == (2, True)


@pytest.mark.parametrize("task", ["concepts", "captions"])
def test_manual_concepts_of_another_split_are_refused_beside_a_release_too(built, task):
    release = built[0] / "release"
    words = ["evaluate", task, "--truth", str(release), "--split", "valid", "--predicted", str(release)]
    error = CliRunner().invoke(cli, [*words, "--manual", str(release / "test_concepts_manual.csv")]).exception
    assert (error.exit_code, "different images" in error.message) == (2, True)


def test_another_table_is_told_from_a_release(built):
    table = next((built[0] / "work" / "concepts").glob("*.parquet"))
    error = (
        CliRunner().invoke(cli, ["evaluate", "concepts", "--truth", str(table), "--predicted", str(table)]).exception
    )
    assert (error.exit_code, "has no column caption" in error.message) == (2, True)


@pytest.mark.parametrize("words", [("concepts",), ("captions",), ("check", "--task", "captions")])
def test_a_csv_has_no_split_to_choose(run, words):
    error = run(*words, "--truth", "truth", "--predicted", "truth", "--split", "valid", truth=TRUTH).exception
    assert (error.exit_code, error.message) == (2, "--split is for a release")


def test_the_check_lists_faults_and_leaves_with_six(run):
    words = ("check", "--truth", "truth", "--predicted", "guess", "--task", "concepts", "--json")
    found = run(*words, truth=TRUTH, guess="ID,CUIs\na,C0040405\n")
    assert [fault["code"] for fault in json.loads(found.stdout)] == ["missing_ids"]
    assert found.exception.exit_code == 6
    assert run(*words, truth=TRUTH, guess=TRUTH).exit_code == 0


def test_a_release_of_ours_scores_one_against_itself(built, tmp_path):
    release = built[0] / "release"
    with (release / "valid_concepts.csv").open() as stream:
        rows = list(csv.reader(stream))
    (tmp_path / "guess.csv").write_text("".join(f"{name},{cuis}\n" for name, cuis in rows))
    words = [
        "evaluate",
        "concepts",
        "--truth",
        str(release),
        "--split",
        "valid",
        "--predicted",
        str(tmp_path / "guess.csv"),
    ]
    found = json.loads(CliRunner().invoke(cli, [*words, "--json"]).stdout)
    assert (found["images"], found["primary"]["value"], found["secondary_truth"]) == (len(rows) - 1, 1.0, "manual")
