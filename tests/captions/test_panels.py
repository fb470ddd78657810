"""Panel letters and the compound score."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.captions.panels import caption_compound_score, panel_letters


@pytest.mark.parametrize(
    ("caption", "letters"),
    [
        ("(A) CT. (B) MRI.", "AB"),
        ("(a) CT, (b, c) MRI and (d-f) histology", "ABCDEF"),
        ("A: CT of the chest. B: The same later.", "AB"),
        ("A, CT of the chest. B, MRI of the head.", ""),
        ("Axial CT (a and b) and coronal view (c)", "ABC"),
        ("Panel A shows CT, panel B shows MRI", "AB"),
        ("CT of the chest (arrow) in a man", ""),
        ("Stage (C) disease", ""),
        ("Vitamin A and B", ""),
        ("CT of the abdomen [A] and pelvis [B]", "AB"),
        ("(A1) before, (A2) after, (B1) control", "AB"),
        ("(A to C) three phases", "ABC"),
    ],
)
def test_panel_letters(caption, letters):
    assert "".join(panel_letters(caption)) == letters


@pytest.mark.parametrize(
    "caption",
    [
        "(A) CT. (B) MRI.",
        "Before (left) and after (right) treatment",
        "Upper row: T1. Lower row: T2.",
        "The left panel shows CT; the right panel shows MRI.",
    ],
)
def test_a_caption_of_several_panels_scores_high(caption):
    assert caption_compound_score(caption) >= 0.5


@pytest.mark.parametrize(
    "caption",
    [
        "Axial CT of the chest.",
        "A 45-year-old man with a nodule in the left lung.",
        "",
        "Left upper lobe nodule (arrow).",
    ],
)
def test_a_caption_of_one_image_scores_low(caption):
    assert caption_compound_score(caption) < 0.2


@given(st.text(max_size=200))
def test_any_text_has_a_score_between_nought_and_one(text):
    assert 0.0 <= caption_compound_score(text) <= 1.0
    letters = panel_letters(text)
    assert list(letters) == sorted(set(letters))
