"""Captions that people bring in a CSV file, each under a name of its own."""

from collections.abc import Callable
from pathlib import Path

from rocov2.concepts.rows import csv_rows, require_width
from rocov2.errors import ConfigError, UsageError

Columns = Callable[[list[str]], tuple[int, int] | None]
"""From a header to the places of name and caption; None where it is no such header."""


def read_captions(path: Path, columns: Columns, wanted: str, plain: Callable[[str], str] = str) -> dict[str, str]:
    """Return name -> caption of a UTF-8 CSV, plain or gzip, whose header has what is `wanted`; `plain` tidies a name.

    UsageError for another file, and with the line for a row that has no name, one that was there before, or more cells
    than the header: an unquoted comma would cut its caption.
    """
    found: dict[str, str] = {}
    try:
        rows = csv_rows(path)
        where, header = next(rows, (f"{path}:1", []))
        if (places := columns(header)) is None:
            raise UsageError(f"{where}: no {wanted}", "give a UTF-8 CSV with a header line")
        for where, row in rows:
            require_width(where, row, header)
            name, caption = (row[place] if place < len(row) else "" for place in places)
            name = plain(name) if name else ""
            if not name or name in found:
                what = f"{name!r} stands there twice" if name else "there is no name"
                raise UsageError(f"{where}: {what}", "each caption has one row, and a name of its own")
            found[name] = caption
    except ConfigError as error:
        raise UsageError(error.message, error.advice) from error
    return found
