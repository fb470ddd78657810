"""Assertion: is what a caption names shown, denied, doubted or past (or another person's)?

Cue phrases (`no`, `suggestive of`, `history of`, `was ruled out`) open a scope over the words after or before them,
after the manner of NegEx and ConText (Chapman 2001, Harkema 2009), cut at the end of the clause. Scopes are on tokens,
so a cue never reaches into another sentence.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rocov2.concepts.cues import CLAUSE_ENDS, CUES, EXAMINATIONS, LINKING, NEW_CLAUSE, Cue
from rocov2.concepts.normalise import Tokens, tokenise

PRESENT, NEGATED, UNCERTAIN, HISTORICAL = "present", "negated", "uncertain", "historical"
_STRENGTH = {PRESENT: 0, HISTORICAL: 1, UNCERTAIN: 2, NEGATED: 3}
# a doubted finding stands at a place that is not in doubt: body parts keep their status
ANATOMY = frozenset({"T017", "T018", "T021", "T022", "T023", "T024", "T029", "T030", "T082"})
# what a past event left is still to be seen: devices, scars and other abnormal anatomy ("previous stent")
LASTING = ANATOMY | {"T074", "T190"}
_EXEMPT: dict[str, frozenset[str]] = {NEGATED: frozenset(), UNCERTAIN: ANATOMY, HISTORICAL: LASTING}
_SENTENCE_ENDS = frozenset(".;!?")
_PLACES = frozenset({"on", "in"})
_MAX_ITEM = 5
_SHORT_ITEM = 4


@dataclass(frozen=True, slots=True)
class Scope:
    """Tokens first..end (end excluded) that a cue gives a status."""

    first: int
    end: int
    status: str


def assert_status(caption: str, spans: Iterable[tuple[int, int]], tuis: Sequence[str] = ()) -> list[str]:
    """The status of each character span of a caption: present, negated, uncertain or historical.

    `tuis`, one a span, lets a body part keep `present` where only the finding at it is doubted.
    """
    tokens = tokenise(caption)
    scopes = find_scopes(tokens)
    statuses = []
    for i, (start, end) in enumerate(spans):
        inside = [t for t, at in enumerate(tokens.starts) if at < end and tokens.ends[t] > start]
        first, last = (inside[0], inside[-1] + 1) if inside else (0, 0)
        statuses.append(status_of(scopes, first, last, tuis[i] if i < len(tuis) else ""))
    return statuses


def status_of(scopes: Sequence[Scope], first: int, end: int, tui: str = "") -> str:
    """The strongest status that the scopes give the tokens first..end."""
    best = PRESENT
    for scope in scopes:
        if scope.first <= first and end <= scope.end and _STRENGTH[scope.status] > _STRENGTH[best]:
            if tui and _EXEMPT[scope.status].issuperset(tui.split(";")):
                continue
            best = scope.status
    return best


def find_scopes(tokens: Tokens) -> list[Scope]:
    """Every scope that the cues of a caption open."""
    norms = tokens.norms
    if CUES.keys().isdisjoint(norms):
        return []
    scopes: list[Scope] = []
    at = 0
    while at < len(norms):
        cue = _cue_at(norms, at)
        if cue is None:
            at += 1
            continue
        end = at + len(cue.words)
        if cue.status:
            scopes.extend(_scopes(norms, cue, at, end))
        at = end
    return scopes


def _cue_at(norms: list[str], at: int) -> Cue | None:
    """The longest cue that begins at a token."""
    for cue in CUES.get(norms[at], ()):
        if tuple(norms[at : at + len(cue.words)]) == cue.words:
            return cue
    return None


def _scopes(norms: list[str], cue: Cue, start: int, end: int) -> Iterator[Scope]:
    """The scopes of a cue that stands at tokens start..end."""
    at_end = cue.words == ("likely",) and (end >= len(norms) or norms[end] in _SENTENCE_ENDS)
    if cue.direction in {"after", "both"} and not at_end:
        yield Scope(end, _forward(norms, end, cue), cue.status)
    if cue.direction in {"before", "both"} or at_end:
        yield Scope(_backward(norms, start, cue), start, cue.status)


def _forward(norms: list[str], at: int, cue: Cue) -> int:
    """Where a scope that runs to the right ends: the clause, the cue's reach, or a comma that begins no list."""
    limit = min(len(norms), at + cue.reach)
    while at < limit and norms[at] in LINKING:
        at += 1
    for i in range(at, limit):
        word = norms[i]
        if word in _SENTENCE_ENDS or word in CLAUSE_ENDS or word in {":", ")"}:
            return i
        if word == "," and not _list_goes_on(norms, i + 1):
            return i
        if word == "and" and _new_clause(norms, i + 1):
            return i
        if word == "secondary" and norms[i + 1 : i + 2] == ["to"]:
            return i
        if word in _PLACES and not EXAMINATIONS.isdisjoint(norms[i + 1 : i + 5]):
            return i
    return limit


def _backward(norms: list[str], at: int, cue: Cue) -> int:
    """Where a scope that runs to the left begins."""
    limit = max(0, at - cue.reach)
    for i in range(at - 1, limit - 1, -1):
        word = norms[i]
        if word in _SENTENCE_ENDS or word in CLAUSE_ENDS or word in {",", "(", ":"}:
            return i + 1
        if word == "and" and at - i > _SHORT_ITEM:
            return i + 1
    return limit


def _list_goes_on(norms: list[str], at: int) -> bool:
    """Say whether the items after a comma belong to a list that an `or`, `nor` or `and` closes in this sentence."""
    run = 0
    for word in norms[at:]:
        if word in _SENTENCE_ENDS or word in CLAUSE_ENDS or word == ":":
            return False
        if word in {"or", "nor"}:
            return True
        if word == "and":
            return True
        run = 0 if word == "," else run + 1
        if run > _MAX_ITEM:
            return False
    return False


def _new_clause(norms: list[str], at: int) -> bool:
    """Say whether the word after `and` begins a clause of its own."""
    return at < len(norms) and norms[at] in NEW_CLAUSE
