"""Scores, splits and look-alikes of a release turned into sections: where thresholds cut, whether splits are alike."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rocov2.release.report.charts import Bar, Columns, Series, bars, columns, dots, legend
from rocov2.release.report.composition import SPLIT_COLORS
from rocov2.release.report.galleries import Gallery, indices_of
from rocov2.release.report.gather import Release, counted_by_split, mapping
from rocov2.release.report.heldback import BINS, HeldBack, binned
from rocov2.release.report.labelled import Labels, coverage
from rocov2.release.report.markup import Safe, card, grid, join, number, pairs, percent, section, table, tag
from rocov2.release.report.wording import modality_name
from rocov2.release.rows import SPLITS

_EDGES = tuple(f"{index / BINS:.3f}" for index in range(BINS))
_COPIED = 12


def scores(release: Release, held: HeldBack) -> Safe:
    """Histograms of the scores with the thresholds of this release."""
    lead = (
        "Scores are stored, thresholds are settings: each line is where this release cut. Counts are logarithmic, so "
        "that the few doubtful images are seen. What was held back earlier has no later score."
    )
    return section(
        "scores",
        "Scores and thresholds",
        lead,
        legend((("c0", "kept"), ("d0", "held back by this score"))),
        pairs(
            card(
                "Is it radiology?",
                _scored(
                    release, held, ("radiology_score", "not_radiology"), ("filter", "min_radiology_score", "kept from")
                ),
            ),
            card(
                "Is it more than one picture?",
                _scored(release, held, ("compound_score", "compound"), ("filter", "max_compound_score", "kept up to")),
            ),
            card(
                "How sure is the modality?",
                _scored(release, held, ("modality_score", ""), ("curate", "min_modality_score", "labelled from")),
            ),
            card(
                "Do the words suggest radiology?",
                _scored(
                    release, held, ("screen_score", "not_radiology_words"), ("screen", "min_score", "fetched from")
                ),
            ),
        ),
    )


def _scored(release: Release, held: HeldBack, what: tuple[str, str], cut: tuple[str, str, str]) -> Safe:
    column, reason = what
    is_told = column in release.samples.column_names
    kept = binned(release.samples[column].to_numpy()) if is_told else np.zeros(BINS, np.int64)
    gone = held.scores.get(reason, np.zeros(BINS, np.int64))
    if not kept.any() and not gone.any():
        return tag("p", "No scores recorded.", class_="quiet")
    series = [Series("kept", kept.tolist(), "c0"), Series("held back", gone.tolist(), "d0")]
    shown = [each for each, wanted in zip(series, (is_told, reason), strict=True) if wanted]
    place = release.param(cut[0], cut[1])
    marks = [] if place is None or not 0 < place < 1 else [(place, f"{cut[2]} {place:g}")]
    title = f"Images by {column}"
    said = "" if is_told else "This release does not tell the scores of its images; only what was held back is shown."
    chart = Columns(title, [label.rstrip("0").rstrip(".") for label in _EDGES], shown, "score, from", marks, True)
    return join(columns(chart), tag("p", said, class_="quiet") if said else "")


def splits(release: Release, labels: Labels) -> Safe:
    """Sizes, balance and leaks of the splits."""
    samples = release.samples
    member = {split: np.array(pc.equal(samples["split"], split).to_pylist(), dtype=bool) for split in SPLITS}
    shared = _in_several(samples, "pmcid")
    lead = (
        f"An article stands in one split only, and so does a group of articles that share look-alikes: "
        f"{number(shared)} articles of this release stand in more than one."
    )
    return section(
        "splits",
        "Splits",
        lead,
        grid(
            card("Size", _sizes(release, member), class_="card span2"),
            card("Concepts that train knows", _coverage(labels, member)),
        ),
        pairs(
            card("Modality in each split", _balance(release, "modality")),
            card("Licence in each split", _balance(release, "license_code")),
        ),
    )


def _in_several(samples: pa.Table, column: str) -> int:
    pairs = samples.select([column, "split"]).group_by([column, "split"]).aggregate([])
    return len(pairs) - len(pc.unique(pairs[column]))


def _sizes(release: Release, member: dict[str, npt.NDArray[np.bool_]]) -> Safe:
    shares = mapping(release.manifest.get("settings")).get("shares") or (0, 0, 0)
    rows: list[tuple[object, ...]] = []
    for split, wanted in zip(SPLITS, shares, strict=False):
        chosen = release.samples.filter(pa.array(member[split]))
        articles = len(pc.unique(chosen["pmcid"]))
        megabytes = (pc.sum(chosen["size_bytes"]).as_py() or 0) / 1e6
        rows.append(
            (
                split,
                number(len(chosen)),
                percent(len(chosen), release.size),
                percent(wanted, 1),
                number(articles),
                f"{number(megabytes, 1)} MB",
            )
        )
    drawn = [Bar("all", [int(member[split].sum()) for split in SPLITS], number(release.size))]
    whole = table(("split", "images", "share", "aimed at", "articles", "size"), rows)
    return join(legend(SPLIT_COLORS), bars("Images of each split", drawn, ("split", "images")), whole)


def _coverage(labels: Labels, member: dict[str, npt.NDArray[np.bool_]]) -> Safe:
    rows: list[tuple[object, ...]] = []
    for split in SPLITS:
        found = coverage(labels, member[split], member["train"])
        rows.append(
            (
                split,
                number(found.distinct),
                percent(found.distinct_in_train, found.distinct),
                percent(found.assigned_in_train, found.assigned),
            )
        )
    return table(("split", "concepts", "in train", "assignments in train"), rows)


def _balance(release: Release, column: str) -> Safe:
    found = counted_by_split(release.samples, pc.fill_null(release.samples[column], ""), SPLITS)
    totals = [max(sum(parts[i] for parts in found.values()), 1) for i in range(len(SPLITS))]
    rows = sorted(found.items(), key=lambda item: (-sum(item[1]), item[0]))
    shares = [
        (modality_name(name) if column == "modality" else name, [part / totals[i] for i, part in enumerate(parts)])
        for name, parts in rows
    ]
    return dots(f"Share of each split: {column}", shares, SPLITS)


def duplicates(release: Release, held: HeldBack, gallery: Gallery) -> Safe:
    """What was found to be a copy, and the images that were copied most."""
    exact, near = held.of("duplicate"), held.of("near_duplicate")
    lead = (
        f"{number(exact + near)} figures are copies of one that was kept: {number(exact)} byte for byte, "
        f"{number(near)} look-alikes (another size, compression, crop or margin)."
    )
    if not held.copies:
        return section("duplicates", "Duplicates", lead)
    ranked = sorted(held.copies.items(), key=lambda item: (-item[1], item[0]))
    how_many = np.bincount([min(count, 6) for _, count in ranked], minlength=7)[1:]
    rows = [
        Bar(f"{n}{'+' if n == 6 else ''} {'copy' if n == 1 else 'copies'}", (int(c),), number(int(c)))
        for n, c in enumerate(how_many, start=1)
        if c
    ]
    notes = {
        figure_id: f"{number(count)} {'copy' if count == 1 else 'copies'} held back" for figure_id, count in ranked
    }
    found = indices_of(release.samples, [figure_id for figure_id, _ in ranked])[:_COPIED]
    shots = gallery.shots(found, _noted(release, found, notes))
    return section(
        "duplicates",
        "Duplicates",
        lead,
        grid(
            card("Copies of a kept image", bars("Kept images by copies", rows, ("copies", "images"))),
            card("Copied most", shots, class_="card span2"),
        ),
    )


def _noted(release: Release, found: Sequence[int], notes: dict[str, str]) -> list[str]:
    ids = release.samples["figure_id"].take(pa.array(found, pa.int64())).to_pylist()
    return [notes.get(figure_id, "") for figure_id in ids]
