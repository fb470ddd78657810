"""Faults of captions and of labels that the text alone gives away: blank, untrimmed, glued, compound, negated. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence

_STOP = re.compile(r"[a-z0-9)\]%][.:;?!][A-Z][a-z]")
_BRACKET = re.compile(r"[a-z]\)[A-Z][a-z]")
_RUN_ON = re.compile(r"(?<![A-Za-z])[A-Za-z]?[a-z]{3,}[A-Z][a-z]+(?:-[a-z]+)* [a-z]")
_PANEL = re.compile(r"(?:^|[\s;.,:])\(?([A-H])\)\s")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[.;:!?,()]")
_QUALIFIER = re.compile(r"\s*[(\[][^)\]]*[)\]]|\b(?:structure of|structure|nos)\b", re.IGNORECASE)

_CUES = frozenset(("no", "without", "absence", "absent", "negative", "free"))
_FILLERS = frozenset((
    "a", "an", "the", "any", "of", "for", "from", "evidence", "sign", "signs", "presence", "acute", "clear",
    "definite", "obvious", "residual", "significant", "visible", "associated", "further", "new", "recurrent",
    "or", "nor",
))  # fmt: skip
# what may follow a denied concept: another word would make it part of a longer one ("no heart enlargement")
_ENDS = frozenset((
    ".", ";", ":", "!", "?", ",", "(", ")", "or", "nor", "and", "but", "in", "on", "at", "of", "to", "is",
    "are", "was", "were", "as", "by", "with", "within", "after", "before", "along", "around", "despite",
    "during", "detected", "evident", "found", "identified", "noted", "observed", "present", "seen", "visible",
    "visualized",
))  # fmt: skip
_LONGEST_FORM = 6


def is_blank(caption: str) -> bool:
    """Whether nothing but white space is left of the caption, the Unicode kinds included."""
    return not caption.strip()


def is_untrimmed(caption: str) -> bool:
    """Whether the caption starts or ends with white space."""
    return caption != caption.strip()


def is_glued(caption: str) -> bool:
    """Whether a title or sentence runs into the next: `lung.The arrow`, `(axial)No fracture`, `SpineImage showing`."""
    return any(pattern.search(caption) for pattern in (_STOP, _BRACKET, _RUN_ON))


def is_compound(caption: str) -> bool:
    """Whether the caption describes panels (A) and (B), so that a single image has the text of several."""
    return {"A", "B"} <= set(_PANEL.findall(caption))


def forms_of(names: Mapping[str, str]) -> dict[tuple[str, ...], set[str]]:
    """Plain forms of concept names, as lower-case words, with the CUIs that they name.

    `Hematoma, Subdural` also gives `subdural hematoma`; what stands in brackets, and `structure`, is left out.
    Forms shorter than four letters say too little and are left out.
    """
    forms: dict[tuple[str, ...], set[str]] = {}
    for cui, name in names.items():
        plain = _QUALIFIER.sub(" ", name).strip(" ,")
        head, comma, tail = plain.partition(", ")
        for text in {plain, f"{tail} {head}"} if comma and "," not in tail else {plain}:
            words = tuple(_words(text))
            if len("".join(words)) > 3 and len(words) <= _LONGEST_FORM:
                forms.setdefault(words, set()).add(cui)
    return forms


def negated_concepts(caption: str, forms: Mapping[tuple[str, ...], set[str]]) -> list[set[str]]:
    """What the caption names, but only to deny it: the CUIs of each such form.

    Denied is what directly follows `no`, `without`, `absence of`, `negative for`, `free of`, with words like
    `evidence of any` between, and what an `or` joins to it. Strict: what it finds is denied, and it misses more.
    """
    words = list(_words(caption))
    if _CUES.isdisjoint(words):
        return []
    mentions = dict(_mentions(words, forms))
    denied = set(_denied(words, mentions))
    named = {tuple(words[start:end]) for start, end in mentions.items() if start not in denied}
    asserted = set().union(*(_cuis(words, forms) for words in named))
    found = {tuple(words[start : mentions[start]]) for start in denied} - named
    return [cuis for cuis in (_cuis(words, forms) for words in sorted(found)) if cuis.isdisjoint(asserted)]


def _words(text: str) -> Iterator[str]:
    return (match.group().casefold() for match in _WORD.finditer(text))


def _denied(words: Sequence[str], mentions: Mapping[int, int]) -> Iterator[int]:
    """Where the denied mentions start."""
    for cue in (place for place, word in enumerate(words) if word in _CUES):
        if cue and words[cue - 1] == "or":  # "with or without" denies nothing
            continue
        place = _next(words, cue + 1)
        while place in mentions:
            after = mentions[place]
            follower = words[after] if after < len(words) else "."
            if follower in _ENDS:
                yield place
            place = _next(words, after) if follower in ("or", "nor") else len(words)


def _next(words: Sequence[str], place: int) -> int:
    """The first place from `place` on that holds no filler."""
    return next((p for p in range(place, len(words)) if words[p] not in _FILLERS), len(words))


def _mentions(words: Sequence[str], forms: Mapping[tuple[str, ...], set[str]]) -> Iterator[tuple[int, int]]:
    """Start and end of the longest forms in the words, from left to right."""
    place = 0
    while place < len(words):
        lengths = range(min(_LONGEST_FORM, len(words) - place), 0, -1)
        length = next((n for n in lengths if _cuis(tuple(words[place : place + n]), forms)), 0)
        if length:
            yield place, place + length
        place += length or 1


def _cuis(words: tuple[str, ...], forms: Mapping[tuple[str, ...], set[str]]) -> set[str]:
    """CUIs of a form, a plural `s` at its end allowed."""
    return forms.get(words) or forms.get((*words[:-1], words[-1].removesuffix("s"))) or set()
