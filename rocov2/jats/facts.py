"""From the tree of an article's front matter to its facts, as they are written."""

from collections.abc import Sequence
from typing import NamedTuple

from lxml import etree

from rocov2.jats.people import authors_of
from rocov2.jats.source import BadArticle
from rocov2.jats.text import child_of, children_of, text_of, text_of_first

_META_PARTS = (
    *("article-id", "title-group", "contrib-group", "pub-date", "permissions", "license", "copyright-statement"),
    "related-article",
)
IDS = frozenset({"doi", "pmc", "pmcid"})
RETRACTION = "retraction-forward"


class Dated(NamedTuple):
    """A <pub-date>, its parts as written and empty where it has none; `iso` is an attribute or a <string-date>."""

    year: str
    month: str
    day: str
    iso: str


class Facts(NamedTuple):
    """What a front states: `article` is the element with its attributes, `rights` the parts of its permissions.

    The dates are those of publication, not of preprints; the first id of a kind counts.
    """

    article: etree._Element
    title: str
    journal: str
    dates: list[Dated]
    authors: list[str]
    ids: dict[str, str]
    rights: list[etree._Element]
    is_retracted: bool


def facts_of(article: etree._Element) -> Facts:
    """Read the facts off <article>. Raises BadArticle where there is no front matter."""
    front = child_of(article, "front")
    halves = children_of(front) if front is not None else {}
    if "article-meta" not in halves:
        raise BadArticle("not_jats", "there is no <front> with an <article-meta>")
    parts = children_of(halves["article-meta"][0], *_META_PARTS)
    # some old files hold <permissions> in <front> itself, or what belongs in them beside them
    permissions = (*parts.get("permissions", ()), *halves.get("permissions", ()))
    beside = (*parts.get("license", ()), *parts.get("copyright-statement", ()))
    titles = [text_of(child_of(group, "article-title")) for group in parts.get("title-group", ())]
    return Facts(
        article,
        titles[0] if titles else "",
        _journal(halves.get("journal-meta", ())),
        [dated for element in parts.get("pub-date", ()) if (dated := _dated(element)) is not None],
        list(authors_of(parts.get("contrib-group", ()))),
        {kind: text_of(e) for e in reversed(parts.get("article-id", [])) if (kind := e.get("pub-id-type", "")) in IDS},
        [*(part for held in permissions for part in held), *beside],
        any(element.get("related-article-type") == RETRACTION for element in parts.get("related-article", ())),
    )


def _journal(metas: Sequence[etree._Element]) -> str:
    if not metas:
        return ""
    parts = children_of(metas[0])
    grouped = (t for group in parts.get("journal-title-group", ()) for t in children_of(group).get("journal-title", ()))
    return text_of_first((*grouped, *parts.get("journal-title", ()), *parts.get("journal-id", ())))


def _dated(element: etree._Element) -> Dated | None:
    if "preprint" in {element.get("pub-type"), element.get("date-type")}:
        return None
    parts = {str(child.tag): text_of(child) for child in element}
    year, month, day = (parts.get(part, "") for part in ("year", "month", "day"))
    return Dated(year, month, day, element.get("iso-8601-date") or parts.get("string-date", ""))
