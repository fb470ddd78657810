import csv
import sys

import numpy as np
import pytest

from rocov2.images.classify import REGIONS
from tests.conftest import REPO

sys.path.insert(0, str(REPO / "scripts"))

from filter_bench.regions import region_lines
from filter_training.manifest import read_rows
from filter_training.radiographs import RADIOGRAPHS
from filter_training.regions import UNKNOWN, region_of


@pytest.mark.parametrize(
    ("source", "label", "name", "region"),
    [
        ("radiobone", "xray_bone", "5th-toe-proximal-phalanx-fracture.png", "LOWER"),
        ("radiobone", "xray_bone", "3rd-and-4th-middle-phalanx-fracture.png", "UPPER"),
        ("radiobone", "xray_bone", "acetabulum-fracture-1.jpg", "PELVIS"),
        ("radiobone", "xray_bone", "calcaneal-fracture-and-associated-spinal-injury.jpg", "LOWER"),
        ("radiobone", "xray_bone", "dens-fracture-and-atlantoaxial-subluxation-1.jpg", "SPINE"),
        ("radiobone", "xray_chest", "deep-sulcus-sign-12.jpg", "CHEST"),
        ("traumanotes", "xray_bone", "shoulderap.png", "UPPER"),
        ("simulador", "xray_mixed", "cabeza.jpg", "CRANIUM"),
        ("superres", "xray_mixed", "aircon.jpg", "OTHER"),
        ("mlua", "dental", "759.png", "CRANIUM"),
        ("mias", "mammo", "mdb110_malignant.pgm", "BREAST"),
    ],
)
def test_a_radiograph_has_the_region_that_its_source_and_name_say(source, label, name, region):
    assert REGIONS[region_of(source, label, name)] == region


@pytest.mark.parametrize(
    ("source", "label", "name"),
    [
        ("radiobone", "xray_bone", "aspirated-tooth-4.jpg"),
        ("radiobone", "ct", "acetabular-fracture.jpg"),
        ("medpix", "ct", "knee.png"),
        ("", "", ""),
    ],
)
def test_what_shows_two_regions_or_is_no_radiograph_has_none(source, label, name):
    assert region_of(source, label, name) == UNKNOWN


def test_only_single_pictures_of_a_manifest_have_a_region(tmp_path):
    columns = ("path", "class", "modality", "is_radiology", "is_compound", "source", "license", "group", "note")
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for compound in ("0", "1", ""):
            row = ("a.jpg", "xray_bone", "XRAY", "1", compound, "traumanotes", "none", "g", "origin a/b:kneeap.png")
            writer.writerow(row)
    found = [row.region for row in read_rows(tmp_path, tmp_path / "manifest.csv")]
    assert found == [REGIONS.index("LOWER"), UNKNOWN, UNKNOWN]


def test_every_repository_of_radiographs_has_a_rule():
    for repository in RADIOGRAPHS:
        labels = {files.label for files in repository.files}
        names = {files.pattern.rpartition("/")[2] for files in repository.files}
        assert any(region_of(repository.source, label, name) != UNKNOWN for label in labels for name in names) or (
            labels == {"xray_mixed"}
        )


def test_a_region_that_one_collection_holds_cannot_be_judged(tmp_path):
    truth = np.array([REGIONS.index(name) for name in ("CHEST", "CHEST", "SPINE", "OTHER", "OTHER")])
    scores = np.eye(len(REGIONS))[truth]
    family = np.array(["a", "b", "a", "a", "b"])
    np.savez(tmp_path / "answers.npz", region=truth, family=family, region_scores=scores)
    lines = {what: found for _, what, _, found in region_lines(tmp_path / "answers.npz")}
    assert lines["SPINE"] == "cannot be judged: n 1 of 1 collections"
    assert lines["CHEST, recall"].startswith("1.000")
    assert lines["none of the seven, named all the same"].startswith("0.000")
