"""From the bytes of an article to its element tree, or to the reason why it is refused.

The parser reads no file, no network and no DTD and expands no entity. A DOCTYPE is ordinary in
JATS; one that declares entities of its own is refused.
"""

import re
from html.entities import name2codepoint
from typing import Any

from lxml import etree

from rocov2.errors import RocoError

MAX_BYTES = 100_000_000
"""Largest article that is read; the largest of 1,600 real ones has 1 MB."""


class BadArticle(RocoError):  # noqa: N818 - it is the article that is bad
    """An article that cannot be read: `reason` is one word for its Drop, `detail` what was seen.

    Reasons: too_large, not_xml, not_jats, bad_encoding, forbidden_doctype, no_body.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"article refused ({reason}): {detail}", "It is dropped; the other articles are not affected.")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Keep reason and detail when the error crosses a process boundary."""
        return type(self), (self.reason, self.detail)


def make_parser(**options: Any) -> etree.XMLParser:
    """Build the parser of this room: strict, bounded (no `huge_tree`), blind to DTDs, files and network."""
    return etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, **options)


_PARSER = make_parser()


def parse_article(xml: bytes, max_bytes: int = MAX_BYTES) -> etree._Element:
    """Parse the whole article and return its <article> element, names without the JATS namespace.

    Articles inside a wrapper (an OAI record, an article set) are found; the first one counts.
    Raises BadArticle.
    """
    check_size(xml, max_bytes)
    try:
        root = _parsed(xml)
    except etree.XMLSyntaxError as error:
        raise BadArticle(_reason_of(error), str(error)[:300]) from None
    _refuse_entities(root)
    return root if root.tag == "article" else _unwrapped(root)


def _parsed(xml: bytes) -> etree._Element:
    try:
        return etree.fromstring(xml, _PARSER)
    except etree.XMLSyntaxError as error:
        if _code(error) != etree.ErrorTypes.ERR_UNDECLARED_ENTITY:
            raise
    return etree.fromstring(name_characters(xml), _PARSER)


def name_characters(xml: bytes) -> bytes:
    """Write HTML's named characters (&nbsp;) as numbers: old files without a DOCTYPE use them undeclared."""
    return re.sub(rb"&([A-Za-z][A-Za-z0-9]*);", _number_of, xml)


def _number_of(found: re.Match[bytes]) -> bytes:
    name = found.group(1).decode("ascii")
    if name in {"amp", "lt", "gt", "quot", "apos"} or name not in name2codepoint:
        return found.group(0)
    return b"&#%d;" % name2codepoint[name]


def check_size(xml: bytes, max_bytes: int = MAX_BYTES) -> None:
    """Raise BadArticle if there is nothing to read, or more than `max_bytes`."""
    if len(xml) > max_bytes:
        raise BadArticle("too_large", f"{len(xml)} bytes, more than {max_bytes}")
    if not xml or xml.isspace():
        raise BadArticle("not_xml", "no bytes")


_ENCODING_CODES = {
    etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
    etree.ErrorTypes.ERR_INVALID_ENCODING,
}
_ENCODING_WORDS = re.compile(r"encod|not proper UTF|invalid bytes?", re.IGNORECASE)
_ENTITY_WORDS = re.compile(r"entity (?:reference )?loop|amplification|entity.*recursi", re.IGNORECASE)


def _code(error: etree.XMLSyntaxError) -> int:
    return int(getattr(error, "code", 0) or 0)


def _reason_of(error: etree.XMLSyntaxError) -> str:
    message = str(error)
    if _ENTITY_WORDS.search(message):
        return "forbidden_doctype"
    if _code(error) in _ENCODING_CODES or _ENCODING_WORDS.search(message):
        return "bad_encoding"
    return "not_xml"


def _refuse_entities(root: etree._Element) -> None:
    """Raise if the DOCTYPE declares entities: JATS files have none, bombs and file readers do."""
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is None:
        return
    declared = [entity.name for entity in dtd.iterentities()]
    if declared:
        raise BadArticle("forbidden_doctype", f"the DOCTYPE declares entities: {', '.join(map(str, declared[:5]))}")


def _unwrapped(root: etree._Element) -> etree._Element:
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.rpartition("}")[2] == "article":
            space = element.tag.rpartition("}")[0] + "}"
            for inner in element.iter(f"{space}*") if len(space) > 1 else ():
                inner.tag = str(inner.tag).rpartition("}")[2]
            return element
    raise BadArticle("not_jats", f"the root element is <{root.tag}> and holds no <article>")
