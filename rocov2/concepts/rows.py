"""Lines and rows of files that people keep by hand: UTF-8 and whole, or told by file and line where they are not."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from rocov2.errors import ConfigError


def open_text(path: Path) -> TextIO:
    """Open a UTF-8 text file, gzip-compressed when its name ends in `.gz`; a byte order mark is skipped."""
    try:
        if path.suffix == ".gz":
            return io.TextIOWrapper(gzip.open(path, "rb"), encoding="utf-8-sig", newline="")
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "Check the path and its permissions.") from error


def text_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file, with their ends; ConfigError where it is no UTF-8 or its gzip is damaged."""
    with open_text(path) as stream:
        try:
            yield from stream
        except UnicodeDecodeError as error:
            raise ConfigError(f"{path} is not UTF-8: {error.reason}", "Save it as UTF-8.") from error
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise ConfigError(f"{path} is damaged: {error}", "Get the file again.") from error


def csv_rows(path: Path, delimiter: str = ",") -> Iterator[tuple[str, list[str]]]:
    """Yield "file:line" and cells of each row, the header first, blank lines left out.

    ConfigError for a quote that is never closed or has text behind it: the rows after it would be lost in a cell.
    """
    reader = csv.reader(text_lines(path), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if row:
                yield f"{path}:{reader.line_num}", row
    except csv.Error as error:
        raise ConfigError(f"{path}:{reader.line_num}: {error}", "Close each quote, and double those inside.") from error


def csv_records(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield "file:line" and the stripped cells, by name, of each row of a CSV whose header begins with `columns`.

    A row may be shorter than the header. ConfigError for another header, and for a row with more cells than it: a
    value that holds a comma and stands in no quotes shifts all that follow.
    """
    rows = csv_rows(path)
    where, header = next(rows, (f"{path}:1", []))
    if tuple(header[: len(columns)]) != tuple(columns):
        raise ConfigError(f"{where}: the header is not {','.join(columns)}", "Restore the header line.")
    for where, row in rows:
        require_width(where, row, header)
        yield where, {name: cell.strip() for name, cell in zip(header, row + [""] * len(header), strict=False)}


def require_width(where: str, row: Sequence[str], header: Sequence[str]) -> None:
    """Raise ConfigError for a row with more cells than the header."""
    if len(row) > len(header):
        advice = "Put a value that holds a comma in double quotes."
        raise ConfigError(f"{where}: {len(row)} cells under {len(header)} columns", advice)
