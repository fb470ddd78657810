"""From the bytes of an article to its front matter: what attribution, rights and retraction need.

Only the bytes up to </front> are parsed; where that cannot be done, the whole article is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from rocov2.jats.licenses import URL, license_code_of, stricter
from rocov2.jats.source import MAX_BYTES, BadArticle, check_size, parse_article
from rocov2.jats.text import child_of, children_of, collapse, text_of, text_of_first

__all__ = ["Front", "license_code_of", "read_front", "stricter"]

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
    The bytes after </front> are not checked here: `read_figures` does that.
    """
    check_size(xml, max_bytes)
    article, has_body = _front_only(xml) or _whole(xml, max_bytes)
    front = child_of(article, "front")
    meta = child_of(front, "article-meta") if front is not None else None
    if front is None or meta is None:
        raise BadArticle("not_jats", "there is no <front> with an <article-meta>")
    parts = children_of(meta, *_META_PARTS)
    licenses = [(element, text_of(element)) for element in _licenses(front, parts)]
    ids = {
        kind: text_of(e) for e in reversed(parts.get("article-id", [])) if (kind := e.get("pub-id-type", "")) in _IDS
    }
    titles = [text_of(child_of(group, "article-title")) for group in parts.get("title-group", [])]
    return Front(
        article_type=collapse(article.get("article-type", "")),
        language=collapse(article.get(XML_LANG) or "en").lower(),
        title=titles[0] if titles else "",
        journal=_journal(front),
        published_on=_published_on(parts.get("pub-date", [])),
        authors=tuple(_authors(parts.get("contrib-group", []))),
        doi=ids.get("doi") or None,
        pmcid=_pmcid(ids),
        license_url=_license_url([url for element, prose in licenses for url in license_urls(element, prose)]),
        license_text=" ".join(prose for _, prose in licenses)[:MAX_LICENSE_TEXT],
        copyright_text=_copyright(parts)[:MAX_LICENSE_TEXT],
        is_retracted_forward=_is_retracted(article, meta),
        has_body=has_body,
    )


def _whole(xml: bytes, max_bytes: int) -> tuple[etree._Element, bool]:
    article = parse_article(xml, max_bytes)
    return article, child_of(article, "body") is not None


def _front_only(xml: bytes) -> tuple[etree._Element, bool] | None:
    """Parse the bytes up to </front>, closed by hand; None where the cut may be wrong."""
    end = xml.find(b"</front>")
    if end < 0:
        return None
    end += len(b"</front>")
    body = xml.find(b"<body", end)
    if b"<!--" in xml[end : body if body >= 0 else len(xml)] or b"<sub-article" in xml[end:body]:
        return None
    try:
        article = parse_article(xml[:end] + b"</article>")
    except BadArticle:
        return None
    return (article, body >= 0) if child_of(article, "front") is not None else None


def _journal(front: etree._Element) -> str:
    for meta in front.iterchildren("journal-meta"):
        parts = children_of(meta)
        grouped = (
            title for group in parts.get("journal-title-group", ()) for title in group.iterchildren("journal-title")
        )
        return text_of_first((*grouped, *parts.get("journal-title", ()), *parts.get("journal-id", ())))
    return ""


def _pmcid(ids: dict[str, str]) -> str | None:
    """Old files write <article-id pub-id-type="pmc">123, new ones "pmcid">PMC123."""
    written = ids.get("pmcid") or ids.get("pmc")
    if not written:
        return None
    return written if written.upper().startswith("PMC") else f"PMC{written}"


def _is_retracted(article: etree._Element, meta: etree._Element) -> bool:
    if article.get("article-type") in {"retraction", "retracted-article"}:
        return True
    return any(e.get("related-article-type") == "retraction-forward" for e in meta.iter("related-article"))


_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_META_PARTS = (
    "article-id", "title-group", "contrib-group", "pub-date", "permissions", "license", "copyright-statement"
)  # fmt: skip
_IDS = frozenset({"doi", "pmc", "pmcid"})
_AUTHORS = frozenset({"author", "authors", "collab"})
_ISO = re.compile(r"\s*((?:18|19|20)\d\d)(?:-(\d\d)(?:-(\d\d))?)?")


