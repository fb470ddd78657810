"""Words: a caption or a term cut into tokens, each reduced to the one form under which it is looked up.

Case, accents, typographic hyphens and apostrophes, possessives, plurals (English and Latin) and British spelling
are levelled. Captions and terms pass through the same function, so what counts is that two spellings of one
word meet, not that the form they meet at is a word.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rocov2.concepts.words import AMERICAN, IRREGULAR_PLURALS, NOT_PLURALS

TOKEN = re.compile(r"\d+[.,]\d+|[^\W_]+(?:['’ʼ][sS]\b)?|[.,;:!?()\[\]{}|=]")
SKIPPED = "the"
PUNCTUATION = frozenset(".,;:!?()[]{}|=")

_KEEP_ENDS = ("ss", "us", "is", "'s")
_ESES = re.compile(r"(?:[aeoy]s|is)es$")
_NOT_SIS = re.compile(
    r"(?:eases|cases|phases|bases|uses|noses|doses|roses|nurses|masses|senses|vases|gases|lenses|purchases|releases)$"
)

_BRITISH = (
    (re.compile(r"ae(?=.)"), "e"),
    (re.compile(r"^oe(?=[a-z]{3})|(?<=[a-z])oe(?=[a-z]{2})"), "e"),
    (re.compile(r"our(s|ed|ing|al)?$"), r"or\1"),
    (re.compile(r"tre(s|d)?$"), r"ter\1"),
    (re.compile(r"isation"), "ization"),
    (re.compile(r"is(e|ed|es|ing)$"), r"iz\1"),
    (re.compile(r"yse(d|r)?$"), r"yze\1"),
    (re.compile(r"ph(?=u[rt])|(?<=sul)ph"), "f"),
    (re.compile(r"ll(ed|ing)$"), r"l\1"),
)


def singular(word: str) -> str:
    """The singular of a lower-case word, by rule; a word that is no plural comes back as it is."""
    if word in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[word]
    if word.endswith("ae") and len(word) > 5:
        return word[:-1]
    if len(word) < 4 or word[-1] != "s" or word in NOT_PLURALS or word.endswith(_KEEP_ENDS):
        return word
    return _without_s(word)


def _without_s(word: str) -> str:
    """The singular of a plural in s."""
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if _ESES.search(word) and len(word) > 6 and not _NOT_SIS.search(word):
        return word[:-2] + "is"
    if word.endswith(("sses", "ches", "shes", "xes", "zes", "uses")) and len(word) > 5:
        return word[:-2]
    return word[:-1]


def american(word: str) -> str:
    """A lower-case singular word with British spellings levelled (oedema, haemorrhage, tumour, centre, calcised)."""
    if word in AMERICAN:
        return AMERICAN[word]
    if len(word) < 5:
        return word
    for pattern, plain in _BRITISH:
        word = pattern.sub(plain, word)
    return word


@lru_cache(maxsize=200_000)
def normal_token(token: str) -> str:
    """The look-up form of one raw token; punctuation that ends a phrase stays as it is."""
    word = token
    if len(word) > 2 and word[-2] in "'’ʼ" and word[-1] in "sS":
        word = word[:-2]
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    word = word.casefold()
    if not word.isalpha():
        return word
    return american(singular(AMERICAN.get(word, word)))


def key_of(text: str) -> str:
    """The look-up key of a term: its normal tokens joined by one blank, punctuation and `the` left out."""
    return " ".join(t for t in map(normal_token, TOKEN.findall(text)) if t not in PUNCTUATION and t != SKIPPED)


@dataclass(frozen=True, slots=True)
class Tokens:
    """A caption cut into tokens: where each begins and ends, and its look-up form (`the` is left out)."""

    starts: list[int]
    ends: list[int]
    norms: list[str]


def tokenise(text: str) -> Tokens:
    """Cut a caption into tokens with their places in it."""
    starts: list[int] = []
    ends: list[int] = []
    norms: list[str] = []
    for match in TOKEN.finditer(text):
        norm = normal_token(match.group())
        if norm != SKIPPED:
            start, end = match.span()
            starts.append(start)
            ends.append(end)
            norms.append(norm)
    return Tokens(starts, ends, norms)


def is_cased(text: str) -> bool:
    """Say whether a term is an abbreviation that must be written in capitals to count (LA, MRI, not 'CT head')."""
    letters = [c for c in text if c.isalpha()]
    return (
        0 < len(letters) <= 6
        and " " not in text.strip()
        and sum(c.isupper() for c in letters) * 2 > len(letters)
        and len(text) > 1
    )
