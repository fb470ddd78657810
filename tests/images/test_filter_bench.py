import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import REPO

sys.path.insert(0, str(REPO / "scripts"))

from filter_bench.answers import Answers, all_lines, lines_without
from filter_bench.letters import HIGH_PX, lettered
from filter_bench.measure import area, balanced, calibration_error, f_scores, with_interval
from filter_training.fusions import fusion_of
from filter_training.made_up import KINDS, drawn_from
from filter_training.manifest import Row
from filter_training.scintigrams import arched, close_up, label_map_of, scintigram_of

PAIRS = st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.integers(0, 1)), min_size=2, max_size=30)


@settings(max_examples=60, deadline=None)
@given(PAIRS)
def test_the_area_is_the_share_of_pairs_in_the_right_order(pairs):
    scores, truth = (np.array(column) for column in zip(*pairs, strict=True))
    ones, zeros = scores[truth == 1], scores[truth == 0]
    if not len(ones) or not len(zeros):
        assert np.isnan(area(scores, truth))
        return
    order = np.sign(ones[:, None] - zeros[None]) / 2 + 0.5
    assert area(scores, truth) == pytest.approx(order.mean())


def test_balanced_accuracy_weighs_both_classes_the_same():
    scores, truth = np.array([0.9, 0.1, 0.1, 0.1]), np.array([1, 0, 0, 0])
    assert balanced(scores, truth) == 1.0
    assert balanced(1 - scores, truth) == 0.0
    assert balanced(np.ones(4), truth) == 0.5


def test_a_class_that_is_not_there_has_no_f_score():
    found = f_scores(np.array([0, 0, 1]), np.array([0, 1, 1]), 3)
    assert found[:2].tolist() == pytest.approx([2 / 3, 2 / 3])
    assert np.isnan(found[2])


def test_scores_that_are_shares_are_calibrated_and_others_are_not():
    truth = np.array([1, 0, 0, 0] * 50)
    assert calibration_error(np.full(200, 0.25), truth) == pytest.approx(0.0)
    assert calibration_error(np.full(200, 0.75), truth) == pytest.approx(0.5)


def test_an_interval_is_as_wide_as_the_groups_are_few():
    values = np.repeat([0.0, 1.0], 100)
    few = with_interval(lambda rows: float(values[rows].mean()), np.repeat(np.arange(4), 50))
    many = with_interval(lambda rows: float(values[rows].mean()), np.arange(200))
    assert few.value == many.value == 0.5
    assert few.high - few.low > 3 * (many.high - many.low)


