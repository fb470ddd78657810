"""From a file of answers (IDs with CUIs or captions) or a release of ours to what `evaluate` scores."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from rocov2.downloads.lists import read_text
from rocov2.errors import UsageError

_CUI = re.compile(r"C[0-9]+")
CHECK = "rocov2 evaluate check lists every fault"


@dataclass(frozen=True, slots=True)
class Release:
    """What a release says of its samples, by ID: CUIs, the manual ones among them, and the caption."""

    cuis: dict[str, list[str]]
    manual: dict[str, list[str]]
    captions: dict[str, str]


def is_release(path: Path) -> bool:
    """Tell a release folder or its samples.parquet from a CSV."""
    return (path / "samples.parquet").is_file() if path.is_dir() else path.suffix == ".parquet"


def read_release(path: Path, split: str | None = None) -> Release:
    """Read samples.parquet, all splits or one; UsageError if it cannot be."""
    columns = ["sample_id", "split", "cuis", "cuis_manual", "caption"]
    advice = "give a release folder, its samples.parquet, or a CSV"
    try:
        file = path / "samples.parquet" if path.is_dir() else path
        if missing := sorted({*columns} - {*pq.read_schema(file).names}):
            raise UsageError(f"{file} has no column {missing[0]}", advice)
        table = pq.read_table(file, columns=columns)
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"{path}: {error}", advice) from error
    rows = [row for row in table.to_pylist() if split in (None, row["split"])]
    return Release(
        {row["sample_id"]: row["cuis"] or [] for row in rows},
        {row["sample_id"]: row["cuis_manual"] or [] for row in rows},
        {row["sample_id"]: row["caption"] for row in rows},
    )


def read_texts(path: Path) -> dict[str, str]:
    """Return ID -> the second column of a CSV or TSV, with a header or without; UsageError for a doubled ID."""
    text = read_text(path)
    first = text[: text.find("\n")] if "\n" in text else text
    delimiter = "\t" if "\t" in first and "," not in first.partition("\t")[0] else ","
    found: dict[str, str] = {}
    quotes = None if delimiter == "\t" else '"'  # ImageCLEF's TAB files quote nothing
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quotes)
    try:
        for row in reader:
            _take(path, reader.line_num, row, found)
    except csv.Error as error:
        raise UsageError(f"{path}:{reader.line_num}: {error}", CHECK) from error
    if not found:
        raise UsageError(f"{path} holds no answers", "give a CSV with the header ID,CUIs or ID,Caption")
    return found


def _take(path: Path, line: int, row: list[str], found: dict[str, str]) -> None:
    if not row or (line == 1 and "ID" in row[0].upper().split()):
        return
    if len(row) > 2:
        raise UsageError(f"{path}:{line}: {len(row)} columns instead of two", "quote values that hold a comma")
    if row[0] in found:
        raise UsageError(f"{path}:{line}: the ID {row[0]!r} stands there twice", "each image has one row")
    found[row[0]] = row[1] if len(row) == 2 else ""


def read_cuis(path: Path) -> dict[str, list[str]]:
    """Return ID -> CUIs (upper case, in order, none empty); UsageError for one that is given twice, or is none."""
    answers = {}
    for name, cell in read_texts(path).items():
        cuis = [cui for part in cell.split(";") if (cui := part.strip().upper())]
        if len(set(cuis)) != len(cuis):
            raise UsageError(f"{path}: a CUI of {name} stands there twice", CHECK)
        if strange := [cui for cui in cuis if not _CUI.fullmatch(cui)]:
            raise UsageError(f"{path}: {strange[0][:80]!r} of {name} is no CUI", CHECK)
        answers[name] = cuis
    return answers


def read_captions(path: Path) -> dict[str, str]:
    """Return ID -> caption; UsageError where all are concepts, which score as captions and mean nothing."""
    answers = read_texts(path)
    cells = [cell for caption in answers.values() if caption for cell in caption.split(";")]
    if cells and all(map(_CUI.fullmatch, cells)):
        raise UsageError(f"{path} holds concepts, and no captions", "rocov2 evaluate concepts scores them")
    return answers
