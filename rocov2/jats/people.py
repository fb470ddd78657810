"""From the <contrib-group>s of an article to the names of its authors, for attribution.

Both ways name those who are marked as authors, or who have no mark at all, in order.
"""

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from rocov2.jats.text import child_of, collapse, text_of

_AUTHORS = frozenset({"author", "authors", "collab"})
_AUTHORS_AS_BYTES = frozenset(kind.encode() for kind in _AUTHORS)
_GROUP = re.compile(rb'<contrib-group(?:\s+content-type="([^"<>]*)")?\s*>')
_PERSON = re.compile(
    rb"<contrib(?=[\s>])([^<>]*)>\s*(?:<contrib-id[^<>]*>[^<]*</contrib-id>\s*)*"
    rb"(?:<name[^<>]*>\s*<surname>([^<]*)</surname>\s*"
    rb"(?:<given-names[^<>]*>([^<]*)</given-names>\s*)?(?:<suffix>[^<]*</suffix>\s*)?</name>"
    rb"|<collab(?=[\s>])[^<>]*>([^<]*)(</collab>))"
)
_KIND = re.compile(rb'\scontrib-type="([^"]*)"')


def plain_names(markup: bytes) -> list[bytes] | None:
    """Return the authors of markup with <contrib-group>s, still escaped; None where that takes a tree.

    It does where a contributor is anything but a <name> that begins with its surname, or a <collab> of words only.
    """
    names: list[bytes] = []
    collabs = markup.count(b"<collab")  # one that is not of words may list its members as contributors of their own
    start = markup.find(b"<contrib-group")
    while start >= 0:
        head, end = _GROUP.match(markup, start), markup.find(b"</contrib-group>", start)
        if head is None or end < 0:
            return None
        people = _PERSON.findall(markup, head.end(), end)
        ends = markup.count(b"</contrib", start, end) - markup.count(b"</contrib-", start, end)
        if len(people) != ends or not all(is_plain(person[0]) for person in people):
            return None
        default = head[1] or b"author"
        for attributes, surname, given, collab, is_collab in people:
            collabs -= len(is_collab) > 0
            kind = _KIND.search(attributes)
            if (kind[1] if kind else default) in _AUTHORS_AS_BYTES:
                names.append(collab or b"%b %b" % (surname, given))
        start = markup.find(b"<contrib-group", end)
    return None if collabs else names


def is_plain(attributes: bytes) -> bool:
    """Tell whether attributes are written as nearly everybody writes them: name="value"."""
    return b"'" not in attributes and b" =" not in attributes and b"= " not in attributes


def authors_of(groups: Iterable[etree._Element]) -> Iterator[str]:
    """Yield the authors of <contrib-group> elements; those without any name are left out."""
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
