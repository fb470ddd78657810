"""`rocov2 score`: files and folders of anyone with their captions, and what is said of those that cannot be used."""

import json
import os
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.pipeline.runs import REPO, rocov2

LIVER = REPO / "data" / "sample" / "PMC99000001.1" / "pone.9900001.g001.jpg"


def test_images_of_anyone_are_scored_with_their_captions(tmp_path):
    folder = REPO / "data" / "sample" / "PMC99000001.1"
    (tmp_path / "captions.csv").write_text("file,caption\npone.9900001.g001.jpg,Axial CT of the liver\n")
    lines = rocov2("score", folder, "--captions", tmp_path / "captions.csv", "--json").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == 3
    assert rows[0]["modality"] == "CT"
    assert all(row[f"region_{row['image_region'].lower()}_score"] == row["image_region_score"] for row in rows)
    assert rows[0]["caption_radiology_score"] > 0.5 > rows[1]["radiology_score"]


def test_the_panel_letters_of_an_image_are_printed(tmp_path):
    sheet = Image.new("RGB", (480, 320))
    for place, name in ((12, "A"), (252, "B")):
        ImageDraw.Draw(sheet).text((place, 10), name, fill="white", font=ImageFont.load_default(24))
    sheet.save(tmp_path / "two.png")
    assert json.loads(rocov2("score", tmp_path, "--json"))["panel_letters"] == "AB"
    header, row = rocov2("score", tmp_path).splitlines()
    assert dict(zip(header.split(","), row.split(","), strict=True))["panel_letters"] == "AB"


def test_a_file_that_is_no_image_is_said_and_the_others_are_scored(tmp_path):
    (tmp_path / "a.jpg").write_text("<html>")
    good = REPO / "data" / "sample" / "PMC99000001.1" / "pone.9900001.g001.jpg"
    (tmp_path / "b.jpg").write_bytes(good.read_bytes())
    rows = [json.loads(line) for line in rocov2("score", tmp_path, "--json", code=5).splitlines()]
    assert "not_an_image" in rows[0]["error"]
    assert rows[1]["radiology_score"] > 0.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,caption\na.jpg,CT, of the liver\n", ":2: 3 cells"),
        ("file,caption\na.jpg,CT\n./a.jpg,MRI\n", ":3: 'a.jpg' stands there twice"),
        ("file,caption\n,CT\n", ":2: there is no name"),
        ('file,caption\na.jpg,"CT\n', "Close each quote"),
        ("a.jpg,CT\n", ":1: no header"),
        ("file;caption\na.jpg;CT\n", ":1: no header"),
        ("caption,file\nCT,a.jpg\n", "its first name is 'CT'"),
        ("file,caption\na.jpg,\xff\n", "not UTF-8"),
    ],
)
def test_captions_that_would_be_cut_mixed_up_or_passed_over_are_refused(tmp_path, text, said):
    (tmp_path / "a.jpg").write_bytes(LIVER.read_bytes())
    (tmp_path / "c.csv").write_bytes(text.encode("latin-1"))
    assert said in rocov2("score", tmp_path / "a.jpg", "--captions", tmp_path / "c.csv", code=2)


@pytest.mark.parametrize("name", ["a.jpg", "a", "one/a.jpg", "./one/a.jpg"])
def test_a_caption_is_found_by_any_end_of_the_path_or_the_bare_name(tmp_path, name):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.jpg").write_bytes(LIVER.read_bytes())
    (tmp_path / "c.csv").write_bytes(f"\ufefffile,caption\r\n{name},Axial CT of the liver\r\ntwo/a.jpg,\r\n".encode())
    said = rocov2("score", tmp_path, "--captions", tmp_path / "c.csv", "--json").splitlines()
    assert [json.loads(line)["caption_radiology_score"] > 0.5 for line in said] == [True, False]


def test_of_a_folder_what_only_has_the_name_of_an_image_is_passed_over(tmp_path):
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "there is no image" in rocov2("score", tmp_path, code=2)
    (tmp_path / "lost.jpg").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.jpg" / "a.jpg").write_bytes(LIVER.read_bytes())
    rows = [json.loads(line) for line in rocov2("score", tmp_path, tmp_path, "--json", code=5).splitlines()]
    assert [Path(row["path"]).name for row in rows] == ["a.jpg", "lost.jpg"]
    assert rows[1]["error"] == "No such file or directory"


@pytest.mark.parametrize(("body", "said"), [(b"", "an empty file"), (bytes(128) + b"DICM" + bytes(9), "a DICOM file")])
def test_what_is_taken_for_an_image_and_is_none_is_named(tmp_path, body, said):
    (tmp_path / "a.dcm").write_bytes(body)
    assert said in json.loads(rocov2("score", tmp_path / "a.dcm", "--json", code=5))["error"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name")
def test_a_path_that_is_no_text_is_shown_as_text_that_every_reader_of_json_takes(tmp_path):
    place = os.fsencode(tmp_path) + b"/\xe9.jpg"
    Path(os.fsdecode(place)).write_bytes(LIVER.read_bytes())
    assert json.loads(rocov2("score", tmp_path, "--json"))["path"] == f"{tmp_path}/\\xe9.jpg"
