from dataclasses import replace
from unittest.mock import ANY

import pytest

from rocov2.concepts.terms import Term, apply_rules, read_rules, read_terms_csv
from rocov2.errors import ConfigError


def test_a_plain_csv_of_names_is_read(tmp_path):
    path = tmp_path / "terms.csv"
    path.write_text("CUI,Name,TUI\nC0023884,Liver,T023\n\nC0022646,Kidney,T023\n")
    assert [(t.cui, t.text, t.tui) for t in read_terms_csv(path)] == [
        ("C0023884", "Liver", "T023"),
        ("C0022646", "Kidney", "T023"),
    ]


def test_a_column_of_terms_beside_the_name_is_read(tmp_path):
    path = tmp_path / "terms.tsv"
    path.write_text("cui\tterm\tname\ttui\tsource\nC0023884\thepar\tLiver\tT023\tMINE\n")
    assert list(read_terms_csv(path)) == [Term("C0023884", "hepar", "T023", "Liver", "MINE", "SY", 0.9)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Name,TUI\nLiver,T023\n", "t.csv:1: no columns"),
        ("CUI,Name\nC23,Liver\n", "t.csv:2: 'C23'"),
        ("CUI,Name\nC0023884,Liver\nC0023884,\n", "t.csv:3"),
        ("CUI,Name\nC0023884,Liver, left\n", "t.csv:2: 3 cells under 2 columns"),
        ('CUI,Name\nC0023884,"Liver\n', "t.csv:2: unexpected end of data"),
        ("CUI,Name\nC0023884,L\xfcver\n", "t.csv is not UTF-8"),
        ("", "t.csv:1"),
    ],
)
def test_a_bad_row_is_named(tmp_path, text, message):
    path = tmp_path / "t.csv"
    path.write_text(text, "latin-1")
    with pytest.raises(ConfigError, match=message):
        list(read_terms_csv(path))


def test_a_missing_file_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        list(read_terms_csv(tmp_path / "none.csv"))


def rules(tmp_path, *lines):
    path = tmp_path / "rules.csv"
    path.write_text("action,cui,text,value,reason\n" + "\n".join(lines) + "\n")
    return read_rules(path)


@pytest.mark.parametrize("text", ["", "action;cui;text;value;reason\n", "action,cui,text\ndrop,C0023884,\n"])
def test_rules_under_another_header_are_refused_and_not_left_out(tmp_path, text):
    (tmp_path / "rules.csv").write_text(text)
    with pytest.raises(ConfigError, match=r"rules\.csv:1: the header is not action,cui,text,value,reason"):
        read_rules(tmp_path / "rules.csv")


LIVER = Term("C0023884", "Liver", "T023", "Liver", prior=0.9)
HEPAR = Term("C0023884", "hepar", "T023", "Liver", prior=0.9)
OTHER = Term("C0000001", "liver", "T023", "Other", prior=0.9)


def test_rules_drop_rename_prefer_and_add(tmp_path):
    found = rules(
        tmp_path,
        "drop,,hepar,,x",
        "rename,C0023884,,The liver,x",
        "prefer,C0023884,liver,,x",
        "add,C0000002,spleen,T023,x",
    )
    terms = list(apply_rules([LIVER, HEPAR, OTHER], found))
    assert [(t.cui, t.text) for t in terms] == [("C0023884", "Liver"), ("C0000001", "liver"), ("C0000002", "spleen")]
    assert terms[0].name == "The liver"
    assert terms[0].prior > terms[1].prior


@pytest.mark.parametrize(
    "line",
    [
        "lose,C0023884,,,x",
        "drop,C0023884,,,",
        "drop,,,,x",
        "rename,C0023884,,,x",
        "prefer,C0023884,,,x",
        "drop,,a, b,,x",
    ],
)
def test_a_bad_rule_is_named(tmp_path, line):
    with pytest.raises(ConfigError, match=r"rules\.csv:2"):
        rules(tmp_path, line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("drop,C0000009,,,x", "rules.csv:2: drop C0000009"),
        ("drop,C0023884,spleen,,x", "rules.csv:2: drop C0023884 spleen"),
        ("drop,,spleen,,x", "rules.csv:2: drop spleen"),
        ("rename,C0000009,,The spleen,x", "rules.csv:2: rename C0000009"),
        ("prefer,C0000009,liver,,x", "rules.csv:2: prefer C0000009 liver"),
    ],
)
def test_a_rule_that_meets_no_term_is_an_error_or_told(tmp_path, line, said):
    found = rules(tmp_path, line, "drop,,hepar,,x")
    with pytest.raises(ConfigError, match=said):
        list(apply_rules([LIVER, HEPAR], found))
    stale = []
    assert list(apply_rules([LIVER, HEPAR], found, stale)) == [replace(LIVER, prior=ANY)]
    assert stale == [found[0]]
