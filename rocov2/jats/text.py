"""From a JATS element to its text: captions, paragraphs, formulas, each piece once and in order.

Inline markup leaves no trace, block elements are parted by a space, graphics and metadata are left
out, comments and processing instructions vanish but keep what follows them.
"""

import html
import re
from collections.abc import Iterable, Iterator

from lxml import etree

MATHML = "{http://www.w3.org/1998/Math/MathML}"
FIGURE_REFERENCES = frozenset({"fig", "figure"})
"""What xref/@ref-type says of a reference to a figure."""
REF_START, REF_END = "\ufdd0", "\ufdd1"
"""Marks around a reference to a figure: Unicode keeps these two from ever being characters of a text."""

_BLOCK, _SKIP, _FORMULA, _APART = range(4)

_BLOCKS = (
    *("p", "title", "subtitle", "label", "list", "list-item", "def-list", "def-item", "def", "term", "disp-quote"),
    *("verse-group", "verse-line", "speech", "statement", "fn", "fn-group", "break", "sec", "caption"),
    *("table", "tr", "td", "th", "ack", "boxed-text", "disp-formula-group", "hr", "attrib"),
)
_SKIPPED = (
    *("graphic", "inline-graphic", "media", "inline-media", "object-id", "alt-text", "long-desc", "permissions"),
    *("index-term", "glyph-data", "supplementary-material", "fig", "fig-group", "table-wrap", "chem-struct-wrap"),
)
_FORMULAS = ("inline-formula", "disp-formula", "alternatives", "tex-math", MATHML + "math")

CAPTION_KINDS = dict.fromkeys(_BLOCKS, _BLOCK) | dict.fromkeys(_SKIPPED, _SKIP) | dict.fromkeys(_FORMULAS, _FORMULA)
PARAGRAPH_KINDS = CAPTION_KINDS | dict.fromkeys(
    ["p", "list", "def-list", "disp-quote", "boxed-text", "fn", "table", "statement", "sec", *_SKIPPED], _APART
)


_NOT_TEXT: set[object] = {etree.Comment, etree.PI, etree.Entity}
_NOT_INLINE = frozenset(CAPTION_KINDS) | _NOT_TEXT
_NOT_RUNNING = frozenset(PARAGRAPH_KINDS) | _NOT_TEXT


Parts = dict[str, list[etree._Element]]
"""Elements by name."""


def collapse(text: str) -> str:
    """Turn every run of white space (no-break spaces included) into one space and strip the ends."""
    return " ".join(text.split())


def text_of(element: etree._Element | None) -> str:
    """Collapse the text of `element` as a reader of a caption sees it; empty for None."""
    if element is None:
        return ""
    if not len(element):
        text = element.text
        return " ".join(text.split()) if text and isinstance(element.tag, str) else ""
    if element.tag == "caption":
        return " ".join(filter(None, map(text_of, element)))
    if _NOT_INLINE.isdisjoint([inner.tag for inner in element.iterdescendants()]):
        return collapse(etree.tostring(element, method="text", encoding="unicode", with_tail=False))
    parts: list[str] = []
    _walk(element, parts, CAPTION_KINDS, None)
    return collapse("".join(parts))


def children_of(element: etree._Element, *tags: str) -> Parts:
    """Return the child elements by name, all or those of some names: one pass where several are wanted."""
    parts: Parts = {}
    for child in element.iterchildren(*tags):
        tag = child.tag
        if isinstance(tag, str):
            parts.setdefault(tag, []).append(child)
    return parts


def child_of(element: etree._Element, tag: str) -> etree._Element | None:
    """Return the first child of that name; a loop, as `find` and `iterchildren` take longer to begin than it to end."""
    for child in element:
        if child.tag == tag:
            return child
    return None


def text_of_first(elements: Iterable[etree._Element]) -> str:
    """Return the text of the first element that has any; empty if none has."""
    for element in elements:
        if text := text_of(element):
            return text
    return ""


def mark_references(paragraph: etree._Element, references: list[etree._Element]) -> tuple[str, list[str]]:
    """Return the paragraph's own text with each figure reference between REF_START and REF_END, and their rids.

    `references` are its <xref>s to figures, which are marked in the tree on the way. Paragraphs and lists
    inside the paragraph are left out: they are paragraphs of their own. White space is as written.
    """
    rids: list[str] = []
    if _NOT_RUNNING.isdisjoint([inner.tag for inner in paragraph.iterdescendants()]):
        for reference in references:
            rids.append(reference.get("rid", ""))
            reference.text = f"{REF_START}{reference.text or ''}"
            reference.tail = f"{REF_END}{reference.tail or ''}"
        marked = etree.tostring(paragraph, method="text", encoding="unicode", with_tail=False)
    else:
        parts: list[str] = []
        _walk(paragraph, parts, PARAGRAPH_KINDS, rids)
        marked = "".join(parts)
    if marked.count(REF_START) == marked.count(REF_END) == len(rids):
        return marked, rids
    return marked.replace(REF_START, "").replace(REF_END, ""), []


