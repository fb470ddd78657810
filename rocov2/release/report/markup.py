"""Text of any origin turned into HTML: everything is escaped but what this module has made itself."""

import html
import re
from collections.abc import Sequence

VOID = frozenset({"img", "input", "br", "meta", "link"})

_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160), *range(55296, 57344), 65534), "�")
_BIDI = dict.fromkeys((*range(8234, 8239), *range(8294, 8298), 8206, 8207, 1564))
_FIGURE = re.compile(r"[+<–-]? ?[\d,.]*( [%×]| MB)?\Z", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_ADDRESS = {
    "href": re.compile(r"#|https://|data:,\Z|/\Z|/\?|/sample/"),
    "src": re.compile(r"data:image/webp;base64,[A-Za-z0-9+/=]*\Z|/picture/\d+/[A-Za-z0-9_.~%-]+\Z"),
    "action": re.compile(r"/\Z"),
}


class Safe(str):
    """HTML that may stand in the page as it is; only `text`, `tag` and `join` make it from words."""

    __slots__ = ()


def plain(value: object) -> str:
    """The words of a value without what a browser may not see (controls) or what reorders its surroundings (bidi)."""
    return str(value).translate(_CONTROLS).translate(_BIDI)


def text(value: object) -> Safe:
    """A value as HTML text: `Safe` as it stands, all else escaped, quotes too."""
    return value if isinstance(value, Safe) else Safe(html.escape(plain(value), quote=True))


def join(*parts: object) -> Safe:
    """Parts one after the other; those that are not Safe are escaped."""
    return Safe("".join(text(part) for part in parts))


def tag(name: str, *children: object, **attributes: object) -> Safe:
    """An element. Attributes: `class_` is class, `data_x` is data-x; None and False are left out, True stands bare.

    Raises ValueError for an event handler, a style, or an address that is neither `#...`, https, an inline image nor a
    page of `browse`: such a call is a bug, whatever the data are.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value not in (None, False))
    return Safe(f"<{name}{written}>" + ("" if name in VOID else f"{join(*children)}</{name}>"))


def _attribute(key: str, value: object) -> str:
    name = key.rstrip("_").replace("_", "-")
    if not _NAME.match(key) or name.lower().startswith("on") or name == "style":
        raise ValueError(f"the attribute {name} may not be written")
    if name in _ADDRESS and not _ADDRESS[name].match(str(value)):
        raise ValueError(f"{name} may not be {str(value)[:80]!r}")
    return f" {name}" if value is True else f' {name}="{text(value)}"'


def clip(value: str, length: int) -> str:
    """A text of at most `length` characters, an ellipsis at its end where it was cut."""
    return value if len(value) <= length else value[: length - 1].rstrip() + "…"


def number(value: float, digits: int = 0) -> str:
    """A number as the page writes it: thousands separated, `digits` after the point."""
    return f"{value:,.{digits}f}"


def percent(part: float, whole: float) -> str:
    """A share in per cent; a dash where there is no whole."""
    if not whole:
        return "–"
    share = 100 * part / whole
    return f"{share:.1f} %" if share >= 0.1 or not part else "< 0.1 %"


def article_link(pmcid: str, label: str | None = None) -> Safe:
    """A link to the article on PubMed Central; bare words where the id is none."""
    words = label or pmcid
    if not re.fullmatch(r"PMC\d{1,10}", pmcid, re.ASCII):
        return text(words)
    address = f"https://pmc.ncbi.nlm.nih.gov/articles/{pmcid}/"
    return tag("a", words, href=address, rel="noopener noreferrer external", target="_blank")


def table(header: tuple[str, ...], rows: Sequence[tuple[object, ...]], caption: str = "") -> Safe:
    """A table in a box that scrolls sideways by itself; the first cell of a row is its header."""
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in header)))
    body = [tag("tr", tag("th", row[0], scope="row"), *map(_cell, row[1:])) for row in rows]
    title = tag("caption", caption) if caption else ""
    whole = tag("table", title, head, tag("tbody", *body))
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption or header[0] or "Table")


def _cell(value: object) -> Safe:
    is_number = not isinstance(value, Safe) and _FIGURE.match(str(value))
    return tag("td", value, class_="num" if is_number else None)


def numbers(header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> Safe:
    """The figures behind a chart, folded away."""
    return tag("details", tag("summary", "Numbers"), table(header, rows), class_="numbers")


def card(title: str, *children: object, class_: str = "card") -> Safe:
    """A box with a heading."""
    return tag("div", tag("h3", title), *children, class_=class_)


def section(name: str, title: str, lead: object, *children: object) -> Safe:
    """A part of the page that the navigation leads to."""
    head = tag("h2", title, id=f"{name}-title")
    return tag("section", head, tag("p", lead, class_="lead"), *children, id=name, aria_labelledby=f"{name}-title")


def grid(*children: object) -> Safe:
    """Cards side by side, as many as fit."""
    return tag("div", *children, class_="grid")


def pairs(*children: object) -> Safe:
    """Cards two by two."""
    return tag("div", *children, class_="grid two")
