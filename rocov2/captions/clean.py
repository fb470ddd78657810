"""A caption as published in; the caption as it is released, and the names of the rules that changed it, out.

Rules are data: a name, a pure function, a line of documentation, an order. They run until nothing
changes, so cleaning twice is cleaning once.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rocov2.captions import characters, wording
from rocov2.captions.modality import body_region, modality_cues

PASSES = 64


@dataclass(frozen=True, slots=True)
class Rule:
    """One cleaning step: `function` returns its argument when it has nothing to do."""

    name: str
    function: Callable[[str], str]
    doc: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The clean caption and the rules that changed it, in the order of `RULES`."""

    text: str
    rules_applied: tuple[str, ...]


def _rule(name: str, function: Callable[[str], str]) -> Rule:
    """Take the first sentence of the function's docstring as the rule's documentation."""
    return Rule(name, function, (function.__doc__ or "").strip().split("\n")[0])


DEFAULT: tuple[Rule, ...] = (
    _rule("control", characters.drop_controls),
    _rule("invisible", characters.drop_invisible),
    _rule("mojibake", characters.mend_mojibake),
    _rule("unicode", characters.compose),
    _rule("markup", characters.strip_markup),
    _rule("latex", characters.unfold_latex),
    _rule("whitespace", characters.collapse_spaces),
    _rule("label", wording.drop_label),
    _rule("note", wording.drop_notes),
    _rule("link", wording.drop_links),
    _rule("glued", wording.part_glued),
    _rule("credit", wording.drop_credits),
    _rule("citation", wording.drop_citations),
    _rule("letter", wording.drop_single_letter),
    _rule("punctuation", wording.tidy_punctuation),
)

OPTIONAL: tuple[Rule, ...] = (_rule("footnote", wording.drop_footnote),)

RULES: tuple[Rule, ...] = DEFAULT + OPTIONAL

_WORD = re.compile(r"\S*\w\S*")
_CLINICAL = re.compile(
    r"\b\w{2,}(?:itis|omas?|os[ei]s|a?emia|pathy|plasia|ectasis|thorax|liths?|trophy|ectomy|plasty|celes?|iasis|grams?)\b"
    r"|\b(?:abscess|aneurysm|ascites|bleed|calcifi|collection|consolidat|cyst|dilat|dislocat|dissect|edema|effusion|emboli"
    r"|fistula|fluid|fractur|h(?:a?em)or+hag|hernia|hydro|implant|infarct|intussus|lesion|lymph|mass|metasta|nodul|obstruct"
    r"|occlu|oedema|panorex|perforat|pneumo|ruptur|screw|sign\b|stenos|stent|ston|thromb|tumou?r|volvul)\w*",
    re.IGNORECASE,
)


def clean_caption(text: str, rules: Sequence[Rule] = DEFAULT) -> Cleaned:
    """Apply the rules in order, again and again until the text stands still. Idempotent."""
    applied: set[str] = set()
    for _ in range(PASSES):
        before = text
        for rule in rules:
            changed = rule.function(text)
            if changed != text:
                applied.add(rule.name)
                text = changed
        if text == before:
            break
    return Cleaned(text, tuple(rule.name for rule in rules if rule.name in applied))


def word_count(text: str) -> int:
    """Count the words: stretches between white space that hold a letter or a digit."""
    return len(_WORD.findall(text))


def too_short(text: str, min_words: int) -> bool:
    """Say whether a caption is very short without relevant information, the published rule.

    Fewer than `min_words` words, none of which names a modality, a body region or a finding.
    """
    if word_count(text) >= min_words:
        return False
    return not (modality_cues(text) or body_region(text) or _CLINICAL.search(text))