def _walk(element: etree._Element, parts: list[str], kinds: dict[str, int], rids: list[str] | None) -> None:
    if text := element.text:
        parts.append(text)
    for child in element:
        tag = child.tag
        if not isinstance(tag, str):
            if isinstance(child, etree._Entity):
                parts.append(_named_character(child))
        elif rids is not None and tag == "xref" and child.get("ref-type") in FIGURE_REFERENCES:
            rids.append(child.get("rid", ""))
            parts.append(REF_START)
            _walk(child, parts, kinds, rids)
            parts.append(REF_END)
        elif (kind := kinds.get(tag)) is None:
            if len(child):
                _walk(child, parts, kinds, rids)
            elif text := child.text:
                parts.append(text)
        elif kind == _BLOCK:
            parts.append(" ")
            _walk(child, parts, kinds, rids)
            parts.append(" ")
        elif kind == _FORMULA:
            parts.append(formula_text(child))
        elif kind == _APART:
            parts.append(" ")
        if tail := child.tail:
            parts.append(tail)


def _named_character(entity: etree._Entity) -> str:
    """Read &nbsp; and its like without a DTD, as HTML names them; any other entity stays as written."""
    return html.unescape(entity.text or "")


def formula_text(element: etree._Element) -> str:
    """Render a formula once: its MathML as plain text, else the body of its TeX, else its plain text.

    <alternatives> outside a formula is treated alike: one textual form, no graphic.
    """
    math = element if element.tag == MATHML + "math" else next(element.iter(MATHML + "math"), None)
    rendered = _math(math) if math is not None else ""
    if rendered.strip():
        return _spaced(element, rendered)
    tex = element if element.tag == "tex-math" else next(element.iter("tex-math"), None)
    if tex is not None:
        return _spaced(element, tex_body("".join(_strings(tex))))
    parts: list[str] = []
    for child in element if element.tag == "alternatives" else [element]:
        if isinstance(child.tag, str) and CAPTION_KINDS.get(child.tag) != _SKIP:
            _walk(child, parts, CAPTION_KINDS, None)
            break
    return _spaced(element, "".join(parts))


def _spaced(element: etree._Element, text: str) -> str:
    return f" {text} " if element.tag == "disp-formula" else text


def _strings(element: etree._Element) -> Iterator[str]:
    return (text for text in element.itertext() if isinstance(text, str))


_TEX_DOCUMENT = re.compile(r"\\begin\s*\{document\}(.*?)(?:\\end\s*\{document\}|\Z)", re.DOTALL)


def tex_body(tex: str) -> str:
    """Cut the LaTeX preamble and the dollar signs from a <tex-math>: what is left is the formula."""
    found = _TEX_DOCUMENT.search(tex)
    body = (found.group(1) if found else tex).strip()
    while len(body) > 1 and body[0] == body[-1] == "$":
        body = body[1:-1].strip()
    return collapse(body)


_SCRIPTS = {"msub": "_", "msup": "^", "mfrac": "/", "mover": "", "munder": "_"}


def _math(element: etree._Element) -> str:
    """Plain text of a MathML element: 1/2, x^2, x_1; attributes and annotations are left out."""
    tag = element.tag
    if not isinstance(tag, str):
        return _named_character(element) if isinstance(element, etree._Entity) else ""
    name = tag.rpartition("}")[2]
    if name in {"annotation", "annotation-xml"}:
        return ""
    if name == "mspace":
        return " "
    inner = [_math(child) + collapse(child.tail or "") for child in element]
    joint = _SCRIPTS.get(name)
    if joint is not None and len(inner) == 2:
        return f"{_grouped(inner[0])}{joint}{_grouped(inner[1])}" if inner[1].strip() else inner[0]
    if name in {"msubsup", "munderover"} and len(inner) == 3:
        return f"{inner[0]}_{_grouped(inner[1])}^{_grouped(inner[2])}"
    text = collapse(element.text or "") if name != "mtext" else (element.text or "")
    body = text + "".join(inner)
    return f"√{_grouped(body)}" if name == "msqrt" else body


def _grouped(text: str) -> str:
    return text if len(text) < 2 or text.replace(".", "").isalnum() else f"({text})"
