"""A release beside the published ROCOv2 and beside another release of ours, turned into sections."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rocov2.release.report import published
from rocov2.release.report.charts import dots
from rocov2.release.report.composition import manual_counts
from rocov2.release.report.gather import Release, counted
from rocov2.release.report.labelled import Labels
from rocov2.release.report.markup import Safe, card, clip, grid, join, number, pairs, percent, section, table, tag
from rocov2.release.report.wording import DIRECTIONS, MODALITIES, REGIONS, modality_name
from rocov2.release.rows import SPLITS

_NAMES = ("this release", "published")
_LISTED = 10


def with_published(release: Release, labels: Labels) -> Safe:
    """The figures of the published set beside ours."""
    source = tag("a", published.SOURCE, href=published.SOURCE_URL, rel="noopener noreferrer external", target="_blank")
    lead = join("The published set has 79,789 images; shares are compared, since sizes differ. Source: ", source, ".")
    return section(
        "published",
        "Beside the published ROCOv2",
        lead,
        grid(
            card("Figures", table(("", *_NAMES), _figures(release, labels)), class_="card span2"),
            card("Modality, of all images", _modalities(release)),
            card("Body region, of X-ray images", _of_x_rays(release, REGIONS, published.REGIONS)),
            card("Concepts frequent there", _concepts(release, labels)),
            card(
                "View, of X-ray images",
                _of_x_rays(release, DIRECTIONS, published.DIRECTIONS),
                tag("h3", "What the published steps removed", class_="next"),
                table(("step", "images"), [(name, number(count)) for name, count in published.REMOVED]),
            ),
        ),
    )


def _figures(release: Release, labels: Labels) -> list[tuple[object, ...]]:
    sizes = labels.sizes()
    theirs = sum(published.IMAGES.values())
    bare = int((labels.sizes(manual_too=False) == 0).sum())
    ours = counted(release.samples, "split")
    rows: list[tuple[object, ...]] = [("images", number(release.size), number(theirs))]
    rows += [
        (f"in {split}", percent(ours.get(split, 0), release.size), percent(published.IMAGES[split], theirs))
        for split in SPLITS
    ]
    rows += [
        ("distinct concepts", number(len(labels.cuis)), number(published.UNIQUE_CUIS["all"])),
        ("concepts assigned", number(int(sizes.sum())), number(published.ASSIGNMENTS["all"])),
        (
            "concepts an image, mean",
            number(float(sizes.mean()), 2) if len(sizes) else "–",
            number(published.MEAN_CUIS, 2),
        ),
        ("no automatic concept", percent(bare, release.size), percent(published.WITHOUT_AUTOMATIC, theirs)),
    ]
    words = pc.list_value_length(pc.utf8_split_whitespace(release.samples["caption"])).to_numpy()
    valid = published.VALID_WORDS
    if len(words):
        rows += [
            ("words a caption, mean", number(float(words.mean()), 1), f"{valid['mean']} (valid)"),
            ("words a caption, median", number(float(np.median(words))), f"{valid['median']} (valid)"),
            ("words, longest caption", number(int(words.max())), f"{valid['longest']} (valid)"),
        ]
    return rows


def _modalities(release: Release) -> Safe:
    ours, theirs = counted(release.samples, "modality"), sum(published.IMAGES.values())
    rows = [
        (MODALITIES[code], (ours.get(code, 0) / max(release.size, 1), count / theirs))
        for code, count in published.MODALITIES.items()
    ]
    return dots("Share of each modality, this release and the published set", rows, _NAMES)


def _of_x_rays(release: Release, names: Mapping[str, str], theirs: Mapping[str, int]) -> Safe:
    """Shares of X-ray images with each curated concept."""
    x_rays = release.samples.filter(pc.equal(release.samples["modality"], "XRAY"))
    if not x_rays.num_rows:
        return tag("p", "No X-ray images.", class_="quiet")
    ours = {cui: sum(parts) for cui, parts in manual_counts(x_rays, names).items()}
    whole = published.MODALITIES["XRAY"]
    rows = [(names[cui], (ours[cui] / x_rays.num_rows, count / whole)) for cui, count in theirs.items()]
    return dots("Share of X-ray images, this release and the published set", rows, _NAMES)


def _concepts(release: Release, labels: Labels) -> Safe:
    theirs = sum(published.IMAGES.values())
    found = dict(zip(labels.cuis, labels.counts().tolist(), strict=False))
    rows = [
        (
            release.names.get(cui, published.CONCEPT_NAMES[cui]),
            (found.get(cui, 0) / max(release.size, 1), count / theirs),
        )
        for cui, count in published.CONCEPTS.items()
    ]
    return dots("Share of images with a concept, this release and the published set", rows, _NAMES)


def with_previous(release: Release, other: Release | None) -> Safe:
    """What changed since another release."""
    if other is None:
        lead = "No other release was given. With --previous DIR this section says what changed since then."
        return section("previous", "Beside the previous release", lead)
    added, removed = _only_in(release.samples, other.samples), _only_in(other.samples, release.samples)
    lead = join(
        f"{number(added.num_rows)} images are new, {number(removed.num_rows)} are gone. The previous release is of ",
        tag("b", other.manifest.get("snapshot_on", "unknown")),
        ".",
    )
    sizes = {code: (release_, other_) for code, release_, other_ in _by_modality(release, other)}
    shares = [
        (modality_name(code), (a / max(release.size, 1), b / max(other.size, 1))) for code, (a, b) in sizes.items()
    ]
    return section(
        "previous",
        "Beside the previous release",
        lead,
        grid(
            card("Figures", table(("", "now", "then", "change"), _changes(release, other, sizes)), class_="card span2"),
            card("Samples that stayed", table(("what differs", "samples"), _kept_differences(release, other))),
            card("Modality", dots("Share of each modality, now and then", shares, ("now", "then"))),
            card("Made differently", _ingredients(release, other), class_="card span2"),
        ),
        pairs(card("New", _listed(added)), card("Gone", _listed(removed))),
    )


def _only_in(here: pa.Table, there: pa.Table) -> pa.Table:
    known = pc.is_in(here["sample_id"], value_set=there["sample_id"].combine_chunks())
    return here.filter(pc.invert(known)).select(["sample_id", "modality", "caption"])


def _by_modality(release: Release, other: Release) -> list[tuple[str, int, int]]:
    now, then = counted(release.samples, "modality"), counted(other.samples, "modality")
    return [(code, now.get(code, 0), then.get(code, 0)) for code in dict.fromkeys([*now, *then])]


def _changes(release: Release, other: Release, sizes: Mapping[str, tuple[int, int]]) -> list[tuple[object, ...]]:
    now, then = counted(release.samples, "split"), counted(other.samples, "split")
    counted_ = [("images", release.size, other.size)]
    counted_ += [(split, now.get(split, 0), then.get(split, 0)) for split in SPLITS]
    counted_ += [
        (name, len(pc.unique(release.samples[column])), len(pc.unique(other.samples[column])))
        for name, column in (("articles", "pmcid"), ("journals", "journal"))
    ]
    counted_ += [("distinct concepts", len(release.names), len(other.names))]
    counted_ += [(modality_name(code), *both) for code, both in sizes.items()]
    return [(name, number(a), number(b), f"{a - b:+,}") for name, a, b in counted_]


def _kept_differences(release: Release, other: Release) -> list[tuple[object, ...]]:
    columns = ("split", "caption", "cuis", "modality", "license_code")
    there = pc.index_in(release.samples["sample_id"], value_set=other.samples["sample_id"].combine_chunks())
    both = pc.is_valid(there)
    now = release.samples.filter(both)
    then = other.samples.take(pc.drop_null(there))
    rows: list[tuple[object, ...]] = [("in both releases", number(now.num_rows))]
    for column in columns:
        told = zip(_comparable(now[column]), _comparable(then[column]), strict=True)
        rows.append((f"another {_CALLED.get(column, column)}", number(sum(a != b for a, b in told))))
    return rows


_CALLED = {"cuis": "list of concepts", "license_code": "licence"}


def _comparable(column: pa.ChunkedArray) -> list[object]:
    if pa.types.is_list(column.type):
        column = pc.binary_join(column, ";")
    return list(column.to_pylist())


def _listed(rows: pa.Table) -> Safe:
    if not rows.num_rows:
        return tag("p", "None.", class_="quiet")
    shown: Sequence[Mapping[str, str]] = rows.slice(0, _LISTED).to_pylist()
    whole = table(("sample", "caption"), [(row["sample_id"], clip(row["caption"], 90)) for row in shown])
    more = f"{number(rows.num_rows - len(shown))} more." if rows.num_rows > len(shown) else ""
    return join(whole, tag("p", more, class_="quiet") if more else "")


def _ingredients(release: Release, other: Release) -> Safe:
    """Versions, digests and parameters that differ."""
    now, then = _flat(release.provenance), _flat(other.provenance)
    rows: list[tuple[object, ...]] = [
        (key, clip(now.get(key, "–"), 24), clip(then.get(key, "–"), 24))
        for key in sorted({*now, *then})
        if now.get(key) != then.get(key)
    ]
    return table(("ingredient", "now", "then"), rows) if rows else tag("p", "Nothing.", class_="quiet")


def _flat(value: object, name: str = "") -> dict[str, str]:
    if not isinstance(value, dict):
        return {name: str(value)}
    found = {}
    for key, inner in value.items():
        found.update(_flat(inner, f"{name}.{key}" if name else str(key)))
    return found
