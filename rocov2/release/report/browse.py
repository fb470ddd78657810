"""Drops turned into lists to unfold, and samples into rows that the page itself can search."""

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rocov2.release.report.funnel import anchor
from rocov2.release.report.galleries import Gallery
from rocov2.release.report.gather import Release, counted
from rocov2.release.report.heldback import HeldBack
from rocov2.release.report.markup import Safe, article_link, clip, number, plain, section, table, tag
from rocov2.release.report.wording import MODALITIES, REASONS, modality_name, stage_name
from rocov2.release.rows import SPLITS

_DETAIL, _CAPTION, _CREDIT = 220, 900, 420
_SIDE_PX, _QUALITY = 72, 50


def drops(release: Release, held: HeldBack) -> Safe:
    """Every reason with its count and some of its rows."""
    lead = (
        "Everything that was held back, by stage and reason. Of each reason some rows are shown, evenly spaced; all of "
        "them are in drops.parquet."
    )
    order = {step.stage: place for place, step in enumerate(release.funnel)}
    kinds = sorted(held.counts, key=lambda kind: (order.get(kind[0], 99), kind[0], -held.counts[kind], kind[1]))
    return section("drops", "What was held back", lead, *_with_heads(kinds, held))


def _with_heads(kinds: list[tuple[str, str]], held: HeldBack) -> list[Safe]:
    parts = []
    for index, kind in enumerate(kinds):
        if index == 0 or kinds[index - 1][0] != kind[0]:
            parts.append(tag("h3", tag("code", kind[0]), " ", stage_name(kind[0])))
        parts.append(_reason(held, kind))
    return parts


def _reason(held: HeldBack, kind: tuple[str, str]) -> Safe:
    stage, reason = kind
    count, shown = held.counts[kind], held.examples.get(kind, [])
    rows: list[tuple[object, ...]] = [
        (article_link(key.partition(".")[0], key), clip(detail, _DETAIL)) for key, detail in shown
    ]
    head = tag(
        "summary",
        tag("b", number(count)),
        " ",
        tag("code", reason),
        " ",
        tag("span", REASONS.get(reason, ""), class_="quiet"),
    )
    said = f"{number(len(shown))} of {number(count)} rows" if len(shown) < count else "all rows"
    return tag(
        "details",
        head,
        tag("p", said, class_="quiet"),
        table(("key", "what was seen"), rows),
        class_="reason",
        id=f"drops-{anchor(stage, reason)}",
    )


def finder(release: Release, gallery: Gallery, most: int) -> tuple[Safe, str]:
    """The search of the page, and the JSON of the rows it searches: at most `most` samples, drawn evenly."""
    rows = sorted(gallery.spread()[:most])
    if len(rows) < release.size:
        held = f"This page holds {number(len(rows))} of the {number(release.size)} samples, drawn evenly: a file that "
        lead = held + "a browser opens at once cannot hold them all. The others are in samples.parquet."
    else:
        lead = f"All {number(release.size)} samples of this release."
    fields = tag(
        *(
            "div",
            tag("label", "Words, CUI, PMCID, journal or sample ID", for_="query"),
            tag(
                "input",
                id="query",
                type="search",
                autocomplete="off",
                spellcheck="false",
                placeholder="for instance: pleural effusion, C0032227, PMC…",
            ),
        ),
        class_="field grow",
    )
    modalities = [code for code in counted(release.samples, "modality") if code in MODALITIES]
    choices = (
        _select("modality", "Modality", {code: modality_name(code) for code in modalities}),
        _select("split", "Split", {split: split for split in SPLITS}),
        _select("licence", "Licence", {code: code for code in counted(release.samples, "license_code")}),
    )
    pager = tag(
        *(
            "div",
            tag("button", "Previous", type="button", id="back"),
            tag("span", "", id="page"),
            tag("button", "Next", type="button", id="next"),
        ),
        class_="pager",
    )
    form = tag("div", fields, *choices, class_="form", id="form", role="search", hidden=True)
    found = tag("ol", id="hits", class_="hits", aria_label="Samples found")
    quiet = tag("p", "The search needs JavaScript; everything else on this page does not.", id="noscript")
    count = tag("p", "", id="count", tabindex="-1", role="status", aria_live="polite")
    whole = section("find", "Search", lead, form, quiet, count, found, tag("div", pager, id="pager", hidden=True))
    return whole, _embedded(release, gallery, rows)


def _select(name: str, label: str, options: Mapping[str, str]) -> Safe:
    chosen = [tag("option", "any", value=""), *(tag("option", words, value=code) for code, words in options.items())]
    return tag("div", tag("label", label, for_=name), tag("select", *chosen, id=name), class_="field")


def _embedded(release: Release, gallery: Gallery, rows: list[int]) -> str:
    """JSON that may stand in a script element: no character of it can end one."""
    names = ["sample_id", "split", "modality", "pmcid", "license_code", "label", "journal", "caption", "attribution"]
    found = release.samples.select([*names, "cuis", "file", "format"]).take(pa.array(rows, pa.int64()))
    cuis = sorted(set(pc.unique(pc.list_flatten(found["cuis"])).to_pylist()))
    made = [_row(row, names, gallery) for row in found.to_pylist()]
    content = {
        "columns": [*names, "cuis", "picture"],
        "names": {plain(cui): plain(release.names.get(cui, cui)) for cui in cuis},
        "modalities": MODALITIES,
        "rows": made,
    }
    written = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return written.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _row(row: dict[str, Any], names: list[str], gallery: Gallery) -> list[object]:
    limits = {"caption": _CAPTION, "attribution": _CREDIT}
    values: list[object] = [clip(plain(row[name] or ""), limits.get(name, 200)) for name in names]
    picture = gallery.thumbnails.make(row["file"], row["format"], _SIDE_PX, _QUALITY)
    return [*values, [plain(cui) for cui in row["cuis"]], picture.base64 if picture else ""]
