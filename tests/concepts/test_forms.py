import pytest

from rocov2.concepts.forms import expand_terms, plain_forms
from rocov2.concepts.normalise import key_of
from rocov2.concepts.terms import Term


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Structure of left lower lobe of lung", "left lower lobe"),
        ("Structure of left lower lobe of lung", "lower lobe of left lung"),
        ("Left lobe of liver", "left hepatic lobe"),
        ("Head of pancreas", "pancreatic head"),
        ("Bone structure of ilium", "ilium"),
        ("Bone structure of rib", "rib bone"),
        ("Entire colon", "colon"),
        ("Right atrial structure", "right atrial"),
        ("Hematoma, Subdural", "subdural hematoma"),
        ("Aneurysm, Ascending Aorta", "ascending aorta aneurysm"),
        ("Hyperostosis, Diffuse Idiopathic Skeletal", "diffuse idiopathic skeletal hyperostosis"),
        ("Aplasia, NOS", "aplasia"),
        ("Stent, device", "stent"),
        ("Needle device", "needle"),
        ("Colon structure (body structure)", "colon"),
        ("Malignant neoplasm of thyroid", "thyroid cancer"),
        ("Secondary malignant neoplasm of liver", "liver metastasis"),
        ("Both kidneys", "bilateral kidneys"),
        ("Structure of deltoid muscle", "deltoid"),
    ],
)
def test_a_name_becomes_what_people_write(name, form):
    assert key_of(form) in {key_of(f) for f in plain_forms(name)}


@pytest.mark.parametrize("name", ["Heart", "Pleural effusion", ""])
def test_a_plain_name_gives_nothing_more(name):
    assert plain_forms(name) == ()


def test_only_preferred_names_are_expanded_and_each_key_once():
    terms = [Term("C0000001", "Structure of kidney", tty="PT"), Term("C0000001", "Structure of ren", tty="SY")]
    expanded = list(expand_terms(terms))
    assert len({key_of(t.text) for t in expanded}) == len(expanded)
    assert {"kidney", "Structure of ren"} <= {t.text for t in expanded}
    assert "ren" not in {t.text for t in expanded}
    assert expanded[1].prior < expanded[0].prior
