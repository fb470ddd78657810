"""Which column of a foreign table is the id, the PMCID, the file name, the label, the caption."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

from rocov2.errors import UsageError

_USUAL = {
    "pmcid": ("pmcid", "pmcversion", "pmcaccession", "articleid", "pmcfile", "pmc"),
    "file": (
        *("sourcekey", "filename", "imagefile", "imagefilename", "imagename", "graphic", "href"),
        *("pmcfile", "file", "image"),
    ),
    "label": ("figurelabel", "figlabel", "label", "figure", "fig", "figurenumber"),
    "caption": ("caption", "captions", "captiontext", "figurecaption"),
    "id": ("id", "imageid", "rocoid", "sampleid", "uid"),
}
"""Names that tables use, letters and digits only; the first that a table has is taken."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns; empty where the table has none."""

    pmcid: str = ""
    file: str = ""
    label: str = ""
    caption: str = ""
    id: str = ""


def choose_columns(header: Sequence[str], said: Columns, where: str) -> Columns:
    """Return the columns to read: those that the user named, else those with a usual name.

    A file or label column that was named keeps the other one from being guessed. UsageError when a named column does
    not exist, or none can be the PMCID.
    """
    plain = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in reversed(header)}
    chosen = {}
    for kind in (column.name for column in fields(Columns)):
        name = getattr(said, kind)
        if name and name not in header:
            raise UsageError(f"{where} has no column {name!r}", f"its columns are: {', '.join(header)}"[:500])
        guessed = next((plain[usual] for usual in _USUAL[kind] if usual in plain), "")
        chosen[kind] = name or ("" if _other_named(kind, said) else guessed)
    if not chosen["pmcid"]:
        seen = ", ".join(header)
        raise UsageError(f"{where} has no column of PMCIDs; it has: {seen}"[:500], "name it with --pmcid-column")
    return Columns(**chosen)


def _other_named(kind: str, said: Columns) -> bool:
    return (kind == "file" and bool(said.label)) or (kind == "label" and bool(said.file))
