"""Remembers what came of each item, line by line, so that a run that was killed goes on and only failures are retried.

`.fetch/state.jsonl` in the output: one line an outcome, appended as it happens; a later line counts more, a torn last
line counts nothing. An image that has its place and whose SHA-256 the list states needs no line: its bytes prove it.
`.fetch/lock` keeps a second run out.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from rocov2.downloads.items import Item, Outcome
from rocov2.engine.lock import locked as held
from rocov2.engine.lock import open_lock
from rocov2.errors import refused, unwritable

HOME = ".fetch"
_PART = re.compile(r".*\.\d+-\d+\.part")


class Journal:
    """The outcomes of earlier runs into one output, and of this one."""

    def __init__(self, path: Path) -> None:
        self._known = dict(_read(path))
        self._file: IO[str] = path.open("a", encoding="utf-8")

    def recall(self, item: Item) -> Outcome | None:
        """Return what came of the item last time, if it is still the same row."""
        known = self._known.get(item.item_id)
        return known[1] if known and known[0] == item.digest() else None

    def note(self, item: Item, outcome: Outcome) -> None:
        """Append an outcome; IncompleteError when the disk refuses."""
        line = json.dumps({"row": item.digest(), **outcome.values()}, ensure_ascii=True)
        try:
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as error:
            raise refused(self._file.name, error) from error

    def close(self) -> None:
        """Close the file; what could not be written is lost, and fetched again."""
        try:
            self._file.close()
        except OSError as error:
            raise refused(self._file.name, error) from error


@contextmanager
def locked(folder: Path) -> Iterator[Path]:
    """Yield `.fetch` inside the output, ours alone while the block runs, without the parts that a killed run left.

    Raises IncompleteError when another process is at work in it, or the disk refuses; UsageError below a file.
    """
    home = folder / HOME
    try:
        handle = open_lock(home / "lock")
    except OSError as error:
        raise unwritable(home, error) from error
    with held(handle, f"another process is fetching into {folder}"):
        for path in folder.rglob("*.part"):
            if _PART.fullmatch(path.name):
                path.unlink(missing_ok=True)
        yield home


def _read(path: Path) -> Iterator[tuple[str, tuple[str, Outcome]]]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                fields = json.loads(line)
                digest = fields.pop("row")
                yield fields["item_id"], (digest, Outcome(**fields))
            except (ValueError, TypeError, KeyError, AttributeError):
                continue
