"""Terms: the rows a vocabulary is built from, read from plain CSV and adjusted by rules.

A term is one spelling of one concept. `data/vocabulary/rules.csv` may drop, add, rename or prefer
terms, whatever source they come from.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rocov2.concepts.normalise import key_of
from rocov2.concepts.rows import csv_records, csv_rows, require_width
from rocov2.errors import ConfigError

# term type of a form that stands for several concepts together
ALL_OF = "ALL"
ACTIONS = ("drop", "add", "rename", "prefer")
_RULE_COLUMNS = ("action", "cui", "text", "value", "reason")
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Term:
    """One spelling of a concept."""

    cui: str
    text: str
    tui: str = ""
    name: str = ""
    source: str = ""
    tty: str = "SY"
    prior: float = 0.9
    is_core: bool = False


@dataclass(frozen=True, slots=True)
class TermRule:
    """One row of a rules file; `text` or `cui` may be empty, which means any. `where` is its file and line."""

    action: str
    cui: str
    text: str
    value: str
    reason: str
    where: str = ""


def is_cui(value: str) -> bool:
    """Say whether `value` has the shape of a UMLS concept identifier: C and seven digits."""
    return len(value) == 8 and value[0] == "C" and value[1:].isascii() and value[1:].isdigit()


def read_terms_csv(path: Path) -> Iterator[Term]:
    """Yield the terms of a CSV (or TAB file, by its name) whose header has at least CUI and Name or Term.

    Columns, in any order and case: `cui`; `term` (a spelling) or `name`; `name` (preferred); `tui`; `source`; `tty`;
    `core`. With only `CUI,Name,TUI` each row is a spelling. ConfigError names the file and line of a bad row.
    """
    delimiter = "\t" if ".tsv" in path.name else ","
    rows = csv_rows(path, delimiter)
    where, header = next(rows, (f"{path}:1", []))
    columns = {name.strip().lower(): i for i, name in enumerate(header)}
    if "cui" not in columns or not {"name", "term"} & set(columns):
        raise ConfigError(f"{where}: no columns CUI and Name", "The header must be CUI,Name,TUI or CUI,Term,Name,TUI.")
    for where, row in rows:
        require_width(where, row, header)
        yield _term(row, columns, where)


def _term(row: list[str], columns: dict[str, int], where: str) -> Term:
    """One row of a terms file as a Term."""

    def cell(name: str) -> str:
        place = columns.get(name)
        return row[place].strip() if place is not None and place < len(row) else ""

    cui, text = cell("cui"), cell("term") or cell("name")
    if not is_cui(cui) or not text:
        raise ConfigError(f"{where}: {cui!r}, {text!r} is not a CUI and a term", "A CUI is C and seven digits.")
    tty = cell("tty") or ("SY" if "term" in columns else "PT")
    prior = 1.0 if tty in {"PT", "PN"} else 0.9
    return Term(cui, text, cell("tui"), cell("name"), cell("source") or "CSV", tty, prior, cell("core") == "1")


def read_rules(path: Path) -> tuple[TermRule, ...]:
    """Read a rules file `action,cui,text,value,reason`; ConfigError for an unknown action or a cell that it needs."""
    rules = []
    for where, row in csv_records(path, _RULE_COLUMNS):
        rule = TermRule(**{column: row[column] for column in _RULE_COLUMNS}, where=where)
        _require_whole(rule)
        rules.append(rule)
    _refuse_conflicts(path, rules)
    return tuple(rules)


def _require_whole(rule: TermRule) -> None:
    """Raise ConfigError unless a rule says all that its action needs."""
    if rule.action not in ACTIONS:
        raise ConfigError(f"{rule.where}: unknown action {rule.action!r}", f"Use one of {', '.join(ACTIONS)}.")
    if not rule.reason or not (rule.cui or rule.text):
        raise ConfigError(f"{rule.where}: a rule needs a reason and a cui or text", "Fill the empty cells.")
    if rule.action in {"add", "prefer"} and not (is_cui(rule.cui) and rule.text):
        raise ConfigError(f"{rule.where}: {rule.action} needs a CUI and a text", "A CUI is C and seven digits.")
    if rule.action == "rename" and not (is_cui(rule.cui) and rule.value):
        raise ConfigError(f"{rule.where}: rename needs a CUI, and the name as value", "A CUI is C and seven digits.")


def _refuse_conflicts(path: Path, rules: list[TermRule]) -> None:
    """Raise for two rules that give one concept two names or one text two concepts: their order would decide."""
    said: dict[tuple[str, str], str] = {}
    for rule in rules:
        if rule.action in {"rename", "prefer"}:
            target, value = (rule.cui, rule.value) if rule.action == "rename" else (key_of(rule.text), rule.cui)
            if said.setdefault((rule.action, target), value) != value:
                raise ConfigError(f"{path}: two {rule.action} rules for {target!r}", "Keep one of them.")


def apply_rules(
    terms: Iterable[Term], rules: Iterable[TermRule], stale: list[TermRule] | None = None
) -> Iterator[Term]:
    """Yield the terms after the rules.

    `drop`: a cui, a text or the pair; `rename`: a cui is called value; `prefer`: a text means a cui; `add`: a term.
    Rules that met no term (of another spelling, or of a CUI that the vocabulary lacks) are put into `stale`; without
    such a list they are a ConfigError that names file, line and CUI, once the terms have gone by.
    """
    rules = tuple(rules)
    dropped = {(r.cui, key_of(r.text)) for r in rules if r.action == "drop"}
    names = {r.cui: r.value for r in rules if r.action == "rename"}
    preferred = {key_of(r.text): r.cui for r in rules if r.action == "prefer"}
    met: set[tuple[str, str, str]] = set()
    for term in terms:
        key = key_of(term.text)
        if dropped and (hit := dropped.intersection(((term.cui, key), (term.cui, ""), ("", key)))):
            met.update(("drop", *pair) for pair in hit)
            continue
        prior = term.prior
        if key in preferred:
            is_meant = term.cui == preferred[key]
            prior = 1.0 if is_meant else term.prior * 0.5
            if is_meant:
                met.add(("prefer", term.cui, key))
        if term.cui in names:
            met.add(("rename", term.cui, ""))
        yield replace(term, prior=prior, name=names.get(term.cui, term.name))
    for rule in rules:
        if rule.action == "add":
            met |= {("prefer", rule.cui, key_of(rule.text)), ("rename", rule.cui, "")}
            yield Term(rule.cui, rule.text, rule.value, names.get(rule.cui, ""), "rules", "SY", 0.95)
    _account(rules, met, stale)


def _account(rules: Iterable[TermRule], met: set[tuple[str, str, str]], stale: list[TermRule] | None) -> None:
    """Hand out the rules that met no term, or raise for them."""
    idle = [
        rule
        for rule in rules
        if rule.action != "add"
        and (rule.action, rule.cui, "" if rule.action == "rename" else key_of(rule.text)) not in met
    ]
    if stale is not None:
        stale.extend(idle)
    elif idle:
        raise ConfigError(
            f"{len(idle)} rules meet no term of the vocabulary:\n" + "\n".join(map(stale_line, idle[:_NAMED])),
            "Correct or remove them, or build with --allow-stale-rules where several vocabularies share the file.",
        )


def stale_line(rule: TermRule) -> str:
    """Say of a rule where it stands and what it is about."""
    return f"  {rule.where}: {rule.action} {' '.join(filter(None, (rule.cui, rule.text)))}"
