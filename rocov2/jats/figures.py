"""From the bytes of an article to a `figures` row for each graphic of each of its figures, or a Drop with its reason.

Figures are <fig>, wherever it stands (body, floats, abstract, appendix, box, paragraph, another figure), and a
<fig-group> with graphics of its own. Bare graphics, tables and formulas as images, and supplements are none.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from lxml import etree

from rocov2.jats.front import Front, read_front
from rocov2.jats.graphics import Graphic, MediaIndex, index_media, panels_of
from rocov2.jats.mentions import figure_mentions
from rocov2.jats.prune import parse_pruned
from rocov2.jats.rights import is_note, rights_of
from rocov2.jats.source import MAX_BYTES, BadArticle, check_size, parse_article
from rocov2.jats.text import Parts, child_of, children_of, collapse, text_of, text_of_first
from rocov2.tables import Drop, Figure

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
GRAPHICAL_ABSTRACT = "graphical-abstract"
GRAPHICAL_ABSTRACTS = frozenset({"graphical", "toc", "teaser"})
_CONTAINERS = {
    "floats-group": "floats-group",
    "floats-wrap": "floats-group",
    "abstract": "abstract",
    "trans-abstract": "abstract",
    "body": "body",
    "back": "back",
    "front": "front",
}
_SECTIONS = frozenset({"sec", "app", "boxed-text", "abstract", "trans-abstract", "notes", "app-group"})
_UNSAFE = re.compile(r"[^\w.-]")


class _Unit(NamedTuple):
    """A figure of the article: its element and what it holds, its group if any, its panels, its name in the article."""

    element: etree._Element
    children: Parts
    group: etree._Element | None
    panels: list[list[Graphic]]
    name: str


class _Context(NamedTuple):
    """What the figures of one article share."""

    article_id: str
    language: str
    media: Mapping[str, str]
    images: MediaIndex
    mentions: Mapping[str, list[str]]
    front: Callable[[], Front]


def read_figures(
    xml: bytes,
    article_id: str,
    media: Mapping[str, str],
    language: str = "en",
    max_bytes: int = MAX_BYTES,
    check_all: bool = False,
) -> Iterator[Figure | Drop]:
    """Read the figures of one article version, in the order of the text.

    `media` maps the version's media keys to their MD5 ('' if unknown); `language` is the article's, for captions
    that declare none. Raises BadArticle at the call, not later. A figure is dropped as `no_graphic`, `no_caption`
    or, panel by panel, `unresolved_graphic`. Only what figures need is built into a tree, see `prune`; with
    `check_all` the rest is checked as well, for bytes whose digest nobody has verified.
    """
    check_size(xml, max_bytes)
    article = parse_pruned(xml, check_all)
    if article is None:
        return read_figures_fully(xml, article_id, media, language, max_bytes)
    return _figures(article, xml, article_id, media, language)


def read_figures_fully(
    xml: bytes, article_id: str, media: Mapping[str, str], language: str = "en", max_bytes: int = MAX_BYTES
) -> Iterator[Figure | Drop]:
    """Do the work of `read_figures` on a tree of the whole article: the reference, and the way for unusual markup."""
    return _figures(parse_article(xml, max_bytes), xml, article_id, media, language)


def _figures(
    article: etree._Element, xml: bytes, article_id: str, media: Mapping[str, str], language: str
) -> Iterator[Figure | Drop]:
    for other in list(article.iterchildren("sub-article", "response")):  # translations, reports of reviewers
        article.remove(other)
    units = list(_units(article))
    if not units:
        if child_of(article, "body") is None:
            raise BadArticle("no_body", "the article has neither a body nor a figure")
        return iter(())
    ids = [element_id for unit in units if (element_id := unit.element.get("id"))]
    context = _Context(
        article_id,
        language,
        media,
        index_media(article_id, media),
        figure_mentions(article, ids),
        cache(lambda: read_front(xml)),
    )
    return (row for unit in units for row in _rows(context, unit))


def _units(article: etree._Element) -> Iterator[_Unit]:
    """Each figure once; a <fig> without id, label and caption is a panel of its group."""
    taken: set[etree._Element] = set()
    names: set[str] = set()
    number = 0
    for element in article.iter("fig", "fig-group"):
        if element in taken:
            continue
        children = children_of(element)
        panels = panels_of(children)
        parent = element.getparent()
        group = parent if parent is not None and parent.tag == "fig-group" else None
        if element.tag == "fig-group":
            bare = [fig for fig in children.get("fig", ()) if _is_bare(fig)]
            taken.update(bare)
            panels += [panel for fig in bare for panel in panels_of(children_of(fig))]
            if not panels:
                continue
        number += 1
        yield _Unit(element, children, group, panels, _unique(_safe(element.get("id")) or f"@{number}", names))


def _is_bare(fig: etree._Element) -> bool:
    children = children_of(fig)
    return not fig.get("id") and not _caption(children) and not text_of_first(children.get("label", ()))


def _safe(xml_id: str | None) -> str:
    """Keep an id's letters, digits and -_. ; a figure_id is a file name and the ':', '~', '@' are ours."""
    return _UNSAFE.sub("_", xml_id) if xml_id else ""


