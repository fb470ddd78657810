"""What the words say of modality, body region and view."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.captions.modality import MODALITIES, body_region, modality_cues, view

MANUAL = {
    "C0040405": "CT",
    "C1306645": "XRAY",
    "C0024485": "MRI",
    "C0041618": "US",
    "C0002978": "ANGIO",
    "C0032743": "PET",
}


def best(text):
    cues = modality_cues(text)
    return max(cues, key=lambda name: cues[name]) if cues else ""


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("CBCT of the mandible", "CT"),
        ("Computerised tomography of the head", "CT"),
        ("CT angiography of the aorta", "CT"),
        ("CTA of the neck", "CT"),
        ("HRCT scan", "CT"),
        ("MRCP shows a stone", "MRI"),
        ("MR angiography of the circle of Willis", "MRI"),
        ("Axial T2-weighted image", "MRI"),
        ("FLAIR sequence", "MRI"),
        ("cardiac magnetic resonance", "MRI"),
        ("Chest X-ray", "XRAY"),
        ("AP radiographs of the knee", "XRAY"),
        ("OPG", "XRAY"),
        ("Orthopantomogram", "XRAY"),
        ("Panoramic radiograph", "XRAY"),
        ("Right mammogram", "XRAY"),
        ("Barium swallow", "XRAY"),
        ("Retrograde urethrogram", "XRAY"),
        ("Intraoperative fluoroscopy", "XRAY"),
        ("Lateral cephalogram", "XRAY"),
        ("Transthoracic echocardiogram", "US"),
        ("Ultrasound of the thyroid", "US"),
        ("Colour Doppler of the testis", "US"),
        ("EUS-guided puncture", "US"),
        ("Coronary angiography", "ANGIO"),
        ("DSA of the left carotid artery", "ANGIO"),
        ("Renal arteriogram", "ANGIO"),
        ("FDG PET/CT of the trunk", "COMBINED"),
        ("18F-FDG positron emission tomography/computed tomography", "COMBINED"),
        ("SPECT-CT fusion", "COMBINED"),
        ("PET/MRI of the prostate", "COMBINED"),
        ("Tc-99m bone scintigraphy", "PET"),
        ("FDG-PET of the brain", "PET"),
        ("SPECT of the heart", "PET"),
    ],
)
def test_an_examination_is_recognised_by_its_name(text, modality):
    assert best(text) == modality


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Kaplan-Meier curves of both groups",
        "Optical coherence tomography of the macula",
        "Fluorescein angiography of the right eye",
        "X-ray diffraction pattern of the film",
        "A T1N0M0 tumour",
        "Direct action of the doctor",
        "The patient was discussed with us",
        "Clinical photograph of a fractured hand",
    ],
)
def test_nothing_is_said_where_no_examination_is_named(text):
    assert modality_cues(text) == {}


def test_the_examination_named_first_counts_most():
    assert best("CT of the chest, compared with the previous MRI and ultrasound") == "CT"
    assert best("MRI of the liver after an inconclusive CT scan") == "MRI"


@given(st.text(max_size=200))
def test_shares_are_of_known_modalities_and_add_up(text):
    cues = modality_cues(text)
    assert set(cues) <= set(MODALITIES)
    assert not cues or abs(sum(cues.values()) - 1.0) < 0.06


@pytest.mark.parametrize(
    ("text", "cui"),
    [
        ("Chest radiograph", "C0817096"),
        ("Panoramic radiograph", "C0037303"),
        ("X-ray of the left knee", "C0023216"),
        ("Plain abdominal film", "C0000726"),
        ("Pelvic X-ray", "C0030797"),
        ("Radiograph of the right wrist", "C1140618"),
        ("Lumbar spine radiograph", "C0037949"),
        ("Mammogram, MLO view", "C0006141"),
    ],
)
def test_a_region_is_one_of_the_published_eight(text, cui):
    found = body_region(text)
    assert found is not None
    assert (found[0], 0.0 < found[2] <= 1.0) == (cui, True)


@pytest.mark.parametrize(
    ("text", "cui"),
    [
        ("Anteroposterior radiograph", "C1999039"),
        ("AP view of the pelvis", "C1999039"),
        ("PA chest X-ray", "C1996865"),
        ("Posteroanterior view", "C1996865"),
        ("Lateral chest radiograph", "C0205129"),
        ("Axial radiograph of the calcaneus", "C0205106"),
    ],
)
def test_a_view_is_one_of_the_published_four(text, cui):
    found = view(text)
    assert found is not None
    assert found[0] == cui


def test_no_region_and_no_view_where_none_is_named():
    assert body_region("Postoperative radiograph") is None
    assert view("Dilated PA catheter, map of the apex") is None


def test_words_agree_with_the_published_manual_concepts(shared):
    """Rows with odd numbers: the cues were tuned on the even ones, after a first look at samples of both."""
    with (shared / "captions" / "rocov2_valid_captions.csv").open(newline="", encoding="utf-8") as lines:
        captions = {row["ID"]: row["Caption"] for row in csv.DictReader(lines)}
    with (shared / "captions" / "rocov2_valid_concepts_manual.csv").open(newline="", encoding="utf-8") as lines:
        manual = {row["ID"]: row["CUIs"].split(";") for row in csv.DictReader(lines)}
    odd = [name for name in captions if int(name[-6:]) % 8 == 1]
    said = {name: best(captions[name]) for name in odd if best(captions[name])}
    right = sum(MANUAL.get(manual[name][0], "COMBINED") == found for name, found in said.items())
    assert len(said) / len(odd) > 0.82
    assert right / len(said) > 0.955


def test_words_agree_with_the_captions_annotated_by_reading(shared):
    names = {"MR": "MRI", "XR": "XRAY", "AN": "ANGIO", "combined": "COMBINED"}
    with (shared / "captions" / "annotated_valid100.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    stated = [row for row in rows if row["modality"] != "unknown"]
    right = sum(best(row["caption"]) == names.get(row["modality"], row["modality"]) for row in stated)
    assert right / len(stated) > 0.9


def test_the_tracer_of_a_fused_examination_is_no_modality_of_its_own():
    assert modality_cues("Axial fused PET/CT image with FDG uptake of a nodule.") == {"COMBINED": 1.0}
    assert modality_cues("Maximum intensity projection of FDG-PET; PET/CT was read beside it.")["PET"] > 0.5
