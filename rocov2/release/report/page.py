"""A release folder turned into the one HTML file that shows it: everything inline, nothing asked of any server."""

import base64
import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pyarrow.compute as pc

from rocov2.errors import IMPOSSIBLE, REFUSALS, ConfigError, UsageError, unwritable
from rocov2.release.report import browse, compare, composition, funnel, galleries, quality, semantics
from rocov2.release.report.gather import Release, read_release
from rocov2.release.report.heldback import read_drops
from rocov2.release.report.labelled import labels_of
from rocov2.release.report.markup import Safe, grid, join, number, section, table, tag, text
from rocov2.release.report.thumbnails import Thumbnails

ROWS = 3_000
ROOM_BYTES = 8_000_000
EXAMPLES = 25

SECTIONS = (
    ("funnel", "Funnel"),
    ("gallery", "Gallery"),
    ("composition", "Contents"),
    ("concepts", "Concepts"),
    ("captions", "Captions"),
    ("scores", "Scores"),
    ("boundary", "Boundary"),
    ("splits", "Splits"),
    ("duplicates", "Duplicates"),
    ("published", "Published"),
    ("previous", "Previous"),
    ("drops", "Held back"),
    ("find", "Search"),
    ("made", "Made of"),
)
"""Sections in the order of the page: name of the place, words of the navigation."""


@dataclass(frozen=True, slots=True)
class Written:
    """A page that was written: its size, its pictures, and how many samples its search holds."""

    path: Path
    size_bytes: int
    pictures: int
    pictures_lost: int
    searchable: int
    samples: int


def write_report(folder: Path, out: Path, previous: Path | None = None, rows: int = ROWS) -> Written:
    """Write the report of the release in `folder` to `out`; `rows` is how many samples its search may hold.

    `previous` is another release to compare with. The same releases give the same bytes. Raises UsageError where a
    folder holds no release or `out` would stand in one, CheckError where one is damaged, ConfigError when `out` cannot
    be written, IncompleteError where the disk is full or may not be written.
    """
    release = read_release(folder)
    other = read_release(previous) if previous else None
    for one in filter(None, (folder, previous)):
        if out.resolve().is_relative_to(one.resolve()):
            raise UsageError(f"{out} is inside the release {one}", "give --out a file outside it")
    thumbnails = Thumbnails(folder, ROOM_BYTES)
    whole = page(release, other, thumbnails, rows).encode("utf-8")
    _put(whole, out)
    return Written(out, len(whole), thumbnails.made, thumbnails.lost, min(rows, release.size), release.size)


def _put(whole: bytes, out: Path) -> None:
    """Write a page beside its place and give it its name, so that a page is whole or not there."""
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        part.write_bytes(whole)
        part.replace(out)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if error.errno in REFUSALS | IMPOSSIBLE:
            raise unwritable(out, error) from error
        raise ConfigError(f"cannot write {out}: {error.strerror}", "choose another --out file") from error


def page(release: Release, other: Release | None, thumbnails: Thumbnails, rows: int = ROWS) -> str:
    """The HTML of a report."""
    held = read_drops(release.folder, EXAMPLES)
    gallery = galleries.Gallery(release, thumbnails)
    labels = labels_of(release)
    head = _header(release, gallery, len(labels.cuis), int(labels.sizes().sum()))
    shots = {
        "gallery": galleries.by_modality(release, gallery),
        "boundary": galleries.boundary(release, held, gallery),
        "duplicates": quality.duplicates(release, held, gallery),
    }
    search, embedded = browse.finder(release, gallery, rows)
    parts = {
        **shots,
        "funnel": funnel.funnel(release),
        "composition": composition.composition(release),
        "concepts": semantics.concepts(release, labels),
        "captions": semantics.captions(release),
        "scores": quality.scores(release, held),
        "splits": quality.splits(release, labels),
        "published": compare.with_published(release, labels),
        "previous": compare.with_previous(release, other),
        "drops": browse.drops(release, held),
        "find": search,
        "made": _made(release),
    }
    main = tag("main", *(parts[name] for name, _ in SECTIONS), id="main")
    foot = tag("footer", tag("p", _closing(release, thumbnails)))
    return _document(_title(release), join(head, _navigation(), main, foot), embedded)


