"""Say where two releases differ: files, and in tables the rows."""

import csv
import json
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rocov2.release.files import names_of, sha256_of
from rocov2.release.rows import SPLITS

_SHOWN = 3


def differences(folder: Path, other: Path) -> list[str]:
    """One sentence for each file in which `folder` is not, byte for byte, what `other` is; none when it is."""
    ours, theirs = names_of(folder), names_of(other)
    found = [f"{name}: absent" for name in theirs - ours]
    found += [f"{name}: not part of the release" for name in ours - theirs]
    for name in ours & theirs:
        if sha256_of(folder / name) != sha256_of(other / name):
            found.append(f"{name}: {_where(folder / name, other / name)}")
    return sorted(found)


def _where(one: Path, other: Path) -> str:
    """Where two files differ, in the terms of their kind."""
    if one.parent.name in SPLITS:
        return "other bytes"
    try:
        readers = {".csv": _csv_rows, ".parquet": _parquet_rows, ".json": _json_entries, "": _sums}
        read = readers.get(one.suffix, _lines)
        return _told(read(one), read(other))
    except (OSError, ValueError, csv.Error, pa.ArrowException) as error:
        return f"cannot be read ({error})"


def _told(ours: Mapping[Hashable, Any], theirs: Mapping[Hashable, Any]) -> str:
    more, less = ours.keys() - theirs.keys(), theirs.keys() - ours.keys()
    changed = [name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name]]
    kinds = (("rows differ", changed), ("are absent", less), ("are too many", more))
    told = [f"{len(names):,} {words} ({_some(names)})" for words, names in kinds if names]
    return "; ".join(told) or "the same rows in other bytes"


def _some(names: Any) -> str:
    shown = sorted(map(str, names))
    return ", ".join(shown[:_SHOWN]) + (", ..." if len(shown) > _SHOWN else "")


def _csv_rows(path: Path) -> dict[Hashable, Any]:
    with path.open(encoding="utf-8", newline="") as file:
        return _keyed((row[0] if row else "", row) for row in csv.reader(file))


def _parquet_rows(path: Path) -> dict[Hashable, Any]:
    """Rows by their first column: the sample id, or the key of a drop."""
    rows = pq.read_table(path).to_pylist()
    return _keyed((next(iter(row.values())), row) for row in rows)


def _json_entries(path: Path) -> dict[Hashable, Any]:
    return {"the whole": found} if not isinstance(found := json.loads(path.read_bytes()), dict) else dict(found)


def _sums(path: Path) -> dict[Hashable, Any]:
    """Lines of SHA256SUMS by the file that they are about."""
    return {line.partition("  ")[2]: line for line in path.read_text(encoding="utf-8").splitlines()}


def _lines(path: Path) -> dict[Hashable, Any]:
    text = path.read_bytes().decode("utf-8", "replace")
    return {f"line {number}": line for number, line in enumerate(text.splitlines(), start=1)}


def _keyed(rows: Iterator[tuple[Hashable, Any]]) -> dict[Hashable, Any]:
    """Rows by key; those of one key together."""
    found: dict[Hashable, Any] = {}
    for key, row in rows:
        found.setdefault(key, []).append(row)
    return found
