"""Abbreviations that a caption, or another text of its article, defines itself.

"Left ventricle (LV)" is found by scispaCy's detector (Schwartz and Hearst 2003) on a blank English pipeline, loaded
only once a caption needs it; keys such as "LV, left ventricle", "LV (left ventricle)" or "LV: left ventricle; RV = ..."
by their initials.
"""

import re
import warnings
from collections.abc import Callable, Iterable, Set
from functools import lru_cache
from typing import Any

_BRACKETED = re.compile(r"\(\s*([A-Z][A-Za-z0-9-]{1,7})\s*\)")
_KEY = re.compile(
    r"(?<![\w-])([A-Z][A-Za-z0-9]{0,6})(?:\s?[:=,–-]\s?|\s?\(\s?|\)\s)([A-Za-z][a-z]+(?:[ -][A-Za-z]?[a-z]+){0,5})"
)
# "RV right ventricle," without a mark between, where the words end with the phrase
_SPACED = re.compile(r"(?<![\w-])([A-Z]{2,5}) ([a-z]+(?: [a-z]+){1,4})(?=[,.;)]|$)")
_EXAMINATIONS = frozenset({"CT", "MR", "MRI", "US", "PET", "AP", "PA", "XR", "CTA", "MRA"})
# A capital first and what stands before it second: a capital is looked for in less than half the time.
_SHORT = re.compile(r"[A-Z](?<![\w-][A-Z])[A-Za-z0-9]{0,5}[A-Z0-9]s?(?![\w-])")


def defined_abbreviations(caption: str, matters: Callable[[str], bool]) -> dict[str, str]:
    """Short form -> long form, for the abbreviations that the caption defines.

    The detector is asked only where a short form in brackets occurs again, or `matters` says that it means something.
    """
    found = _keyed(caption)
    if any(caption.count(short) > 1 or matters(short) for short in _BRACKETED.findall(caption)):
        found.update(_bracketed(caption))
    return found


def short_forms(text: str) -> set[str]:
    """The words of a text that look like abbreviations."""
    return set(_SHORT.findall(text))


def stated(definitions: Iterable[str], wanted: Set[str]) -> dict[str, str]:
    """Short form -> long form, for those of `wanted` that a list of abbreviations gives as "SHORT: long form"."""
    pairs = (text.partition(": ") for text in definitions)
    return {short: long for short, _, long in pairs if long and short in wanted}


def article_abbreviations(texts: Iterable[str], wanted: Set[str]) -> dict[str, str]:
    """Short form -> long form, for those of `wanted` that one of an article's texts defines; the first one counts."""
    found: dict[str, str] = {}
    for text in texts:
        if not any(short in text for short in wanted):
            continue
        here = _keyed(text)
        if not wanted.isdisjoint(_BRACKETED.findall(text)):
            here.update(_bracketed(text))
        for short, long in here.items():
            if short in wanted:
                found.setdefault(short, long)
    return found


def _keyed(text: str) -> dict[str, str]:
    """The definitions of a key, by initials."""
    found = {}
    for short, words in _KEY.findall(text):
        if long := _long_form(short, words):
            found[short] = long
    for short, words in _SPACED.findall(text):
        if short not in found and short not in _EXAMINATIONS and _long_form(short, words) == words:
            found[short] = words
    return found


def _long_form(short: str, words: str) -> str:
    """The first words whose initials, in order, spell the short form; empty when they do not."""
    if len(short) < 2 or not short.isalpha():
        return ""
    letters = list(short.lower().rstrip("s") if short.endswith("s") else short.lower())
    parts = re.split(r"[ -]", words)
    taken = 0
    for i, part in enumerate(parts):
        if taken < len(letters) and part[:1].lower() == letters[taken]:
            taken += 1
        elif part not in {"of", "the", "and", "in"}:
            return ""
        if taken == len(letters):
            return " ".join(parts[: i + 1])
    return ""


@lru_cache(maxsize=1)
def _detector() -> tuple[Any, Any]:
    """scispaCy's detector and the blank pipeline it reads with."""
    import spacy  # noqa: PLC0415 - two seconds that most captions do not need
    from scispacy.abbreviation import AbbreviationDetector  # noqa: PLC0415

    pipeline = spacy.blank("en")
    return pipeline, AbbreviationDetector(pipeline)


def _bracketed(caption: str) -> dict[str, str]:
    """The definitions of the form "long form (SF)"."""
    pipeline, detector = _detector()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # W036: a caption without a short form leaves no pattern
        document = detector(pipeline.make_doc(caption))
    return {short.text: short._.long_form.text for short in document._.abbreviations}
