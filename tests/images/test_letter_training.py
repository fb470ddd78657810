"""What the recogniser of panel letters is trained on, what letters count, and what is said of both."""

import sys

import numpy as np
import pytest
from PIL import Image

from tests.conftest import REPO

sys.path.insert(0, str(REPO / "scripts"))

from filter_bench.answers import Answers
from filter_bench.read_letters import reading_lines, with_letters
from filter_training.glyph_drawing import UNSEEN, Drawn, font_files, name_of, patches_of
from filter_training.glyph_drawing import with_letters as drawn_on
from filter_training.letter_weights import fit_weights, write_read
from filter_training.lettered import boxes_of, lettered
from filter_training.montage import join

from rocov2.images.glyphs import PATCH_PX, Glyph
from rocov2.images.letters import CLASSES


def picture(side=160):
    return Image.fromarray(np.random.default_rng(0).normal(60, 5, (side, side, 3)).clip(0, 255).astype(np.uint8))


def figures(count=400):
    """Answers about figures of eight folds, half of them compound, a fifth of which carry letters."""
    draw = np.random.default_rng(3)
    truth = np.arange(count) % 2
    odds = draw.normal(0, 1.5, count) + np.where(truth == 1, 0.5, -0.5)
    names = np.array([f"s{n % 40}" for n in range(count)])
    rows = {"path": np.array([f"{n}.jpg" for n in range(count)]), "source": names, "group": names, "family": names}
    rows |= {"label": np.full(count, "chart"), "fold": np.arange(count) // 2 % 8, "is_figure": np.ones(count, np.int8)}
    rows |= {"radiology": truth * 0 + (np.arange(count) % 4 < 2), "compound": truth}
    letters = np.where((truth == 1) & (np.arange(count) % 10 == 1), np.where(np.arange(count) % 3, "AB", "abcd"), "")
    return rows | {"compound_score": 1 / (1 + np.exp(-odds))}, letters


def test_patches_carry_the_class_of_the_letter_or_none(tmp_path):
    picture().save(tmp_path / "a.png")
    found = list(patches_of(tmp_path / "a.png", [None], np.random.default_rng(0)))
    assert {patch.shape for patch, _ in found} == {(PATCH_PX, PATCH_PX)}
    assert len({CLASSES[number] for _, number in found}) > 5


def test_characters_lie_where_they_are_said_to_be():
    rgb, drawn = drawn_on(picture(), [None], np.random.default_rng(1))
    assert len(drawn) > 5
    for one in drawn:
        assert one.box[0] < one.box[2] <= rgb.shape[1] + 20
        assert one.name in CLASSES


@pytest.mark.parametrize(
    ("box", "name"),
    [((10, 10, 20, 20), "A"), ((10, 10, 14, 14), ""), ((40, 40, 50, 50), None), ((10, 10, 20, 15), None)],
)
def test_a_mark_is_the_letter_that_it_covers_and_a_piece_of_one_is_none(box, name):
    assert name_of(Glyph(box, np.zeros((PATCH_PX, PATCH_PX))), [Drawn("A", (10, 10, 20, 20))]) == name


def test_the_font_to_judge_with_is_not_trained_on():
    trained, unseen = font_files(), font_files(unseen=True)
    assert not {path for path in trained if path} & set(unseen)
    assert all(path.name.startswith(UNSEEN) for path in unseen)


def test_a_lettered_figure_has_a_box_for_each_panel_in_reading_order():
    rng = np.random.default_rng(5)
    montage = join([picture()] * 4, 2, 2, rng, plain=True)
    boxes = boxes_of(montage, (2, 2), montage.image.size)
    assert len(boxes) == 4
    assert boxes[0][2] <= boxes[1][0]
    assert boxes[0][3] <= boxes[2][1]
    figure, truth = lettered(montage, (2, 2), False, rng)
    assert max(figure.size) <= 512
    assert truth in ("ABCD", "abcd")


def test_letters_that_only_compound_figures_carry_count_for_compound():
    rows, letters = figures()
    weights = fit_weights(rows, letters)
    assert min(weights) > 1
    assert np.abs(fit_weights(rows, np.full(len(letters), ""))).max() < 1e-6
    scores = with_letters(rows, letters)
    assert (scores[letters != ""] > rows["compound_score"][letters != ""]).all()
    assert scores[letters == ""] == pytest.approx(rows["compound_score"][letters == ""])


def test_the_table_tells_what_is_read_and_what_it_adds(tmp_path):
    rows, letters = figures()
    drawn = {"truth": np.array(["AB"] * 8), "read": np.array(["AB", "AB", "", "AB"] * 2), "panels": np.full(8, 2)}
    drawn |= {"unseen": np.arange(8) < 6, "gutter": np.arange(8) % 2 == 0}
    write_read(tmp_path / "read.npz", rows, letters, drawn)
    joins = {"compound_score": np.linspace(0.1, 0.9, 40), "gutter": np.arange(40) % 2}
    lines = {what: value for _, what, _, value in reading_lines(Answers(rows, joins), tmp_path / "read.npz")}
    drawn_line = next(value for what, value in lines.items() if what.startswith("drawn in a font not trained on"))
    assert drawn_line.startswith("0.833, 0.833, 0.000")
    gains = [value for what, value in lines.items() if "what letters add" in what]
    assert all(value.startswith("+") for value in gains)
    assert lines["single radiology with letters read"].startswith("0 of")
