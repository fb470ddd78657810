"""Turns requests for images into rows of table `images`, or drops: fetched, verified, inspected, kept in the store.

The network is used by as many threads as the source has connections; results come in the order of the requests, so the
outcome does not depend on which thread was first.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from rocov2.images.inspect import Looks, Refused, inspect
from rocov2.images.store import Store
from rocov2.net import BadKey, Mismatch, Missing, ObjectError, Source, TooLarge, Unavailable
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
WINDOW = 16  # requests under way or waiting to be yielded, a connection

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
class _Task:
    """A request and the future of its bytes, which may be fetched by the key of another request."""

    request: ImageRequest
    future: "Future[_Kept | Refused]"
    leader: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """An object that is in the store, and what it looks like."""

    md5: str
    sha256: str
    size_bytes: int
    looks: Looks


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
    pool = ThreadPoolExecutor(source.connections, thread_name_prefix="fetch")
    waiting: deque[_Task] = deque()
    try:
        for request in requests:
            waiting.append(keeper.start(pool, request))
            if len(waiting) >= WINDOW * source.connections:
                yield keeper.finish(waiting.popleft())
        while waiting:
            yield keeper.finish(waiting.popleft())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


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
        self._under_way: dict[str, _Task] = {}

    def start(self, pool: ThreadPoolExecutor, request: ImageRequest) -> "_Task":
        """Begin to keep the object, or join the task that is already at the same bytes."""
        name = request.md5 or request.source_key
        task = self._under_way.get(name)
        if task is not None:
            return _Task(request, task.future, leader=task.request.source_key)
        future = pool.submit(self.keep, request)
        task = self._under_way[name] = _Task(request, future, leader=request.source_key)
        future.add_done_callback(lambda _: self._under_way.pop(name, None))
        return task

    def finish(self, task: "_Task") -> Image | Drop:
        """Wait for the object; where another key of the same bytes could not be had, try this request's own."""
        kept = task.future.result()
        if isinstance(kept, Refused) and task.leader != task.request.source_key:
            kept = self.keep(task.request)
        return _row(task.request, kept)

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