def answers(count=80):
    draw = np.random.default_rng(0)
    radiology = np.arange(count) % 2
    source = np.where(np.arange(count) < count // 2, "one", "two")
    clean = {
        "source": source, "family": source, "group": np.arange(count).astype(str), "radiology": radiology,
        "label": np.where(radiology == 1, "ct", "chart"), "modality": np.where(radiology == 1, 0, -1),
        "compound": np.arange(count) // 2 % 2, "is_figure": np.ones(count), "radiology_score": radiology * 0.9 + 0.05,
        "compound_score": draw.random(count), "modality_scores": np.tile(np.eye(7)[0], (count, 1)),
    }  # fmt: skip
    clean["label"][3] = "pet"
    clean["modality"][3] = 5
    joins = {"gutter": np.arange(10) % 2, "compound_score": draw.random(10), "source": np.repeat(["one", "two"], 5)}
    return Answers(clean, joins)


@pytest.mark.parametrize(("left_out", "kept"), [("compound", {"radiology", "modality"}), ("radiology", {"compound"})])
def test_a_head_that_was_not_trained_has_no_lines(left_out, kept):
    clean = {name: values for name, values in answers().clean.items() if name != f"{left_out}_score"}
    joins = answers().joins if left_out == "radiology" else {}
    assert {part for part, *_ in all_lines(Answers(clean, joins))} == kept


def test_a_made_up_fusion_has_the_size_of_its_slice_and_colours_where_the_body_is():
    grey = np.zeros((90, 120), dtype=np.uint8)
    grey[20:70, 30:90] = 140
    for seed in range(5):
        fusion = np.asarray(fusion_of(Image.fromarray(grey), np.random.default_rng(seed))).astype(int)
        assert fusion.shape == (90, 120, 3)
        assert np.ptp(fusion[20:70, 30:90], axis=2).max() > 30


def test_a_class_of_one_source_is_not_judged_and_the_rest_is():
    lines = {(part, what): found for part, what, _, found in all_lines(answers())}
    assert lines["radiology", "AUC"].startswith("1.000")
    assert lines["radiology", "of these under 0.85, an eighth of all left out"] == "none"
    assert lines["modality", "PET recall"] == "cannot be judged: 1 source"
    assert lines["radiology", "class pet"].startswith("cannot be judged")
    assert lines["modality", "CT recall"].startswith("1.000")


def blurred_body():
    grey = np.zeros((90, 120), dtype=np.uint8)
    grey[20:70, 30:90] = 140
    return Image.fromarray(grey)


def test_a_made_up_scintigram_has_the_noise_of_counts_and_no_two_are_alike():
    seen = [np.asarray(scintigram_of(blurred_body(), np.random.default_rng(seed))) for seed in range(12)]
    assert all(picture.ndim == 3 and max(picture.shape) <= 360 and np.ptp(picture) > 60 for picture in seen)
    assert len({picture.tobytes() for picture in seen}) == 12
    rough = [np.abs(np.diff(picture.astype(int), axis=0)).mean() for picture in seen]
    assert min(rough) > 0.3


def test_a_made_up_label_map_is_of_a_few_flat_colours():
    for seed in range(6):
        picture = np.asarray(label_map_of(blurred_body(), np.random.default_rng(seed)))
        assert picture.shape == (90, 120, 3)
        assert 1 < len(np.unique(picture.reshape(-1, 3), axis=0)) <= 8


def test_what_is_made_up_is_drawn_from_single_slices_of_its_modalities_and_stays_the_same_when_pictures_are_added():
    rows = [
        Row(str(n), "oct" if n % 4 == 3 else "ct", n % 4, 1, n % 5 == 0, "one", "one", "", False, "") for n in range(40)
    ]
    more = [*rows, *(Row(str(n), "pet", 5, 1, 0, "two", "two", "", False, "") for n in range(9))]
    assert drawn_from(rows, KINDS["cell"]) == []
    for name in ("fusion", "scintigram", "labels", "eye"):
        kind = KINDS[name]
        drawn = drawn_from(rows, kind)
        assert len(drawn) == kind.count
        assert drawn == drawn_from(more, kind)
        assert all(kind.out_of(rows[place]) for place in drawn)
        assert not any(rows[place].compound for place in drawn)


def test_an_arched_retina_stands_on_a_taller_black_field():
    band = np.clip(200 - 8 * np.abs(np.arange(60) - 30), 0, 255)
    slice_ = Image.fromarray(np.tile(band[:, None], 120).astype(np.uint8))
    for seed in range(6):
        picture = np.asarray(arched(slice_, np.random.default_rng(seed)))
        assert picture.shape[0] >= 60
        assert picture.shape[1] == 120
        assert (picture < 40).mean() > 0.02
        assert picture.max() > 100


def test_sources_left_out_by_themselves_are_told_beside_the_folds():
    rows = answers()
    lines = {what: found for _, what, _, found in all_lines(rows)}
    assert not any("by itself" in what for what in lines)
    rows.clean["radiology_alone_score"] = np.where(rows.clean["source"] == "one", rows.clean["radiology_score"], 0.9)
    lines = {what: found for _, what, _, found in all_lines(rows)}
    assert lines["of these under 0.85, an eighth of all left out"] == "none"
    assert lines["2 of these, each left out by itself, under 0.85"] == "1: two 0.500 (40)"
    assert lines["mean over those, an eighth and each left out"] == "1.000, 0.750"
    rows.clean["radiology_alone_score"][rows.clean["source"] == "two"] = np.nan
    lines = {what: found for _, what, _, found in all_lines(rows)}
    assert lines["1 of these, each left out by itself, under 0.85"] == "none"


def test_what_panels_bring_is_told_for_all_pictures_and_for_the_figures_looked_at():
    rows = answers()
    rows.clean["path"] = rows.clean["group"]
    rows.clean["looked_at"] = np.arange(80) < 8
    rows.clean["radiology_whole_score"] = np.where(rows.clean["looked_at"], 0.4, rows.clean["radiology_score"])
    lines = {what: found for _, what, _, found in all_lines(rows)}
    assert lines["8 figures looked at, balanced accuracy: as a whole, with panels"] == "0.5000, 1.0000"
    assert lines["all pictures, balanced accuracy: as a whole, with panels"] == "0.9500, 1.0000"


def test_without_the_sources_added_only_the_others_are_told():
    rows = answers()
    rows.clean["radiology_score"] = np.where(rows.clean["source"] == "one", rows.clean["radiology_score"], 0.9)
    lines = {what: found for _, what, _, found in lines_without(rows, ["two"])}
    assert lines["without the sources added: of these under 0.85, an eighth of all left out"] == "none"
    assert lines["without the sources added: sources of 15 or more"] == "1"


def test_a_close_up_of_a_cell_is_bright_where_the_cell_is_and_large():
    cells = np.zeros((200, 200), dtype=np.uint8)
    cells[90:110, 60:85] = 220
    for seed in range(6):
        picture = np.asarray(close_up(Image.fromarray(cells), np.random.default_rng(seed)))
        assert 139 <= max(picture.shape) <= 321
        assert picture.max() > 200
        assert picture.min() < 20


def test_letters_are_written_where_panels_would_have_them_and_nowhere_else():
    first, second = (Image.new("RGB", (width, HIGH_PX), (90, 90, 90)) for width in (200, 300))
    found = {name: np.asarray(image).std(axis=(0, 2)) > 0 for name, image in lettered(first, second, 3).items()}
    assert not found["single"].any()
    assert found["single with A"].any()
    assert found["single with A and B"][:100].any()
    assert found["single with A and B"][100:].any()
    both = found["two-panel join with A and B"]
    assert both[:200].any()
    assert both[200:].any()
    assert both.mean() < 0.5
