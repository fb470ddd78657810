"""Caption scores: the official preprocessing, and ROUGE-1 as its reference library computes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from rocov2.errors import ConfigError
from rocov2.evaluation.captions import bert_scores, preprocess, rouge1, rouge_scores

REFERENCE = RougeScorer(["rouge1"])


@pytest.mark.parametrize(
    ("caption", "compared"),
    [
        ("Axial CT, 12.5 cm.", "axial ct numbernumber cm"),
        ("T2-weighted MRI (arrow)", "tnumberweighted mri arrow"),
        ("5–10 mm", "number–number mm"),
        ("", ""),
    ],
)
def test_a_caption_is_compared_in_lower_case_without_numbers_and_punctuation(caption, compared):
    assert preprocess(caption) == compared


@pytest.mark.parametrize(
    ("true", "predicted", "score"),
    [
        ("axial ct of the chest", "axial ct of the chest", 1.0),
        ("axial ct", "axial mri", 0.5),
        ("a a b", "a b b", 2 / 3),
        ("", "", 1.0),
        ("axial", "", 0.0),
        ("...", "...", 0.0),
    ],
)
def test_rouge_counts_shared_words_once_each(true, predicted, score):
    assert rouge1(true, predicted) == pytest.approx(score)


@given(st.text(max_size=80), st.text(max_size=80))
def test_rouge_is_symmetric_and_within_bounds(one, other):
    assert 0 <= rouge1(one, other) == rouge1(other, one) <= 1


@given(st.text("ab1 .,-éTß", max_size=60), st.text("ab1 .,-éTß", max_size=60))
def test_rouge_is_that_of_the_reference_library(one, other):
    wanted = REFERENCE.score(preprocess(one), preprocess(other))["rouge1"].fmeasure if one or other else 1.0
    assert rouge1(one, other) == pytest.approx(wanted)


def test_an_image_without_prediction_has_an_empty_caption():
    assert rouge_scores({"a": "axial ct", "b": "chest"}, {"b": "chest"}) == [0.0, 1.0]


def test_without_a_local_model_bertscore_says_what_to_give(tmp_path):
    with pytest.raises(ConfigError, match="holds no model"):
        bert_scores({"a": "x"}, {"a": "x"}, tmp_path, 9)


def test_without_the_library_bertscore_names_the_install_command(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "bert_score", None)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigError) as raised:
        bert_scores({"a": "x"}, {"a": "x"}, tmp_path, 9)
    assert "pip install" in raised.value.advice
