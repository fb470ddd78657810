"""Senses: which of its concepts an ambiguous form means here, or that it means none of them.

`data/vocabulary/senses.csv` holds one rule a row: `form,cui,needs,bars,reason`. A candidate (form, CUI) counts only
where one of `needs` holds (if there are any) and none of `bars`. A condition is a word that must occur in the caption,
`-word` one of the two words before the form, `+word` one of the two words after it; an underscore joins words of a
phrase, which may be longer than two. An empty CUI means every concept of the form.
"""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rocov2.concepts.normalise import key_of
from rocov2.concepts.rows import open_text
from rocov2.concepts.terms import is_cui
from rocov2.errors import ConfigError

_NEAR = 2
_COLUMNS = ("form", "cui", "needs", "bars", "reason")


@dataclass(frozen=True, slots=True)
class SenseRule:
    """When a form may mean a CUI; conditions are (place, key), the place '' (caption), '-' (before) or '+' (after)."""

    form: str
    cui: str
    needs: tuple[tuple[str, str], ...]
    bars: tuple[tuple[str, str], ...]
    reason: str = ""

    def holds(self, occurs: Callable[[str, str], bool]) -> bool:
        """Say whether the rule lets its concept stand, given which conditions occur."""
        return (not self.needs or any(occurs(*c) for c in self.needs)) and not any(occurs(*c) for c in self.bars)


SenseRules = Mapping[str, tuple[SenseRule, ...]]


def read_senses(path: Path) -> SenseRules:
    """Read a sense file; ConfigError names the file and line of a bad row, or of two rules for one form and CUI."""
    rules: dict[tuple[str, str], SenseRule] = {}
    with open_text(path) as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise ConfigError(f"{path}:1: the header is not {','.join(_COLUMNS)}", "Restore the header line.")
        for row in reader:
            where = f"{path}:{reader.line_num}"
            for form in (row["form"] or "").split("|"):
                rule = _rule(form, row, where)
                if (rule.form, rule.cui) in rules:
                    raise ConfigError(f"{where}: a second rule for {form!r} {rule.cui}", "Join the two rows into one.")
                rules[rule.form, rule.cui] = rule
    return group_senses(rules.values())


def group_senses(rules: Iterable[SenseRule]) -> SenseRules:
    """Rules by their form."""
    table: dict[str, tuple[SenseRule, ...]] = {}
    for rule in rules:
        table[rule.form] = (*table.get(rule.form, ()), rule)
    return table


def _rule(form: str, row: dict[str, str], where: str) -> SenseRule:
    """One row as a rule for one of its forms."""
    if not key_of(form) or not row["reason"]:
        raise ConfigError(f"{where}: a sense rule needs a form and a reason", "Fill the empty cells.")
    if row["cui"] and not is_cui(row["cui"]):
        raise ConfigError(
            f"{where}: {row['cui']!r} is not a CUI", "A CUI is C and seven digits; leave it empty for every concept."
        )
    return SenseRule(key_of(form), row["cui"], _conditions(row["needs"]), _conditions(row["bars"]), row["reason"])


def _conditions(cell: str) -> tuple[tuple[str, str], ...]:
    """A cell of conditions, parsed."""
    found = []
    for word in cell.split():
        place = word[0] if word[0] in "+-" else ""
        found.append((place, key_of(word.lstrip("+-").replace("_", " "))))
    return tuple(found)


def occurrence(norms: list[str], first: int, end: int) -> Callable[[str, str], bool]:
    """A test of conditions around the tokens first..end of a caption."""
    everywhere = ""

    def occurs(place: str, key: str) -> bool:
        nonlocal everywhere
        if place:
            reach = max(_NEAR, key.count(" ") + 1)
            near = norms[max(0, first - reach) : first] if place == "-" else norms[end : end + reach]
            return f" {key} " in f" {' '.join(near)} "
        everywhere = everywhere or " " + " ".join(norms[:first]) + " | " + " ".join(norms[end:]) + " "
        return f" {key} " in everywhere

    return occurs
