"""The rows of a release turned into the section on what is in it: modality, region, view, year, licence, journal."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rocov2.release.report.charts import Bar, Columns, Series, bars, columns, legend
from rocov2.release.report.gather import Release, counted, counted_by_split
from rocov2.release.report.markup import Safe, card, grid, number, percent, section, tag
from rocov2.release.report.wording import DIRECTIONS, REGIONS, modality_name
from rocov2.release.rows import SPLITS

SPLIT_COLORS = tuple((f"c{index}", split) for index, split in enumerate(SPLITS))
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_JOURNALS = 7
_SIDES = (0, 128, 256, 384, 512, 640, 768, 896, 1024, 1280, 1600, 2048)


def composition(release: Release) -> Safe:
    """What is in the release."""
    samples = release.samples
    lead = "What the images are, where on the body, when they were published, and what may be done with them."
    modalities = _split_bars(
        "Modality", {modality_name(k): v for k, v in _by_split(release, samples["modality"]).items()}
    )
    return section(
        "composition",
        "What is in it",
        lead,
        legend(SPLIT_COLORS),
        grid(
            card("Modality", modalities),
            card(
                "Body region",
                _manual(release, REGIONS, "Body region"),
                tag("h3", "View", class_="next"),
                _manual(release, DIRECTIONS, "View"),
            ),
            card("Licence", _split_bars("Licence", _by_split(release, samples["license_code"]))),
            card("Year of publication", _years(release)),
            card("Longer side of the image", _sides(release)),
            card("Most frequent journals", _journals(release)),
        ),
    )


def _by_split(release: Release, column: pa.ChunkedArray) -> dict[str, list[int]]:
    return counted_by_split(release.samples, pc.fill_null(column, ""), SPLITS)


def _split_bars(title: str, found: Mapping[str, Sequence[int]]) -> Safe:
    rows = sorted(found.items(), key=lambda item: (-sum(item[1]), item[0]))
    whole = sum(sum(parts) for parts in found.values())
    return bars(
        f"{title}: images, by split",
        [Bar(name or "unknown", parts, _count(sum(parts), whole)) for name, parts in rows],
        (title, "images"),
    )


def _count(part: int, whole: int) -> Safe:
    return tag("span", tag("b", number(part)), " ", tag("small", percent(part, whole)))


def _manual(release: Release, names: Mapping[str, str], title: str) -> Safe:
    """Images that have a curated concept of `names`; an image may have several."""
    found = manual_counts(release.samples, names)
    rows = [(names[cui], parts) for cui, parts in found.items() if sum(parts)]
    if not rows:
        return tag("p", "No curated concept of this kind.", class_="quiet")
    rows.sort(key=lambda row: (-sum(row[1]), row[0]))
    drawn = [Bar(name, parts, _count(sum(parts), release.size)) for name, parts in rows]
    return tag("div", bars(f"{title}: images, by split", drawn, (title, "images")))


def manual_counts(samples: pa.Table, names: Mapping[str, str]) -> dict[str, list[int]]:
    """Images of each split that have each CUI of `names` among their curated concepts."""
    lists = samples["cuis_manual"].combine_chunks()
    owner = pc.list_parent_indices(lists)
    flat = pa.table({"cui": pc.list_flatten(lists), "split": samples["split"].combine_chunks().take(owner)})
    chosen = flat.filter(pc.is_in(flat["cui"], value_set=pa.array(list(names), pa.string())))
    found = counted_by_split(chosen, chosen["cui"], SPLITS)
    return {cui: found.get(cui, [0] * len(SPLITS)) for cui in names}


def _years(release: Release) -> Safe:
    found: dict[int, list[int]] = {}
    unknown = 0
    years = pc.utf8_slice_codeunits(pc.fill_null(release.samples["published_on"], ""), 0, 4)
    for year, parts in _by_split(release, years).items():
        if year.isascii() and year.isdigit() and _FIRST_YEAR <= int(year) <= _LAST_YEAR:
            found[int(year)] = parts
        else:
            unknown += sum(parts)
    if not found:
        return tag("p", "No dates.", class_="quiet")
    span = range(min(found), max(found) + 1)
    series = [
        Series(split, [found.get(year, [0, 0, 0])[i] for year in span], f"c{i}") for i, split in enumerate(SPLITS)
    ]
    chart = columns(Columns("Images by year of publication", [str(year) for year in span], series, "year"))
    note = f"{number(unknown)} images without a year." if unknown else ""
    return tag("div", chart, tag("p", note, class_="quiet") if note else "")


def _sides(release: Release) -> Safe:
    width, height = (release.samples[name].to_numpy() for name in ("width_px", "height_px"))
    counts = np.histogram(np.maximum(width, height), bins=[*_SIDES, np.inf])[0]
    labels = [*(str(edge) for edge in _SIDES[:-1]), f"{_SIDES[-1]}+"]
    chart = Columns(
        "Images by their longer side in pixels", labels, [Series("images", counts.tolist())], "pixels, from"
    )
    return columns(chart)


def _journals(release: Release) -> Safe:
    found = list(counted(release.samples, "journal").items())
    rows = [Bar(name or "unknown", (count,), _count(count, release.size)) for name, count in found[:_JOURNALS]]
    rest = sum(count for _, count in found[_JOURNALS:])
    more = f"{number(rest)} more images come from {number(len(found) - _JOURNALS)} other journals." if rest else ""
    return tag("div", bars("Images by journal", rows, ("journal", "images")), tag("p", more, class_="quiet"))
