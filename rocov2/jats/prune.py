"""From the bytes of an article to a tree of what its figures need: figures, the paragraphs that cite them, headings.

Most of an article has nothing to do with its figures. Elements that hold neither a figure nor a reference to one
(front, back, tables, paragraphs) are cut from the bytes, and only the rest, a tenth of them, becomes a tree. Wherever
the markup could fool the cut (comments or CDATA with tags in them, other encodings, prefixes, a DOCTYPE with
declarations) or the rest fails to parse, there is no pruned tree and the whole article is parsed.

What this lets through: a truncated or garbled article, wrong bytes for its encoding and malformed markup in what is
kept are refused as by a parse of the whole; malformed markup *inside* a cut paragraph, table, front or reference list
is not seen, and cannot touch a row. PMC's XML is fetched by its MD5, so only PMC's own mistakes are left. `check_all`
closes that gap: the cut elements then go through the same parser as a stream, and every byte is parsed once.
It still lets an undeclared namespace prefix pass there, and costs 40 % of a bare parse.
"""

import re

from lxml import etree

from rocov2.jats.source import make_parser

_PARSER = make_parser()
_HEAD = re.compile(
    rb"\s*(?:<\?xml(?:(?!encoding|\?>).)*(?:encoding=[\"'](?:utf-8|us-ascii)[\"']\s*(?:standalone=\S+\s*)?)?\?>)?"
    rb"(?:\s*<\?(?!xml\s)[^<>]*\?>)*\s*(?:<!DOCTYPE[^\[\]<>]*>)?(?:\s*<\?(?!xml\s)[^<>]*\?>)*\s*"
    rb"(<article(?=[\s>])[^<>]*>)",
    re.IGNORECASE,
)
# each group is one kind of token, told by its number
_TOKEN = re.compile(
    rb"<(?:p([ >])|/p(>)|xref ((?!(?:rid=\"[^\"]*\" )?ref-type=\"[^f])[^>]*[\"']fig)"
    rb"|/f(ig(?:-group)?>)|f(ig(?:-group)?[ >])|/t(able-wrap>)|t(able-wrap[ >])|([!?]))"
)
_P, _P_END, _REFERENCE, _FIGURE_END, _FIGURE, _TABLE_END, _TABLE, _ODD = range(1, 9)
_STARTS = (_P, _TABLE)
_ENDS = {_P_END: _P, _TABLE_END: _TABLE}
_DEEPER = {_REFERENCE: 0, _FIGURE: 1, _FIGURE_END: -1}
_FIG = re.compile(rb"fig(?!-count)")
"""After < it is a figure, after a quote a reference to one; in words it is neither."""
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
    cuts = _cuts(xml, head.end())
    if cuts is None:
        return None
    # without a DOCTYPE a named entity is an error here, and a matter for the full parse
    ends = [head.start(1), *(end for _, end in cuts)]
    starts = [*(start for start, _ in cuts), len(xml)]
    # a space for each: a table may have stood between two words
    kept = b" ".join([xml[end:start] for end, start in zip(ends, starts, strict=True) if end < start])
    try:
        if check_all:
            _check(head.group(1), [xml[start:end] for start, end in cuts])
        article = etree.fromstring(kept, _PARSER)
    except etree.XMLSyntaxError:
        return None
    return article if article.tag == "article" else None


def plain_head(xml: bytes) -> re.Match[bytes] | None:
    """Match the start of an article in UTF-8 without entities or a namespace of its own; group 1 is <article>."""
    head = _HEAD.match(xml)
    return None if head is None or b"xmlns=" in head[1] else head


def _is_utf8(xml: bytes) -> bool:
    if xml.isascii():
        return True
    try:
        xml.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _check(root: bytes, parts: list[bytes]) -> None:
    """Parse the cut elements without building them; raises XMLSyntaxError."""
    etree.fromstring(b"".join((root, *parts, b"</article>")), _CHECKER)


def _cuts(xml: bytes, start: int) -> list[Cut] | None:
    """What to cut, in order; None if the markup is unusual."""
    front = _whole(b"front", xml, xml.find(b"<front>", start), xml.find(b"</front>", start))
    body = front[0][1] if front else start
    back_end = xml.rfind(b"</back>", body)
    back = _whole(b"back", xml, xml.rfind(b"<back>", body, max(back_end, body)), back_end)
    end, after = (back[0][0], back[0][1]) if back else (len(xml), len(xml))
    if xml.find(b"<fig", body, end) < 0 and xml.find(b"<fig", after) < 0:
        return front + _no_figures(xml, body, end) + back
    middle, rest = _cuts_within(xml, body, end), _cuts_within(xml, after, len(xml))
    return None if middle is None or rest is None else front + middle + back + rest


def _no_figures(xml: bytes, start: int, end: int) -> list[Cut]:
    """Where there is no figure, nothing that cites one matters: all that the body holds goes."""
    body = xml.find(b"<body>", start, end)
    body_end = xml.find(b"</body>", max(body, start), end)
    return [(body + len(b"<body>"), body_end)] if 0 <= body < body_end else []


def _whole(name: bytes, xml: bytes, start: int, end: int) -> list[Cut]:
    """The element between two tags, if it can be cut in one piece; nothing otherwise."""
    if not 0 <= start < end or any(xml[found.start() - 1] in b"<\"'" for found in _FIG.finditer(xml, start, end)):
        return []
    return [(start, end + len(b"</%b>" % name))]


def _cuts_within(xml: bytes, start: int, end: int) -> list[Cut] | None:
    """Paragraphs and tables between two places that are outside of figures, and neither hold nor cite one."""
    cuts: list[Cut] = []
    opened: dict[int, int] = {}
    depth = 0
    for found in _TOKEN.finditer(xml, start, end):
        kind = found.lastindex
        if kind in _STARTS:
            if depth == 0:
                opened[kind] = found.start()
        elif kind in _ENDS:
            begin = opened.pop(_ENDS[kind], None)
            if begin is not None:
                while cuts and cuts[-1][0] > begin:
                    cuts.pop()
                cuts.append((begin, found.end()))
        elif kind in _DEEPER:
            opened.clear()
            depth += _DEEPER[kind]
            if depth < 0:
                return None
        elif not _is_plain(xml, found.start(), depth):
            return None
    return cuts if depth == 0 else None


def _is_plain(xml: bytes, start: int, depth: int) -> bool:
    """Tell a comment or processing instruction without markup in it, outside of figures, from one that may mislead."""
    close = b"-->" if xml.startswith(b"<!--", start) else b"?>" if xml.startswith(b"<?", start) else b""
    end = xml.find(close, start + 2) if close else -1
    return end > 0 and depth == 0 and b"<" not in xml[start + 2 : end]
