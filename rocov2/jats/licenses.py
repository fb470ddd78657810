"""From a licence's URL or prose to one of the seven Creative Commons codes, and the stricter of two codes."""

import re
from functools import lru_cache

CODES = ("CC0", "CC BY", "CC BY-SA", "CC BY-ND", "CC BY-NC", "CC BY-NC-SA", "CC BY-NC-ND")

URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'()\[\]{}]+")
_CC_URL = re.compile(
    r"creativecommons\.org/licen[cs]es?/((?:by|nc|nd|sa)(?:-(?:by|nc|nd|sa))*)(?![a-z])", re.IGNORECASE
)
_ZERO_URL = re.compile(r"creativecommons\.org/(?:publicdomain/zero|licen[cs]es?/(?:cc0|zero))", re.IGNORECASE)
_SHORT = re.compile(r"\bCC[\s-]*(BY(?:[\s/-]*(?:NC|ND|SA))*)\b(?![\s/-]*(?:NC|ND|SA))", re.IGNORECASE)
_LONG = re.compile(
    r"(?:creative\s+commons?|\bCC)\W+(?:licen[cs]e\W+)?(attribution"
    r"(?:[\W_]{1,4}(?:and\s+)?(?:non[\W_]?commercial(?:\s+use)?|no[\W_]?deriv\w*(?:\s+works)?|share[\W_]?alike))*)",
    re.IGNORECASE,
)
_ZERO = re.compile(r"\bCC[\s-]?0\b|public\s+domain\s+dedication|creative\s+commons\s+zero", re.IGNORECASE)
_PARTS = {"NC": r"nc|non[\W_]?commercial", "ND": r"nd|no[\W_]?deriv\w*", "SA": r"sa|share[\W_]?alike"}


def license_code_of(url: str | None, text: str = "") -> str | None:
    """Return the Creative Commons code that `url` names, else the one that the prose names; None for others.

    Prose may name several (an article's CC BY and the CC0 of its data): the strictest holds, so that
    a waiver for data never frees an article. A public-domain mark or a bare "open access" is no code.
    """
    if url and (code := _code_of_url(url)):
        return code
    found = [code for part in URL.findall(text) if (code := _code_of_url(part))]
    found += [_code(match.group(1)) for pattern in (_SHORT, _LONG) for match in pattern.finditer(text)]
    if not found and _ZERO.search(text):
        return "CC0"
    strictest: str | None = None
    for code in found:
        strictest = stricter(strictest, code)
    return strictest


@lru_cache(maxsize=256)
def stricter(code_a: str | None, code_b: str | None) -> str | None:
    """Return the code that obeys both: the union of their conditions; an unknown one (None) adds nothing.

    Share-alike and no-derivatives exclude each other; no-derivatives is the stricter. A code that is
    not one of CODES (TDM) is stricter than all of them, since it allows no redistribution.
    """
    for one, other in ((code_a, code_b), (code_b, code_a)):
        if not one:
            return other or None
    strange = sorted(code for code in (code_a, code_b) if code and code not in CODES)
    if strange:
        return strange[0]
    return _joined(_conditions(code_a) | _conditions(code_b))


def _conditions(code: str | None) -> set[str]:
    return set() if code in {None, "CC0"} else set(str(code).removeprefix("CC ").split("-"))


def _joined(conditions: set[str]) -> str:
    if not conditions:
        return "CC0"
    last = "ND" if "ND" in conditions else "SA" if "SA" in conditions else ""
    return "CC BY" + ("-NC" if "NC" in conditions else "") + (f"-{last}" if last else "")


@lru_cache(maxsize=1024)
def _code_of_url(url: str) -> str | None:
    url = url.lower()
    if found := _CC_URL.search(url):
        return _joined({"BY", *found.group(1).upper().split("-")})
    return "CC0" if _ZERO_URL.search(url) else None


def _code(words: str) -> str:
    present = {part for part, pattern in _PARTS.items() if re.search(rf"(?<![a-z])(?:{pattern})(?![a-z])", words, re.I)}
    return _joined({"BY"} | present)
