"""One object after the other: fetched, judged, put in its place.

A body is kept only when it is the one that the list or the article JSON states, or, where neither states any, the one
that the server's checksum states and an image; an error text is never kept, whatever its status was.
"""

import hashlib
from dataclasses import dataclass, replace

from rocov2.downloads.items import CHANGED, FETCHED, Found, Item, Located, Outcome, lost
from rocov2.downloads.output import Output
from rocov2.net import Fetched, Mismatch, ObjectError, Source, check_key

EXTENSIONS = {"jpeg": "jpg", "tiff": "tif"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to gather: the largest file and picture, whether to compare captions, and to ask again what was refused."""

    max_bytes: int = 64 << 20
    max_pixels: int = 100_000_000
    check_captions: bool = False
    again: bool = False


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
