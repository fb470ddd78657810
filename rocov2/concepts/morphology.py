"""Other words for the same thing: what the grammar of medical English makes of a preferred name.

`forms` undoes the wording of a terminology; here a name changes its part of speech (heart: cardiac; stenosis: stenotic;
occluded: occlusion; left ventricular structure: left ventricle), a word gives way to the usual one (small intestines:
small bowel), a vertebra gets its number (L2) and a vessel its initials (MCA). These forms rank below all others, so
that none is taken from a concept that is spelt so.
"""

import re
from collections.abc import Iterator

from rocov2.concepts.words import ADJECTIVES, NOUNS, USUAL_NAMES, USUAL_WORDS, pairs

# semantic types whose one-word names are findings and qualities, whose words come in families; none: not known
FAMILIES = frozenset({"", "T019", "T020", "T033", "T037", "T046", "T047", "T080", "T169", "T184", "T190", "T191"})
_LEAST = 4
# blanks of the longest name that the rules know
_MOST = 7
# what is biliary is of the tract, and what is arterial or bony of no one artery or bone
_NO_ADJECTIVES = frozenset({"bile duct", "artery", "vein", "bone"})
_LAST_ADJECTIVE = re.compile(r"(.*?)(\w+) structure", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:level of |body of )?(?:the )?(\w+) (cervical|thoracic|lumbar|sacral) vertebra", re.IGNORECASE
)
_ORDINALS = pairs(
    "first:1 second:2 third:3 fourth:4 fifth:5 sixth:6 seventh:7 eighth:8 ninth:9 tenth:10 eleventh:11 twelfth:12"
)
# T1 to T4 are mostly a weighting or a stage; the first two of the neck have names
_NO_NUMBERS = frozenset({"T1", "T2", "T3", "T4", "C1", "C2"})
_INITIALS = re.compile(
    r"(?!.*\b(?:of|communicating|single)\b)"
    r"(?:(?:\w+ ){2}(?:artery|vein|duct|ligament|cava)|(?:left|right) (?:\w+ )?(?:ventricle|atrium|lobe)|\w+ vena cava)"
)
# (ending, what may stand in its place); what is no word of English matches nothing
_ENDINGS = (
    ("sis", ("tic",)),
    ("ema", ("ematous",)),
    ("us", ("osed",)),
    ("ia", ("ic",)),
    ("age", ("agic",)),
    ("phy", ("phic",)),
    ("ic", ("", "y", "ia")),
    ("ation", ("ate", "ated", "ating", "ative", "ed", "ion")),
    ("ion", ("", "ed", "ing")),
    ("ded", ("sion", "ding")),
    ("ed", ("e", "ing", "ion", "ement")),
)
Rewrites = tuple[tuple[re.Pattern[str], str], ...]
"""Patterns of a whole name, each with what the name becomes."""


def rewrites(*pairs: tuple[str, str]) -> Rewrites:
    """Compile patterns of whole names, whatever their case."""
    return tuple((re.compile(pattern, re.IGNORECASE), plain) for pattern, plain in pairs)


def rewritten(name: str, rules: Rewrites) -> Iterator[str]:
    """What each of the rules that fits makes of a name."""
    for pattern, plain in rules:
        if match := pattern.fullmatch(name):
            yield match.expand(plain)


_PHRASES = rewrites(
    (r"(?:pathologic|pathological|acquired) (\w+)", r"\1"),
    (r"((?:greater|lesser|medial|lateral) (?:trochanter|condyle|epicondyle|tuberosity)) of \w+", r"\1"),
    (r"neoplasms?", "tumor"),
    (r"secondary (?:malignant )?neoplasms?", "metastasis"),
    (r"bilateral (.+)", r"both \1"),
    (r"(left|right) thorax", r"\1 hemithorax"),
    (r"(left|right) (frontal|parietal|temporal|occipital) lobe", r"\1 \2"),
    (r"(.+) lobe of (left|right) lung", r"\2 \1 lobe"),
    (r"(?:anterior )?(\w+) branch of (left|right) coronary artery", r"\2 \1 artery"),
    (r"anterior (\w+) branch of (left|right) coronary artery", r"\2 anterior \1 artery"),
    (r"anterior (\w+) branch of (left|right) coronary artery", r"\2 anterior \1"),
    (r"(.*[a-z]{4})(\d+)", r"\1 \2"),
)
# a word that each of the phrases has: most names have none
_HINT = re.compile(r"pathologic|acquired|trochanter|condyle|tuberosity|neoplasm|bilateral|thorax|lobe|branch|\d$")


def loose_forms(name: str, tui: str = "") -> Iterator[str]:
    """Yield what else a plain name may be written as; `tui` says whether its words come in families."""
    lower = name.lower()
    if lower.count(" ") > _MOST:
        return
    yield from _adjectives(lower)
    yield from _nouns(lower)
    yield from _numbers(lower)
    if _HINT.search(lower):
        yield from rewritten(name, _PHRASES)
    yield from USUAL_NAMES.get(lower, ())
    for word, usual in USUAL_WORDS:
        if word in lower:
            yield lower.replace(word, usual)
    if _INITIALS.fullmatch(lower):
        yield "".join(word[0] for word in lower.split()).upper()
    if " " not in name and FAMILIES.intersection(tui.split(";")):
        yield from _family(lower)


def _adjectives(name: str) -> Iterator[str]:
    """An organ's adjective: heart, cardiac."""
    if name in ADJECTIVES and name not in _NO_ADJECTIVES:
        yield ADJECTIVES[name]


def _nouns(name: str) -> Iterator[str]:
    """The noun of a name that ends in an adjective: left ventricular structure, left ventricle."""
    match = _LAST_ADJECTIVE.fullmatch(name) if name.endswith(" structure") else None
    if match and match[2] in NOUNS:
        yield match[1] + NOUNS[match[2]]


def _numbers(name: str) -> Iterator[str]:
    """The number of a vertebra: body of second lumbar vertebra, L2."""
    match = _NUMBERED.fullmatch(name) if name.endswith(" vertebra") else None
    if match and match[1] in _ORDINALS:
        number = f"{match[2][0].upper()}{_ORDINALS[match[1]]}"
        if number not in _NO_NUMBERS:
            yield number


def _family(word: str) -> Iterator[str]:
    """The other parts of speech of a word, by its ending."""
    for ending, others in _ENDINGS:
        stem = word.removesuffix(ending)
        if len(stem) >= _LEAST and stem != word:
            yield from (stem + other for other in others)
