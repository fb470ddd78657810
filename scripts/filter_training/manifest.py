"""The manifest of training images -> labelled rows and folds that never part a source."""

import csv
import gzip
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from filter_training.regions import UNKNOWN, region_of

MODALITIES = ("CT", "MRI", "XRAY", "US", "ANGIO", "PET", "COMBINED")
FOLDS = 8
ENOUGH = 15  # pictures of a source that is judged by itself
# Sources that are one collection under several names: the same atlas, the same data set, the same author's look.
FAMILIES = (
    (r"mednist.*", "mednist"),
    (r"harvard|fusedbrain", "harvard-atlas"),
    (r"cddcesm.*", "cddcesm"),
    (r"yolov9frac|bonefracyolo|grazlearn", "grazpedwri"),
    (r"kneeoagsoft|openmedlab:kneeo", "kneeoa"),
    (r"busi|openmedlab:busi", "busi"),
    (r"gels(mes|emma|kevin)", "gelsputnam"),
    (r"bonescanribs|bonesheets", "bs80k"),
    (r"lesson[sfd]mri", "bidslessons"),
    (r"oct(lesions|tinted|samples|examples)", "octkermany"),
    (r"bioimagebook|clijdocs|biapolcourse", "bioimagecourses"),
    (r"micapipe|enigma|brainspace", "micastrips"),
    (r"assignments(more)?", "imagecourse"),
)


@dataclass(frozen=True)
class Row:
    """One training image; -1 where a label is unknown."""

    path: str
    label: str
    modality: int
    radiology: int
    compound: int
    source: str
    family: str
    group: str
    is_figure: bool
    license: str
    region: int = UNKNOWN


def read_rows(folder: Path, manifest: Path) -> list[Row]:
    """Rows of the CSV (gzip or plain) in its order, their paths under `folder`; no source may be a held-out one."""
    opener = gzip.open if manifest.suffix == ".gz" else open
    with opener(manifest, "rt", encoding="utf-8", newline="") as lines:
        return [_row(folder, record) for record in csv.DictReader(lines)]


def _row(folder: Path, record: dict[str, str]) -> Row:
    modality = record["modality"]
    return Row(
        path=str(folder / record["path"]),
        label=record["class"],
        modality=MODALITIES.index(modality) if modality else -1,
        radiology=_flag(record["is_radiology"]),
        compound=_flag(record["is_compound"]),
        source=record["source"],
        family=family_of(record["source"]),
        group=record["group"],
        is_figure="paper/web figure" in record["note"],
        license=record["license"],
        region=UNKNOWN if record["is_compound"] != "0" else region_of(record["source"], record["class"], _name(record)),
    )


def _name(record: dict[str, str]) -> str:
    """The name of the file where a picture came from."""
    return record["note"].rpartition("/")[2].rpartition(":")[2]


def _flag(text: str) -> int:
    return int(float(text)) if text else -1


def family_of(source: str) -> str:
    """The collection that a source belongs to: what is left out together."""
    return next((family for pattern, family in FAMILIES if re.fullmatch(pattern, source)), source)


def folds_of(rows: list[Row]) -> dict[str, int]:
    """Family -> fold, so that each class is spread over the folds as evenly as whole families allow."""
    contents: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        contents[row.family][row.label] += 1
        contents[row.family][f"modality {row.modality}"] += 1
        contents[row.family][f"compound {row.compound} {row.radiology}"] += 1
    totals = sum(contents.values(), Counter())
    folds: list[Counter[str]] = [Counter() for _ in range(FOLDS)]
    chosen = {}
    for family in sorted(contents, key=lambda name: (-sum(contents[name].values()), name)):
        costs = [sum(n * fold[key] / totals[key] ** 1.5 for key, n in contents[family].items()) for fold in folds]
        chosen[family] = min(
            range(FOLDS), key=lambda number: (round(costs[number], 9), sum(folds[number].values()), number)
        )
        folds[chosen[family]] += contents[family]
    return chosen
