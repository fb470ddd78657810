"""Concept scores are those of scikit-learn on the vectors that the official evaluators build."""

import csv
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_recall_fscore_support

from rocov2.evaluation import concepts
from rocov2.evaluation.concepts import SECONDARY, Counts
from rocov2.release.labels import MODALITY_CODES

CUIS = ("C0040405", "C1306645", "C0817096", "C0018787", "C0032227", "C0023884", "C0006104")
some = st.lists(st.sampled_from(CUIS), unique=True, max_size=5)
cases = st.lists(st.tuples(some, some), min_size=1, max_size=12)


def answers(pairs, side):
    return {f"image_{number}": pair[side] for number, pair in enumerate(pairs)}


def official(true, predicted):
    """The F1 of an image as the organisers compute it: a vector over the union, an empty cell is one empty name."""
    one, other = ";".join(true).split(";"), ";".join(predicted).split(";")
    union = sorted({*one, *other})
    return f1_score([int(c in one) for c in union], [int(c in other) for c in union], average="binary", zero_division=0)


@given(cases)
def test_the_primary_score_is_scikit_learns_mean_over_images(pairs):
    score = concepts.mean_f1(answers(pairs, 0), answers(pairs, 1), resamples=0)
    assert score.value == pytest.approx(np.mean([official(*pair) for pair in pairs]))
    assert score.images == len(pairs)


@given(cases)
def test_the_secondary_score_leaves_out_images_without_one_of_its_concepts(pairs):
    cut = [([c for c in one if c in SECONDARY], [c for c in other if c in SECONDARY]) for one, other in pairs]
    kept = [official(*pair) for pair in cut if pair[0]]
    score = concepts.secondary_f1(answers(pairs, 0), answers(pairs, 1), resamples=0)
    assert score.images == len(kept)
    assert score.value == pytest.approx(np.mean(kept)) if kept else math.isnan(score.value)


@given(cases)
def test_micro_scores_are_scikit_learns(pairs):
    matrices = [np.array([[c in pair[side] for c in CUIS] for pair in pairs], dtype=int) for side in (0, 1)]
    wanted = precision_recall_fscore_support(*matrices, average="micro", zero_division=0)[:3]
    found = concepts.micro(answers(pairs, 0), answers(pairs, 1), resamples=0)
    assert [found[name].value for name in ("precision", "recall", "f1")] == pytest.approx(list(wanted))


@given(cases, st.randoms())
def test_the_order_of_rows_and_of_concepts_does_not_matter(pairs, chance):
    truth, predicted = answers(pairs, 0), answers(pairs, 1)
    mixed = {name: chance.sample(predicted[name], len(predicted[name])) for name in reversed(list(predicted))}
    assert concepts.mean_f1(truth, mixed, 0).value == concepts.mean_f1(truth, predicted, 0).value
    assert concepts.by_concept(truth, mixed) == concepts.by_concept(truth, predicted)
    assert concepts.confusions(truth, mixed) == concepts.confusions(truth, predicted)


@given(cases)
def test_an_interval_holds_the_score_of_the_truth_itself_at_one(pairs):
    truth = answers(pairs, 0)
    score = concepts.mean_f1(truth, truth, resamples=20)
    assert (score.value, score.low, score.high) == (1.0, 1.0, 1.0)


def test_the_interval_is_as_wide_as_theory_says():
    truth = {str(n): ["C0040405"] for n in range(400)}
    predicted = {str(n): ["C0040405"] if n % 2 else ["C0041618"] for n in range(400)}
    score = concepts.mean_f1(truth, predicted, resamples=2000)
    assert score.value == 0.5
    assert score.high - score.low == pytest.approx(2 * 1.96 * 0.5 / 20, abs=0.02)


@pytest.mark.parametrize(
    ("true", "predicted", "f1"),
    [([], [], 1.0), ([], ["C1"], 0.0), (["C1"], [], 0.0), (["C1", "C2"], ["C2", "C3"], 0.5)],
)
def test_an_empty_list_counts_as_one_empty_name(true, predicted, f1):
    assert concepts.image_f1(true, predicted) == f1


def test_counts_by_concept_and_type_and_the_confusions_add_up():
    truth = {"a": ["C1", "C2"], "b": ["C1"], "c": []}
    predicted = {"a": ["C1", "C3"], "b": ["C3"]}
    found = concepts.by_concept(truth, predicted)
    assert found == [Counts("C1", 1, 0, 1), Counts("C3", 0, 2, 0), Counts("C2", 0, 0, 1)]
    assert concepts.by_type(found, {"C1": "T047", "C2": "T047"}) == [
        Counts("T047", 1, 0, 2),
        Counts("unknown", 0, 2, 0),
    ]
    assert concepts.confusions(truth, predicted) == [("C1", "C3", 1), ("C2", "C3", 1)]


@pytest.mark.parametrize(
    ("cuis", "modality"),
    [(["C0040405", "C0023884"], "CT"), (["C0023884"], "none"), (["C0040405", "C0032743"], "several")],
)
def test_the_modality_of_an_image_is_the_one_its_concepts_name(cuis, modality):
    assert concepts.modality_of(cuis, MODALITY_CODES) == modality


def test_the_published_split_scores_as_scikit_learn_says(shared):
    files = (shared / "captions" / f"rocov2_valid_concepts{end}.csv" for end in ("", "_manual"))
    both, manual = ({row["ID"]: row["CUIs"].split(";") for row in csv.DictReader(path.open())} for path in files)
    truth = {name: both[name] for name in list(both)[:800]}
    wanted = np.mean([official(truth[name], manual[name]) for name in truth])
    guessed = {name: [cui for cui in cuis if cui] for name, cuis in manual.items()}
    assert concepts.mean_f1(truth, guessed, 0).value == pytest.approx(wanted)
