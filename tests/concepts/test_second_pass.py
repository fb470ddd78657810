from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from rocov2.concepts.backends import Choice, chosen_model, open_backend
from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.linker import Linker
from rocov2.concepts.normalise import tokenise
from rocov2.concepts.second_pass import ORIGIN, ExactIndex, SecondPass, left_over
from rocov2.concepts.terms import Term
from rocov2.errors import ConfigError
from tests.concepts.conftest import SMALL

CAPTION = "No pneumothorx in the left kidney, fracture of lver"
WORDS = ("pneumothorx", "the", "left", "kidny", ",", ".", "no", "possible", "tumour", "fractured", "ribs", "Axis", "LV")


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    return SecondPass(Linker(build_vocabulary(SMALL, tmp_path_factory.mktemp("v"))), 0.7)


def link(second, caption):
    return list(second.link([("f", caption)]))


def test_a_misspelt_word_is_found_with_its_likeness_and_its_status(second):
    first, *rest = link(second, CAPTION)
    assert (first.text, first.cui, first.origin, first.status) == ("pneumothorx", "C0032326", ORIGIN, "negated")
    assert 0.7 <= first.score < 1
    assert [(m.text, m.origin) for m in rest] == [("left kidney", "dictionary"), ("fracture", "dictionary")]


def test_what_is_less_like_a_spelling_is_left(second):
    strict = SecondPass(second.linker, 0.99)
    assert link(strict, CAPTION) == second.linker.link_caption("f", CAPTION)


@pytest.mark.parametrize(
    ("caption", "status"),
    [
        ("possible pneumothorx", "uncertain"),
        ("without pneumothorx", "negated"),
        ("prior pneumothorx", "historical"),
        ("a pneumothorx", "present"),
    ],
)
def test_a_cue_stays_outside_the_span_and_gives_the_status(second, caption, status):
    (mention,) = link(second, caption)
    assert (mention.text, mention.status) == ("pneumothorx", status)


@pytest.mark.parametrize("caption", ["", "...", "of the", "zzzzzzzz qqqqqqqq", "LVX"])
def test_a_caption_without_anything_alike_gives_nothing(second, caption):
    assert link(second, caption) == []


def test_the_longer_run_is_taken_where_two_are_as_like(second):
    (mention,) = link(second, "left-ventricles-of")
    assert mention.text == "left-ventricles"
    (mention,) = link(second, "lefft ventricle")
    assert mention.text == "lefft ventricle"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_the_dictionary_keeps_its_mentions_and_no_span_overlaps_one_of_them(second, words):
    caption = " ".join(words)
    found = link(second, caption)
    exact = [m for m in found if m.origin != ORIGIN]
    assert exact == second.linker.link_caption("f", caption)
    spans = sorted((m.start, m.end) for m in found if m.origin == ORIGIN)
    assert all(caption[m.start : m.end] == m.text for m in found)
    assert all(e <= m.start or s >= m.end for s, e in spans for m in exact)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_batches_do_not_change_what_is_found(second):
    captions = [(f"f{n}", CAPTION if n % 2 else "Normal tumours") for n in range(130)]
    assert list(second.link(captions)) == [m for pair in captions for m in second.link([pair])]


def test_runs_cross_neither_mentions_nor_punctuation_and_end_in_no_function_word(second):
    tokens = tokenise(CAPTION)
    runs = left_over(tokens, second.linker.link_caption("f", CAPTION))
    assert [text for _, _, text in runs] == ["pneumothorx"]
    assert [text for *_, text in left_over(tokenise("bulky of spleen"), [])] == ["bulky of spleen", "spleen"]


def test_forms_in_capitals_and_forms_with_sense_rules_are_not_compared_with(tmp_path):
    (tmp_path / "senses.csv").write_text("form,cui,when,unless,reason\n")
    vocabulary = build_vocabulary([Term("C0000001", "ABCDEF"), Term("C0000002", "abdomen")], tmp_path / "v")
    assert [m.cui for m in SecondPass(Linker(vocabulary), 0.8).link([("f", "abcdeff abdomenn")])] == ["C0000002"]


def test_only_core_concepts_are_compared_with_where_there_are_some(tmp_path):
    terms = [Term("C0000001", "pancreatitis", is_core=True), Term("C0000002", "appendicitis")]
    second = SecondPass(Linker(build_vocabulary(terms, tmp_path)), 0.75)
    assert [m.cui for m in link(second, "pancreatitiss and appendicitiss")] == ["C0000001"]


def test_a_vocabulary_of_nothing_but_short_forms_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no spelling"):
        SecondPass(Linker(build_vocabulary([Term("C0000001", "rib")], tmp_path)), 0.9)


def test_too_many_spellings_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("rocov2.concepts.second_pass.MAX_SPELLINGS", 1)
    terms = [Term("C0000001", "pancreas"), Term("C0000002", "stomach")]
    with pytest.raises(ConfigError, match="at most 1 spellings"):
        SecondPass(Linker(build_vocabulary(terms, tmp_path)), 0.9)


def test_the_exact_index_gives_the_nearest_first_and_the_lower_row_of_equals():
    vectors = csr_matrix(np.array([[1, 0], [0.6, 0.8], [1, 0], [0, 1]], np.float32))
    ((rows, distances),) = ExactIndex(vectors).knnQueryBatch(csr_matrix(np.array([[1, 0]], np.float32)), 3)
    assert rows.tolist() == [0, 2, 1]
    assert distances == pytest.approx([0, 0, 0.4])


def test_the_backend_takes_it_as_a_setting_and_only_for_the_dictionary(small):
    found = list(open_backend(Choice(second_pass=0.7), small.folder).link([("f", CAPTION)]))
    assert {m.origin for m in found} == {"dictionary", ORIGIN}
    with pytest.raises(ConfigError, match="reads no second_pass"):
        chosen_model(Choice("scispacy", second_pass=0.7))
