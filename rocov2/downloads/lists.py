"""From list files to items: ROCO 2018's dlinks.txt and licences.txt, license_information.csv, any CSV or Parquet.

The kind is told from the content. Of several files with the same ids each adds what the others lack. Everything in a
list is hostile: ids become plain file names, sizes are capped.
"""

import csv
import gzip
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rocov2.downloads.columns import Columns, choose_columns
from rocov2.downloads.items import Item
from rocov2.errors import UsageError

MAX_LIST_BYTES = 2 << 30
FOLDER_LISTS = ("dlinks.txt", "licences.txt")
_DLINK = re.compile(r"(?P<id>[^\t]+)\t[^\t]*?(?P<pmcid>PMC[0-9]+)\.tar\.gz[^\t]*\t(?P<file>[^\t]+)")
_PMC_FILE = re.compile(r"(PMC[0-9]+(?:\.[0-9]+)?)[_/](.+)")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_MAX_NAME = 120

csv.field_size_limit(16 << 20)


def read_lists(paths: Sequence[Path], columns: Columns, captions: Sequence[Path] = ()) -> list[Item]:
    """Read list files, or folders of ROCO 2018, into items in their order, one an id.

    `captions` are files of id and caption. Raises UsageError for what cannot be read or has nothing to look for.
    """
    rows: dict[str, Item] = {}
    for path in _files(paths):
        for item in _items(path, columns):
            rows[item.item_id] = _joined(rows[item.item_id], item) if item.item_id in rows else item
    beside = [inner for path in paths if path.is_dir() for inner in sorted(path.rglob("captions.txt"))]
    for path in (*captions, *beside):
        for item_id, caption in read_captions(path):
            if item_id in rows and not rows[item_id].caption:
                rows[item_id] = replace(rows[item_id], caption=caption)
    if not rows:
        raise UsageError("the lists hold no row", "give a list with rows")
    if not any(item.file or item.label or item.caption or item.source_key for item in rows.values()):
        raise UsageError(
            "the lists name neither files nor labels nor captions",
            "give --captions FILE (id and caption) to find figures by their words, or name a column",
        )
    return list(_named(rows.values()))


def read_captions(path: Path) -> Iterator[tuple[str, str]]:
    """Yield id and caption of a CSV with a header (ID,Caption) or of lines with a tab between them."""
    text = read_text(path)
    first = text.partition("\n")[0]
    if "\t" in first:
        for line in text.splitlines():
            item_id, _, caption = line.partition("\t")
            yield item_id.strip(), " ".join(caption.split())
        return
    for row in csv.reader(io.StringIO(text)):
        if len(row) >= 2:
            yield row[0].strip(), " ".join(row[1].split())


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the list files; of a folder, wherever it has some, dlinks.txt and licences.txt."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(inner for name in FOLDER_LISTS for inner in path.rglob(name))
        if not found:
            raise UsageError(f"{path} holds neither {' nor '.join(FOLDER_LISTS)}", "give the list files themselves")
        yield from found


def _items(path: Path, columns: Columns) -> Iterator[Item]:
    if path.suffix == ".parquet":
        rows = _parquet_rows(path)
        yield from _from_rows(path, rows, columns, list(rows[0]) if rows else [])
        return
    text = read_text(path)
    first = text.partition("\n")[0]
    if _DLINK.match(first):
        yield from _dlinks(path, text)
        return
    reader = csv.DictReader(io.StringIO(text), delimiter=_delimiter(first), restval="")
    try:
        rows = [{str(name): value or "" for name, value in row.items() if isinstance(value, str)} for row in reader]
    except csv.Error as error:
        raise UsageError(f"{path}: {error}", "give a CSV or Parquet file with a header") from error
    yield from _from_rows(path, rows, columns, list(reader.fieldnames or ()))


def _dlinks(path: Path, text: str) -> Iterator[Item]:
    for number, line in enumerate(text.splitlines(), 1):
        match = _DLINK.fullmatch(line.rstrip())
        if match:
            yield Item(match["id"].strip(), "", match["pmcid"], match["file"].strip())
        elif line.strip():
            raise UsageError(f"{path}: line {number} is no line of a dlinks file: {line[:100]!r}", "correct the list")


def _from_rows(path: Path, rows: list[dict[str, str]], said: Columns, header: Sequence[str]) -> Iterator[Item]:
    columns = choose_columns(header, said, str(path))
    for row in rows:
        pmcid, file, label, caption, item_id = (
            row.get(getattr(columns, column.name), "").strip() for column in fields(Columns)
        )
        if match := _PMC_FILE.fullmatch(pmcid):
            pmcid, file = match[1], (file if file and file != match[0] else match[2])
        name = "/".join(filter(None, (pmcid, file or label)))
        yield Item(item_id or name, "", pmcid, file, label, " ".join(caption.split()))


def _parquet_rows(path: Path) -> list[dict[str, str]]:
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise UsageError(f"{path}: {error}"[:300], "give a readable Parquet file") from error
    plain = [name for name in table.column_names if not pa.types.is_nested(table.schema.field(name).type)]
    return [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in table.select(plain).to_pylist()
    ]


def read_plain(path: Path) -> bytes:
    """Return the bytes of a list, plain or gzipped; UsageError above MAX_LIST_BYTES or if it cannot be read."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            body: bytes = file.read(MAX_LIST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise UsageError(f"{path}: {error}"[:300], "give a readable list") from error
    if len(body) > MAX_LIST_BYTES:
        raise UsageError(f"{path} is larger than {MAX_LIST_BYTES >> 30} GiB", "cut the list into parts")
    return body


def read_text(path: Path) -> str:
    """Return the text of a list, without a byte order mark; UsageError where it is not UTF-8."""
    try:
        return read_plain(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8: {error}"[:300], "save it as UTF-8") from error


def _delimiter(line: str) -> str:
    return max(",\t;", key=line.count)


def _joined(one: Item, other: Item) -> Item:
    """Return an item with what either list has of it; the first list counts."""
    names = ("pmcid", "file", "label", "caption")
    return replace(one, **{name: getattr(one, name) or getattr(other, name) for name in names})


def _named(items: Iterable[Item]) -> Iterator[Item]:
    """Give each item its name in the output: its id as plain letters, with ~2 where two ids come to the same."""
    taken: set[str] = set()
    for item in items:
        plain = _UNSAFE.sub("_", item.item_id).strip("_")[:_MAX_NAME] or "item"
        name, number = plain, 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain}~{number}"
        taken.add(name.casefold())
        yield replace(item, name=name)
