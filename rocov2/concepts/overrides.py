"""Curators' overrides: CSV rules, reviewed in git, that beat the linker and the classifiers.

    figures.csv    figure_id,action,cui,kind,reason,curator,date     add, drop or set a concept of one figure;
                                                                     drop_image (no cui, no kind) keeps it out
    mentions.csv   surface,action,cui,reason,curator,date            what a surface form means wherever it stands

An optional last column `caption` holds the first 12 digits of the SHA-256 of the clean caption that the curator saw
(`caption_digest`): when the caption has changed since, the rule does not act and is reported for review. A figure rule
beats a mention rule beats the linker; two rules for one target are an error, as are an unknown CUI and a missing
reason.
"""

import hashlib
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from rocov2.concepts.normalise import key_of
from rocov2.concepts.rows import csv_records
from rocov2.concepts.terms import is_cui
from rocov2.errors import ConfigError
from rocov2.tables import Concept, Mention

ACTIONS = ("add", "drop", "set")
DROP_IMAGE = "drop_image"
KINDS = ("concept", "modality", "anatomy", "direction")
ORIGIN = "override"
_FIGURE_ID = re.compile(r"PMC[0-9]+\.[0-9]+/.+")
_FIGURE_COLUMNS = ("figure_id", "action", "cui", "kind", "reason", "curator", "date")
_MENTION_COLUMNS = ("surface", "action", "cui", "reason", "curator", "date")


@dataclass(frozen=True, slots=True)
class Rule:
    """One override; `target` is a figure_id, or the key of a surface form, and `kind` is empty in a mention rule."""

    rule_id: str
    target: str
    action: str
    cui: str
    kind: str
    reason: str
    curator: str
    date: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Overrides:
    """Every rule of both files, by what it is about."""

    figures: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    mentions: dict[str, tuple[Rule, ...]] = field(default_factory=dict)

    def rules(self) -> Iterator[Rule]:
        """All rules, in the order of the files."""
        for table in (self.figures, self.mentions):
            for found in table.values():
                yield from found


def read_overrides(folder: Path, known: Container[str]) -> Overrides:
    """Read figures.csv and mentions.csv of a folder; an absent file holds no rule.

    `known` holds the CUIs that a rule may name (a vocabulary's `names`). ConfigError with file and line for a bad
    header or date, an unknown action, kind or CUI, a missing cell, or a second rule for one target.
    """
    figures = _read(Path(folder) / "figures.csv", _FIGURE_COLUMNS, known)
    mentions = _read(Path(folder) / "mentions.csv", _MENTION_COLUMNS, known)
    return Overrides(figures, mentions)


def caption_digest(caption: str) -> str:
    """The 12 digits that a rule's `caption` column holds."""
    return hashlib.sha256(caption.encode()).hexdigest()[:12]


def _read(path: Path, columns: Sequence[str], known: Container[str]) -> dict[str, tuple[Rule, ...]]:
    """The rules of one file, by target."""
    rules: dict[str, list[Rule]] = {}
    if not path.is_file():
        return {}
    for where, row in csv_records(path, columns):
        rule = _rule(path, row, where, known)
        for other in rules.get(rule.target, ()):
            if _collide(rule, other):
                raise ConfigError(f"{where}: {other.rule_id} is a rule for the same target", "Keep one of the two.")
        rules.setdefault(rule.target, []).append(rule)
    return {target: tuple(found) for target, found in rules.items()}


def _rule(path: Path, row: dict[str, str], where: str, known: Container[str]) -> Rule:
    """One row as a rule, checked."""
    is_figure = "figure_id" in row
    target = row["figure_id"] if is_figure else key_of(row["surface"])
    cui, action, kind = row["cui"], row["action"], row.get("kind", "")
    _require(bool(target), f"{where}: no figure_id or surface", "Say what the rule is about.")
    is_named = not is_figure or bool(_FIGURE_ID.fullmatch(target))
    _require(is_named, f"{where}: {target!r} is no figure_id", "Write it as samples.parquet has it: PMC123.1/fig2.")
    actions = (*ACTIONS, DROP_IMAGE) if is_figure else ACTIONS
    is_image = action == DROP_IMAGE
    _require(action in actions, f"{where}: unknown action {action!r}", f"Use one of {', '.join(actions)}.")
    _require(not (is_image and (cui or kind)), f"{where}: drop_image is about no concept", "Leave cui and kind empty.")
    no_kind = is_image or not is_figure
    _require(no_kind or kind in KINDS, f"{where}: unknown kind {kind!r}", f"Use one of {', '.join(KINDS)}.")
    any_cui = action in ("drop", DROP_IMAGE) and not cui
    _require(any_cui or (is_cui(cui) and cui in known), f"{where}: unknown CUI {cui!r}", "Use a CUI of the vocabulary.")
    _require(bool(row["reason"] and row["curator"]), f"{where}: no reason or no curator", "Say why, and who decided.")
    _require(_is_date(row["date"]), f"{where}: {row['date']!r} is not a date", "Write it as YYYY-MM-DD.")
    rule_id = f"{path.name}:{where.rsplit(':', 1)[1]}"
    return Rule(rule_id, target, action, cui, kind, row["reason"], row["curator"], row["date"], row.get("caption", ""))


