"""The folder of a release turned into what its report is made of: the rows, the names of its concepts, its manifest."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rocov2.errors import CheckError, UsageError
from rocov2.release.funnel import Step
from rocov2.release.previous import read_manifest

SAMPLE_COLUMNS = (
    *("sample_id", "split", "file", "pmcid", "label", "width_px", "height_px", "size_bytes", "format"),
    *("license_code", "attribution", "journal", "published_on", "caption_raw", "caption", "modality"),
    *("modality_score", "radiology_score", "compound_score", "figure_id", "cuis", "cuis_manual"),
)
LATER_COLUMNS = ("screen_score",)
"""What releases of earlier versions of this program lack."""
ADVICE = "restore the release from a copy, or build it again: rocov2 build"


@dataclass(frozen=True, slots=True)
class Release:
    """A release as its files tell it: `samples` by sample_id, with SAMPLE_COLUMNS and what there is of LATER_COLUMNS.

    `names` is CUI -> name.
    """

    folder: Path
    samples: pa.Table
    names: Mapping[str, str]
    manifest: Mapping[str, Any]
    funnel: Sequence[Step]

    @property
    def size(self) -> int:
        """Images of the release."""
        return int(self.samples.num_rows)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """What the release was made from."""
        return mapping(self.manifest.get("provenance"))

    def param(self, stage: str, name: str) -> float | None:
        """A threshold of a stage, as the provenance has it; None when it does not say."""
        found = mapping(mapping(self.provenance.get("params")).get(stage)).get(name)
        return float(found) if isinstance(found, int | float) else None


def read_release(folder: Path) -> Release:
    """Read the release in `folder`. Raises UsageError where there is none, CheckError where a file is damaged."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise UsageError(f"{folder} holds no release of ours", "give the folder that rocov2 build wrote")
    try:
        there = pq.read_schema(folder / "samples.parquet").names
        wanted = [*SAMPLE_COLUMNS, *(name for name in LATER_COLUMNS if name in there)]
        samples = pq.read_table(folder / "samples.parquet", columns=wanted).sort_by("sample_id")
        funnel = [Step(str(row["stage"]), int(row["kept"]), _ordered(row["dropped"])) for row in manifest["funnel"]]
        return Release(folder, samples, read_names(folder / "cui_mapping.csv"), manifest, funnel)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error, pa.ArrowException) as error:
        raise CheckError(f"the release in {folder} is damaged: {error}", ADVICE) from error


def _ordered(dropped: Mapping[str, Any]) -> dict[str, int]:
    """Reasons with their counts, the most frequent first."""
    return dict(sorted(((str(k), int(v)) for k, v in dropped.items()), key=lambda item: (-item[1], item[0])))


def read_names(path: Path) -> dict[str, str]:
    """CUI -> name of a cui_mapping.csv."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row[0]: row[1] for row in list(csv.reader(file))[1:] if len(row) == 2}


def mapping(value: object) -> Mapping[str, Any]:
    """A value of the manifest if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def counted(table: pa.Table, column: str) -> dict[str, int]:
    """How often each value of a column occurs, the most frequent first; an absent value is the empty string."""
    found = pc.value_counts(pc.fill_null(table[column], "").combine_chunks()).to_pylist()
    return dict(sorted(((e["values"], e["counts"]) for e in found), key=lambda item: (-item[1], item[0])))


def counted_by_split(table: pa.Table, column: pa.ChunkedArray, splits: Sequence[str]) -> dict[str, list[int]]:
    """How often each value of `column` (as long as the table) occurs in each split, sorted by value."""
    both = pa.table({"value": column, "split": table["split"]})
    found: dict[str, list[int]] = {}
    for row in both.group_by(["value", "split"]).aggregate([([], "count_all")]).sort_by("value").to_pylist():
        if row["split"] in splits:
            found.setdefault(row["value"], [0] * len(splits))[splits.index(row["split"])] = row["count_all"]
    return found
