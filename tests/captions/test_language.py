"""Declared languages, and the words that overrule them."""

import pytest

from rocov2.captions.language import language_of

FRENCH = "Radiographie du thorax de face montrant une opacité du poumon gauche"
ENGLISH = "Axial computed tomography of the chest showing a nodule in the left upper lobe"


@pytest.mark.parametrize("declared", ["", "en", "EN", "en-US", "eng", " en "])
def test_an_english_caption_stays_english_however_it_is_declared(declared):
    code, confidence = language_of(ENGLISH, declared)
    assert code == "en"
    assert confidence > 0.6


def test_a_clearly_french_caption_in_an_english_article_is_french():
    assert language_of(FRENCH, "en")[0] == "fr"


def test_an_english_caption_in_a_french_article_is_english():
    assert language_of(ENGLISH, "fr")[0] == "en"


def test_a_french_caption_in_a_french_article_is_french():
    assert language_of(FRENCH, "fr")[0] == "fr"


@pytest.mark.parametrize(
    "text", ["Anterior aspect", "Normal OPG", "Mini mid-vastus approach", "CT", "", "Patella alta."]
)
def test_a_short_caption_is_what_it_is_declared(text):
    assert language_of(text, "en") == ("en", 1.0)


@pytest.mark.parametrize(
    "text",
    [
        "Arteria carotis interna, vena jugularis interna and nervus vagus at the level of the hyoid",
        "HRCT: LUL, RUL, GGO, SUVmax 3.4, FDG, PET/CT, MIP",
        "SAGITTAL T2 WEIGHTED MRI OF THE LUMBAR SPINE SHOWING A DISC HERNIATION",
    ],
)
def test_latin_capitals_and_abbreviations_do_not_make_another_language(text):
    assert language_of(text, "en")[0] == "en"


def test_another_script_is_recognised_even_when_short():
    assert language_of("Рентгенограмма грудной клетки", "en")[0] == "ru"


def test_the_model_comes_out_of_the_package_and_asks_no_network():
    # conftest refuses every connection beyond loopback
    assert language_of(ENGLISH + " and a small effusion", "en")[1] > 0.5
