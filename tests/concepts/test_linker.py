import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rocov2.captions.clean import clean_caption
from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.linker import Linker, LinkerSettings
from rocov2.concepts.normalise import key_of
from rocov2.concepts.senses import read_senses
from rocov2.concepts.terms import Term
from tests.concepts.conftest import SMALL

WORDS = ["left", "right", "kidney", "kidneys", "liver", "tumor", "of", "the", "and", "no", "LV", "lv", "ventricle"]
WORDS += ["fracture", ",", ".", "(", "axis", "CT", ";", "possible"]
CAPTION = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)


def link(vocabulary, caption, **settings):
    return [(m.text, m.cui) for m in Linker(vocabulary, LinkerSettings(**settings)).link_caption("f", caption)]


def test_the_longest_match_wins(small):
    assert link(small, "The left kidney.") == [("left kidney", "C0227614")]


def test_a_mention_says_where_what_and_how(small):
    (mention,) = Linker(small).link([("PMC1.1/f1", "No pneumothorax.")])
    assert (mention.figure_id, mention.start, mention.end, mention.text) == ("PMC1.1/f1", 3, 15, "pneumothorax")
    assert (mention.name, mention.tui, mention.status, mention.origin) == (
        "Pneumothorax",
        "T047",
        "negated",
        "dictionary",
    )
    assert mention.vocabulary == small.digest[:12]


def test_a_list_gives_each_of_its_members(small):
    assert [cui for _, cui in link(small, "left and right kidneys")] == ["C0227614", "C0227613"]


def test_abbreviations_count_only_in_capitals(small):
    assert link(small, "LV and lv") == [("LV", "C0225897")]


def test_a_caption_that_defines_an_abbreviation_otherwise_is_believed(small):
    assert link(small, "Lumbar vertebra (LV) and LV.") == []
    assert link(small, "Left ventricle (LV).") == [("Left ventricle", "C0225897"), ("LV", "C0225897")]


def test_an_unlisted_compound_stands_beside_its_listed_parts(small):
    caption = "tumor of the kidney"
    assert [cui for _, cui in link(small, caption)] == ["C0006826", "C9999991", "C0022646"]
    assert [cui for _, cui in link(small, caption, parts=False)] == ["C9999991"]


def test_a_procedure_hides_no_anatomy(small):
    assert [cui for _, cui in link(small, "kidney CT")] == ["C0022646", "C0040405"]


def test_a_phrase_does_not_reach_over_punctuation(small):
    assert link(small, "left, kidney") == [("kidney", "C0022646")]


def test_semantic_types_can_be_allowed_and_denied(small):
    caption = "fracture of the liver"
    assert link(small, caption, allowed_types=frozenset({"T037"})) == [("fracture", "C0016658")]
    assert link(small, caption, denied_types=frozenset({"T037"})) == [("liver", "C0023884")]


def test_a_low_prior_can_be_cut(small):
    assert link(small, "axis", min_score=0.95) == []


def test_sense_rules_decide_by_context(small, tmp_path):
    path = tmp_path / "senses.csv"
    path.write_text("form,cui,needs,bars,reason\naxis,C0004457,cervical,-long,a line\n")
    senses = read_senses(path)
    assert link(small, "long axis view", senses=senses) == []
    assert link(small, "cervical spine, axis fractured", senses=senses)[0] == ("axis", "C0004457")
    assert link(small, "axis of the liver", senses=senses) == [("liver", "C0023884")]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(CAPTION)
def test_a_span_spells_a_form_of_its_concept(small, caption):
    forms = {}
    for term in SMALL:
        forms.setdefault(term.cui, set()).add(frozenset(key_of(term.text).split()))
    for mention in Linker(small).link_caption("f", caption):
        assert mention.text == caption[mention.start : mention.end]
        words = set(key_of(mention.text).split())
        assert any(form <= words for form in forms[mention.cui])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(CAPTION)
def test_linking_is_the_same_every_time_and_in_order(small, caption):
    linker = Linker(small)
    first, again = linker.link_caption("f", caption), Linker(small).link_caption("f", caption)
    assert first == again == linker.link_caption("f", caption)
    assert [m.start for m in first] == sorted(m.start for m in first)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(CAPTION)
def test_linking_a_clean_caption_that_is_cleaned_again_is_the_same(small, caption):
    clean = clean_caption(caption).text
    assert Linker(small).link_caption("f", clean_caption(clean).text) == Linker(small).link_caption("f", clean)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.permutations(SMALL), st.lists(CAPTION, min_size=8, max_size=8))
def test_the_order_of_vocabulary_rows_does_not_matter(small, tmp_path, rows, captions):
    shuffled = build_vocabulary(rows, tmp_path / "shuffled")
    assert shuffled.digest == small.digest
    for caption in captions:
        assert Linker(shuffled).link_caption("f", caption) == Linker(small).link_caption("f", caption)


def test_a_word_that_adds_nothing_leaves_its_neighbour_alone(tmp_path):
    rows = [
        Term("C0027422", "nasal bone", "T023"),
        Term("C0016658", "fracture", "T037"),
        Term("C0016658", "bone fracture", "T037"),
        Term("C0228193", "right frontal", "T023"),
        Term("C0016734", "frontal sinus", "T023"),
    ]
    vocabulary = build_vocabulary(rows, tmp_path)
    assert link(vocabulary, "nasal bone fracture") == [("nasal bone", "C0027422"), ("fracture", "C0016658")]
    assert link(vocabulary, "right frontal sinus") == [("frontal sinus", "C0016734")]


@pytest.mark.parametrize("caption", ["", " ", "...", "№ 7", "a" * 500, "left kidney " * 300])
def test_odd_captions_are_read(small, caption):
    assert isinstance(Linker(small).link_caption("f", caption), list)
