"""The report of a fetch: one CSV row an item, in the order of the list, safe to open in a spreadsheet."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

from rocov2.downloads.items import FETCHED, OUTCOMES, THERE, Outcome
from rocov2.images.store import write_whole

REPORT = "fetch_report.csv"
HEADER = tuple(column.name for column in fields(Outcome))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_report(folder: Path, outcomes: Sequence[Outcome]) -> Path:
    """Write `fetch_report.csv`, whole or not at all; IncompleteError when the disk refuses."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([_cell(value) for value in astuple(outcome)] for outcome in outcomes)
    path = folder / REPORT
    write_whole(str(path), text.getvalue().encode("utf-8", "replace"), 0o644)
    return path


def count(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Return how many items had each outcome, those without any left out."""
    counts = Counter(outcome.outcome for outcome in outcomes)
    return {word: counts[word] for word in OUTCOMES if counts[word]}


def causes(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Return how often each cause kept an image away, the most frequent first."""
    found = Counter(outcome.cause for outcome in outcomes if outcome.outcome not in (FETCHED, THERE))
    return dict(found.most_common())


def _cell(value: object) -> str:
    """Make a value a cell: no control characters, and no formula."""
    text = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text