def _document(title: str, body: Safe, embedded: str) -> str:
    """The page around its body, with a policy that allows its own style and scripts, inline pictures, and no more."""
    style, early, late = (_asset(name) for name in ("page.css", "theme.js", "page.js"))
    policy = "; ".join(
        (
            *("default-src 'none'", "img-src data:", f"style-src {source_digest(style)}"),
            *(f"script-src {source_digest(early)} {source_digest(late)}", "base-uri 'none'", "form-action 'none'"),
            "require-trusted-types-for 'script'",
        )
    )
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        f'<link rel="icon" href="data:,">\n<title>{text(title)}</title>\n'
        f"<style>{style}</style>\n<script>{early}</script>\n</head>\n<body>\n{body}\n"
        f'<script type="application/json" id="rows">{embedded}</script>\n<script>{late}</script>\n</body>\n</html>\n'
    )


def _asset(name: str) -> str:
    return (files("rocov2.release.report") / name).read_text(encoding="utf-8")


def source_digest(content: str) -> str:
    """Return what a content security policy calls a style or script of these words."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode('utf-8')).digest()).decode('ascii')}'"


def _title(release: Release) -> str:
    return f"ROCOv2 rebuilt, {release.manifest.get('snapshot_on', 'unknown date')}"


def _header(release: Release, gallery: galleries.Gallery, distinct: int, assigned: int) -> Safe:
    made = release.provenance
    words = (
        f"Radiology images with captions and UMLS concepts from open-access articles of PubMed Central, as they stood "
        f"on {release.manifest.get('snapshot_on', 'an unknown date')}. Preset {made.get('preset', 'unknown')}, source "
        f"{made.get('source', 'unknown')}, made by rocov2 {made.get('version', '')}."
    )
    tiles = (
        ("images", number(release.size)),
        ("articles", number(len(pc.unique(release.samples["pmcid"])))),
        ("journals", number(len(pc.unique(release.samples["journal"])))),
        ("distinct concepts", number(distinct)),
        ("concepts assigned", number(assigned)),
        _bytes(pc.sum(release.samples["size_bytes"]).as_py() or 0),
    )
    shown = tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in tiles), class_="tiles")
    notes = [tag("li", note) for note in _strings(release.manifest.get("notes"))]
    skip = tag("a", "Skip to the content", href="#main", class_="skip")
    button = tag("button", "Dark", type="button", id="theme", hidden=True)
    top = tag("div", tag("h1", "ROCOv2, rebuilt"), button, class_="top")
    inner = join(top, tag("p", words, class_="lead"), shown, tag("ul", *notes, class_="notes") if notes else "")
    return join(skip, tag("header", gallery.hero(), tag("div", inner, class_="inner")))


def _bytes(size: int) -> tuple[str, str]:
    whole, unit = (size / 1e9, "gigabytes") if size >= 1e9 else (size / 1e6, "megabytes")
    return f"{unit} of images", number(whole, 1)


def _navigation() -> Safe:
    links = [tag("li", tag("a", words, href=f"#{name}")) for name, words in SECTIONS]
    return tag("nav", tag("ul", *links), aria_label="Sections")


def _made(release: Release) -> Safe:
    """Ingredients, so that the page says what would give the same release."""
    checks = [tag("li", words) for words in _strings(list(dict(release.manifest.get("checks") or {}).values()))]
    shown = json.dumps(
        {"provenance": release.provenance, "settings": release.manifest.get("settings")},
        indent=2,
        sort_keys=True,
        ensure_ascii=False,
    )
    assets = [(name, tag("code", str(value)[:16])) for name, value in sorted(_pairs(release, "assets"))]
    lead = "The same ingredients give the same release, byte for byte; manifest.json has all of them."
    return section(
        "made",
        "What it is made of",
        lead,
        grid(
            tag("div", tag("h3", "Checks that it passed"), tag("ul", *checks, class_="checks"), class_="card span2"),
            tag("div", tag("h3", "Assets"), table(("asset", "SHA-256, first digits"), assets), class_="card"),
        ),
        tag("details", tag("summary", "Parameters and versions"), tag("pre", shown, tabindex="0"), class_="reason"),
    )


def _pairs(release: Release, name: str) -> Iterable[tuple[str, object]]:
    found = release.provenance.get(name)
    return found.items() if isinstance(found, dict) else ()


def _strings(found: object) -> list[str]:
    return [str(item) for item in found] if isinstance(found, list) else []


def _closing(release: Release, thumbnails: Thumbnails) -> str:
    said = [
        f"{number(thumbnails.made)} small pictures stand in this page; each image keeps the licence and the credit of "
        "its article (license_information.csv).",
    ]
    if thumbnails.lost:
        said.append(f"{number(thumbnails.lost)} images could not be read from the release's folder.")
    if thumbnails.left_out:
        said.append(
            f"{number(thumbnails.left_out)} rows have no picture, since the page has room for "
            f"{number(ROOM_BYTES / 1e6)} MB of them."
        )
    return " ".join(said)
