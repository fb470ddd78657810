"""From a figure's own <graphic> elements and the article's media keys to one image a panel.

PMC's hrefs seldom name a file: `x-g001` stands for `PMC1.1/x-g001.jpg`. The join is by stem, within
the keys of the same article version.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from lxml import etree

from rocov2.jats.text import child_of, text_of

XLINK_HREF = "{http://www.w3.org/1999/xlink}href"

IMAGE_RANK = {".jpg": 0, ".jpeg": 0, ".jpe": 0, ".png": 1, ".webp": 2, ".tif": 3, ".tiff": 3, ".gif": 4}
"""Extensions of images that can be used, the preferred ones first; other media are never an image."""
_IMAGE_EXTENSIONS = frozenset({*(extension[1:] for extension in IMAGE_RANK), "bmp", "eps", "svg"})


class Graphic(NamedTuple):
    """One <graphic>: its link, its alternative text and how far it is from the picture to use (0 is nearest)."""

    href: str
    alt_text: str
    distance: int


@dataclass(frozen=True)
class MediaIndex:
    """Image keys of one article version, by name and by stem."""

    by_name: dict[str, str] = field(default_factory=dict)
    by_stem: dict[str, str] = field(default_factory=dict)

    def find(self, href: str) -> str | None:
        """Return the key that `href` names: by the exact name, then the stem, then the stem of its last part."""
        written = href.strip()
        for name in (written, unquote(written)) if "%" in written else (written,):
            if found := self.by_name.get(name) or self.by_stem.get(stem_of(name)):
                return found
            if found := self.by_stem.get(stem_of(name.rsplit("/", 1)[-1])):
                return found
        return None


def index_media(article_id: str, keys: Iterable[str]) -> MediaIndex:
    """Index the images among `keys` that lie under `article_id`/; of two with one stem the better format counts."""
    index = MediaIndex()
    prefix = f"{article_id}/"
    images = []
    for key in keys:
        rank = IMAGE_RANK.get(key[key.rfind(".") :].lower())
        if rank is not None and key.startswith(prefix):
            images.append((rank, key))
    for _, key in sorted(images):
        path = key[len(prefix) :]
        for name in {path, path.rsplit("/", 1)[-1]} if "/" in path else (path,):
            index.by_name.setdefault(name, key)
            index.by_stem.setdefault(stem_of(name), key)
    return index


def stem_of(name: str) -> str:
    """Casefold a name without its image extension; other dots stay: `pone.0000308.g001` is a stem."""
    stem, _, extension = name.rpartition(".")
    return (stem if stem and extension.lower() in _IMAGE_EXTENSIONS else name).casefold()


def panels_of(children: Mapping[str, list[etree._Element]]) -> list[list[Graphic]]:
    """Return the panels of a figure, given by its children, in order; each with its graphics, the best first.

    Only graphics of its own count: `graphic`, `alternatives/graphic` and those of its own `p`. The graphics
    of one <alternatives>, or of one stem, are forms of one picture; thumbnails, print versions and archival
    files are panels only if there is nothing nearer.
    """
    graphics = children.get("graphic", ())
    if len(graphics) == 1 and "p" not in children and "alternatives" not in children:
        only = _graphic(graphics[0])
        return [[only]] if only.href else []
    slots: dict[str, list[Graphic]] = {}
    for slot, element in _own_graphics(children):
        graphic = _graphic(element)
        if graphic.href:
            slots.setdefault(slot or stem_of(graphic.href), []).append(graphic)
    if len(slots) < 2:
        return [sorted(slot, key=_by_distance) for slot in slots.values()]
    panels = [sorted(slot, key=_by_distance) for slot in slots.values()]
    nearest = min((panel[0].distance for panel in panels), default=0)
    near = [panel for panel in panels if panel[0].distance == nearest]
    if len(near) == 1:
        spare = [graphic for panel in panels if panel is not near[0] for graphic in panel]
        near[0].extend(sorted(spare, key=_by_distance))
    return near


def _by_distance(graphic: Graphic) -> int:
    return graphic.distance


def _own_graphics(children: Mapping[str, list[etree._Element]]) -> Iterator[tuple[str, etree._Element]]:
    """Each own <graphic> with the name of the <alternatives> it stands in, empty for none."""
    for graphic in children.get("graphic", ()):
        yield "", graphic
    alternatives = list(children.get("alternatives", ()))
    for paragraph in children.get("p", ()):
        yield from (("", graphic) for graphic in paragraph.iterchildren("graphic"))
        alternatives += paragraph.iterchildren("alternatives")
    for number, holder in enumerate(alternatives):
        yield from ((f"<{number}>", graphic) for graphic in holder.iterchildren("graphic"))


def _graphic(element: etree._Element) -> Graphic:
    return Graphic(
        href=(element.get(XLINK_HREF) or "").strip(),
        alt_text=text_of(child_of(element, "alt-text")) if len(element) else "",
        distance=_distance(element),
    )


def _distance(element: etree._Element) -> int:
    """0 for the picture of the web page, 1 for print, 2 for archival files, 3 for thumbnails."""
    content, use, mime = element.get("content-type"), element.get("specific-use"), element.get("mime-subtype")
    if not (content or use or mime):
        return 0
    use = f"{content} {use}".lower()
    if "thumb" in use:
        return 3
    if (mime or "").lower() in {"tiff", "tif", "eps", "postscript", "x-eps"}:
        return 2
    return 1 if "print" in use or "black-white" in use else 0
