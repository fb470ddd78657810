import csv
import io
import json

import pytest

from tests.pipeline.runs import rocov2

EVERYTHING = ("--low", "0", "--high", "1", "--modality-below", "1")


def listed(folder, *words):
    return [json.loads(line) for line in rocov2("queue", "--work", folder / "work", "--json", *words).splitlines()]


def test_what_is_listed_lies_in_the_band_and_says_what_became_of_it(built):
    folder, _ = built
    rows = listed(folder)
    assert all(0.2 <= row["score"] <= 0.8 for row in rows if row["question"] in ("radiology", "compound"))
    assert all(row["score"] < 0.6 for row in rows if row["question"] == "modality")
    fates = {row["fate"] for row in listed(folder, *EVERYTHING)}
    assert "sample" in fates
    assert "not filtered yet" not in fates


def test_the_least_sure_stand_first(built):
    folder, _ = built
    rows = [row for row in listed(folder, *EVERYTHING) if row["question"] == "radiology"]
    distances = [round(abs(row["score"] - 0.5), 4) for row in rows]
    assert len(rows) > 10
    assert distances == sorted(distances)


def test_an_empty_band_lists_nothing(built):
    folder, _ = built
    assert listed(folder, "--low", "0.5", "--high", "0.4", "--modality-below", "0", "--region-above", "2") == []


def test_csv_and_json_say_the_same(built):
    folder, _ = built
    text = rocov2("queue", "--work", folder / "work", *EVERYTHING)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["figure_id"] for row in rows] == [row["figure_id"] for row in listed(folder, *EVERYTHING)]
    assert {row["question"].partition(" ")[0] for row in rows} - {"region"} == {"radiology", "compound", "modality"}


@pytest.mark.parametrize(("words", "code"), [((), 2), (("--low", "2"), 2)])
def test_a_folder_without_a_build_or_a_band_that_is_none_is_usage(tmp_path, words, code):
    assert "rocov2 build" in rocov2("queue", "--work", tmp_path, *words, code=code) or words


@pytest.mark.parametrize(("above", "asked"), [("0.95", False), ("0", True)])
def test_a_region_is_asked_about_where_the_image_is_sure_and_the_caption_names_others(built, above, asked):
    rows = [row for row in listed(built[0], "--region-above", above) if row["question"].startswith("region")]
    assert bool(rows) == asked
    assert all(row["modality"] == "XRAY" and row["caption"] for row in rows)
