"""HTTP GET with manners: pooled keep-alive connections, a pace, retries with back-off, caps, no redirects.

`HttpClient` fetches from one host; `rocov2.net.bucket` turns it into a source.
"""

import http.client
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urlsplit

from rocov2 import __version__
from rocov2.errors import SourceError
from rocov2.net.connections import Connections
from rocov2.net.meter import METER, Health, Pace
from rocov2.net.responses import Response
from rocov2.net.source import GONE_ADVICE, Missing, NetSettings, ObjectError, TooLarge, Unavailable

HOMEPAGE = "https://doi.org/10.1038/s41597-024-03496-6"
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
SLOW_DOWN = frozenset({429, 503})
CHUNK = 1 << 18
_OK = frozenset({200})
MAX_ERROR_BYTES = 1 << 16
SLOWEST_BYTES_PER_S = 10_000  # a body that comes slower than this, after ten time-outs' grace, is given up


class Passing(Exception):  # noqa: N818 - never leaves this package
    """A fault that may pass; `wait_s` is the server's own wish."""

    def __init__(self, what: str, wait_s: float = 0.0) -> None:
        super().__init__(what)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Reply:
    """A 200's body and ETag (without quotes)."""

    body: bytes
    etag: str


class Check(Protocol):
    """Judges the bodies of one object over its attempts."""

    def judge(self, reply: Reply) -> None:
        """Raise Passing to have another try, an ObjectError to give up, or return."""

    def settle(self, reply: Reply) -> None:
        """The last attempt did not please `judge`: raise what is known of it, or return for Unavailable."""


class HttpClient:
    """GETs from one host, from any number of threads, over at most `settings.connections` connections."""

    def __init__(self, url: str, settings: NetSettings) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SourceError(f"{url!r} is not an http(s) URL", "give a URL like https://host[:port]")
        self.url = url.rstrip("/")
        self.settings = settings
        self.pace = Pace(settings.requests_per_second)
        self.health = Health()
        self._headers = {"User-Agent": user_agent(settings.contact), "Accept-Encoding": "identity"}
        self._connections = Connections(self.url, settings.connections, settings.timeout_s)

    def get(self, target: str, *, max_bytes: int, name: str = "", check: Check | None = None) -> Reply:
        """GET `target` (path and query, already encoded) below the URL; at most `max_bytes` are read.

        Errors call the target `name`, never by its query, which may hold a personal key. Raises Missing (404),
        TooLarge, Unavailable (attempts used up), and SourceError when the run should stop: 403, another refusal, or too
        many failures.
        """
        try:
            return self._patiently(target, max_bytes, check)
        except ObjectError as error:
            self.health.record(failed=isinstance(error, Unavailable))
            raise type(error)(f"{name or self.url}: {error.message}", error.advice) from error

    def _patiently(self, target: str, max_bytes: int, check: Check | None) -> Reply:
        fault = Passing("")
        for attempt in range(self.settings.attempts):
            self.health.check(self.url)
            if attempt:
                METER.add(retries=1)
                time.sleep(self.delay(attempt, fault.wait_s))
            reply = None
            try:
                reply = self._once(target, max_bytes)
                if check:
                    check.judge(reply)
            except Passing as passing:
                fault = passing
                continue
            self.health.record(failed=False)
            return reply
        if reply and check:
            check.settle(reply)
        raise Unavailable(str(fault), "it may be there later; run the same command again")

    @contextmanager
    def answer(self, target: str, headers: dict[str, str], wanted: frozenset[int]) -> Iterator[Response]:
        """Ask once, at the pace, and yield the response if its status is `wanted`; its body is the caller's to read.

        Raises Passing for what may pass, Missing, Unavailable and SourceError as `get` does.
        """
        self.pace.wait()
        METER.add(requests=1)
        with ExitStack() as stack:
            with passing():
                response = stack.enter_context(self._connections.get(target, self._headers | headers))
                self.pace.answered(slowed=response.status in SLOW_DOWN)
                if response.status not in wanted:
                    response.read1(
                        MAX_ERROR_BYTES
                    )  # so that the connection can go on; more than one piece is not waited for
                    self._refuse(response)
            yield response

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def delay(self, attempt: int, wished_s: float) -> float:
        """Exponential with jitter, never shorter than the server's wish, never longer than the cap."""
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards nothing
        delay: float = self.settings.backoff_s * 2 ** (attempt - 1) * jitter
        return min(self.settings.max_wait_s, max(delay, wished_s))

    def _once(self, target: str, max_bytes: int) -> Reply:
        with self.answer(target, {}, _OK) as response, passing():
            body = _read(response, max_bytes, self.settings.timeout_s)
        METER.add(received=len(body))
        return Reply(body, (response.getheader("ETag") or "").removeprefix("W/").strip('"'))

    def _refuse(self, response: Response) -> None:
        status = response.status
        if status in RETRIED:
            raise Passing(f"HTTP {status}", _seconds(response.getheader("Retry-After") or ""))
        if status == 404:
            raise Missing("no such object", GONE_ADVICE)
        if 300 <= status < 400:
            raise Unavailable(f"a redirect (HTTP {status}), which is never followed", "check the source's URL")
        raise SourceError(
            f"{self.url}: HTTP {status}", "the source refuses this request; check its URL and your access"
        )


@contextmanager
def passing() -> Iterator[None]:
    """Turn what a network can do into Passing."""
    try:
        yield
    except (http.client.HTTPException, OSError) as error:
        raise Passing(f"{type(error).__name__}: {error}"[:200]) from error


def user_agent(contact: str) -> str:
    """Who is asking, as NCBI wishes to know: tool, version, where it is described, an address where there is one."""
    mail = f"; mailto:{contact}" if contact else ""
    return f"rocov2/{__version__} (+{HOMEPAGE}{mail})"


def _read(response: Response, max_bytes: int, timeout_s: float) -> bytes:
    """Read a body of at most `max_bytes`, piece by piece, so that neither its size nor its slowness can hurt."""
    length = response.length
    if length is not None and length > max_bytes:
        raise TooLarge(f"{length} bytes, over the limit of {max_bytes}", "")
    started = time.monotonic()
    pieces, size = [], 0
    while piece := response.read1(CHUNK if length is None else min(CHUNK, length - size)):
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            raise TooLarge(f"over the limit of {max_bytes} bytes", "")
        if time.monotonic() - started > 10 * timeout_s + size / SLOWEST_BYTES_PER_S:
            raise Passing("the body comes too slowly")
    if length is not None and size != length:
        raise Passing(f"the body broke off after {size} of {length} bytes")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _seconds(header: str) -> float:
    """Retry-After in seconds from now, whether it is a number or a date; 0 for anything else."""
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0