def _require(condition: bool, message: str, advice: str) -> None:
    """Raise ConfigError unless the condition holds."""
    if not condition:
        raise ConfigError(message, advice)


def _is_date(text: str) -> bool:
    """Say whether a text is an ISO date."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _collide(one: Rule, other: Rule) -> bool:
    """Say whether two rules of one target decide the same thing."""
    if one.kind != other.kind:
        return False
    if one.cui == other.cui:
        return True
    return "set" in {one.action, other.action} or "" in {one.cui, other.cui}


def apply_mention_rules(
    caption: str, mentions: Sequence[Mention], rules: Overrides, names: dict[str, tuple[str, str]]
) -> tuple[list[Mention], set[str]]:
    """The mentions after the rules on surface forms, and the ids of the rules that changed one.

    `set` gives the form its one CUI, `drop` takes the CUI (or any) from it, `add` gives it a CUI more. `names` maps a
    CUI to (name, TUI).
    """
    if not rules.mentions:
        return list(mentions), set()
    digest = caption_digest(caption)
    used: set[str] = set()
    kept: list[Mention] = []
    for mention in mentions:
        found: list[Mention] = [mention]
        for rule in rules.mentions.get(key_of(mention.text), ()):
            changed = [] if rule.caption not in {"", digest} else [_apply_to_mention(m, rule, names) for m in found]
            if changed and (new := [m for group in changed for m in group]) != found:
                found = new
                used.add(rule.rule_id)
        kept.extend(found)
    return _without_twins(kept), used


def _apply_to_mention(mention: Mention, rule: Rule, names: dict[str, tuple[str, str]]) -> list[Mention]:
    """What a mention becomes under a rule on its surface form."""
    if rule.action == "drop":
        return [] if rule.cui in {"", mention.cui} else [mention]
    name, tui = names[rule.cui]
    made = replace(mention, cui=rule.cui, name=name, tui=tui, score=1.0, origin=ORIGIN)
    return [made] if rule.action == "set" else [mention, made]


def _without_twins(mentions: Iterable[Mention]) -> list[Mention]:
    """One mention a span and CUI."""
    return list({(m.start, m.end, m.cui): m for m in mentions}.values())


def image_rule(figure_id: str, rules: Overrides, caption: str) -> Rule | None:
    """The rule that keeps a figure out of the release, None without one or when it waits for review."""
    for rule in rules.figures.get(figure_id, ()):
        if rule.action == DROP_IMAGE and rule.caption in {"", caption_digest(caption)}:
            return rule
    return None


def apply_figure_rules(
    figure_id: str, concepts: Sequence[Concept], rules: Overrides, names: dict[str, tuple[str, str]], caption: str = ""
) -> tuple[list[Concept], set[str]]:
    """The concepts of a figure after its own rules, and the ids of the rules that changed them.

    `set` makes a CUI the only one of its kind, `drop` takes one (or, without a CUI, the whole kind), `add` gives one.
    A rule whose `caption` is not that of the figure does nothing.
    """
    used: set[str] = set()
    found = list(concepts)
    for rule in rules.figures.get(figure_id, ()):
        if rule.action == DROP_IMAGE or (rule.caption and rule.caption != caption_digest(caption)):
            continue
        changed = _apply_to_concepts(figure_id, found, rule, names)
        if changed != found:
            found = changed
            used.add(rule.rule_id)
    return sorted(found, key=lambda c: _ORDER[c.kind]), used


_ORDER = {"modality": 0, "anatomy": 1, "direction": 2, "concept": 3}


def _apply_to_concepts(
    figure_id: str, concepts: list[Concept], rule: Rule, names: dict[str, tuple[str, str]]
) -> list[Concept]:
    """A figure's concepts under one rule."""
    if rule.action == "drop":
        return [c for c in concepts if c.kind != rule.kind or rule.cui not in {"", c.cui}]
    name, tui = names[rule.cui]
    made = Concept(figure_id, rule.cui, name, tui, rule.kind, ORIGIN, 1.0)
    if rule.action == "set":
        return [c for c in concepts if c.kind != rule.kind and c.cui != rule.cui] + [made]
    return [c for c in concepts if c.cui != rule.cui] + [made]


def reopened_rules(figure_id: str, caption: str, mentions: Iterable[Mention], rules: Overrides) -> set[str]:
    """The ids of the rules that would speak of a figure, but were made for another caption: they wait for review."""
    digest = caption_digest(caption)
    found = list(rules.figures.get(figure_id, ()))
    if rules.mentions:
        for key in {key_of(mention.text) for mention in mentions}:
            found.extend(rules.mentions.get(key, ()))
    return {rule.rule_id for rule in found if rule.caption not in {"", digest}}


def stale_rules(rules: Overrides, used: Container[str]) -> list[Rule]:
    """The rules that touched nothing, for the release to report."""
    return [rule for rule in rules.rules() if rule.rule_id not in used]
