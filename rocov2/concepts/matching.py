"""Matching: the runs of tokens that spell a key of the vocabulary, and which of them are kept."""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from rocov2.concepts.coordination import split_matches
from rocov2.concepts.vocabulary import Candidate

PROCEDURE = "T060"
# names of examinations, for vocabularies that state no semantic type, or a vague one
_EXAMINATION = re.compile(
    r"(?:ct|mri|pet|x-?ray|ultrasound|computed tomography|magnetic resonance imaging)\b.*"
    r"|.*\b(?:ct|tomography|scan|x-?ray|imaging|radiograph|ultrasonography|ultrasound)",
    re.IGNORECASE,
)
_LONGEST_KEY = 120


class Match(NamedTuple):
    """A key at tokens first..end (end excluded); no other match may have the tokens that it claims, first..claimed."""

    first: int
    end: int
    claimed: int
    key_id: int


Choice = tuple[Match, Candidate]


@lru_cache(maxsize=100_000)
def is_procedure(tui: str, name: str) -> bool:
    """Say whether a concept is an examination, by its type or its name."""
    return tui == PROCEDURE or bool(_EXAMINATION.fullmatch(name))


def find_matches(norms: list[str], trie: Any) -> list[Match]:
    """Every key that a run of tokens spells, and those that a list or an `of` splits."""
    text = " ".join(norms) + " "
    places: dict[int, int] = {}
    at = 0
    for i, norm in enumerate(norms):
        places[at] = i
        at += len(norm) + 1
    prefixes = trie.iter_prefixes_with_ids
    found = []
    for start, first in places.items():
        for key, key_id in prefixes(text[start : start + _LONGEST_KEY]):
            end = places.get(start + len(key), len(norms))
            found.append(Match(first, end, end, key_id))
    for first, end, claimed, key_id in split_matches(norms, trie):
        found.append(Match(first, end, claimed, key_id))
    return found


def keep_longest(choices: list[Choice], *, parts: bool) -> list[Choice]:
    """The longest matches that do not overlap: of the core list, of the others where they say more, of procedures.

    A procedure ("chest CT") hides no anatomy, and with `parts` an unlisted compound stands beside its listed parts.
    """
    inner = _innermost(choices)
    choices.sort(key=lambda choice: _longest_first(choice, inner))
    core: dict[int, int] = {}
    others: dict[int, int] = {}
    procedures: dict[int, int] = {}
    kept = []
    for choice in choices:
        match, candidate = choice
        if is_procedure(candidate.tui, candidate.name):
            taken = procedures
        elif candidate.is_core and parts:
            taken = core
        else:
            taken = others
        if _take(match, taken):
            kept.append(choice)
    if others and core:
        kept = [c for c in kept if c[1].is_core or _says_more(c[0], core)]
    kept.sort(key=_by_place)
    return kept


def _innermost(choices: list[Choice]) -> dict[str, int]:
    """CUI -> tokens of its shortest match."""
    found: dict[str, int] = {}
    for match, candidate in choices:
        length = match.end - match.first
        found[candidate.cui] = min(length, found.get(candidate.cui, length))
    return found


def _longest_first(choice: Choice, inner: dict[str, int]) -> tuple[int, bool, int, int]:
    """Sort key: the match with most tokens; of those one that says more than a shorter one of its concept does.

    "Bone fracture" is no more than "fracture", so that "nasal bone fracture" keeps its "nasal bone". Then the
    rightmost, which has the noun: "right frontal sinus".
    """
    match, candidate = choice
    length = match.end - match.first
    return -length, inner[candidate.cui] < length, -match.first, match.key_id


def _by_place(choice: Choice) -> tuple[int, int, str]:
    """Sort key: by place in the caption."""
    return choice[0].first, choice[0].end, choice[1].cui


def _take(match: Match, taken: dict[int, int]) -> bool:
    """Take the tokens that a match claims, with its length; False when one of them is taken."""
    tokens = range(match.first, match.claimed)
    for token in tokens:
        if token in taken:
            return False
    length = match.end - match.first
    for token in tokens:
        taken[token] = length
    return True


def _says_more(match: Match, core: dict[int, int]) -> bool:
    """Say whether a match is longer than every core match that it overlaps."""
    length = match.end - match.first
    return all(core.get(token, 0) < length for token in range(match.first, match.end))
