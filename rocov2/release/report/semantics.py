"""Concepts and captions of a release turned into sections: frequencies, what stands together, lengths."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from rocov2.release.report.charts import Bar, Columns, Series, bars, columns, heatmap
from rocov2.release.report.gather import Release
from rocov2.release.report.labelled import Labels, surprising
from rocov2.release.report.markup import Safe, card, clip, grid, number, percent, section, table, tag
from rocov2.release.rows import SPLITS

TOP, SQUARE = 20, 14
_FREQUENCIES = (1, 2, 3, 6, 11, 21, 51, 101, 501)
_MOST_WORDS, _STEP = 100, 5
_MOST_CONCEPTS = 12


def concepts(release: Release, labels: Labels) -> Safe:
    """Frequencies and co-occurrence of the automatic concepts."""
    counts, names = labels.counts(), [release.names.get(cui, cui) for cui in labels.cuis]
    top = labels.top(TOP)
    lead = (
        f"{number(int((counts > 0).sum()))} distinct concepts were found in the captions, "
        f"{number(int(counts.sum()))} times in all; modality, region and view come on top. "
        "A concept leads to its images in the search below."
    )
    rows = [
        Bar(search_link(labels.cuis[code], names[code]), (int(counts[code]),), number(int(counts[code])))
        for code in top
    ]
    square = labels.top(SQUARE)
    pairs = [
        (f"{names[a]} + {names[b]}", number(count), f"{number(lift, 1)} ×") for a, b, count, lift in surprising(labels)
    ]
    shown = heatmap(
        "Images that have both of two concepts", [names[c] for c in square], labels.together(square).tolist()
    )
    return section(
        "concepts",
        "Concepts",
        lead,
        grid(
            card("Most frequent", bars("Most frequent concepts", rows, ("concept", "images"))),
            card(
                "What stands together",
                shown,
                tag("p", "Shade: share of the rarer concept's images that have both.", class_="quiet"),
                class_="card span2",
            ),
            card("Concepts of an image", _sizes(labels)),
            card("Images of a concept", _frequencies(counts)),
            card(
                "Together more often than chance",
                table(("pair", "images", "chance"), pairs)
                if pairs
                else tag("p", "No pair stands on three images.", class_="quiet"),
            ),
        ),
    )


def search_link(query: str, words: str) -> Safe:
    """A link that searches the rows of the page for a word."""
    return tag("a", clip(words, 40), href=f"#q={query}", title=f"search for {query}")


def _sizes(labels: Labels) -> Safe:
    names = [*(str(n) for n in range(_MOST_CONCEPTS)), f"{_MOST_CONCEPTS}+"]
    sizes = np.minimum(labels.sizes(), _MOST_CONCEPTS)
    counts = np.bincount(sizes, minlength=_MOST_CONCEPTS + 1)
    bare = int((labels.sizes(manual_too=False) == 0).sum())
    chart = columns(
        Columns(
            "Images by their number of concepts",
            names,
            [Series("images", counts.tolist())],
            "concepts, modality, region and view included",
        )
    )
    said = f"{number(bare)} images ({percent(bare, labels.samples)}) have no automatic concept."
    return tag("div", chart, tag("p", said, class_="quiet"))


def _frequencies(counts: npt.NDArray[np.int64]) -> Safe:
    edges = [*_FREQUENCIES, np.inf]
    found = np.histogram(counts[counts > 0], bins=edges)[0]
    names = [str(low) if high - low == 1 else f"{low}–{high - 1}" for low, high in pairwise(_FREQUENCIES)]
    chart = Columns(
        "Concepts by the number of their images",
        [*names, f"{_FREQUENCIES[-1]}+"],
        [Series("concepts", found.tolist())],
        "images of the concept",
        unit="concepts",
    )
    return columns(chart)


def captions(release: Release) -> Safe:
    """Lengths of captions, and how much cleaning changed."""
    words = pc.list_value_length(pc.utf8_split_whitespace(release.samples["caption"])).to_numpy()
    splits = np.array(release.samples["split"].to_pylist(), dtype=str)
    changed = pc.sum(pc.not_equal(release.samples["caption"], release.samples["caption_raw"])).as_py() or 0
    lead = (
        f"{number(changed)} captions ({percent(changed, release.size)}) differ from the published wording after "
        "cleaning; both are in samples.parquet."
    )
    names = [str(n) for n in range(0, _MOST_WORDS, _STEP)] + [f"{_MOST_WORDS}+"]
    series = [
        Series(
            split,
            np.bincount(np.minimum(words[splits == split], _MOST_WORDS) // _STEP, minlength=len(names)).tolist(),
            f"c{index}",
        )
        for index, split in enumerate(SPLITS)
    ]
    rows = [
        _lengths(name, chosen)
        for name, chosen in (("all", words), *((split, words[splits == split]) for split in SPLITS))
        if len(chosen)
    ]
    return section(
        "captions",
        "Captions",
        lead,
        grid(
            card(
                "Words of a caption",
                columns(Columns("Captions by their number of words", names, series, "words, from", unit="captions")),
            ),
            card("Length by split", table(("split", "mean", "median", "95 %", "longest"), rows), class_="card span2"),
        ),
    )


def _lengths(name: str, words: Sequence[int] | npt.NDArray[np.int64]) -> tuple[object, ...]:
    middle, high = np.percentile(words, (50, 95))
    return (
        name,
        number(float(np.mean(words)), 1),
        number(float(middle)),
        number(float(high)),
        number(int(np.max(words))),
    )
