"""From the bytes of a submission to its faults: what the organisers' checkers refuse, and what costs points in silence.

The rules are those of ImageCLEFmedical Caption 2026's submission checks and of the evaluators before it: UTF-8, the
header `ID,CUIs` or `ID,Caption`, each image of the set once, no CUI twice, at most 100 CUIs an image.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

MAX_CONCEPTS = 100
HEADERS = {"concepts": ["ID", "CUIs"], "captions": ["ID", "Caption"]}
_CUI = re.compile(r"C\d+")
_USUAL_CUI = re.compile(r"C\d{7}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the line it stands in (1-based, 0 for the file as a whole), a word for it, what was seen.

    `is_refused` tells what a checker rejects from what is only unwise.
    """

    line: int
    code: str
    detail: str
    is_refused: bool = True


def check_submission(body: bytes, task: str, ids: Collection[str]) -> list[Fault]:
    """Return the faults of a submission for `task` ('concepts' or 'captions') to the images `ids`, in file order."""
    if body.startswith(b"\xef\xbb\xbf"):
        return [Fault(1, "byte_order_mark", "the file starts with a byte order mark: save it as UTF-8 without one")]
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        return [Fault(line, "not_utf8", f"byte {error.start} is {body[error.start : error.start + 1]!r}")]
    try:
        return list(_faults(text, task, frozenset(ids)))
    except csv.Error as error:
        return [Fault(0, "not_csv", str(error))]


def _faults(text: str, task: str, ids: frozenset[str]) -> Iterator[Fault]:
    rows = _rows(text)
    line, header = next(rows, (1, []))
    if header != HEADERS[task]:
        yield Fault(line, "header", f"expected {','.join(HEADERS[task])}, found {','.join(header)[:80]!r}")
    seen: set[str] = set()
    for line, row in rows:
        if not "".join(row).strip():
            yield Fault(line, "blank_line", "no blank lines are allowed")
        elif len(row) != 2:
            yield Fault(line, "columns", f"{len(row)} columns; a value that holds a comma stands in double quotes")
        else:
            yield from _of_id(line, row[0], ids, seen)
            yield from _of_cuis(line, row[1]) if task == "concepts" else _of_caption(line, row[1])
    if missing := sorted(ids - seen):
        yield Fault(0, "missing_ids", f"{len(missing)} images have no row: {', '.join(missing[:5])}")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""))
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1


def _of_id(line: int, name: str, ids: frozenset[str], seen: set[str]) -> Iterator[Fault]:
    if name != name.strip():
        yield Fault(line, "white_space", f"around the ID {name!r}")
    if name.strip() in seen:
        yield Fault(line, "duplicate_id", name)
    elif name.strip() not in ids:
        hint = ": IDs carry no file ending" if name.strip().rpartition(".")[0] in ids else ""
        yield Fault(line, "unknown_id", f"{name[:80]!r} is no image of the set{hint}")
    seen.add(name.strip())


def _of_cuis(line: int, cell: str) -> Iterator[Fault]:
    if not cell.strip():
        yield Fault(line, "no_concepts", "an empty list: the evaluators take it, the check of 2026 does not", False)
        return
    if cell != cell.strip():
        yield Fault(line, "white_space", f"around the CUIs {cell[:80]!r}")
    cuis = [cui.strip() for cui in cell.split(";")]
    if "" in cuis:
        yield Fault(line, "empty_cui", "a ';' at an end, or two in a row")
    if strange := [cui for cui in cuis if cui and not _CUI.fullmatch(cui)]:
        yield Fault(line, "malformed_cui", f"{strange[0][:80]!r}; CUIs are joined by ';'")
    elif unusual := [cui for cui in cuis if cui and not _USUAL_CUI.fullmatch(cui)]:
        yield Fault(line, "unusual_cui", f"{unusual[0][:40]!r} has not seven digits", False)
    if repeated := sorted(cui for cui, count in Counter(cuis).items() if cui and count > 1):
        yield Fault(line, "duplicate_cui", ";".join(repeated[:10]))
    if len(cuis) > MAX_CONCEPTS:
        yield Fault(line, "too_many_concepts", f"{len(cuis)} CUIs, more than {MAX_CONCEPTS}")


def _of_caption(line: int, cell: str) -> Iterator[Fault]:
    if not cell.strip():
        yield Fault(line, "empty_caption", "nothing to score", False)
    elif cell != cell.strip():
        yield Fault(line, "white_space", "around the caption")
    if "\n" in cell or "\r" in cell:
        yield Fault(line, "line_break", "inside a caption: the check of 2026 reads line by line")
