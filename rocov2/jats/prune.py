"""From the bytes of an article to a tree of what its figures need: figures, the paragraphs that cite them, headings.

Most of an article has nothing to do with its figures. Elements that hold neither a figure nor a reference to one
(front, back, tables, paragraphs; all but the citing paragraphs of a body whose figures stand elsewhere) are cut from
the bytes, and only the rest, a tenth of them, becomes a tree. Comments with tags in them go first. Wherever the markup
could still fool the cut (CDATA, other encodings, prefixes, a DOCTYPE with declarations) or the rest fails to parse,
there is no pruned tree and the whole article is parsed.

What this lets through: a truncated or garbled article, wrong bytes for its encoding and malformed markup in what is
kept are refused as by a parse of the whole; malformed markup *inside* what is cut is not seen, and cannot touch a row.
PMC's XML is fetched by its MD5, so only PMC's own mistakes are left. `check_all` closes that gap: what is cut then goes
through the same parser as a stream, and every byte is parsed once. It still lets an undeclared namespace prefix pass
there, and costs 40 % of a bare parse.
"""

import re
from functools import lru_cache

from lxml import etree

from rocov2.jats.source import make_parser

_PARSER = make_parser()
_HEAD = re.compile(
    rb"\s*(?:<\?xml(?:(?!encoding|\?>).)*(?:encoding=[\"'](?:utf-8|us-ascii)[\"']\s*(?:standalone=\S+\s*)?)?\?>)?"
    rb"(?:\s*<\?(?!xml\s)[^<>]*\?>)*\s*(?:<!DOCTYPE[^\[\]<>]*>)?(?:\s*<\?(?!xml\s)[^<>]*\?>)*\s*"
    rb"<article(?=[\s>])[^<>]*>",
    re.IGNORECASE,
)
COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_LONGEST_HEAD, _WORTH_CUTTING = 4_000, 20
_PIECE = re.compile(rb"</?+(?:p|table-wrap)[ >]")
_LESS, _SLASH, _QUOTES = ord("<"), ord("/"), b"\"'"
Cut = tuple[int, int]
"""Start and end of what is cut from the bytes."""


class _Nothing:
    """A parser target that keeps nothing: the parser only checks."""

    def close(self) -> None:
        """End of the stream."""


_CHECKER = make_parser(target=_Nothing())


def parse_pruned(xml: bytes, check_all: bool = False) -> etree._Element | None:
    """Return <article> without the parts that no figure needs, or None where only the whole article will do.

    `check_all` also parses what is cut; anything malformed in it gives None.
    """
    head = plain_head(xml)
    if head is None or not _is_utf8(xml):
        return None
    start, root_end = head
    cuts = _cuts(xml, root_end)
    if cuts is None:
        bare = None if check_all else _without_comments(xml)
        return None if bare is None else parse_pruned(bare)
    kept = []
    at = start
    for begin, end in cuts:
        kept.append(xml[at:begin])
        at = end
    kept.append(xml[at:])
    try:
        if check_all:
            _check(xml[start:root_end], [xml[start:end] for start, end in cuts])
        # a space for each cut: a table may have stood between two words
        article = etree.fromstring(b" ".join(kept), _PARSER)
    except etree.XMLSyntaxError:  # a named entity without a DOCTYPE, too, is a matter for the full parse
        return None
    return article if article.tag == "article" else None


def plain_head(xml: bytes) -> Cut | None:
    """Return where the <article> tag starts and ends; None but for UTF-8 without entities or a namespace of its own."""
    start = xml.find(b"<article")
    end = xml.find(b">", start) + 1
    return (start, end) if 0 <= start < end <= _LONGEST_HEAD and _is_plain_head(xml[:end]) else None


@lru_cache(maxsize=1024)
def _is_plain_head(head: bytes) -> bool:
    """Match all up to the <article> tag, which a journal's articles have in common."""
    return _HEAD.fullmatch(head) is not None and b"xmlns=" not in head


def _is_utf8(xml: bytes) -> bool:
    if xml.isascii():
        return True
    try:
        xml.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _without_comments(xml: bytes) -> bytes | None:
    """Return the article without its comments; None if it has none, or something that only looks like one."""
    comments = COMMENT.findall(xml)
    if not comments or any(b"?>" in comment or b"]]>" in comment for comment in comments):
        return None
    return COMMENT.sub(b"", xml)


def _check(root: bytes, parts: list[bytes]) -> None:
    """Parse the cut elements without building them; raises XMLSyntaxError."""
    etree.fromstring(b"".join((root, *parts, b"</article>")), _CHECKER)