def _unique(name: str, names: set[str]) -> str:
    """Return `name`, or name~2, name~3 ... if the article uses it twice."""
    unique, n = name, 1
    while unique in names:
        n += 1
        unique = f"{name}~{n}"
    names.add(unique)
    return unique


def _rows(context: _Context, unit: _Unit) -> Iterator[Figure | Drop]:
    """The rows of one figure, a row or a drop a panel."""
    figure_id = f"{context.article_id}/{unit.name}"
    if not unit.panels:
        yield Drop(figure_id, "no_graphic", f"the figure holds only: {', '.join(unit.children) or 'nothing'}")
        return
    caption, label = _shared_caption(unit), _label(unit)
    if not caption:
        yield Drop(figure_id, "no_caption", f"label {label!r}, graphic {unit.panels[0][0].href}")
        return
    rights, rights_url = rights_of(unit.element, caption, context.front)
    container, section, is_graphical_abstract = _place(unit.element)
    for panel, graphics in enumerate(unit.panels):
        panel_id = f"{figure_id}:{panel}" if panel else figure_id
        graphic, key = _resolved(context.images, graphics)
        if key is None:
            yield Drop(panel_id, "unresolved_graphic", f"no image of the article is named {graphic.href}")
            continue
        yield Figure(
            figure_id=panel_id,
            article_id=context.article_id,
            xml_id=unit.element.get("id") or None,
            panel=panel,
            panel_count=len(unit.panels),
            label=label,
            caption=caption,
            container=container,
            fig_type=GRAPHICAL_ABSTRACT
            if is_graphical_abstract
            else collapse(unit.element.get("fig-type", "")) or None,
            section=section,
            mentions=_mentions(context, unit),
            alt_text=graphic.alt_text or _alt_text(unit.children),
            rights=rights,
            rights_url=rights_url,
            language=_language(unit) or context.language.lower(),
            href=graphic.href,
            source_key=key,
            source_md5=context.media[key],
        )


def _resolved(index: MediaIndex, graphics: list[Graphic]) -> tuple[Graphic, str | None]:
    for graphic in graphics:
        if key := index.find(graphic.href):
            return graphic, key
    return graphics[0], None


def _label(unit: _Unit) -> str:
    """The label; "Figure 3 A" where the group says "Figure 3" and the figure in it only "A"."""
    own = text_of_first(unit.children.get("label", ()))
    group = text_of(child_of(unit.group, "label")) if unit.group is not None else ""
    if group and own and len(own.strip("()[]. ")) <= 2:
        return f"{group} {own}"
    return own or group


def _shared_caption(unit: _Unit) -> str:
    """The caption of the group, then the figure's own."""
    own = _caption(unit.children)
    return own if unit.group is None else f"{_caption(children_of(unit.group))} {own}".strip()


def _caption(children: Parts) -> str:
    """The caption of one element; of several (in several languages) the first.

    Old files put the legend into <p> or <statement> of the figure; notes on it stand in <attrib>.
    """
    text = text_of_first(children.get("caption", ()))
    if not text and not children.keys().isdisjoint(("p", "statement")):
        text = " ".join(filter(None, map(text_of, (*children.get("p", ()), *children.get("statement", ())))))
    if "attrib" not in children:
        return text
    notes = (note for note in map(text_of, children["attrib"]) if note.startswith("Note") and is_note(note))
    return " ".join(filter(None, (text, *notes)))


def _place(element: etree._Element) -> tuple[str, str, bool]:
    """Container and section title of a figure, and whether it stands in a graphical abstract."""
    container = section = ""
    is_graphical_abstract = False
    for holder in element.iterancestors():
        tag = str(holder.tag)
        container = container or _CONTAINERS.get(tag, "")
        if not section and tag in _SECTIONS:
            section = text_of(child_of(holder, "title"))
        if _CONTAINERS.get(tag) == "abstract":
            is_graphical_abstract |= holder.get("abstract-type", "").lower() in GRAPHICAL_ABSTRACTS
    return container or "body", section, is_graphical_abstract


def _mentions(context: _Context, unit: _Unit) -> tuple[str, ...]:
    """Sentences that cite the figure, then those that cite its group."""
    own = context.mentions.get(unit.element.get("id", ""), ())
    if unit.group is None:
        return tuple(own)
    group = context.mentions.get(unit.group.get("id", ""), ())
    return tuple(dict.fromkeys((*own, *group)))


def _alt_text(children: Parts) -> str:
    held = (alt for holder in children.get("alternatives", ()) for alt in holder.iterchildren("alt-text"))
    return text_of_first(children.get("alt-text", ())) or text_of_first(held)


def _language(unit: _Unit) -> str:
    for part in (*unit.children.get("caption", ())[:1], unit.element):
        if language := part.get(XML_LANG):
            return collapse(language).lower()
    return ""
