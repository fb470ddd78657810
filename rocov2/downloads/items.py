"""What a list asks for, where it was found, and what came of it: the rows that pass through this room."""

import hashlib
from dataclasses import dataclass, fields

from rocov2.net import BadKey, Mismatch, Missing, ObjectError, TooLarge, Unavailable

FETCHED, THERE, GONE, CHANGED, FAILED = "fetched", "already there", "gone", "changed", "failed"
OUTCOMES = (FETCHED, THERE, GONE, CHANGED, FAILED)
PASSING = frozenset({"unavailable"})
"""Causes that may pass: what failed for one of them is tried again by the next run, the rest only when told to."""


@dataclass(frozen=True, slots=True)
class Item:
    """One image that a list asks for. `name` is its path in the output without extension, unique in the list.

    Known of it is one of: `source_key`, or `pmcid` (with or without version) and a file name, a label or a caption.
    `md5` and `sha256` are what the bytes are held to, empty where nothing is stated; `target` is the whole path where
    the list prescribes one.
    """

    item_id: str
    name: str
    pmcid: str = ""
    file: str = ""
    label: str = ""
    caption: str = ""
    source_key: str = ""
    md5: str = ""
    sha256: str = ""
    target: str = ""

    def digest(self) -> str:
        """Return a short digest of the row: a row that changed is not the one that was fetched."""
        row = (self.item_id, self.pmcid, self.file, self.label, self.caption, self.source_key)
        stated = (self.md5, self.sha256, self.target)
        return hashlib.sha256("\x1f".join((*row, *stated)).encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Located:
    """An item whose object is known: its key, the MD5 that the article JSON states, and how it was recognised."""

    item: Item
    source_key: str
    md5: str = ""
    license_code: str = ""
    matched_by: str = ""
    caption_check: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of the report: `outcome` is one of OUTCOMES, `cause` one word, `file` the path in the output."""

    item_id: str
    outcome: str
    cause: str = ""
    detail: str = ""
    file: str = ""
    source_key: str = ""
    md5: str = ""
    sha256: str = ""
    size_bytes: int = 0
    license_code: str = ""
    matched_by: str = ""
    caption_check: str = ""

    def values(self) -> dict[str, str | int]:
        """Return the row by column; a tenth of the time of dataclasses.asdict."""
        return {name: getattr(self, name) for name in COLUMNS}

    @property
    def is_here(self) -> bool:
        """Say whether the image is in its place."""
        return self.outcome in (FETCHED, THERE)


COLUMNS = tuple(column.name for column in fields(Outcome))

Found = Located | Outcome

CAUSES: dict[type[ObjectError], tuple[str, str]] = {
    Missing: (GONE, "missing"),
    Mismatch: (CHANGED, "mismatch"),
    TooLarge: (CHANGED, "too_large"),
    BadKey: (FAILED, "bad_key"),
    Unavailable: (FAILED, "unavailable"),
}
"""What each error of an object means for an item: outcome and cause."""


def lost(item: Item, error: ObjectError, missing: str = "missing") -> Outcome:
    """Return the outcome of an item whose object, or whose article, cannot be had."""
    word, cause = CAUSES[type(error)]
    return Outcome(
        item.item_id, word, missing if cause == "missing" else cause, error.message, source_key=item.source_key
    )
