"""Other words for a name: adjectives, nouns, families of words, numbers, initials."""

import pytest

from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.forms import expand_terms
from rocov2.concepts.linker import Linker
from rocov2.concepts.morphology import loose_forms
from rocov2.concepts.normalise import key_of
from rocov2.concepts.terms import Term


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Heart", "cardiac"),
        ("Femur", "femoral"),
        ("Left ventricular structure", "left ventricle"),
        ("Thalamic structure", "thalamus"),
        ("Intestines, Small", "small bowel"),
        ("Level of the fifth lumbar vertebra", "L5"),
        ("Middle cerebral artery", "MCA"),
        ("Superior vena cava", "SVC"),
        ("left ventricle", "LV"),
        ("Middle lobe of right lung", "right middle lobe"),
        ("Circumflex branch of left coronary artery", "left circumflex artery"),
        ("COVID19", "COVID-19"),
        ("Pathologic fistula", "fistula"),
        ("Occluded", "occlusion"),
        ("Compressed", "compression"),
        ("Ruptured", "rupture"),
        ("Enlarged", "enlargement"),
        ("Stenosis", "stenotic"),
        ("Dilatation", "dilated"),
        ("Hemorrhage", "hemorrhagic"),
        ("Ischemia", "ischemic"),
        ("Infarction", "infarct"),
    ],
)
def test_a_name_has_other_words(name, form):
    assert key_of(form) in {key_of(f) for f in loose_forms(name, "T047")}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Level of the first thoracic vertebra", "T1"),
        ("Single coronary artery", "SCA"),
        ("Aneurysm of vein", "AOV"),
        ("Bile duct", "biliary"),
    ],
)
def test_what_mostly_means_another_thing_is_not_made(name, form):
    assert form not in set(loose_forms(name))


@pytest.mark.parametrize("tui", ["T023", "T121", "T060"])
def test_only_findings_and_qualities_come_in_families(tui):
    assert "occlusion" not in set(loose_forms("Occluded", tui))
    assert "occlusion" in set(loose_forms("Occluded", f"{tui};T080"))


def test_a_spelling_is_never_taken_from_a_concept_that_has_it(tmp_path):
    terms = [
        Term("C0000002", "Occluded", "T080", tty="PT", prior=1.0),
        Term("C0000009", "occlusion", "T047", tty="SY", prior=0.8),
        Term("C0000001", "Thoracic region", "T029", tty="PT", prior=1.0),
        Term("C0000003", "Chest", "T029", tty="PT", prior=1.0),
    ]
    vocabulary = build_vocabulary(expand_terms(terms), tmp_path)
    assert vocabulary.lookup("occlusion")[0].cui == "C0000009"
    assert vocabulary.lookup("thoracic")[0].cui == "C0000003"


def test_an_examination_of_no_stated_type_hides_no_body_part(tmp_path):
    terms = [Term("C0000001", "CT of abdomen", tty="PT"), Term("C0000002", "Abdomen", tty="PT")]
    linker = Linker(build_vocabulary(expand_terms(terms), tmp_path))
    assert {m.cui for m in linker.link_caption("f", "CT of the abdomen")} == {"C0000001", "C0000002"}
