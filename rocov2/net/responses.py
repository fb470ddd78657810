"""One answer of an HTTP/1.1 server, read from the stream of a connection: status, headers, and a body piece by piece.

The standard library's HTTPResponse hands the headers to a parser of e-mails and opens a file an answer: together more
than half of the processor time of a GET of 96 kB. Here is the little of RFC 9112 that a GET needs, and what is not
understood is refused.
"""

import http.client
import re
from io import BufferedIOBase

MAX_LINE_BYTES = 1 << 16
MAX_HEADERS = 100
MAX_INTERIM = 10  # answers like 100 Continue before the one that counts
_STATUS = re.compile(rb"HTTP/1\.([0-9]) ([1-9][0-9][0-9])(?: .*)?\r?\n", re.DOTALL)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?\r?\n", re.DOTALL)
_BODILESS = (204, 304)


class Response:
    """Status, headers and the length that is stated for the body (None where it is not).

    Every method raises OSError or http.client.HTTPException for a stream that breaks off or makes no sense.
    """

    def __init__(self, stream: BufferedIOBase) -> None:
        self._stream = stream
        for _ in range(MAX_INTERIM):
            version, self.status = _read_status(stream)
            self._headers = _read_headers(stream)
            if self.status >= 200:
                break
        else:
            raise http.client.HTTPException("nothing but interim answers")
        coding = self.getheader("Transfer-Encoding")
        if coding is not None and coding.lower() != "chunked":
            raise http.client.UnknownTransferEncoding(coding[:100])
        self._is_chunked = coding is not None
        self.length = None if self._is_chunked else self._stated_length()
        self._left = 0 if self._is_chunked else self.length  # of the body or the chunk; None: to the end of the stream
        self._is_begun = False
        self.is_read = self._left == 0 and not self._is_chunked
        wish = (self.getheader("Connection") or "").lower()
        self.will_close = "close" in wish or (version < 1 and "keep-alive" not in wish)
        """Whether the connection can carry no other request."""

    def getheader(self, name: str) -> str | None:
        """Return a header's value; the first one where it is there several times."""
        return self._headers.get(name.lower())

    def read1(self, limit: int) -> bytes:
        """Return what is there of the body, at most `limit` bytes; nothing at its end, or where the stream ends."""
        if self.is_read or limit <= 0:
            return b""
        if self._is_chunked and not self._left:
            self._left = self._next_chunk()
            if self.is_read:
                return b""
        piece = self._stream.read1(limit if self._left is None else min(limit, self._left))
        if self._left is not None:
            if not piece and self._is_chunked:
                raise http.client.IncompleteRead(b"", self._left)
            self._left -= len(piece)
            self.is_read = not self._is_chunked and self._left == 0
        return piece

    def _next_chunk(self) -> int:
        if self._is_begun and _read_line(self._stream) not in (b"\r\n", b"\n"):
            raise http.client.HTTPException("a chunk is longer than it says")
        self._is_begun = True
        found = _CHUNK.fullmatch(line := _read_line(self._stream))
        if found is None:
            raise http.client.HTTPException(f"no size of a chunk: {line[:100]!r}")
        size = int(found[1], 16)
        if size == 0:
            _read_headers(self._stream)  # trailers, of no use here
            self.is_read = True
        return size

    def _stated_length(self) -> int | None:
        if self.status in _BODILESS:
            return 0
        stated = self.getheader("Content-Length")
        if stated is None:
            return None
        if not (stated.isascii() and stated.isdigit() and len(stated) < 19):
            raise http.client.HTTPException(f"no length: {stated[:100]!r}")
        return int(stated)


def _read_status(stream: BufferedIOBase) -> tuple[int, int]:
    line = _read_line(stream)
    if not line:
        raise http.client.RemoteDisconnected("the connection was closed without an answer")
    found = _STATUS.fullmatch(line)
    if found is None:
        raise http.client.BadStatusLine(repr(line[:100]))
    return int(found[1]), int(found[2])


def _read_headers(stream: BufferedIOBase) -> dict[str, str]:
    """Read to the empty line; the first of several headers of a name counts, but lengths may not differ."""
    headers: dict[str, str] = {}
    for _ in range(MAX_HEADERS + 1):
        line = _read_line(stream)
        if line in (b"\r\n", b"\n"):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name or name != name.strip() or not line.endswith(b"\n"):
            raise http.client.HTTPException(f"no header: {line[:100]!r}")
        known = headers.setdefault(name.lower(), value.strip())
        if name.lower() == "content-length" and known != value.strip():
            raise http.client.HTTPException("two lengths are stated")
    raise http.client.HTTPException(f"more than {MAX_HEADERS} headers")


def _read_line(stream: BufferedIOBase) -> bytes:
    line = stream.readline(MAX_LINE_BYTES + 1)
    if len(line) > MAX_LINE_BYTES:
        raise http.client.LineTooLong("header line")
    return line