def _cuts(xml: bytes, start: int) -> list[Cut] | None:
    """What to cut, in order; None if the markup is unusual."""
    marks = _marks(xml, start)
    front = _whole(b"front", xml, xml.find(b"<front>", start), xml.find(b"</front>", start), marks)
    body = front[0][1] if front else start
    back_end = xml.rfind(b"</back>", body)
    back = _whole(b"back", xml, xml.rfind(b"<back>", body, max(back_end, body)), back_end, marks)
    end, after = back[0] if back else (len(xml), len(xml))
    if all(xml[mark - 1] != _LESS for mark in marks):
        return front + _no_figures(xml, body, end) + back
    middle = _all_but_citing(xml, body, end, marks) or _cuts_within(xml, body, end, marks)
    rest = _cuts_within(xml, after, len(xml), marks)
    return None if middle is None or rest is None else front + middle + back + rest


def _marks(xml: bytes, start: int) -> list[int]:
    """Where, from `start` on, the name of a figure's element or an attribute begins with "fig", in order.

    Such an attribute is of a reference to a figure; what else it may be is kept in vain.
    """
    marks = []
    at = xml.rfind(b"fig", start)  # backwards, which is the faster way
    while at >= 0:
        before = xml[at - 1]
        is_end = before == _SLASH and xml[at - 2] == _LESS
        if is_end or before in _QUOTES or (before == _LESS and not xml.startswith(b"-count", at + 3)):
            marks.append(at)
        at = xml.rfind(b"fig", start, at)
    marks.reverse()
    return marks


def _all_but_citing(xml: bytes, start: int, end: int, marks: list[int]) -> list[Cut]:
    """What a body holds beside paragraphs that cite: where no figure stands in it, its sections do not matter.

    Nothing where there is more to it: a figure, a reference outside of paragraphs, a paragraph within the paragraph.
    """
    inside = [mark for mark in marks if start < mark < end]
    if any(xml[mark - 1] not in _QUOTES for mark in inside) or hides_markup(xml, start, end):
        return []
    at = xml.find(b"<body>", start, end)
    body_end = xml.find(b"</body>", max(at, start), end)
    if not 0 <= at < body_end or (inside and inside[-1] > body_end):
        return []
    cuts = []
    at += len(b"<body>")
    for mark in inside:
        if mark > at:
            begin, close = xml.rfind(b"<p", at, mark), xml.find(b"</p>", mark, body_end)
            if begin < 0 or close < 0 or xml[begin + 2] not in b" >":
                return []
            if xml.find(b"</p", begin, mark) >= 0 or xml.find(b"<p", mark, close) >= 0:
                return []
            cuts.append((at, begin))
            at = close + len(b"</p>")
    return [*cuts, (at, body_end)]


def _no_figures(xml: bytes, start: int, end: int) -> list[Cut]:
    """Where there is no figure, nothing that cites one matters: all that the body holds goes."""
    body = xml.find(b"<body>", start, end)
    body_end = xml.find(b"</body>", max(body, start), end)
    return [(body + len(b"<body>"), body_end)] if 0 <= body < body_end else []


def _whole(name: bytes, xml: bytes, start: int, end: int, marks: list[int]) -> list[Cut]:
    """The element between two tags, if it can be cut in one piece; nothing otherwise."""
    if not 0 <= start < end or any(start < mark < end for mark in marks):
        return []
    return [(start, end + len(b"</%b>" % name))]


def _cuts_within(xml: bytes, start: int, end: int, marks: list[int]) -> list[Cut] | None:
    """Paragraphs and tables between two places that are outside of figures, and neither hold nor cite one."""
    if hides_markup(xml, start, end):
        return None
    cuts: list[Cut] = []
    depth = 0
    for mark in marks:
        if start <= mark < end:
            if depth == 0 and mark - start > _WORTH_CUTTING:  # one reference has two marks as a rule
                cuts += _pieces(xml, start, mark)
            start = mark
            before = xml[mark - 1]
            depth += (before == _LESS) - (before == _SLASH)
            if depth < 0:
                return None
    return cuts + _pieces(xml, start, end) if depth == 0 else None


def _pieces(xml: bytes, start: int, end: int) -> list[Cut]:
    """The paragraphs and tables that stand wholly between two places."""
    cuts: list[Cut] = []
    opened: dict[int, int] = {}
    for found in _PIECE.finditer(xml, start, end):
        at = found.start()
        if xml[at + 1] != _SLASH:
            opened[xml[at + 1]] = at
        elif (begin := opened.pop(xml[at + 2], None)) is not None:
            while cuts and cuts[-1][0] > begin:
                cuts.pop()
            cuts.append((begin, found.end()))
    return cuts


def hides_markup(xml: bytes, start: int, end: int) -> bool:
    """Tell whether there is more than plain comments and processing instructions: one with markup in it may mislead."""
    for mark, opens, closes in ((b"!", b"<!--", b"-->"), (b"?", b"<?", b"?>")):
        at = xml.find(mark, start, end)  # one byte is found ten times as fast as two
        while at >= 0:
            if xml[at - 1] == _LESS:
                close = xml.find(closes, at + 1, end)
                if close < 0 or not xml.startswith(opens, at - 1) or xml.find(b"<", at, close) >= 0:
                    return True
                at = close
            at = xml.find(mark, at + 1, end)
    return False
