import pytest

from rocov2.concepts.overrides import (
    apply_figure_rules,
    apply_mention_rules,
    caption_digest,
    image_rule,
    read_overrides,
    reopened_rules,
    stale_rules,
)
from rocov2.errors import ConfigError
from rocov2.tables import Concept, Mention

NAMES = {"C0000001": ("One", "T047"), "C0000002": ("Two", "T023"), "C0040405": ("CT", "T060")}
FIGURES = "figure_id,action,cui,kind,reason,curator,date\n"
MENTIONS = "surface,action,cui,reason,curator,date\n"
END = "wrong,ab,2026-05-01\n"


def rules(tmp_path, figures="", mentions=""):
    (tmp_path / "figures.csv").write_text(FIGURES + figures)
    (tmp_path / "mentions.csv").write_text(MENTIONS + mentions)
    return read_overrides(tmp_path, NAMES)


def mention(text="axes", cui="C0000001", start=0):
    return Mention(
        "PMC1.1/f", start, start + len(text), text, cui, "One", "T047", 0.9, "present", "dictionary", "0" * 12
    )


def concept(cui="C0000001", kind="concept"):
    return Concept("PMC1.1/f", cui, "One", "T047", kind, "linker", 0.9)


def test_no_files_no_rules(tmp_path):
    assert list(read_overrides(tmp_path, NAMES).rules()) == []


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (f"axis,drop,C0000001,{END}", []),
        (f"axis,drop,,{END}", []),
        (f"axis,set,C0000002,{END}", ["C0000002"]),
        (f"axis,add,C0000002,{END}", ["C0000001", "C0000002"]),
        (f"spleen,drop,,{END}", ["C0000001"]),
    ],
)
def test_a_mention_rule_changes_what_a_surface_form_means(tmp_path, line, left):
    found, used = apply_mention_rules("axes", [mention()], rules(tmp_path, mentions=line), NAMES)
    assert [m.cui for m in found] == left
    assert bool(used) is (left != ["C0000001"])
    assert all(m.origin == "override" for m in found if m.cui == "C0000002")


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (f"PMC1.1/f,drop,C0000001,concept,{END}", []),
        (f"PMC1.1/f,add,C0000002,concept,{END}", ["C0000001", "C0000002"]),
        (f"PMC1.1/f,set,C0000002,concept,{END}", ["C0000002"]),
        (f"PMC1.1/f,set,C0040405,modality,{END}", ["C0040405", "C0000001"]),
        (f"PMC1.1/g,drop,C0000001,concept,{END}", ["C0000001"]),
    ],
)
def test_a_figure_rule_changes_its_concepts(tmp_path, line, left):
    found, used = apply_figure_rules("PMC1.1/f", [concept()], rules(tmp_path, line), NAMES)
    assert [c.cui for c in found] == left
    assert used == (set() if line.startswith("PMC1.1/g") else {"figures.csv:2"})


def test_an_image_rule_keeps_a_figure_out_and_leaves_its_concepts_to_others(tmp_path):
    found = rules(tmp_path, figures=f"PMC1.1/f,drop_image,,,{END}PMC1.1/f,add,C0000002,concept,{END}")
    assert image_rule("PMC1.1/f", found, "any caption").rule_id == "figures.csv:2"
    assert image_rule("PMC1.1/g", found, "any caption") is None
    concepts, used = apply_figure_rules("PMC1.1/f", [concept()], found, NAMES)
    assert ([c.cui for c in concepts], used) == (["C0000001", "C0000002"], {"figures.csv:3"})


def test_an_image_rule_for_another_caption_waits_for_review(tmp_path):
    head = FIGURES.replace("\n", ",caption\n")
    (tmp_path / "figures.csv").write_text(f"{head}PMC1.1/f,drop_image,,,wrong,ab,2026-05-01,{caption_digest('seen')}\n")
    found = read_overrides(tmp_path, NAMES)
    assert image_rule("PMC1.1/f", found, "seen") is not None
    assert image_rule("PMC1.1/f", found, "changed since") is None


def test_a_rule_that_touched_nothing_is_stale(tmp_path):
    overrides = rules(tmp_path, f"PMC1.1/f,drop,C0000002,concept,{END}PMC1.1/f,drop,C0000001,concept,{END}")
    _, used = apply_figure_rules("PMC1.1/f", [concept()], overrides, NAMES)
    assert [rule.rule_id for rule in stale_rules(overrides, used)] == ["figures.csv:2"]


