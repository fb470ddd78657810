"""Keeps bytes under the name of their MD5: `root/ab/<md5>`, written once, whole, and read-only.

A file that has its final name is complete: it was written beside itself, synced and renamed. Where the article JSON
states no MD5, or one that proved out of date, a small note under `root/keys/` remembers which bytes a key gave, so that
they are not fetched twice.
"""

import hashlib
import itertools
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rocov2.errors import refused

_MD5 = re.compile(r"[0-9a-f]{32}")
_serial = itertools.count()


class Store:
    """A content-addressed folder; several threads and processes may write to it at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._root = str(root)  # strings inside: pathlib would take a tenth of the time of a fetch

    def path(self, md5: str) -> Path:
        """Return where the bytes of that MD5 (32 lower-case hexadecimal digits) are kept; ValueError if it is none."""
        return Path(self._place(md5))

    def has(self, md5: str) -> bool:
        """Say whether the bytes are here."""
        return os.path.exists(self._place(md5))  # noqa: PTH110

    def put(self, md5: str, body: bytes) -> None:
        """Keep `body` under its MD5, durable on return; IncompleteError when the disk refuses."""
        place = self._place(md5)
        if not os.path.exists(place):  # noqa: PTH110
            write_whole(place, body)

    def read(self, md5: str) -> bytes | None:
        """Return the bytes if they are here and whole; a damaged file is removed and counts as absent."""
        body = _read(self._place(md5))
        if body is None or hashlib.md5(body).hexdigest() == md5:
            return body
        self.path(md5).unlink(missing_ok=True)
        return None

    def remember(self, key: str, stated_md5: str, md5: str) -> None:
        """Note that `key`, for which the source stated `stated_md5` (or nothing), gave the bytes `md5`."""
        write_whole(self._note(key, stated_md5), f"{md5} {stated_md5 or '-'} {key}\n".encode())

    def recall(self, key: str, stated_md5: str) -> str:
        """Return the MD5 noted for `key` and `stated_md5`; empty when nothing is known."""
        note = (_read(self._note(key, stated_md5)) or b"").decode("utf-8", "replace")
        md5, _, rest = note.partition(" ")
        return md5 if rest == f"{stated_md5 or '-'} {key}\n" and _MD5.fullmatch(md5) else ""

    def damaged(self) -> Iterator[Path]:
        """Hash every object again and yield the paths of those that are not what their name says."""
        for path in self.objects():
            with path.open("rb") as file:
                if hashlib.file_digest(file, "md5").hexdigest() != path.name:
                    yield path

    def objects(self) -> Iterator[Path]:
        """Yield the path of every object, in order."""
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                if _MD5.fullmatch(path.name):
                    yield path

    def notes(self) -> Iterator[tuple[Path, str]]:
        """Yield each note with the MD5 that it speaks of; an empty one where it cannot be read."""
        for path in sorted(self.root.glob("keys/[0-9a-f][0-9a-f]/*")):
            if _MD5.fullmatch(path.name):
                md5 = (_read(str(path)) or b"").decode("utf-8", "replace").partition(" ")[0]
                yield path, md5 if _MD5.fullmatch(md5) else ""

    def unfinished(self) -> Iterator[Path]:
        """Yield what killed processes were writing."""
        yield from sorted(self.root.glob("[0-9a-f][0-9a-f]/*.part"))
        yield from sorted(self.root.glob("keys/[0-9a-f][0-9a-f]/*.part"))

    def _place(self, md5: str) -> str:
        if not _MD5.fullmatch(md5):
            raise ValueError(f"{md5!r} is not an MD5")
        return f"{self._root}/{md5[:2]}/{md5}"  # one level: a new folder costs more than the file that goes into it

    def _note(self, key: str, stated_md5: str) -> str:
        name = hashlib.md5(f"{stated_md5} {key}".encode()).hexdigest()
        return f"{self._root}/keys/{name[:2]}/{name}"


def _read(place: str) -> bytes | None:
    if not os.path.exists(place):  # noqa: PTH110 - cheaper than an exception, and absence is the rule here
        return None
    try:
        return Path(place).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise refused(place, error) from error


def write_whole(place: str, body: bytes, mode: int = 0o444, *, synced: bool = True) -> None:
    """Write a file beside its final name, sync it, rename it; IncompleteError when the disk refuses.

    The part's name is this process's and this call's alone: whoever is first, the file is whole. Not `synced`, it is
    whole after a kill, but may not be after a power cut: for what is hashed before it is relied on.
    """
    part = f"{place}.{os.getpid()}-{next(_serial)}.part"
    try:
        try:
            _write_part(part, body, mode, synced)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
            _write_part(part, body, mode, synced)
        os.replace(part, place)  # noqa: PTH105
    except OSError as error:
        with suppress(OSError):
            Path(part).unlink()
        raise refused(place, error) from error


def _write_part(part: str, body: bytes, mode: int, synced: bool) -> None:
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        left = memoryview(body)
        while left:
            left = left[os.write(descriptor, left) :]
        if synced:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
