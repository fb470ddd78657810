"""The pages of a release that is leafed through: what was found, and one sample. Plain HTML, no script."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from rocov2.release.browse.catalogue import LONGEST, Wanted
from rocov2.release.report.galleries import describe
from rocov2.release.report.gather import Release, counted
from rocov2.release.report.markup import Safe, article_link, clip, join, number, table, tag
from rocov2.release.report.wording import MODALITIES, modality_name
from rocov2.release.rows import SPLITS

PAGE = 24
SMALL_PX, LARGE_PX = 256, 1024

_CAPTION = 420
_CHOICES = {"modality": "Modality", "split": "Split", "license_code": "Licence"}


def found_page(
    release: Release, wanted: Wanted, found: Sequence[int], page: int, rows: Sequence[Mapping[str, Any]]
) -> Safe:
    """The page `page` (from 1) of what was found; `rows` are the samples on it."""
    first = (page - 1) * PAGE
    if found:
        span = f"{number(first + 1)} to {number(first + len(rows))} shown"
        said = f"{number(len(found))} of {number(release.size)} images, {span}"
    else:
        said = "Nothing found. Every word must occur; a CUI or a PMCID is meant whole."
    hits = tag("ol", *(_hit(release, row, wanted) for row in rows), class_="hits", start=first + 1)
    pages = -(-len(found) // PAGE)
    main = tag(
        "main", _form(release, wanted), tag("p", said, role="status"), hits, _pager(wanted, page, pages), id="main"
    )
    return join(_header(release), main)


def sample_page(release: Release, row: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> Safe:
    """Everything there is to say of one sample; `others` are samples of the same article."""
    picture = _picture(row, LARGE_PX, describe(dict(row)))
    labels = [
        (tag("a", tag("code", cui), href=address(Wanted(cui))), release.names.get(cui, ""), origin)
        for cui, origin in zip(row["cuis"], _kinds(row), strict=True)
    ]
    facts = [(name, row[name]) for name in _FACTS if row.get(name) not in (None, "")]
    parts = (
        tag("div", picture, class_="plate large"),
        tag("h2", modality_name(row["modality"]), ", ", row["label"] or "figure", " of ", article_link(row["pmcid"])),
        tag("p", row["caption"], class_="words"),
        table(("concept", "name", "list"), labels, "Concepts") if labels else tag("p", "No concepts.", class_="quiet"),
        tag("details", tag("summary", "Caption as published"), tag("p", row["caption_raw"])),
        tag("p", row["attribution"], class_="quiet"),
        table(("column", "value"), facts, "Facts"),
    )
    more = [tag("h3", "More of this article"), tag("ul", *(_shot(o) for o in others), class_="shots")] if others else []
    return join(_header(release), tag("main", tag("div", *parts, class_="card next"), *more, id="main"))


def absent_page(release: Release, said: str) -> Safe:
    """A page for what is not there."""
    return join(_header(release), tag("main", tag("h2", said), tag("p", tag("a", "All images", href="/")), id="main"))


def address(wanted: Wanted, page: int = 1) -> str:
    """The address of a search."""
    words = {"q": wanted.text, **wanted.columns, "page": str(page) if page > 1 else ""}
    return "/?" + urlencode({name: value for name, value in words.items() if value})


_FACTS = (
    *("sample_id", "figure_id", "split", "file", "width_px", "height_px", "size_bytes", "format", "published_on"),
    *("journal", "license_code", "modality_score", "radiology_score", "compound_score"),
)


def _kinds(row: Mapping[str, Any]) -> list[str]:
    manual = set(row["cuis_manual"])
    return ["curated" if cui in manual else "automatic" for cui in row["cuis"]]


def _header(release: Release) -> Safe:
    day = release.manifest.get("snapshot_on", "an unknown date")
    lead = f"{number(release.size)} images as of {day}, on this machine only."
    skip = tag("a", "Skip to the content", href="#main", class_="skip")
    title = tag("h1", tag("a", "ROCOv2, rebuilt", href="/"))
    return join(skip, tag("header", tag("div", title, tag("p", lead, class_="lead"), class_="inner")))


def _form(release: Release, wanted: Wanted) -> Safe:
    typed = tag(
        "input",
        id="q",
        name_="q",
        type="search",
        value=wanted.text,
        maxlength=LONGEST,
        autocomplete="off",
        spellcheck="false",
        accesskey="s",
        placeholder='for instance: "pleural effusion" child, C0032227, PMC…',
    )
    fields = [tag("div", tag("label", "Words, CUI, PMCID, journal or sample ID", for_="q"), typed, class_="field grow")]
    for name, label in _CHOICES.items():
        present = SPLITS if name == "split" else counted(release.samples, name)
        options = [tag("option", "any", value="")]
        for code in present:
            words = MODALITIES.get(code, code) if name == "modality" else code
            options.append(tag("option", words, value=code, selected=wanted.columns.get(name) == code))
        choice = tag("select", *options, id=name, name_=name)
        fields.append(tag("div", tag("label", label, for_=name), choice, class_="field"))
    button = tag("div", tag("button", "Search", type="submit"), class_="field submit")
    return tag("form", *fields, button, class_="form next", action="/", method="get", role="search")


def _hit(release: Release, row: Mapping[str, Any], wanted: Wanted) -> Safe:
    link = f"/sample/{quote(row['sample_id'], safe='')}"
    picture = tag("a", _picture(row, SMALL_PX, ""), href=link, tabindex="-1", aria_hidden="true")
    about = tag(
        "p",
        *(tag("b", modality_name(row["modality"])), " · ", row["split"], " · ", article_link(row["pmcid"])),
        *(f", {row['label']}" if row["label"] else "", " · ", tag("a", tag("code", row["sample_id"]), href=link)),
        class_="about",
    )
    chips = [
        tag("li", tag("a", release.names.get(cui, cui), href=address(Wanted(cui)), title=cui)) for cui in row["cuis"]
    ]
    body = tag("div", about, _marked(clip(row["caption"], _CAPTION), wanted.words()), tag("ul", *chips, class_="chips"))
    return tag("li", tag("div", picture, class_="plate"), body, class_="hit")


def _shot(row: Mapping[str, Any]) -> Safe:
    link = tag("a", _picture(row, SMALL_PX, describe(dict(row))), href=f"/sample/{quote(row['sample_id'], safe='')}")
    return tag("li", tag("div", link, class_="plate"), tag("p", clip(row["caption"], 110), class_="words"))


def _picture(row: Mapping[str, Any], side_px: int, said: str) -> Safe:
    return tag(
        "img", src=f"/picture/{side_px}/{quote(row['sample_id'], safe='')}", alt=said, loading="lazy", decoding="async"
    )


def _marked(caption: str, words: Sequence[str]) -> Safe:
    """A caption with the words that were looked for marked."""
    lower, parts, place = caption.lower(), [], 0
    while len(lower) == len(caption):
        places = [(lower.find(word, place), -len(word)) for word in words if word and lower.find(word, place) >= 0]
        if not places:
            break
        start, length = min(places)
        parts += [caption[place:start], tag("mark", caption[start : start - length])]
        place = start - length
    return tag("p", *parts, caption[place:], class_="words")


def _pager(wanted: Wanted, page: int, pages: int) -> Safe:
    if pages < 2:
        return Safe("")
    back = tag("a", "Previous", href=address(wanted, page - 1), rel="prev", accesskey="p") if page > 1 else ""
    ahead = tag("a", "Next", href=address(wanted, page + 1), rel="next", accesskey="n") if page < pages else ""
    words = tag("span", f"page {number(page)} of {number(pages)}")
    return tag("nav", back, words, ahead, class_="pager", aria_label="Pages")
