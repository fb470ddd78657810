"""From a figure to the evidence that it carries rights of its own, beside the article's licence.

Evidence is a quotation, for a person or a later stage to judge: this module forbids nothing.
"""

import re
from collections.abc import Callable, Iterator

from lxml import etree

from rocov2.jats.front import LICENSE_REFS, Front, license_urls
from rocov2.jats.licenses import license_code_of
from rocov2.jats.mentions import sentences
from rocov2.jats.text import collapse, text_of

MAX_EVIDENCE = 400
"""Characters of evidence that are kept for one figure."""

_TAKEN = r"(?:re-?(?:printed|produced|drawn|published|used)|adapted|adopted|modified|borrowed|excerpted)"
_CLAIMS = tuple(
    (words, re.compile(pattern, re.VERBOSE))
    for words, pattern in (
        (
            (
                "reprint",
                "produced",
                "drawn",
                "published",
                "-used",
                "reused",
                "adapted",
                "adopted",
                "modified",
                "borrowed",
            ),
            rf"""{_TAKEN}\s+(?:(?:and|or)\s+\w+\s+|here\s+|in\s+part\s+|(?:with|by)\s+[^.;]{{0,80}}?)?
                 (?:from|after|by\s+permission)\b
               | (?:originally|previously|first)\s+published\s+(?:in|by|as)\b""",
        ),
        (
            ("permission",),
            r"""(?:printed|produced|drawn|published|used|ted|modified|borrowed|shown|provided|included)\b
                 [^.;]{0,80}?\bpermissions?\b
               | (?:with|by)\s+(?:the\s+)?(?:kind\s+|written\s+|full\s+)?permission\s+(?:of|from|by)\b
               | permissions?\s+(?:obtained|granted|received)\b""",
        ),
        (("©", "copyright", "all rights"), r"©|copyright|all\s+rights\s+reserved"),
        (("(c)",), r"[(]c[)]\s*(?:19|20)\d\d\b"),
        (("courtesy", "credit"), r"courtesy\s+of\b|by\s+courtesy\b|courtesy:|credits?:"),
        (
            ("image", "photo", "picture", "illustration"),
            r"(?:image|photo|photograph|picture|illustration)s?\s+(?:credits?|source|by|courtesy)\b",
        ),
        (
            ("taken ", "(from "),
            r"taken\s+(?:directly\s+)?from\s+(?:ref|\[|https?:|the\s+(?:work|paper|study|article|website)|\S+\s+et\s+al)"
            r"|[(]from\s+ref\b",
        ),
        (
            ("licen", "distributed", "creative commons"),
            r"licen[cs]ed\s+(?:under|from)\b|distributed\s+under\b|under\s+(?:an?\s+|the\s+)?(?:cc\b|creative\s+commons)",
        ),
    )
)
"""What claims look like in lower case, each with words one of which it must hold: a cheap look before the costly."""
_CONSENT = re.compile(
    r"\b(?:with\s+(?:the\s+)?)?(?:\w+\s+)?permission\s+(?:of|from|by)\s+(?:the\s+|each\s+|our\s+|his\s+|her\s+)*(?:patient|parent|famil|subject|participant)",
    re.IGNORECASE,
)
_NOTE = re.compile(r"(?:notes?|abbreviations?)\b|[*†‡§]|[a-z]\s+[A-Z]", re.IGNORECASE)


def rights_of(figure: etree._Element, caption: str, front: Callable[[], Front]) -> tuple[str, str | None]:
    """Return the evidence of own rights (empty when there is none) and the licence URL of the figure's permissions.

    Evidence is, in this order, a <permissions> that says other than the article's, an <attrib> that is no
    footnote, and sentences of the caption that name a source, a permission or a copyright. `front` is
    called only for figures with <permissions>.
    """
    evidence: list[str] = []
    attributed: list[str] = []
    url: str | None = None
    for element in _own(figure, "permissions", "attrib"):
        if element.tag == "permissions":
            said, its_url = _permissions(element, front())
            url = url or its_url
            evidence += [said] if said else []
        elif (text := text_of(element)) and not is_note(text):
            attributed.append(text)
    evidence += attributed + claims_in(caption)
    if not evidence:
        return "", url
    return " | ".join(dict.fromkeys(evidence))[:MAX_EVIDENCE], url


def is_note(text: str) -> bool:
    """Tell an <attrib> used for notes and abbreviations from one that names a source."""
    return _NOTE.match(text) is not None and not _claims(text)


def claims_in(caption: str) -> list[str]:
    """Return the sentences of a caption that name a source, a permission or a copyright.

    A patient's permission to publish is no claim.
    """
    if not _claims(caption):
        return []
    return [one for one in sentences(caption) if _claims(_CONSENT.sub("", one))]


def _claims(text: str) -> bool:
    lowered = text.lower()
    for words, pattern in _CLAIMS:
        for word in words:
            if word in lowered:
                if pattern.search(lowered):
                    return True
                break
    return False


def _own(figure: etree._Element, *tags: str) -> Iterator[etree._Element]:
    """`tags` in the figure, its graphics and its caption, but not in a figure inside it."""
    for element in figure.iter(*tags):
        holder = element.getparent()
        while holder is not None and holder.tag not in {"fig", "fig-group"}:
            holder = holder.getparent()
        if holder is figure:
            yield element


def _permissions(permissions: etree._Element, front: Front) -> tuple[str, str | None]:
    """Evidence in one <permissions> and its licence URL.

    No evidence where the licence is the article's own, or where a bare copyright line repeats the article's.
    """
    text = collapse(" ".join(map(text_of, permissions)))
    urls = [url for part in permissions.iter("license", *LICENSE_REFS) for url in license_urls(part, text)]
    code = next((code for url in urls if (code := license_code_of(url))), None) or license_code_of(None, text)
    claims = [] if code is None else [one for one in claims_in(text) if re.search(r"permission|courtesy", one, re.I)]
    articles = license_code_of(front.license_url, front.license_text)
    if (code is not None and code == articles and not claims) or text in front.copyright_text:
        return "", urls[0] if urls else None
    return text or (urls[0] if urls else ""), urls[0] if urls else None
