"""The report of a fetch: one CSV row an item, in the order of the list, safe to open in a spreadsheet."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path

from rocov2.downloads.items import COLUMNS, OUTCOMES, PASSING, Outcome
from rocov2.errors import IncompleteError
from rocov2.images.store import write_whole

REPORT = "fetch_report.csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_report(folder: Path, outcomes: Sequence[Outcome]) -> Path:
    """Write `fetch_report.csv`, whole or not at all; IncompleteError when the disk refuses."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_cell, row) for row in map(attrgetter(*COLUMNS), outcomes))
    path = folder / REPORT
    write_whole(str(path), text.getvalue().encode("utf-8", "replace"), 0o644)
    return path


def count(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Return how many items had each outcome, those without any left out."""
    counts = Counter(outcome.outcome for outcome in outcomes)
    return {word: counts[word] for word in OUTCOMES if counts[word]}


def require_all(outcomes: Sequence[Outcome], folder: Path) -> None:
    """Raise IncompleteError, with the causes, when some of the items are not there."""
    left = [outcome for outcome in outcomes if not outcome.is_here]
    if not left:
        return
    why = ", ".join(f"{cause} {number:,}" for cause, number in Counter(item.cause for item in left).most_common())
    passing = sum(outcome.cause in PASSING for outcome in left)
    again = f"the same command tries {passing:,} again" if passing else "--again asks for them once more"
    raise IncompleteError(f"{len(left):,} of {len(outcomes):,} are not there: {why}", f"see {folder / REPORT}; {again}")


def _cell(value: object) -> str:
    """Make a value a cell: no control characters, and no formula."""
    text = str(value)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
    return f"'{text}" if text.startswith(_FORMULA) else text
