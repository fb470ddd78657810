"""From the bytes of an article to its front matter: what attribution, rights and retraction need.

Only the bytes up to </front> are looked at; where that cannot be done, the whole article is parsed.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from rocov2.jats.facts import Dated, Facts, facts_of
from rocov2.jats.licenses import URL, license_code_of, stricter
from rocov2.jats.plain import plain_facts
from rocov2.jats.prune import plain_head
from rocov2.jats.source import MAX_BYTES, BadArticle, check_size, parse_article
from rocov2.jats.text import child_of, collapse, text_of

__all__ = ["Front", "license_code_of", "read_front", "read_front_fully", "stricter"]

XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
LICENSE_REFS = tuple(f"{{http://www.niso.org/schemas/ali/1.0{end}}}license_ref" for end in ("/", ""))
_LINKS = (*LICENSE_REFS, "ext-link", "uri")
MAX_LICENSE_TEXT = 2_000
"""Characters of licence prose that are kept; the longest of 1,600 real ones has about 900."""


@dataclass(frozen=True)
class Front:
    """Front matter of one article; absent text is empty, absent facts are None."""

    article_type: str
    language: str
    title: str
    journal: str
    published_on: str | None
    authors: tuple[str, ...]
    doi: str | None
    pmcid: str | None
    license_url: str | None
    license_text: str
    copyright_text: str
    is_retracted_forward: bool
    has_body: bool


def read_front(xml: bytes, max_bytes: int = MAX_BYTES) -> Front:
    """Read the front matter of JATS 1.x or NLM 2.x and 3.x bytes. Raises BadArticle.

    `published_on` is the earliest <pub-date>, the more exact of two in the same year or month.
    `license_url` is the strictest Creative Commons URL that the licences state, else their first URL.
    The bytes that are not parsed are not checked here: `read_figures` does that.
    """
    check_size(xml, max_bytes)
    return _front(*(_front_only(xml) or _whole(xml, max_bytes)))


def read_front_fully(xml: bytes, max_bytes: int = MAX_BYTES) -> Front:
    """Do the work of `read_front` on a tree of the whole article: the reference, and the way for unusual markup."""
    return _front(*_whole(xml, max_bytes))


def _front(facts: Facts, has_body: bool) -> Front:
    licenses = [(element, text_of(element)) for element in facts.rights if element.tag in _LICENSES]
    copyrights = filter(None, (text_of(element) for element in facts.rights if element.tag in _COPYRIGHTS))
    article_type = collapse(facts.article.get("article-type", ""))
    return Front(
        article_type=article_type,
        language=collapse(facts.article.get(XML_LANG) or "en").lower(),
        title=facts.title,
        journal=facts.journal,
        published_on=_published_on(facts.dates),
        authors=tuple(facts.authors),
        doi=facts.ids.get("doi") or None,
        pmcid=_pmcid(facts.ids),
        license_url=_license_url(tuple(url for element, prose in licenses for url in license_urls(element, prose))),
        license_text=" ".join(prose for _, prose in licenses)[:MAX_LICENSE_TEXT],
        copyright_text=" ".join(copyrights)[:MAX_LICENSE_TEXT],
        is_retracted_forward=facts.is_retracted or article_type in _RETRACTIONS,
        has_body=has_body,
    )


def _whole(xml: bytes, max_bytes: int) -> tuple[Facts, bool]:
    article = parse_article(xml, max_bytes)
    return facts_of(article), child_of(article, "body") is not None


def _front_only(xml: bytes) -> tuple[Facts, bool] | None:
    """Read the facts off the bytes up to </front>, or off their tree; None where the cut may be wrong."""
    end = xml.find(b"</front>")
    if end < 0:
        return None
    end += len(b"</front>")
    body = xml.find(b"<body", end)
    if b"<!--" in xml[end : body if body >= 0 else len(xml)] or b"<sub-article" in xml[end:body]:
        return None
    head = plain_head(xml)
    facts = plain_facts(xml[head[0] : end]) if head else None
    if facts is None:
        try:
            facts = facts_of(parse_article(xml[:end] + b"</article>"))
        except BadArticle:
            return None
    return facts, body >= 0


def _pmcid(ids: dict[str, str]) -> str | None:
    """Old files write <article-id pub-id-type="pmc">123, new ones "pmcid">PMC123."""
    written = ids.get("pmcid") or ids.get("pmc")
    if not written:
        return None
    return written if written.upper().startswith("PMC") else f"PMC{written}"


_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = {written: day for day in range(1, 32) for written in (f"{day}", f"{day:02}")}
_MONTHS = {written: month for written, month in _DAYS.items() if month <= 12}
_MONTHS |= {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_LICENSES = frozenset({"license", *LICENSE_REFS})
_COPYRIGHTS = frozenset({"copyright-statement", "copyright-holder"})
_RETRACTIONS = frozenset({"retraction", "retracted-article"})
_ISO = re.compile(r"\s*((?:18|19|20)\d\d)(?:-(\d\d)(?:-(\d\d))?)?")


def _published_on(written: list[Dated]) -> str | None:
    dates = [date for one in written if (date := _date(one)) is not None]
    if not dates:
        return None
    year, month, day = min(dates, key=lambda date: (date[0], date[1] or 13, date[2] or 32))
    return f"{year:04}" + (f"-{month:02}" + (f"-{day:02}" if day else "") if month else "")


def _date(written: Dated) -> tuple[int, int, int] | None:
    """Year, month and day of a <pub-date>, 0 where unknown; None without a year."""
    year, month, day = written.year, written.month, written.day
    if not (len(year) == 4 and year.isascii() and year.isdigit()):
        iso = _ISO.match(written.iso)
        if iso is None:
            return None
        year, month, day = (iso.group(part) or "" for part in (1, 2, 3))
    known_month = _MONTHS.get(month) or _MONTHS.get(month[:3].lower(), 0)
    return int(year), known_month, _DAYS.get(day, 0) if known_month else 0


def license_urls(license_element: etree._Element, prose: str) -> list[str]:
    """URLs of a <license>: its own link, <ali:license_ref>, links and bare URLs in its prose, in this order."""
    found = [license_element.get(XLINK_HREF, ""), license_element.get("href", "")]
    for link in license_element.iter(*_LINKS):
        found.append(link.text or "" if link.tag in LICENSE_REFS else link.get(XLINK_HREF, ""))
    found += [url.rstrip(".,;") for url in URL.findall(prose)]
    return [url.strip() for url in dict.fromkeys(found) if url and not url.isspace()]


@lru_cache(maxsize=1024)
def _license_url(urls: tuple[str, ...]) -> str | None:
    """The URL of the strictest Creative Commons licence, else the first URL."""
    codes = {url: code for url in urls if (code := license_code_of(url))}
    strictest: str | None = None
    for code in codes.values():
        strictest = stricter(strictest, code)
    exact = (url for url, code in codes.items() if code == strictest)
    return next(exact, next(iter(codes), next(iter(urls), None)))
