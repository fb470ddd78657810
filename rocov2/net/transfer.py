"""Large files: a GET that goes on where it broke off, straight to disk, held to the size and MD5 that are stated.

The file grows as `<name>.part`; what is there already is hashed and asked for no more (Range, with If-Range where the
server gave an ETag). Only redirects within the host are followed.
"""

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from rocov2.errors import IncompleteError
from rocov2.net.http import CHUNK, SLOWEST_BYTES_PER_S, HttpClient, Passing, passing
from rocov2.net.meter import METER
from rocov2.net.responses import Response
from rocov2.net.source import Mismatch, Unavailable

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5
_ACCEPTED = frozenset({200, 206, 416}) | REDIRECTS
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class Remote:
    """A file of a host: its name for messages, its target (path and query), size in bytes and MD5 (hexadecimal)."""

    name: str
    target: str
    size: int
    md5: str


def download(client: HttpClient, remote: Remote, path: Path, advance: Callable[[int], object]) -> None:
    """Have the file at `path`, whole, verified and synced; `advance` is told the bytes that came.

    Attempts count anew whenever bytes came. Raises Missing, Mismatch (another file than stated, even from a fresh
    start), Unavailable, SourceError, and IncompleteError when the disk refuses.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        _download(client, remote, path, part, advance)
    except OSError as error:
        raise IncompleteError(
            f"{part}: {error.strerror}", "free space or correct the permissions, then run the same command"
        ) from error


def _download(client: HttpClient, remote: Remote, path: Path, part: Path, advance: Callable[[int], object]) -> None:
    part.parent.mkdir(parents=True, exist_ok=True)
    for start in ("as it is", "afresh"):
        _fill(client, remote, part, advance)
        if _md5_of(part) == remote.md5:
            part.replace(path)
            _etag_path(part).unlink(missing_ok=True)
            return
        advance(-part.stat().st_size)
        part.unlink()
        _etag_path(part).unlink(missing_ok=True)
        if start == "afresh":
            raise Mismatch(f"{remote.name}: not the file whose MD5 is {remote.md5}", "try again later")


def _fill(client: HttpClient, remote: Remote, part: Path, advance: Callable[[int], object]) -> None:
    """Append to the part until it has the stated size."""
    if _size(part) > remote.size:
        part.unlink()
    advance(_size(part))
    attempt = 0
    while _size(part) < remote.size or not part.exists():
        before = _size(part)
        try:
            _continue(client, remote, part, advance)
        except Passing as fault:
            attempt = 1 if _size(part) > before else attempt + 1
            if attempt >= client.settings.attempts:
                raise Unavailable(f"{remote.name}: {fault}", "run the same command again; it goes on there") from fault
            METER.add(retries=1)
            time.sleep(client.delay(attempt, fault.wait_s))
        else:
            attempt = 0


def _continue(client: HttpClient, remote: Remote, part: Path, advance: Callable[[int], object]) -> None:
    """One request for what is missing; a server that ignores the range, or has another file, starts the part anew."""
    target, have = remote.target, _size(part)
    etag = _etag_path(part).read_text() if have and _etag_path(part).is_file() else ""
    headers = {"Range": f"bytes={have}-"} if have else {}
    headers |= {"If-Range": etag} if have and etag else {}
    for _ in range(MAX_REDIRECTS + 1):
        with client.answer(target, headers, _ACCEPTED) as response:
            if response.status not in REDIRECTS:
                _take(response, remote, part, advance, client.settings.timeout_s)
                return
            target = _within(client.url, target, response.getheader("Location") or "", remote.name)
    raise Unavailable(f"{remote.name}: more than {MAX_REDIRECTS} redirects", "check the URL")


def _take(response: Response, remote: Remote, part: Path, advance: Callable[[int], object], timeout_s: float) -> None:
    """Append what this answer brings, after it has shown that it belongs to what is there."""
    have = _size(part)
    continued = _RANGE.fullmatch(response.getheader("Content-Range") or "") if response.status == 206 else None
    if response.status == 206 and (continued is None or int(continued[1]) != have):
        raise Passing(f"a range that was not asked for: {response.getheader('Content-Range')}")
    if response.status == 416 or (continued and continued[2] not in ("*", str(remote.size))):
        _restart(part, advance)
        raise Passing("the server has another file than the one that was begun")
    if response.status == 200 and response.length not in (None, remote.size):
        raise Passing(f"a body of {response.length} bytes instead of {remote.size}")
    if response.status == 200 and have:
        _restart(part, advance)
    with part.open("ab") as file:
        etag = response.getheader("ETag") or ""
        _etag_path(part).write_text("" if etag.startswith("W/") else etag)
        try:
            for piece in _pieces(response, remote.size - file.tell(), timeout_s):
                file.write(piece)
                advance(len(piece))
        finally:
            file.flush()
            os.fsync(file.fileno())


def _pieces(response: Response, missing: int, timeout_s: float) -> Iterator[bytes]:
    """Yield a body of `missing` bytes as it comes; Passing when it breaks off or comes too slowly."""
    started, came = time.monotonic(), 0
    while came < missing:
        with passing():
            piece = response.read1(min(CHUNK, missing - came))
        if not piece:
            raise Passing(f"the body broke off {missing - came} bytes before its end")
        came += len(piece)
        METER.add(received=len(piece))
        yield piece
        if time.monotonic() - started > 10 * timeout_s + came / SLOWEST_BYTES_PER_S:
            raise Passing("the body comes too slowly")


def _restart(part: Path, advance: Callable[[int], object]) -> None:
    advance(-_size(part))
    part.unlink()
    _etag_path(part).unlink(missing_ok=True)


def _within(url: str, target: str, location: str, name: str) -> str:
    """Return the target of a redirect that stays on the host; Unavailable for any other."""
    there, here = urlsplit(urljoin(url + target, location)), urlsplit(url)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        raise Unavailable(f"{name}: a redirect to {there.netloc or location!r}, which is not followed", "check the URL")
    return there.path + (f"?{there.query}" if there.query else "")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _etag_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.etag")


def _md5_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
