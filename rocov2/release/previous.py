"""Read what an earlier release decided: its manifest, and the split of every article it or its forerunners released."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rocov2.errors import CheckError
from rocov2.release.publish import MANIFEST
from rocov2.release.rows import SPLITS

LEDGER = "splits.csv"

_ADVICE = "restore the release from a copy, or move it away to start a release whose splits owe nothing to it"


def previous_splits(folder: Path) -> dict[str, str]:
    """Split of each PMCID of the release in `folder`, those of its `splits.csv` that it no longer holds included.

    Empty when there is no release. Raises CheckError when a file is damaged or they contradict each other: a guess
    would let test articles into train.
    """
    if not (folder / MANIFEST).is_file():
        return {}
    try:
        ledger = _read_ledger(folder / LEDGER)
        table = pq.read_table(folder / "samples.parquet", columns=["pmcid", "split"])
    except (OSError, pa.ArrowException, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise CheckError(f"the release in {folder} is damaged: {error}", _ADVICE) from error
    for pmcid, split in zip(table["pmcid"].to_pylist(), table["split"].to_pylist(), strict=True):
        if split not in SPLITS or ledger.setdefault(pmcid, split) != split:
            raise CheckError(f"the release in {folder} is damaged: it has {pmcid} in {split} and elsewhere", _ADVICE)
    return ledger


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of the release in `folder`; None when there is none, or none that can be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and {"provenance", "settings"} <= set(manifest) else None


def _read_ledger(path: Path) -> dict[str, str]:
    """The rows of splits.csv; empty where a release has none. Raises ValueError for a row that is not PMCID,split."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    if header != ["PMCID", "Split"] or any(len(row) != 2 or row[1] not in SPLITS for row in rows):
        raise ValueError(f"{path.name} holds a row that is not PMCID,Split")
    return {row[0]: row[1] for row in rows}
