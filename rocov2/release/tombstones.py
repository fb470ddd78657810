"""Tombstones: the articles that were released once and are no more because of what became of them at the source.

`tombstones.csv` (PMCID, Reason, Date, Detail) tells whoever holds an earlier release what to delete. Reasons:
`retracted`, `licence` (no longer on the allow-list), `gone` (two inventories in succession lack it). The date is that
of the inventory by which it was seen. An article that comes back loses its tombstone; `splits.csv` has its split.
"""

import csv
import re
from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from rocov2.errors import CheckError
from rocov2.release.files import write_csv

TOMBSTONES = "tombstones.csv"
HEADER = ("PMCID", "Reason", "Date", "Detail")
RETRACTED, LICENCE, GONE = REASONS = ("retracted", "licence", "gone")

_PMCID = re.compile(r"PMC[1-9]\d*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Fate:
    """What took an article from the dataset: one of REASONS, and what was seen."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A row of `tombstones.csv`."""

    pmcid: str
    reason: str
    date: str
    detail: str


def bury(
    ever: Collection[str],
    released: Collection[str],
    fates: Mapping[str, Fate | None],
    old: Mapping[str, Tombstone],
    date: str,
) -> list[Tombstone]:
    """Return the tombstones of a release, by the number of the PMCID.

    `ever` names the articles of all releases, `released` those of this one. `fates` has what is known of an article
    now: None says that nothing speaks against it; one that is not in there keeps the tombstone that it has in `old`. A
    tombstone keeps its date while its reason lasts, and a retracted article that then vanishes its first tombstone.
    """
    stones = []
    for pmcid in sorted(set(ever) - set(released), key=lambda p: (len(p), p)):
        before = old.get(pmcid)
        if pmcid not in fates:
            stones += [before] if before else []
            continue
        fate = fates[pmcid]
        if fate is None:
            continue
        if before and fate.reason in (before.reason, GONE):
            stones.append(before)
        else:
            stones.append(Tombstone(pmcid, fate.reason, date, _CONTROL.sub(" ", fate.detail)[:_LONGEST]))
    return stones


def write_tombstones(folder: Path, stones: Collection[Tombstone]) -> None:
    """Write `tombstones.csv`; only its header where nothing has left."""
    write_csv(folder / TOMBSTONES, HEADER, (astuple(stone) for stone in stones))


def read_tombstones(folder: Path) -> dict[str, Tombstone]:
    """The tombstones of the release in `folder`, by PMCID; none where it has no such file. CheckError when damaged."""
    path = folder / TOMBSTONES
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        if tuple(header) != HEADER or not all(_is_row(row) for row in rows):
            raise ValueError("it holds a row that is no tombstone")
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise CheckError(f"{path} is damaged: {error}", "restore the release from a copy, or move it away") from error
    return {row[0]: Tombstone(*row) for row in rows}


def _is_row(row: list[str]) -> bool:
    return len(row) == len(HEADER) and _PMCID.fullmatch(row[0]) is not None and row[1] in REASONS
