"""Body parts: what is a part of what, from the bundled file and from MRREL, and what a release makes of it."""

import csv

import pytest

from rocov2.concepts.assertion import ANATOMY
from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.hierarchy import PartsPolicy, ancestors, parts_policy, read_body_parts, settle_parts
from rocov2.concepts.rrf import read_relations
from rocov2.concepts.shipped import shipped_parts
from rocov2.errors import ConfigError
from rocov2.tables import Concept
from tests.concepts.conftest import SMALL

LIVER, LOBE, RIGHT, ABDOMEN, CHEST = "C0023884", "C0447541", "C0227481", "C0000726", "C0817096"
WHOLES = {RIGHT: (LOBE, LIVER), LOBE: (LIVER,), LIVER: (ABDOMEN,)}
NAMES = {cui: (cui, "T023") for cui in (LIVER, LOBE, RIGHT, ABDOMEN)}
RELATIONS = [
    # CUI2 is the parent of CUI1, a child, a part, the whole, no place, the same, suppressed, another relation
    "C0000001|A1|AUI|PAR|C0000002|A2|AUI|||R1|MSH|MSH|||N||",
    "C0000002|A1|AUI|CHD|C0000003|A2|AUI|isa||R1|MSH|MSH|||N||",
    "C0000002|A1|AUI|RO|C0000004|A2|AUI|part_of||R1|FMA|FMA|||N||",
    "C0000004|A1|AUI|RO|C0000005|A2|AUI|has_part||R1|FMA|FMA|||N||",
    "C0000001|A1|AUI|PAR|C0000009|A2|AUI|||R1|MSH|MSH|||N||",
    "C0000001|A1|AUI|PAR|C0000001|A2|AUI|||R1|MSH|MSH|||N||",
    "C0000001|A1|AUI|PAR|C0000003|A2|AUI|||R1|MSH|MSH|||O||",
    "C0000001|A1|AUI|RO|C0000003|A2|AUI|location_of||R1|SNOMEDCT_US|SNOMEDCT_US|||N||",
]


def concept(cui, kind="concept"):
    return Concept("f", cui, cui, "T023", kind, "linker", 0.9)


def settled(cuis, choice, levels=1):
    found = settle_parts([concept(c) for c in cuis], PartsPolicy(choice, levels), lambda c: WHOLES.get(c, ()), NAMES)
    return [(c.cui, c.origin) for c in found]


def write_release(folder):
    types = [f"C000000{n}|T023|A1|Body Part|AT1||" for n in range(1, 6)] + ["C0000009|T047|A1|Disease|AT1||"]
    (folder / "MRSTY.RRF").write_text("\n".join(types) + "\n", "utf-8")
    (folder / "MRREL.RRF").write_text("\n".join(RELATIONS) + "\n", "utf-8")


def test_by_default_parts_stand_as_the_caption_names_them():
    assert settled([LIVER, RIGHT], "named") == [(LIVER, "linker"), (RIGHT, "linker")]


@pytest.mark.parametrize(
    ("cuis", "left"), [([LIVER, RIGHT], [RIGHT]), ([RIGHT, LOBE, LIVER], [RIGHT]), ([LIVER, CHEST], [LIVER, CHEST])]
)
def test_a_general_part_goes_when_a_part_of_it_stands(cuis, left):
    assert settled(cuis, "specific") == [(cui, "linker") for cui in left]


@pytest.mark.parametrize(
    ("levels", "added"), [(1, [LOBE, LIVER]), (2, [LOBE, LIVER, ABDOMEN]), (0, [LOBE, LIVER, ABDOMEN])]
)
def test_what_is_above_is_added_up_to_a_level(levels, added):
    assert settled([RIGHT], "broader", levels) == [(RIGHT, "linker")] + [(cui, "hierarchy") for cui in added]


def test_region_and_modality_are_no_matter_of_the_hierarchy():
    region = Concept("f", LIVER, "", "", "anatomy", "classifier", 0.9)
    kept = settle_parts([region, concept(RIGHT)], PartsPolicy("specific"), lambda c: WHOLES.get(c, ()), NAMES)
    assert [c.cui for c in kept] == [LIVER, RIGHT]


def test_parts_that_run_in_a_circle_end_and_both_stay():
    circle = {"a": ("b",), "b": ("a",)}
    assert ancestors("a", lambda cui: circle[cui]) == ["b"]
    kept = settle_parts([concept("a"), concept("b")], PartsPolicy("specific"), lambda cui: circle[cui], {})
    assert [c.cui for c in kept] == ["a", "b"]


@pytest.mark.parametrize(("choice", "levels"), [("narrow", 1), ("broader", -1)])
def test_a_choice_that_there_is_not_is_refused(choice, levels):
    with pytest.raises(ConfigError, match="body_part"):
        parts_policy(choice, levels)


def test_relations_of_places_are_read_from_mrrel(tmp_path):
    write_release(tmp_path)
    expected = {("C0000001", "C0000002"), ("C0000003", "C0000002"), ("C0000004", "C0000002"), ("C0000004", "C0000005")}
    assert set(read_relations(tmp_path)) == expected


def test_a_release_without_mrrel_relates_nothing(tmp_path):
    assert list(read_relations(tmp_path)) == []


def test_a_vocabulary_knows_the_wholes_of_a_part_in_any_order(tmp_path):
    pairs = [(RIGHT, LIVER), (RIGHT, LOBE), (LOBE, LIVER), (RIGHT, LOBE)]
    one = build_vocabulary(SMALL, tmp_path / "a", parts=pairs)
    other = build_vocabulary(SMALL, tmp_path / "b", parts=reversed(pairs))
    assert (one.wholes(RIGHT), one.wholes(LIVER), one.relation_count()) == ((LIVER, LOBE), (), 3)
    assert one.digest == other.digest
    assert build_vocabulary(SMALL, tmp_path / "b").digest != one.digest


def test_a_bad_row_is_named(tmp_path):
    (tmp_path / "b.csv").write_text("cui,parent,source,reason\nC0000001,C0000001,OWN,itself\n", "utf-8")
    with pytest.raises(ConfigError, match=r"b.csv:2"):
        list(read_body_parts(tmp_path / "b.csv"))


def test_the_bundled_hierarchy_is_about_places_and_has_no_circle(data):
    with (data / "vocabulary" / "concepts.csv").open(encoding="utf-8", newline="") as stream:
        places = {r["cui"] for r in csv.DictReader(stream) if not ANATOMY.isdisjoint(r["tui"].split(";"))}
    pairs = list(shipped_parts(data / "vocabulary"))
    above = {}
    for part, whole in pairs:
        above.setdefault(part, []).append(whole)
    assert len(set(pairs)) == len(pairs) > 1000
    assert {cui for pair in pairs for cui in pair} <= places
    assert not [p for p, w in pairs if p in ancestors(w, lambda cui: above.get(cui, ()))]


@pytest.mark.parametrize(
    ("part", "whole"),
    [("C0227481", "C0023884"), ("C0225897", "C0018787"), ("C0015813", "C0015811"), ("C0446435", "C0037949")],
)
def test_the_bundled_hierarchy_knows_plain_anatomy(shipped, part, whole):
    assert whole in ancestors(part, shipped.wholes)
    assert part not in ancestors(whole, shipped.wholes)
