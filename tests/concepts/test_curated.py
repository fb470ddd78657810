import pytest

from rocov2.concepts.curated import (
    PUBLISHED,
    STRICT,
    CurationPolicy,
    FigureFacts,
    awaited,
    curate_concepts,
    frequent_cuis,
    pending,
    policy,
)
from rocov2.errors import ConfigError
from rocov2.tables import Mention

CHEST = ("C0817096", "Chest", 0.9)
FRONTAL = ("C1999039", "Anterior-Posterior", 0.8)


def mention(cui, start=0, tui="T047", status="present", origin="dictionary"):
    return Mention("f", start, start + 3, "abc", cui, cui, tui, 0.9, status, origin, "0" * 12)


def facts(modality="XRAY", score=0.9, region=None, view=None):
    return FigureFacts("f", modality, score, region, view)


def cuis(*arguments):
    return [c.cui for c in curate_concepts(*arguments)]


def test_the_manual_concepts_come_first_in_the_published_order():
    concepts = curate_concepts(facts(region=CHEST, view=FRONTAL), [mention("C0032326")])
    assert [(c.cui, c.kind, c.origin) for c in concepts] == [
        ("C1306645", "modality", "classifier"),
        ("C0817096", "anatomy", "classifier"),
        ("C1999039", "direction", "classifier"),
        ("C0032326", "concept", "linker"),
    ]


def test_region_and_view_stand_only_with_a_plain_x_ray():
    assert cuis(facts("CT", region=CHEST, view=FRONTAL), []) == ["C0040405"]


def test_linked_concepts_stand_by_place_and_once():
    found = [mention("C0000002", 9), mention("C0000001", 5), mention("C0000002", 0)]
    assert cuis(facts("CT"), found) == ["C0040405", "C0000002", "C0000001"]


def test_a_concept_that_is_manual_is_not_repeated():
    assert cuis(facts(region=CHEST), [mention("C0817096", tui="T029")]) == ["C1306645", "C0817096"]


@pytest.mark.parametrize("status", ["negated", "uncertain", "historical"])
def test_only_present_mentions_are_shown_unless_published(status):
    found = [mention("C0032326", status=status)]
    assert cuis(facts("CT"), found, STRICT) == ["C0040405"]
    assert cuis(facts("CT"), found, PUBLISHED) == ["C0040405", "C0032326"]


def test_a_concept_that_is_denied_once_and_present_once_is_shown():
    assert "C0032326" in cuis(facts("CT"), [mention("C0032326", 0, status="negated"), mention("C0032326", 9)])


def test_procedures_go_when_a_modality_stands():
    found = [mention("C0202823", tui="T060"), mention("C0034606", 5, tui="T060")]
    assert cuis(facts("CT"), found, PUBLISHED) == ["C0040405"]


def test_a_fused_modality_has_no_manual_concepts_and_keeps_procedures():
    found = [mention("C1699633", tui="T060"), mention("C0032743", 9, tui="T060")]
    concepts = curate_concepts(facts("COMBINED"), found, PUBLISHED)
    assert [(c.cui, c.kind) for c in concepts] == [("C1699633", "concept"), ("C0032743", "concept")]


def test_strict_names_the_fused_modality():
    concepts = curate_concepts(facts("COMBINED"), [mention("C1699633", tui="T060")], STRICT)
    assert [(c.cui, c.kind, c.origin) for c in concepts] == [("C1699633", "modality", "linker")]


def test_injuries_are_absent_from_the_published_preset_only():
    found = [mention("C0016658", tui="T037")]
    assert cuis(facts("CT"), found, STRICT) == ["C0040405", "C0016658"]
    assert cuis(facts("CT"), found, PUBLISHED) == ["C0040405"]


def test_filler_words_are_absent_from_the_published_preset():
    assert cuis(facts("CT"), [mention("C0024109", tui="T023")], PUBLISHED) == ["C0040405"]


def test_a_concept_with_one_shown_type_is_shown():
    assert "C0000001" in cuis(facts("CT"), [mention("C0000001", tui="T033;T047")])


def test_scores_below_the_least_wait_for_a_curator():
    rules = CurationPolicy(min_modality_score=0.5, min_region_score=0.5, min_view_score=0.95)
    assert pending(facts(score=0.3), rules) == ["modality"]
    assert cuis(facts(score=0.3), [], rules) == []
    assert pending(facts(region=CHEST, view=FRONTAL), rules) == ["direction"]
    assert pending(facts("US"), rules) == pending(facts("COMBINED"), rules) == []
    assert pending(facts(), rules) == ["anatomy", "direction"]


def test_the_curator_is_told_how_sure_each_held_back_kind_was():
    rules = CurationPolicy(min_modality_score=0.5, min_region_score=0.95)
    assert awaited(facts(score=0.3), rules) == "modality 0.30"
    assert awaited(facts(region=CHEST), rules) == "anatomy 0.90, direction"
    assert awaited(facts(region=CHEST), rules, {"anatomy"}) == "direction"
    assert awaited(facts("US"), rules) == ""


def test_an_overridden_mention_keeps_its_origin():
    assert curate_concepts(facts("CT"), [mention("C0000001", origin="override")])[1].origin == "override"


def test_rare_concepts_are_found_over_all_figures():
    rows = [["C0000001", "C0000001"]] * 10 + [["C0000002"]] * 9
    assert frequent_cuis(rows) == {"C0000001"}


def test_an_unknown_preset_is_an_error():
    assert policy("strict") is STRICT
    with pytest.raises(ConfigError, match="unknown preset"):
        policy("loose")
