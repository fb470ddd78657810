"""From items to verified image files: what is there stays, what is known to be gone is not asked for, the rest comes.

A body is kept only when it is the one that the list or the article JSON states, or, where neither states any, the one
that the server's checksum states and an image; an error text is never kept, whatever its status was.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rocov2.downloads.items import CHANGED, FETCHED, PASSING, THERE, Found, Item, Located, Outcome, lost
from rocov2.downloads.journal import Journal
from rocov2.downloads.output import Output
from rocov2.net import BadKey, Fetched, Mismatch, ObjectError, Source, check_key
from rocov2.net.threads import map_as_done

EXTENSIONS = {"jpeg": "jpg", "tiff": "tif"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to gather: the largest file and picture, whether to compare captions, and to ask again what was refused."""

    max_bytes: int = 64 << 20
    max_pixels: int = 100_000_000
    check_captions: bool = False
    again: bool = False


def gather(
    items: Iterable[Item], source: Source, output: Output, journal: Journal, wishes: Wishes
) -> Iterator[Outcome]:
    """Yield an outcome for each item, as it comes, after its image has its place.

    Raises SourceError when the source refuses or fails too often, IncompleteError when the disk refuses.
    """
    wanted: dict[str, Item] = {}
    for item in items:
        outcome = standing(item, output, journal, wishes)
        if outcome:
            yield outcome
        else:
            wanted[item.item_id] = item
    keeper = Keeper(source, output, wishes)
    found = _find(wanted.values(), source, wishes)
    for outcome in map_as_done(keeper.keep, found, source.connections):
        item = wanted[outcome.item_id]
        if not (item.sha256 and outcome.is_here) or journal.recall(item):  # what a digest proves need not be remembered
            journal.note(item, outcome)
        yield outcome


def _find(items: Iterable[Item], source: Source, wishes: Wishes) -> Iterator[Found]:
    """Yield for each item its object, or why there is none; those that name a key at once."""
    nameless: list[Item] = []
    for item in items:
        if item.source_key:
            yield Located(item, item.source_key, item.md5, matched_by="key")
        else:
            nameless.append(item)
    if nameless:
        from rocov2.downloads.locate import locate  # noqa: PLC0415 - reads articles, which most lists need not

        yield from locate(nameless, source, wishes.check_captions)


def standing(item: Item, output: Output, journal: Journal, wishes: Wishes) -> Outcome | None:
    """Return the outcome of an item that needs no request: it is there, or was refused for good; else None."""
    known = journal.recall(item)
    file, sha256 = (item.target, item.sha256) if item.sha256 else (known.file, known.sha256) if known else ("", "")
    if sha256 and _is_path(file) and (size := output.size(file, sha256)):
        if known is None or not known.is_here:
            key, how = item.source_key, "key" if item.source_key else ""
            known = Outcome(item.item_id, THERE, "", "", file, key, item.md5, sha256, size, matched_by=how)
        return replace(known, outcome=THERE)
    if known is None or known.is_here or known.cause in PASSING or wishes.again:
        return None
    return known


class Keeper:
    """Fetches one object at a time and puts it into the output; used by many threads."""

    def __init__(self, source: Source, output: Output, wishes: Wishes) -> None:
        self.source = source
        self.output = output
        self.wishes = wishes

    def keep(self, found: Found) -> Outcome:
        """Return the outcome of an item after its image has its place."""
        if isinstance(found, Outcome):
            return found
        item = found.item
        try:
            fetched = self._get(found)
            outcome = self._judge(item, fetched)
        except ObjectError as error:
            outcome = lost(item, error)
        else:
            if outcome.is_here:
                self.output.put(outcome.file, fetched.body)
        return replace(
            outcome,
            source_key=found.source_key,
            license_code=found.license_code,
            matched_by=found.matched_by,
            caption_check=found.caption_check,
        )

    def _get(self, found: Located) -> Fetched:
        """Get the object; when it is not the one that the JSON stated, the JSON is read once more."""
        key, limit = found.source_key, self.wishes.max_bytes
        if found.item.sha256:
            return self.source.get(key, max_bytes=limit, sha256=found.item.sha256)
        try:
            return self.source.get(key, max_bytes=limit, md5=found.md5)
        except Mismatch:
            from rocov2.downloads.articles import stated_now  # noqa: PLC0415 - rarely needed, slow to import

            now = "" if found.item.md5 else stated_now(self.source, key)
            if now in ("", found.md5):
                raise
            return self.source.get(key, max_bytes=limit, md5=now)

    def _judge(self, item: Item, fetched: Fetched) -> Outcome:
        """Return what becomes of the bytes, and where; what equals a stated SHA-256 needs no other look."""
        file, sha256 = item.target, item.sha256
        if not sha256:
            from rocov2.images.inspect import Refused, inspect  # noqa: PLC0415 - Pillow is slow to import

            try:
                looks = inspect(fetched.body, self.wishes.max_pixels)
            except Refused as refused:
                return Outcome(item.item_id, CHANGED, refused.reason, refused.detail)
            file = file or f"{item.name}.{EXTENSIONS.get(looks.format, looks.format)}"
            sha256 = hashlib.sha256(fetched.body).hexdigest()
        file, md5, size = check_key(file), fetched.md5 or item.md5, len(fetched.body)
        return Outcome(item.item_id, FETCHED, file=file, md5=md5, sha256=sha256, size_bytes=size)


def _is_path(file: str) -> bool:
    try:
        return bool(file) and check_key(file) == file
    except BadKey:
        return False
