import re
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.concepts.abbreviations import article_abbreviations, defined_abbreviations, short_forms
from rocov2.concepts.linker import Linker
from rocov2.stages.link import LinkParams, abbreviations_of, run
from rocov2.tables import Caption, Figure


def never(_):
    return False


def figure(name, caption, mentions=()):
    values = {f.name: "" for f in fields(Figure)} | {"figure_id": name, "article_id": name.split("/")[0]}
    return Figure(
        **(values | {"caption": caption, "mentions": tuple(mentions), "definitions": (), "panel": 0, "panel_count": 1})
    )


def caption(name, text):
    return Caption(name, name.split("/")[0], text, "en", 1.0, (), 3)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LV, left ventricle; RV: right ventricle", {"LV": "left ventricle", "RV": "right ventricle"}),
        ("PE (Pericardial effusion)", {"PE": "Pericardial effusion"}),
        ("(PV) pulmonary veins", {"PV": "pulmonary veins"}),
        ("RV right ventricle, LA left atrium.", {"RV": "right ventricle", "LA": "left atrium"}),
        ("CT chest tube.", {}),
        ("LV is dilated", {}),
    ],
)
def test_keys_define_by_their_initials(text, found):
    assert defined_abbreviations(text, never) == found


def test_the_detector_is_asked_where_a_short_form_comes_again():
    text = "Dilated left ventricle (LV). The LV is thin."
    assert defined_abbreviations(text, never) == {"LV": "left ventricle"}


def test_short_forms_are_words_in_capitals():
    assert short_forms("CT of the LV, L5 and RCAs; Left A") == {"CT", "LV", "L5", "RCAs"}


def test_the_first_definition_of_an_article_counts_and_only_for_what_is_wanted():
    texts = ["Portal vein (PV) flow. PA, pulmonary artery.", "PV, pulmonary vein"]
    assert article_abbreviations(texts, {"PV"}) == {"PV": "Portal vein"}


@pytest.mark.parametrize("settings", [{}, {"second_pass": 0.9}])
def test_a_definition_elsewhere_in_the_article_is_used(small, settings):
    figures = [
        figure(
            "PMC1.1/f1", "The lumbar vertebra (LV).", ["A kidney of pale look (KPL) is in Figure 1; LK, left kidney."]
        ),
        figure("PMC2.1/f1", "Nothing here."),
    ]
    captions = [caption("PMC1.1/f1", "LK and LV"), caption("PMC2.1/f1", "LK and LV")]
    assert abbreviations_of(captions, figures) == {
        "PMC1.1/f1": {"LV": "lumbar vertebra", "LK": "left kidney"},
        "PMC2.1/f1": {},
    }
    found = [
        (m.figure_id, m.text, m.cui)
        for m in run(LinkParams(vocabulary=small.folder, **settings), iter(captions), iter(figures))
    ]
    assert found == [("PMC1.1/f1", "LK", "C0227614"), ("PMC2.1/f1", "LV", "C0225897")]


def test_the_captions_own_definition_goes_first(small):
    mentions = Linker(small).link_caption("f", "LV, left ventricle", {"LV": "left kidney"})
    assert [m.cui for m in mentions] == ["C0225897", "C0225897"]


def test_a_list_goes_before_other_texts_and_the_abstract_after(small):
    figures = [
        replace(
            figure("PMC1.1/f1", "LV, lumbar vertebra."),
            definitions=("LV: left ventricle", "a kidney of pale look (KPL)"),
        )
    ]
    known = abbreviations_of([caption("PMC1.1/f1", "LV and KPL")], figures)
    assert known == {"PMC1.1/f1": {"LV": "left ventricle", "KPL": "kidney of pale look"}}


def test_an_examination_keeps_its_meaning_however_its_long_form_is_spelt(shipped):
    known = {"TTE": "transthoracic echocardiographic imaging", "CT": "computer tailored"}
    found = [(m.text, m.cui) for m in Linker(shipped).link_caption("f", "TTE and CT", known)]
    assert found == [("TTE", "C0041618")]


@given(st.text("ACab1s-_ é", max_size=12))
def test_a_short_form_is_bounded_by_what_is_no_letter_digit_or_hyphen(text):
    plain = re.findall(r"(?<![\w-])[A-Z][A-Za-z0-9]{0,5}[A-Z0-9]s?(?![\w-])", text)
    assert short_forms(text) == set(plain)
