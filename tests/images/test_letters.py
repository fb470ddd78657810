"""Panel letters are read where panels have them, and nowhere else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from rocov2.images.classify import load_models, score_images
from rocov2.images.decode import Picture
from rocov2.images.glyphs import PATCH_PX, glyphs_of
from rocov2.images.letters import CLASSES, PanelLetters, panel_letters, read_letters
from tests.conftest import REPO

MODELS = load_models(REPO / "data" / "models")
CAPITALS, SMALL = "ABCDEFGHIJKLMNOP", "abcdefghijklmnop"
GROUNDS = {"black": (0, 255), "white": (255, 0), "grey": (90, 255), "tissue": (135, 255)}


def sheet(size=(480, 320), ground=0, seed=0):
    """Soft grain around one tone."""
    draw = np.random.default_rng(seed)
    values = np.clip(draw.normal(ground, 6, (size[1], size[0])), 0, 255).astype(np.uint8)
    return Image.fromarray(values).convert("RGB")


def written(image, texts, high=20, fill=255, plate=None):
    """Each text at its place, x and y in pixels."""
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(high)
    for text, place in texts:
        if plate is not None:
            left, top, right, bottom = pen.textbbox(place, text, font=font)
            pen.rectangle((left - 5, top - 5, right + 5, bottom + 5), fill=(plate,) * 3)
        pen.text(place, text, fill=(fill,) * 3 if isinstance(fill, int) else fill, font=font)
    return np.asarray(image)


def read(rgb):
    return read_letters(MODELS.letters, rgb).letters


@pytest.mark.parametrize("style", ["{}", "({})", "{})", "{}."])
@pytest.mark.parametrize("names", ["AB", "ab"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_letters_at_the_corners_of_two_panels_are_read(style, names, ground):
    grey, fill = GROUNDS[ground]
    texts = [(style.format(names[0]), (12, 10)), (style.format(names[1]), (252, 10))]
    assert read(written(sheet(ground=grey), texts, fill=fill)) == names


@pytest.mark.parametrize(("fill", "plate"), [(0, 255), (255, 0)])
@pytest.mark.parametrize("high", [16, 24, 40])
def test_letters_on_a_plate_of_their_own_are_read(fill, plate, high):
    texts = [("A", (12, 12)), ("B", (252, 12)), ("C", (12, 172)), ("D", (252, 172))]
    assert read(written(sheet(ground=80), texts, high, fill, plate)) == "ABCD"


@pytest.mark.parametrize("fill", [(255, 255, 0), (255, 0, 0), (0, 255, 0), (0, 200, 255)])
def test_letters_in_colour_are_read(fill):
    assert read(written(sheet(), [("A", (12, 10)), ("B", (252, 10))], fill=fill)) == "AB"


def test_rows_and_columns_are_both_orders_of_reading():
    places = [(12, 10), (12, 170), (252, 10), (252, 170)]
    assert read(written(sheet(), list(zip("ABCD", places, strict=True)))) == "ABCD"
    assert read(written(sheet(), list(zip("ACBD", places, strict=True)))) == "ABCD"
    assert read(written(sheet(), list(zip("DCBA", places, strict=True)))) == ""


def test_one_letter_that_is_hidden_does_not_end_the_run():
    places = [(12, 10), (132, 10), (252, 10), (372, 10)]
    assert read(written(sheet(), list(zip("ABxD", places, strict=True)))) == "ABCD"
    assert read(written(sheet(), [("A", places[0]), ("C", places[2])])) == ""


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [("A", (12, 10))],
        [("R", (12, 10)), ("L", (440, 10))],
        [("B", (12, 10)), ("C", (252, 10))],
        [("A", (12, 10)), ("A", (252, 10))],
        [("Axial", (12, 10)), ("Back", (252, 10))],
        [("A B", (12, 10))],
        [("A", (12, 10)), ("B", (40, 34))],
        [("A", (12, 10)), ("b", (252, 10))],
        [("10", (12, 10)), ("20", (132, 10)), ("30", (252, 10))],
    ],
)
def test_lone_letters_sides_words_and_numbers_are_no_panel_letters(texts):
    assert read(written(sheet(), texts)) == ""


def test_letters_of_two_sizes_do_not_belong_together():
    image = Image.fromarray(written(sheet(), [("A", (12, 10))], 16))
    assert read(written(image, [("B", (252, 10))], 36)) == ""


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32 - 1), st.sampled_from([1, 3, 9]))
def test_no_small_picture_raises_and_letters_always_run_from_a(height, width, seed, grain):
    small = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    rgb = small.repeat(grain, axis=0).repeat(grain, axis=1)
    found = read(rgb)
    assert found == "" or CAPITALS.startswith(found) or SMALL.startswith(found)
    assert len(found) != 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_whatever_the_recogniser_says_letters_run_from_a(seed, count):
    draw = np.random.default_rng(seed)
    texts = [("A", (int(x), int(y))) for x, y in draw.integers(10, 300, (count, 2))]
    glyphs = glyphs_of(written(sheet(), texts))
    early = np.where(np.arange(len(CLASSES)) < 4, 1.0, 0.02)
    shares = draw.dirichlet(early / 10, len(glyphs)).astype(np.float32)
    found = panel_letters(glyphs, shares, 480).letters
    assert found == "" or CAPITALS.startswith(found) or SMALL.startswith(found)


def test_patches_lie_between_ground_and_tone_and_neighbours_are_in_the_list():
    glyphs = glyphs_of(written(sheet(), [("(A)", (12, 10)), ("B", (252, 10))]))
    assert any(glyph.left >= 0 and glyph.right >= 0 for glyph in glyphs)
    for glyph in glyphs:
        assert glyph.patch.shape == (PATCH_PX, PATCH_PX)
        assert 0 <= glyph.patch.min() <= glyph.patch.max() <= 1
        assert max(glyph.left, glyph.right) < len(glyphs)


def test_the_compound_score_rises_with_the_letters_read_and_says_which():
    blank = np.zeros((320, 480, 3), dtype=np.uint8)
    two = written(Image.fromarray(blank), [("A", (12, 10)), ("B", (252, 10))])
    plain, lettered = score_images(MODELS, [Picture(rgb, 480, 320, "RGB") for rgb in (blank, two)])
    assert (plain.panel_letters, lettered.panel_letters) == ("", "AB")
    assert all(weight > 0 for weight in MODELS.calibration["letters"])
    assert lettered.compound_score > plain.compound_score


def test_reading_is_the_same_each_time_and_says_where():
    rgb = written(sheet(), [("A", (12, 10)), ("B", (252, 10))])
    first = read_letters(MODELS.letters, rgb)
    assert first == read_letters(load_models(REPO / "data" / "models").letters, rgb)
    assert first.places[0] < first.places[1]
    assert 0.7 <= first.sure <= 1
    assert read_letters(MODELS.letters, np.zeros((1, 1, 3), dtype=np.uint8)) == PanelLetters()
