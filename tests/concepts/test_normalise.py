import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.concepts.normalise import is_cased, key_of, normal_token, tokenise


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pleural effusions", "pleural effusion"),
        ("oedema", "Edema"),
        ("haemorrhage", "hemorrhage"),
        ("tumours", "tumor"),
        ("oesophagus", "esophagus"),
        ("metastases", "metastasis"),
        ("vertebrae", "vertebra"),
        ("Crohn's disease", "Crohn disease"),
        ("Meckel’s diverticulum", "meckel diverticulum"),
        ("X-ray", "x ray"),
        ("soft‐tissue", "soft tissue"),
        ("Ménière", "meniere"),
        ("head of the pancreas", "head of pancreas"),
        ("ischaemic", "ischemic"),
        ("fibre", "fiber"),
        ("Hematoma, Subdural", "hematoma subdural"),
    ],
)
def test_two_spellings_of_one_term_meet(one, other):
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize("word", ["pancreas", "pus", "pelvis", "axis", "ascites", "abscess", "biceps", "atlas", "toe"])
def test_a_word_that_only_looks_like_a_plural_is_kept(word):
    assert normal_token(word) == word


@pytest.mark.parametrize(("one", "other"), [("ilium", "ileum"), ("disease", "dis"), ("mass", "mas"), ("case", "cas")])
def test_different_words_stay_apart(one, other):
    assert key_of(one) != key_of(other)


def test_a_decimal_number_is_one_token():
    assert tokenise("a 1.5 cm mass").norms == ["a", "1.5", "cm", "mass"]


@pytest.mark.parametrize(
    ("text", "answer"), [("LV", True), ("AoV", True), ("L1", True), ("liver", False), ("PET scan", False), ("A", False)]
)
def test_abbreviations_need_their_capitals(text, answer):
    assert is_cased(text) is answer


@given(st.text(max_size=80))
def test_tokens_lie_in_the_text_in_order(text):
    tokens = tokenise(text)
    ends = [0, *tokens.ends]
    for start, end, before in zip(tokens.starts, tokens.ends, ends, strict=False):
        assert before <= start < end <= len(text)


@given(st.text(max_size=60))
def test_the_key_of_a_key_is_itself_up_to_plurals(text):
    key = key_of(text)
    assert key == " ".join(key.split())
    assert "  " not in key


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz -", max_size=40))
def test_case_does_not_matter(text):
    assert key_of(text) == key_of(text.upper())
