"""From the bytes of an article's front matter to its facts, with a tree of its permissions only.

Most of what is wanted are elements that hold nothing but text. They are found by name, and their texts go through the
parser together. Where one of them holds more, or stands elsewhere than JATS says, there are
no facts from here: `facts_of` reads them off the tree, and finds the same.
"""

import re
from functools import cache
from typing import NamedTuple

from lxml import etree

from rocov2.jats.facts import IDS, RETRACTION, Dated, Facts
from rocov2.jats.people import is_plain, plain_names
from rocov2.jats.prune import COMMENT, hides_markup
from rocov2.jats.source import make_parser
from rocov2.jats.text import text_of

_PARSER = make_parser()
_MARK = "\ufdd0"
"""Between texts: Unicode keeps it from ever being a character of one."""
_DATE = re.compile(
    rb"<pub-date((?:\s[^<>&]*)?)>\s*(?:<day>(\d*)</day>\s*)?(?:<month>(\w*)</month>\s*)?(?:<season>[^<]*</season>\s*)?"
    rb"(?:<year>(\d*)</year>\s*)?</pub-date>"
)
_DATE_KIND = re.compile(rb'\s(pub-type|date-type|iso-8601-date)="([^"]*)"')
_READ = re.compile(rb"<(article-id|title-group|contrib-group|pub-date|permissions|license|copyright-statement)[\s>]")
_IDS = frozenset(kind.encode() for kind in IDS)
_ID_KIND = re.compile(rb'\spub-id-type="([^"]*)"')


class _Places(NamedTuple):
    """Offsets of the first of each kind, and of the end of the permissions."""

    meta: int
    ids: int
    title: int
    people: int
    dates: int
    rights: int
    end: int


class _Unsure(Exception):  # noqa: N818 - nothing is wrong, the tree will tell
    """The markup is not plain enough to be read off the bytes."""


def plain_facts(front: bytes) -> Facts | None:
    """Return the facts of markup from the <article> tag to </front>, in UTF-8; None where only the tree will do."""
    if b"!" in front:  # one byte is found ten times as fast as two
        front = COMMENT.sub(b"", front)
    if hides_markup(front, 0, len(front)) or RETRACTION.encode() in front:
        return None
    try:
        return _facts(front)
    except (_Unsure, etree.XMLSyntaxError, UnicodeDecodeError):
        return None


def _facts(front: bytes) -> Facts:
    at = _places(front)
    title, marked_title = _title(front[at.title : at.people])
    ids = [(_ID_KIND.search(attributes), text) for attributes, text in _leaves(b"article-id", front[at.ids : at.title])]
    names = plain_names(front[at.people : at.dates])
    if names is None:
        raise _Unsure
    known = [(kind[1].decode(), text) for kind, text in ids if kind and kind[1] in _IDS]
    raw = [title, _journal(front[: at.meta]), *(text for _, text in known), *names]
    head = front[: front.index(b">") + 1]
    rights = front[at.rights : at.end + len(b"</permissions>")]
    root = etree.fromstring(
        b"%b<plain>%b</plain>%b%b</article>" % (head, _MARK.encode().join(raw), marked_title, rights), _PARSER
    )
    texts = [" ".join(text.split()) for text in (root[0].text or "").split(_MARK)]
    if len(texts) != len(raw):
        raise _Unsure
    known_texts = texts[2 : 2 + len(known)]
    return Facts(
        root,
        text_of(root[1]) if marked_title else texts[0],
        texts[1],
        _dated(front[at.dates : at.rights]),
        [name for name in texts[2 + len(known) :] if name],
        {kind: text for (kind, _), text in zip(reversed(known), reversed(known_texts), strict=True)},
        list(root[-1]),
        False,
    )


def _places(front: bytes) -> _Places:
    """Where the elements stand that are read, if they stand in the order of JATS: all before the abstract.

    What that order puts between the contributors and the dates, and from the abstract on, is not searched for others.
    """
    meta = front.find(b"<article-meta")
    title = front.find(b"<title-group", meta)
    dates = front.find(b"<pub-date", title)
    rights = front.find(b"<permissions", dates)
    end = front.find(b"</permissions>", rights)
    if not 0 <= meta < title < dates < rights < end or front.find(b"<abstract", title, rights) >= 0:
        raise _Unsure
    ids = front.find(b"<article-id", meta, title)
    people = front.find(b"<contrib-group", title, dates)
    at = _Places(meta, ids if ids >= 0 else title, title, people if people >= 0 else dates, dates, rights, end)
    abstract = front.find(b"<abstract", end)
    for start, stop, names in (
        (0, meta, set()),
        (meta, title, {b"article-id"}),
        (title + 1, at.people, set()),
        (dates, rights, {b"pub-date"}),
        (end, abstract if abstract >= 0 else len(front), set()),
    ):
        if not names.issuperset(_READ.findall(front, start, stop)):
            raise _Unsure
    return at


@cache
def _leaf(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"<%b(?=[\s>])((?:\s[^<>]*)?)(?:>([^<]*)(</%b>))?" % (name, name))


def _leaves(name: bytes, markup: bytes) -> list[tuple[bytes, bytes]]:
    """Attributes and text of each element of that name."""
    found = _leaf(name).findall(markup)
    if not all(end and is_plain(attributes) for attributes, _, end in found):
        raise _Unsure
    return [(attributes, text) for attributes, text, _ in found]


def _title(markup: bytes) -> tuple[bytes, bytes]:
    """The text of the first <article-title>, or else the whole element, where it holds more."""
    start, end = markup.find(b"<article-title"), markup.find(b"</article-title>")
    if not 0 <= start < end:
        raise _Unsure
    text = markup[markup.index(b">", start) + 1 : end]
    return (b"", markup[start : end + len(b"</article-title>")]) if b"<" in text else (text, b"")


def _journal(markup: bytes) -> bytes:
    """The title of the journal, or else the first of its short names."""
    titles = [text for _, text in _leaves(b"journal-title", markup)]
    if len(titles) > 1:
        raise _Unsure
    names = titles if titles and titles[0].strip() else [text for _, text in _leaves(b"journal-id", markup)]
    return next((name for name in names if name.strip()), b"")


def _dated(markup: bytes) -> list[Dated]:
    found = _DATE.findall(markup)
    if len(found) != markup.count(b"<pub-date") or not all(is_plain(attributes) for attributes, *_ in found):
        raise _Unsure
    dates = []
    for attributes, day, month, year in found:
        kinds = dict(_DATE_KIND.findall(attributes))
        if b"preprint" not in (kinds.get(b"pub-type"), kinds.get(b"date-type")):
            iso = kinds.get(b"iso-8601-date", b"")
            dates.append(Dated(year.decode(), month.decode(), day.decode(), iso.decode()))
    return dates