def test_a_rule_for_another_caption_waits_for_review(tmp_path):
    head = FIGURES.rstrip() + ",caption\n"
    (tmp_path / "figures.csv").write_text(
        f"{head}PMC1.1/f,drop,C0000001,concept,x,ab,2026-05-01,{caption_digest('old')}\n"
    )
    overrides = read_overrides(tmp_path, NAMES)
    assert apply_figure_rules("PMC1.1/f", [concept()], overrides, NAMES, "new") == ([concept()], set())
    assert apply_figure_rules("PMC1.1/f", [concept()], overrides, NAMES, "old") == ([], {"figures.csv:2"})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"PMC1.1/f,lose,C0000001,concept,{END}", "unknown action 'lose'"),
        (f"PMC1.1/f,drop,C0000009,concept,{END}", "unknown CUI 'C0000009'"),
        (f"PMC1.1/f,add,,concept,{END}", "unknown CUI ''"),
        (f"PMC1.1/f,drop,C0000001,thing,{END}", "unknown kind 'thing'"),
        ("PMC1.1/f,drop,C0000001,concept,,ab,2026-05-01\n", "no reason"),
        ("PMC1.1/f,drop,C0000001,concept,x,,2026-05-01\n", "no curator"),
        ("PMC1.1/f,drop,C0000001,concept,x,ab,1.5.2026\n", "is not a date"),
        (f",drop,C0000001,concept,{END}", "no figure_id"),
        (f"f,drop,C0000001,concept,{END}", "is no figure_id"),
        (f"ROCOv2_PMC1_f,drop,C0000001,concept,{END}", "is no figure_id"),
        (f"PMC1.1/f,drop,C0000001,concept,a, b,{END}", "9 cells under 7 columns"),
        ('PMC1.1/f,drop,C0000001,concept,"a" b,ab,2026-05-01\n', "expected after"),
        (f"PMC1.1/f,drop_image,C0000001,,{END}", "drop_image is about no concept"),
        (f"PMC1.1/f,drop_image,,modality,{END}", "drop_image is about no concept"),
        ("PMC1.1/f,drop_image,,,,ab,2026-05-01\n", "no reason"),
    ],
)
def test_a_bad_rule_is_named_with_its_line(tmp_path, line, message):
    with pytest.raises(ConfigError, match=f"figures.csv:2: .*{message}") as caught:
        rules(tmp_path, line)
    assert caught.value.advice


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("PMC1.1/f,drop,C0000001,concept", "PMC1.1/f,add,C0000001,concept"),
        ("PMC1.1/f,set,C0000001,concept", "PMC1.1/f,add,C0000002,concept"),
        ("PMC1.1/f,drop,,concept", "PMC1.1/f,drop,C0000001,concept"),
        ("PMC1.1/f,drop_image,,", "PMC1.1/f,drop_image,,"),
    ],
)
def test_two_rules_for_one_target_are_an_error(tmp_path, first, second):
    with pytest.raises(ConfigError, match=r"figures\.csv:3: figures\.csv:2 is a rule for the same target"):
        rules(tmp_path, f"{first},{END}{second},{END}")


def test_a_surface_form_has_no_image_to_drop(tmp_path):
    with pytest.raises(ConfigError, match=r"mentions\.csv:2: unknown action 'drop_image'"):
        rules(tmp_path, mentions=f"axis,drop_image,,{END}")


def test_rules_for_different_kinds_stand_side_by_side(tmp_path):
    assert (
        len(list(rules(tmp_path, f"PMC1.1/f,set,C0040405,modality,{END}PMC1.1/f,set,C0000001,concept,{END}").rules()))
        == 2
    )


def test_a_wrong_header_is_named(tmp_path):
    (tmp_path / "mentions.csv").write_text("surface,cui\n")
    with pytest.raises(ConfigError, match=r"mentions\.csv:1"):
        read_overrides(tmp_path, NAMES)


def test_the_shipped_override_files_are_valid(data, shipped):
    read_overrides(data / "overrides", shipped.names)


def test_a_rule_for_another_caption_is_reopened_and_does_not_act(tmp_path):
    seen = caption_digest("Axes of the knee.")
    (tmp_path / "figures.csv").write_text(f"{FIGURES[:-1]},caption\nPMC1.1/f,drop,C0000001,concept,{END[:-1]},{seen}\n")
    (tmp_path / "mentions.csv").write_text(f"{MENTIONS[:-1]},caption\naxes,drop,,{END[:-1]},{seen}\n")
    found = read_overrides(tmp_path, NAMES)
    assert reopened_rules("PMC1.1/f", "Axes of the knee.", [mention()], found) == set()
    assert reopened_rules("PMC1.1/f", "Another.", [mention()], found) == {"figures.csv:2", "mentions.csv:2"}
    assert reopened_rules("PMC1.1/g", "Another.", [mention("bone")], found) == set()
    assert apply_figure_rules("PMC1.1/f", [concept()], found, NAMES, "Another.") == ([concept()], set())
    assert apply_mention_rules("Another.", [mention()], found, NAMES) == ([mention()], set())
