"""Abbreviations that a caption defines itself.

"Left ventricle (LV)" is found by scispaCy's detector (Schwartz and Hearst 2003) on a blank English pipeline, loaded
only once a caption needs it; keys such as "LV, left ventricle" or "LV: left ventricle; RV = ..." by their initials.
"""

import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

_BRACKETED = re.compile(r"\(\s*([A-Z][A-Za-z0-9-]{1,7})\s*\)")
_KEY = re.compile(r"(?<![\w-])([A-Z][A-Za-z0-9]{0,6})\s?[:=,–-]\s?([A-Za-z][a-z]+(?:[ -][a-z]+){0,5})")


def defined_abbreviations(caption: str, matters: Callable[[str], bool]) -> dict[str, str]:
    """Short form -> long form, for the abbreviations that the caption defines.

    The detector is asked only where a short form in brackets occurs again, or `matters` says that it means something.
    """
    found = {}
    if "," in caption or ":" in caption or "=" in caption:
        for short, words in _KEY.findall(caption):
            long = _long_form(short, words)
            if long:
                found[short] = long
    if any(caption.count(short) > 1 or matters(short) for short in _BRACKETED.findall(caption)):
        found.update(_bracketed(caption))
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