def _published_on(elements: list[etree._Element]) -> str | None:
    dates = [date for element in elements if (date := _date(element)) is not None]
    if not dates:
        return None
    year, month, day = min(dates, key=lambda date: (date[0], date[1] or 13, date[2] or 32))
    return f"{year:04}" + (f"-{month:02}" + (f"-{day:02}" if day else "") if month else "")


def _date(element: etree._Element) -> tuple[int, int, int] | None:
    """Year, month and day of a <pub-date>, 0 where unknown; None without a year, and for a preprint's date."""
    if "preprint" in {element.get("pub-type"), element.get("date-type")}:
        return None
    parts = {str(child.tag): (child.text or "").strip() for child in element}
    year, month, day = (parts.get(part, "") for part in ("year", "month", "day"))
    if not (len(year) == 4 and year.isascii() and year.isdigit()):
        iso = _ISO.match(element.get("iso-8601-date") or parts.get("string-date", ""))
        if iso is None:
            return None
        year, month, day = (iso.group(part) or "" for part in (1, 2, 3))
    known_month = _number(month, 12) or _MONTHS.get(month[:3].lower(), 0)
    return int(year), known_month, _number(day, 31) if known_month else 0


def _number(text: str, highest: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= highest else 0


def _authors(groups: list[etree._Element]) -> Iterator[str]:
    """Authors in order: those marked as authors, or those with no mark at all."""
    for group in groups:
        default = group.get("content-type") or "author"
        for contrib in group.iterchildren("contrib"):
            if contrib.get("contrib-type", default) in _AUTHORS and (name := _name(contrib)):
                yield name


def _name(contrib: etree._Element) -> str:
    name = child_of(contrib, "name")
    if name is None:
        name = contrib.find("name-alternatives/name")
    if name is not None:
        surname = given = ""
        for part in name:
            if part.tag == "surname":
                surname = text_of(part)
            elif part.tag == "given-names":
                given = text_of(part)
        return f"{surname} {given}".strip()
    for path in ("string-name", "name-alternatives/string-name", "collab", "collab-alternatives/collab"):
        if (element := contrib.find(path)) is not None:
            return _without_members(element)
    return "Anonymous" if contrib.find("anonymous") is not None else ""


def _without_members(collab: etree._Element) -> str:
    """The name of a group without the list of its members, which <collab> may hold as well."""
    surname, given = collab.find("surname"), collab.find("given-names")
    if surname is not None:
        return collapse(f"{text_of(surname)} {text_of(given)}")
    institution = collab.find("institution")
    parts = [collab.text or ""]
    for child in collab:
        if isinstance(child.tag, str) and child.tag not in {"contrib-group", "xref", "email", "address", "aff", "fn"}:
            parts.append(text_of(child))
        parts.append(child.tail or "")
    return collapse(" ".join(parts)) or text_of(institution)


def _licenses(front: etree._Element, parts: dict[str, list[etree._Element]]) -> Iterator[etree._Element]:
    """<license> and <ali:license_ref> of the article; some old files hold <permissions> in <front> itself."""
    for permissions in (*parts.get("permissions", ()), *front.iterchildren("permissions")):
        yield from permissions.iterchildren("license", *LICENSE_REFS)
    yield from parts.get("license", ())


def license_urls(license_element: etree._Element, prose: str) -> list[str]:
    """URLs of a <license>: its own link, <ali:license_ref>, links and bare URLs in its prose, in this order."""
    found = [license_element.get(XLINK_HREF, ""), license_element.get("href", "")]
    for link in license_element.iter(*_LINKS):
        found.append(link.text or "" if link.tag in LICENSE_REFS else link.get(XLINK_HREF, ""))
    found += [url.rstrip(".,;") for url in URL.findall(prose)]
    return [url.strip() for url in dict.fromkeys(found) if url and not url.isspace()]


def _copyright(parts: dict[str, list[etree._Element]]) -> str:
    held = (e for p in parts.get("permissions", ()) for e in p.iterchildren("copyright-statement", "copyright-holder"))
    return " ".join(filter(None, map(text_of, (*held, *parts.get("copyright-statement", ())))))


def _license_url(urls: list[str]) -> str | None:
    """The URL of the strictest Creative Commons licence, else the first URL."""
    codes = {url: code for url in urls if (code := license_code_of(url))}
    strictest: str | None = None
    for code in codes.values():
        strictest = stricter(strictest, code)
    exact = (url for url, code in codes.items() if code == strictest)
    return next(exact, next(iter(codes), next(iter(urls), None)))
