"""Articles that an inventory no longer lists: kept while that was so once, gone when the next inventory lacks them too.

`selection/_absent.json` has the last inventory taken and, of each article that counted and is not listed, the inventory
that lacked it first. It is written before the plan's commit and says the same when the plan is made again, so
that a plan that was killed between the two is made again to the same end.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rocov2.engine.checkpoint import sync
from rocov2.engine.listing import IntArray, Listing
from rocov2.engine.live import live_numbers
from rocov2.errors import ConfigError, SourceError


@dataclass(frozen=True)
class Absence:
    """The inventory that was taken and since which one each absent article (by PMCID number) is absent.

    Of the articles that counted until now, `kept` are absent for the first time, and `left` for the second.
    """

    stamp: str
    since: dict[int, str]
    kept: tuple[int, ...] = ()
    left: tuple[int, ...] = ()

    def gone(self) -> dict[str, str]:
        """PMCIDs of the articles that two inventories in succession did not list, with the first that did not."""
        return {f"PMC{number}": stamp for number, stamp in sorted(self.since.items()) if stamp != self.stamp}


def absence_path(work: Path) -> Path:
    """Return the file that says which articles are absent since when."""
    return work / "selection" / "_absent.json"


def absent_now(work: Path, listing: Listing, wanted: IntArray | None, limit: int | None) -> Absence:
    """Return what is absent by this inventory, from what the work folder knows.

    An article is absent when the listing lacks it and would have it: it is among the `wanted` (None: all are), and no
    `limit` cut the listing below it. SourceError for an inventory older than the one taken last.
    """
    last = read_absence(work)
    if listing.stamp < last.stamp:
        raise SourceError(
            f"the newest inventory is {listing.stamp}, and {last.stamp} has been taken already",
            "wait for the next inventory, or give another --work for another source",
        )
    counted = [number for some in live_numbers(work) for number in _absent(some, listing, wanted, limit)]
    noted = _absent(np.array(list(last.since), np.int64), listing, wanted, limit)
    since = {**dict.fromkeys(counted, listing.stamp), **{number: last.since[number] for number in noted}}
    kept = tuple(number for number in counted if since[number] == listing.stamp)
    left = tuple(number for number in counted if since[number] != listing.stamp)
    return Absence(listing.stamp, since, kept, left)


def read_absence(work: Path) -> Absence:
    """Return what the last plan noted; an empty stamp before the first. ConfigError when the file is damaged."""
    path = absence_path(work)
    if not path.is_file():
        return Absence("", {})
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
        return Absence(str(noted["stamp"]), {int(number): str(stamp) for number, stamp in noted["since"].items()})
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ConfigError(
            f"{path} is damaged: {error}", "delete it: what is absent now is then kept one day longer"
        ) from error


def write_absence(work: Path, absence: Absence) -> None:
    """Note what is absent, whole or not at all."""
    path = absence_path(work)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name("._absent.part")
    since = {str(number): stamp for number, stamp in sorted(absence.since.items())}
    part.write_text(json.dumps({"stamp": absence.stamp, "since": since}, indent=1) + "\n", encoding="utf-8")
    sync(part)
    part.replace(path)


def _absent(numbers: IntArray, listing: Listing, wanted: IntArray | None, limit: int | None) -> list[int]:
    starts, ends = listing.span(numbers)
    missing = np.sort(numbers[starts == ends])
    if wanted is not None:
        missing = missing[np.isin(missing, wanted)]
    if limit and len(listing.first) >= limit:
        missing = missing[missing < listing.numbers()[-1]]
    found: list[int] = missing.tolist()
    return found
