"""Turns requests for images into rows of table `images`, or drops: fetched, verified, inspected, kept in the store.

The network is used by as many threads as the source has connections; rows come in the order of the requests, so the
outcome does not depend on which thread was first. A row that waits for an earlier one has its bytes in the store.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rocov2.images.inspect import Looks, Refused, inspect
from rocov2.images.store import Store
from rocov2.net import BadKey, Mismatch, Missing, ObjectError, Source, TooLarge, Unavailable
from rocov2.net.threads import map_as_done
from rocov2.tables import Drop, Image

MISSING = "missing"
TOO_LARGE = "too_large"
TOO_MANY_PIXELS = "too_many_pixels"
NOT_AN_IMAGE = "not_an_image"
TRUNCATED = "truncated_image"
QUARANTINE = "quarantine"
BAD_KEY = "bad_key"
FETCH_FAILED = "fetch_failed"
REASONS = (MISSING, TOO_LARGE, TOO_MANY_PIXELS, NOT_AN_IMAGE, TRUNCATED, QUARANTINE, BAD_KEY, FETCH_FAILED)
TRANSIENT = frozenset({FETCH_FAILED})

_REASON_OF: dict[type[ObjectError], str] = {
    Missing: MISSING,
    TooLarge: TOO_LARGE,
    BadKey: BAD_KEY,
    Mismatch: QUARANTINE,
    Unavailable: FETCH_FAILED,
}

Heal = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """A figure's image: its key in the source and the MD5 that the article JSON states (empty when it states none)."""

    figure_id: str
    source_key: str
    md5: str


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The largest image that is taken, in bytes of file and in pixels."""

    max_bytes: int = 64 << 20
    max_pixels: int = 100_000_000


@dataclass(frozen=True, slots=True)
class _Kept:
    """An object that is in the store, and what it looks like."""

    md5: str
    sha256: str
    size_bytes: int
    looks: Looks


@dataclass(slots=True)
class _Job:
    """A request that is under way, for others of the same bytes too, and what came of it."""

    request: ImageRequest
    kept: _Kept | Refused | None = None

    @property
    def name(self) -> str:
        """Return what the bytes are known by before they are there."""
        return self.request.md5 or self.request.source_key


def fetch_images(
    requests: Iterable[ImageRequest],
    source: Source,
    store: Store,
    limits: ImageLimits,
    heal: Heal | None = None,
) -> Iterator[Image | Drop]:
    """Yield an Image or a Drop for each request, in order; what the store holds is not fetched again.

    `heal(source_key)` is asked once when an object is not the one whose MD5 was stated: it reads the article JSON again
    and returns the MD5 stated now, or None. A drop's reason is one of REASONS. SourceError (the run should stop) and
    IncompleteError (the disk refuses) pass through.
    """
    keeper = _Keeper(source, store, limits, heal)
    under_way: dict[str, _Job] = {}
    waiting: deque[tuple[ImageRequest, _Job]] = deque()

    def jobs() -> Iterator[_Job]:
        for request in requests:
            job = _Job(request)
            known = under_way.setdefault(job.name, job)
            waiting.append((request, known))
            if known is job:
                yield job

    for job in map_as_done(keeper.work, jobs(), source.connections):
        del under_way[job.name]
        while waiting and waiting[0][1].kept is not None:
            yield keeper.finish(*waiting.popleft())


def _row(request: ImageRequest, kept: _Kept | Refused) -> Image | Drop:
    if isinstance(kept, Refused):
        return Drop(request.figure_id, kept.reason, f"{request.source_key}: {kept.detail}")
    looks = kept.looks
    return Image(
        figure_id=request.figure_id,
        article_id=request.figure_id.partition("/")[0],
        source_key=request.source_key,
        md5=kept.md5,
        sha256=kept.sha256,
        width_px=looks.width_px,
        height_px=looks.height_px,
        size_bytes=kept.size_bytes,
        format=looks.format,
        mode=looks.mode,
        frame_count=looks.frame_count,
    )


class _Keeper:
    """Gets objects into the store, each once however many figures ask for it at the same time."""

    def __init__(self, source: Source, store: Store, limits: ImageLimits, heal: Heal | None) -> None:
        self.source = source
        self.store = store
        self.limits = limits
        self.heal = heal

    def work(self, job: _Job) -> _Job:
        """Do a job: afterwards it says what came of it."""
        job.kept = self.keep(job.request)
        return job

    def finish(self, request: ImageRequest, job: _Job) -> Image | Drop:
        """Return the row; where another key of the same bytes could not be had, this request's own is tried."""
        kept = job.kept
        if kept is None or (isinstance(kept, Refused) and job.request.source_key != request.source_key):
            kept = self.keep(request)
        return _row(request, kept)

    def keep(self, request: ImageRequest) -> _Kept | Refused:
        """Have the object in the store, from there or from the source; a Refused says why it cannot be."""
        try:
            return self._stored(request) or self._fetched(request)
        except Refused as refused:
            return refused
        except ObjectError as error:
            return Refused(_REASON_OF[type(error)], error.message.removeprefix(f"{request.source_key}: "))

    def _stored(self, request: ImageRequest) -> _Kept | None:
        md5 = request.md5
        if not md5 or not self.store.has(md5):
            md5 = self.store.recall(request.source_key, md5)
        body = self.store.read(md5) if md5 else None
        return None if body is None else self._look(md5, body)

    def _fetched(self, request: ImageRequest) -> _Kept:
        key, stated, limit = request.source_key, request.md5, self.limits.max_bytes
        try:
            fetched = self.source.get(key, max_bytes=limit, md5=stated)
        except Mismatch:
            healed = self.heal(key) if self.heal else None
            if healed is None or healed == stated:
                raise
            fetched = self.source.get(key, max_bytes=limit, md5=healed)
        if stated:
            self.store.put(fetched.md5, fetched.body)
        kept = self._look(fetched.md5, fetched.body)
        if not stated:
            self.store.put(fetched.md5, fetched.body)
        if kept.md5 != stated:
            self.store.remember(key, stated, kept.md5)
        return kept

    def _look(self, md5: str, body: bytes) -> _Kept:
        looks = inspect(body, self.limits.max_pixels)
        return _Kept(md5, hashlib.sha256(body).hexdigest(), len(body), looks)
