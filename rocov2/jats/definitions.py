"""What an article's abstract and its lists of abbreviations say that an abbreviation means, read off its bytes.

Body paragraphs are not looked at: an article is not parsed for this. A list is a <def-list>, or what follows the word
"Abbreviations" up to the end of its section, footnote, keywords or paragraph. What stands in either is a claim for
`concepts.abbreviations` to read, not yet a definition.
"""

import html
import re
from collections.abc import Iterator, Sequence, Set

_WORD = b"bbreviations"
_MARKUP = 8_000
_ENDS = (b"</sec>", b"</glossary>", b"</fn>", b"</kwd-group>", b"</notes>")
_TERM = re.compile(rb"<term[\s>].*?</term>", re.DOTALL)
_DEF = re.compile(rb"<def[\s>].*?</def>", re.DOTALL)
_BREAK = re.compile(rb"</(?:p|kwd|title|list-item|def-item|td|th)>")
_TAG = re.compile(rb"<[^>]*>")
# "LV: left ventricle;" of a list; a meaning ends at a mark, or where the next short form is explained
_LISTED = re.compile(
    r"(?<![\w-])([A-Z][A-Za-z0-9]{0,5}[A-Z0-9]s?)\s*[:,=–—-]\s*([^\W\d_][^;:=.]*?)\s*(?=[;.]|,\s*[\w/-]{1,12}\s*[=:]|$)"
)
_BRACKETED = re.compile(r"\(\s*([A-Z][A-Za-z0-9]{0,5}[A-Z0-9]s?)\s*[;,)]")
_WORDS_BEFORE = 12
_LONGEST = 100


def definitions_of(xml: bytes, shorts: Set[str]) -> dict[str, str]:
    """Return, for those of `shorts` that are explained, the text that does so.

    "LV: left ventricle" from a list, else up to a dozen words of the abstract that end in "(LV)". Bytes that are not
    UTF-8 are read as far as they are.
    """
    found: dict[str, str] = {}
    if not shorts:
        return found
    written = [short.encode() for short in shorts]
    for short, long in _in_lists(xml, written):
        if short in shorts and _fits(short, long):
            found.setdefault(short, f"{short}: {long}")
    markup = _between(xml, b"<abstract", b"</abstract>", 0)[0]
    if any(short in markup for short in written):
        abstract = _text(markup)
        for place in _BRACKETED.finditer(abstract):
            if place[1] in shorts and place[1] not in found:
                words = abstract[max(0, place.start() - _LONGEST) : place.start()].split()[-_WORDS_BEFORE:]
                found[place[1]] = " ".join([*words, f"({place[1]})"])
    return found


def _in_lists(xml: bytes, shorts: Sequence[bytes]) -> Iterator[tuple[str, str]]:
    """The short forms that lists explain, with their meanings, the surest first; lists of no `shorts` are left."""
    at = xml.find(b"<def-item")
    while at >= 0:
        item, at = _between(xml, b"<def-item", b"</def-item>", at)
        term = _TERM.search(item)
        meaning = _DEF.search(item) if term and any(short in term[0] for short in shorts) else None
        if term and meaning:
            yield _text(term[0]).strip(" :;"), _text(meaning[0]).strip(" :;.")
        at = xml.find(b"<def-item", at)
    at = xml.find(_WORD)
    while at >= 0:
        markup = xml[at + len(_WORD) : at + _MARKUP]
        cuts = [cut for end in _ENDS if (cut := markup.find(end)) >= 0]
        markup = markup[: min(cuts, default=0)]
        if any(short in markup for short in shorts):
            yield from _LISTED.findall(_text(markup))
        at = xml.find(_WORD, at + len(_WORD) + len(markup))


def _between(xml: bytes, start: bytes, end: bytes, at: int) -> tuple[bytes, int]:
    """The first element from `at` on, with its tags, and where it ends; empty when there is none."""
    first = xml.find(start, at)
    last = xml.find(end, first) if first >= 0 else -1
    return (xml[first : last + len(end)], last + len(end)) if last >= 0 else (b"", len(xml))


def _fits(short: str, long: str) -> bool:
    """Say whether a meaning may be one: not long, and beginning as the short form does."""
    return len(short) < len(long) <= _LONGEST and long[0].casefold() == short[0].casefold()


def _text(markup: bytes) -> str:
    """Markup as text, its blocks parted by semicolons."""
    plain = _TAG.sub(b"", _BREAK.sub(b"; ", markup))
    return " ".join(html.unescape(plain.decode("utf-8", "replace")).split())
