"""Figures of a release, for its manifest and its card: counts a split, licences, modalities, concepts, notes."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rocov2.release.rows import SPLITS

FORMULA = r"^[=+\-@]"
"""Start of a cell that a spreadsheet would run as a formula."""


def summarise(samples: pa.Table) -> dict[str, Any]:
    """Counts of `samples.parquet`: in all, in each of `splits`, and by `licenses`, `modalities`, `formats`."""
    return {
        "samples": samples.num_rows,
        "articles": len(pc.unique(samples["pmcid"])),
        "splits": {split: _split(samples.filter(pc.equal(samples["split"], split))) for split in SPLITS},
        "licenses": _counted(samples, "license_code"),
        "modalities": _counted(samples, "modality"),
        "formats": _counted(samples, "format"),
    }


def notes(samples: pa.Table) -> list[str]:
    """What a user should know of this release in particular, one sentence each."""
    found = [
        f"The split {split} is empty." for split in SPLITS if split not in set(samples["split"].unique().to_pylist())
    ]
    articles = len(pc.unique(samples["pmcid"]))
    if articles == 1:
        found.append("The whole release comes from a single article, so that it has a single split.")
    formulas = pc.sum(pc.match_substring_regex(samples["caption"], FORMULA)).as_py() or 0
    if formulas:
        found.append(
            f"{formulas:,} captions start with =, +, - or @: open the CSV files in a spreadsheet as text only."
        )
    return found


def _split(samples: pa.Table) -> dict[str, int]:
    sizes = pc.list_value_length(samples["cuis"])
    automatic = pc.subtract(sizes, pc.list_value_length(samples["cuis_manual"]))
    return {
        "samples": samples.num_rows,
        "articles": len(pc.unique(samples["pmcid"])),
        "size_bytes": pc.sum(samples["size_bytes"]).as_py() or 0,
        "unique_cuis": len(pc.unique(pc.list_flatten(samples["cuis"]))),
        "cui_assignments": pc.sum(sizes).as_py() or 0,
        "most_cuis": pc.max(sizes).as_py() or 0,
        "without_automatic_cuis": pc.sum(pc.equal(automatic, 0)).as_py() or 0,
    }


def _counted(samples: pa.Table, column: str) -> dict[str, int]:
    found = {e["values"]: e["counts"] for e in pc.value_counts(samples[column].combine_chunks()).to_pylist()}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
