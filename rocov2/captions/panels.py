"""A caption in; the panel letters it uses, and how surely it describes several panels, out.

The score is for the words alone: a caption of several panels often stands under a single image, because
the publisher split the figure into files. What to do about that is the filter's business.
"""

import re

_SPAN = r"[A-Z](?:\d{1,2}|['′i]{0,3})"
_MARKED = re.compile(
    rf"[(\[]\s?({_SPAN}(?:\s?(?:[-–—‐‑,;&/+]|and|to)\s?(?:and )?{_SPAN})*)(?:\s?[,;:][^()\[\]]{{0,60}})?\s?[)\]]",
    re.IGNORECASE,
)
_RUNNING = re.compile(rf"(?:^|[.;:,]\s|\s)({_SPAN}(?:\s?[-–,&]\s?{_SPAN})*)\s?(?:[.):]|\s[-–—])\s?(?=[A-Z(])")
_PANEL_WORD = re.compile(rf"\bpanels?\s(?:\(\s?)?({_SPAN}(?:\s?(?:[-–,&]|and)\s?{_SPAN})*)\b", re.IGNORECASE)
_PLACES = re.compile(
    r"\b(?:(?:left|right|upper|lower|top|bottom|middle|cent(?:er|re|ral))(?:[- ](?:left|right|most|hand))?"
    r"(?: (?:and|or|to) (?:right|left|bottom|lower|upper|top))?"
    r" (?:panels?|rows?|columns?|insets?|images?|pictures?|figures?)"
    r"|(?:first|second|third) (?:row|column|panel)"
    r"|(?:each|both|all|other|these|two|three|four|six) (?:panels|images|views)|inset|insert shows|panels)\b",
    re.IGNORECASE,
)
_SIDES = re.compile(
    r"\((?:left|right|top|bottom|upper|lower|middle|cent(?:er|re))(?: (?:panel|row|image|column))?\)", re.IGNORECASE
)
_NUMBERED = re.compile(r"[(\[]([1-9])[)\]]")


def panel_letters(caption: str) -> tuple[str, ...]:
    """Return the panel letters that the caption uses, in upper case and alphabetic order, without repeats.

    A letter counts when it stands in brackets, "(A)", "(b, c)", "(A-D)", after the word panel, or
    before a sentence, "A: CT of the chest. B: ...", and when the letters start at A and leave no
    gap of more than one: "(C)" alone is a label inside the image or a stage, not a panel.
    """
    found: set[str] = set()
    for pattern in (_MARKED, _PANEL_WORD, _RUNNING):
        for match in pattern.finditer(caption):
            found |= _expand(match.group(1))
    return tuple(_connected(found))


def caption_compound_score(caption: str) -> float:
    """Return how surely the words describe more than one panel, 0 to 1.

    0.97 for three letters or more, 0.93 for A and B, 0.2 for A alone; words of place ("left panel",
    "(left) ... (right)") and numbers in brackets speak for panels less strongly. The evidence is
    combined as if independent.
    """
    letters = panel_letters(caption)
    doubts = [1.0 - {0: 0.02, 1: 0.2, 2: 0.93}.get(len(letters), 0.97)]
    places = {match.group().lower() for match in _PLACES.finditer(caption)}
    sides = {match.group().lower() for match in _SIDES.finditer(caption)}
    if len(sides) >= 2:
        doubts.append(0.15)
    if places:
        doubts.append(0.5 if len(places) == 1 else 0.25)
    numbers = {match.group(1) for match in _NUMBERED.finditer(caption)}
    if not letters and {"1", "2"} <= numbers:
        doubts.append(0.7)
    doubt = 1.0
    for part in doubts:
        doubt *= part
    return round(1.0 - doubt, 4)


def _expand(span: str) -> set[str]:
    """Turn 'A-C, e' into the letters A, B, C and E."""
    letters: set[str] = set()
    text = re.sub(r"\b(?:and|to)\b", lambda match: "," if match.group() == "and" else "-", span, flags=re.IGNORECASE)
    for part in re.split(r"[,;&/+]", text):
        ends = [end.strip()[:1].upper() for end in re.split(r"[-–—‐‑]", part) if end.strip()]
        if len(ends) == 2 and ends[0] <= ends[1]:
            letters.update(chr(code) for code in range(ord(ends[0]), ord(ends[1]) + 1))
        else:
            letters.update(ends)
    return {letter for letter in letters if "A" <= letter <= "Z"}


def _connected(letters: set[str]) -> list[str]:
    """Keep the run of letters from A on that has no gap wider than one letter."""
    kept: list[str] = []
    for letter in sorted(letters):
        if ord(letter) - (ord(kept[-1]) if kept else ord("A") - 1) > 2:
            break
        kept.append(letter)
    return kept if kept[:1] == ["A"] else []
