"""Samples turned into galleries: each modality, and the images nearest to where the thresholds cut."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rocov2.release.report.gather import Release, counted
from rocov2.release.report.heldback import HeldBack
from rocov2.release.report.markup import Safe, article_link, card, clip, number, pairs, section, table, tag
from rocov2.release.report.thumbnails import Thumbnails
from rocov2.release.report.wording import modality_name

_A_MODALITY, _DOUBTFUL, _HERO = 12, 12, 18
_SIDE_PX, _HERO_PX = 208, 112
_COLUMNS = (
    *("sample_id", "pmcid", "label", "file", "format", "caption", "modality", "license_code"),
    *("attribution", "modality_score", "radiology_score", "compound_score"),
)


@dataclass(slots=True)
class Gallery:
    """Makes the pictures of a page; the same sample in two galleries has two pictures."""

    release: Release
    thumbnails: Thumbnails
    order: list[int] = field(default_factory=list)

    def shots(self, rows: Sequence[int], notes: Sequence[str]) -> Safe:
        """A gallery of the samples in `rows`, each with its credit and a note."""
        found = self.release.samples.select(_COLUMNS).take(pa.array(rows, pa.int64())).to_pylist()
        return tag("ul", *(self._shot(row, note) for row, note in zip(found, notes, strict=True)), class_="shots")

    def _shot(self, row: dict[str, Any], note: str) -> Safe:
        made = self.thumbnails.make(row["file"], row["format"], _SIDE_PX)
        said = describe(row)
        picture = (
            tag(
                "img",
                src=made.address,
                width=made.width_px,
                height=made.height_px,
                alt=said,
                loading="lazy",
                decoding="async",
            )
            if made
            else tag("span", "not shown", class_="absent")
        )
        label = tag("p", note, class_="note") if note else ""
        credit = tag(
            "details",
            tag("summary", row["license_code"], " · credit"),
            tag("p", row["attribution"]),
            tag("p", article_link(row["pmcid"]), " · ", row["label"]),
        )
        words = tag("p", clip(row["caption"], 110), class_="words")
        return tag("li", tag("div", picture, class_="plate"), label, words, credit)

    def hero(self) -> Safe:
        """A band of pictures for the head of the page; the search leads to the credit of each."""
        rows = self.spread()[-_HERO:]
        found = self.release.samples.select(_COLUMNS).take(pa.array(rows, pa.int64())).to_pylist()
        shown = []
        for row in found:
            made = self.thumbnails.make(row["file"], row["format"], _HERO_PX)
            if made:
                shown.append(
                    tag("img", src=made.address, width=made.width_px, height=made.height_px, alt=describe(row))
                )
        return tag("div", *shown, class_="hero") if shown else Safe("")

    def spread(self) -> list[int]:
        """All rows in an order that is the same for every run and owes nothing to their ids."""
        if not self.order:
            ids = self.release.samples["sample_id"].to_pylist()
            digests = [hashlib.sha256(i.encode("utf-8", "replace")).digest() for i in ids]
            self.order = sorted(range(len(ids)), key=digests.__getitem__)
        return self.order


def describe(row: dict[str, Any]) -> str:
    """Alternative text of a picture: what it is, where it is from, how its caption begins."""
    return (
        f"{modality_name(row['modality'])}, {row['label'] or 'figure'} of {row['pmcid']}: {clip(row['caption'], 120)}"
    )


def indices_of(samples: pa.Table, figure_ids: Sequence[str]) -> list[int]:
    """Rows of the figures that are samples, in the order given."""
    found = pc.index_in(pa.array(figure_ids, pa.string()), value_set=samples["figure_id"].combine_chunks())
    return [row for row in found.to_pylist() if row is not None]


def by_modality(release: Release, gallery: Gallery) -> Safe:
    """A gallery of each modality: samples spread over the release, at most one an article."""
    modalities, articles = (release.samples[name].to_pylist() for name in ("modality", "pmcid"))
    chosen: dict[str, list[int]] = {}
    seen = set()
    for row in gallery.spread():
        mine = chosen.setdefault(modalities[row], [])
        if len(mine) < _A_MODALITY and (modalities[row], articles[row]) not in seen:
            seen.add((modalities[row], articles[row]))
            mine.append(row)
    parts = []
    for modality, count in counted(release.samples, "modality").items():
        rows = chosen.get(modality, [])
        title = tag("h3", modality_name(modality), " ", tag("small", f"{number(count)} images"))
        parts.append(tag("div", title, gallery.shots(rows, [""] * len(rows)), class_="card"))
    lead = f"Up to {_A_MODALITY} of each modality, drawn evenly over the release and at most one an article."
    return section("gallery", "Look at it", lead, *parts)


def boundary(release: Release, held: HeldBack, gallery: Gallery) -> Safe:
    """What only just passed, to see; what only just failed, to follow: its image is not part of the release."""
    lead = (
        "Models are least sure here, so mistakes gather here. The pictures were kept; what was held back is listed by "
        "its score, since a release does not hold its image."
    )
    groups = (
        ("Just radiology enough", "radiology_score", 1, "radiology"),
        ("Almost more than one picture", "compound_score", -1, "compound"),
        ("Least certain modality", "modality_score", 1, ""),
    )
    parts = []
    for title, column, sign, word in groups:
        values = release.samples[column].to_numpy()
        rows = np.argsort(sign * values, kind="stable")[:_DOUBTFUL].tolist()
        notes = [f"{word or _called(release, row)} {values[row]:.3f}" for row in rows]
        parts.append(card(title, gallery.shots(rows, notes)))
    return section("boundary", "At the decision boundary", lead, *parts, pairs(*_failed(held)))


def _called(release: Release, row: int) -> str:
    return modality_name(release.samples["modality"][row].as_py())


def _failed(held: HeldBack) -> list[Safe]:
    titles = {"not_radiology": "Not quite radiology", "compound": "Only just compound"}
    shown = []
    for reason, title in titles.items():
        rows: list[tuple[object, ...]] = [
            (article_link(key.partition(".")[0], key), f"{score:.4f}") for score, key in held.nearest.get(reason, [])
        ]
        if rows:
            shown.append(card(title, table(("figure", "score"), rows)))
    return shown
