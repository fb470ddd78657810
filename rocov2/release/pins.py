"""Read the splits of another set, for a release to be pinned to: PMCIDs of train, valid and test."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from rocov2.errors import ConfigError
from rocov2.release.split import most_protected

_PMCID = re.compile(r"(PMC)?(\d{1,10})(\.\d+)?", re.ASCII)
_IN_ID = re.compile(r"_(train|valid|test)_\d+", re.ASCII)
_SPLITS = {"train": "train", "valid": "valid", "validation": "valid", "val": "valid", "test": "test"}
_MAX_BYTES = 1 << 30


def read_pins(path: Path) -> dict[str, str]:
    """The split of each PMCID that a CSV file names; an article that stands in several goes to the most protected.

    Read are `license_information.csv` of the published set (columns ID and PMCID; the split stands in the ID), and any
    file with the columns PMCID and Split, such as `splits.csv` of a release. A row without a PMCID, as those of images
    that were withdrawn, pins nothing. Raises ConfigError, with the line, for anything else, since an article that is
    left out here could be trained on.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError(f"{path} is too large for a list of articles", _ADVICE)
        with path.open(encoding="utf-8-sig", newline="") as file:
            pins = most_protected(_pairs(path, csv.reader(file)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"release.pin: cannot read {path}: {error}", _ADVICE) from error
    if not pins:
        raise ConfigError(f"release.pin: {path} names no article", _ADVICE)
    return pins


_ADVICE = "give license_information.csv of the published set, or a CSV file with the columns PMCID and Split"


def _pairs(path: Path, rows: Iterator[list[str]]) -> Iterator[tuple[str, str]]:
    header = [name.strip().lower() for name in next(iter(rows), [])]
    wanted = next((name for name in ("split", "id") if name in header), "")
    if "pmcid" not in header or not wanted:
        raise ConfigError(f"release.pin: {path} lacks the column PMCID, or both Split and ID", _ADVICE)
    places = header.index("pmcid"), header.index(wanted)
    for number, row in enumerate(rows, start=2):
        cells = [row[place].strip() if place < len(row) else "" for place in places]
        if not cells[0]:
            continue
        article = _PMCID.fullmatch(cells[0])
        named = _IN_ID.search(cells[1]) if wanted == "id" else None
        split = _SPLITS.get(named.group(1) if named else cells[1].lower())
        if article is None or split is None:
            raise ConfigError(
                f"release.pin: {path}, row {number}: {','.join(cells)!r} is no PMCID with a split", _ADVICE
            )
        yield f"PMC{article.group(2)}", split
