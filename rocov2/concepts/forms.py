"""Preferred names turned into what people write: "Structure of left lower lobe of lung" -> "left lower lobe of lung".

The rules know how UMLS words its names (SNOMED CT's "Structure of", "Entire", "NOS"; MeSH's inversions) and how
physicians word theirs (cancer for malignant neoplasm, pancreatic head for head of pancreas). They hold for any
vocabulary.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rocov2.concepts.morphology import loose_forms, rewrites, rewritten
from rocov2.concepts.normalise import key_of
from rocov2.concepts.terms import Term
from rocov2.concepts.words import ADJECTIVES, NOUNS

DERIVED = "DERIVED"
_PREFERRED = frozenset({"PT", "PN", "MH", "FN"})
_PENALTY = 0.95
_LOOSE = 0.7
_LOOSEST = 0.6

_TAG = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_REWRITES = rewrites(
    (r"(?:bone structure|structure|entire body|region|entire) of (.+)", r"\1"),
    (r"bone structure of (.+)", r"\1 bone"),
    (r"(?:entire|all) (.+)", r"\1"),
    (r"(.+?) (?:structure|region structure|region)", r"\1"),
    (r"([CTLS]\d+) level", r"\1"),
    (r"(.+) behavior", r"\1"),
    (r"(.+),? NOS", r"\1"),
    (r"(.+?),? device", r"\1"),
    (r"(.+?),? unspecified", r"\1"),
    (r"malignant (?:neoplasm|tumou?r) of (.+)", r"\1 cancer"),
    (r"malignant (?:neoplasm|tumou?r) of (.+)", r"cancer of \1"),
    (r"malignant (?:neoplasm|tumou?r) of (.+)", r"carcinoma of \1"),
    (r"malignant (?:neoplasm|tumou?r) of (.+)", r"\1 carcinoma"),
    (r"(?:secondary malignant neoplasm|metastatic malignant neoplasm) (?:of|to) (.+)", r"\1 metastasis"),
    (r"(?:secondary malignant neoplasm|metastatic malignant neoplasm) (?:of|to) (.+)", r"metastasis to \1"),
    (r"(.+?) neoplasms?", r"\1 tumor"),
    (r"(.+?) neoplasms?", r"tumor of \1"),
    (r"(.+?) muscle", r"\1"),
    (r"(left|right) (.+?) lobe of lung", r"\2 lobe of \1 lung"),
    (r"(left|right) (.+?) lobe of lung", r"\1 \2 lobe"),
    (r"(left|right) lobe of liver", r"\1 hepatic lobe"),
    (r"(left|right) (head|neck|body|tail|apex|base|shaft|wall) of (.+)", r"\2 of \1 \3"),
    (r"(.+) of (left|right) (.+)", r"\2 \3 \1"),
    (r"both (.+)", r"bilateral \1"),
    (r"bilateral (.+)", r"\1 bilaterally"),
)
_INVERTED = re.compile(r"([^,]+), ([^,]+)(?:, ([^,]+))?(?:, ([^,]+))?")
_PART_OF = re.compile(r"(?P<part>[a-z ]+?) of (?:the )?(?P<side>left |right )?(?P<whole>[a-z ]+)", re.IGNORECASE)


def plain_forms(name: str) -> tuple[str, ...]:
    """The spellings that the rules derive from a preferred name, without the name itself, each once by its key."""
    seen = {key_of(name): name}
    waiting = [name]
    while waiting:
        for form in _one_step(waiting.pop()):
            key = key_of(form)
            if key and key not in seen and len(seen) < 24:
                seen[key] = form
                waiting.append(form)
    return tuple(form for form in seen.values() if form != name)


def _one_step(name: str) -> Iterator[str]:
    """What each rule makes of a name."""
    if _TAG.search(name):
        yield _TAG.sub("", name)
    yield from rewritten(name, _REWRITES)
    inverted = _INVERTED.fullmatch(name)
    if inverted:
        yield " ".join(part for part in reversed(inverted.groups()) if part)
    part_of = _PART_OF.fullmatch(name)
    if part_of:
        part, side, whole = part_of["part"], (part_of["side"] or "").strip(), part_of["whole"]
        for word in {whole, ADJECTIVES.get(whole.lower(), whole)}:
            yield " ".join(filter(None, (side, word, part)))


def expand_terms(terms: Iterable[Term]) -> Iterator[Term]:
    """Yield the terms, and after each preferred one the spellings derived from its name, loose ones with a low prior.

    An adjective that a rule left over ("thoracic region": thoracic), and what is said of a body ("body of second
    lumbar vertebra": L2), is the loosest: it stands only where no other concept has it.
    """
    for term in terms:
        yield term
        if term.tty in _PREFERRED:
            plain = plain_forms(term.text)
            for form in plain:
                yield _derived(term, form, _LOOSEST if form.lower() in NOUNS else _PENALTY)
            loose = [(name, form) for name in (term.text, *plain) for form in loose_forms(name, term.tui)]
            seen = {key_of(form) for form in (term.text, *plain)} if loose else set()
            for name, form in loose:
                if (key := key_of(form)) not in seen:
                    seen.add(key)
                    yield _derived(term, form, _LOOSEST if "body" in name.lower() else _LOOSE)


def _derived(term: Term, form: str, factor: float) -> Term:
    """A spelling derived from the name of a term."""
    return replace(term, text=form, source=DERIVED, tty="SY", prior=round(term.prior * factor, 3))
