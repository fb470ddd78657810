"""Serves a folder as the bucket would: objects by key, ListObjectsV2, ETags, ranges, NoSuchKey; with faults on request.

    python scripts/serve_bucket.py FOLDER [--port 9000] [--fault 503:0.05] [--fault truncate:0.02] [--latency-ms 20]

Prints its URL, then serves until it is interrupted. `BucketServer` is the same server for use inside a test.
"""

import argparse
import asyncio
import hashlib
import re
import socket
import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE = 1000
KINDS = ("status", "truncate", "reset", "error_body", "corrupt", "hang", "redirect", "html")
REASONS = {200: "OK", 206: "Partial Content", 307: "Temporary Redirect", 403: "Forbidden", 404: "Not Found"}
ERROR_XML = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><RequestId>0</RequestId></Error>'
HTML = b"<!DOCTYPE html><html><body>Sign in to the network</body></html>"


@dataclass(frozen=True)
class Fault:
    """What goes wrong: for keys that match `match`, on a `share` of requests, for a key's first `times` requests.

    kind: status (with `status`, `retry_after`), truncate, reset, error_body (an S3 error under 200), html (a page under
    200), corrupt (one byte changed), hang, redirect (to `location`). `times` None means always. The draw depends on the
    key and on how often it was asked for, not on the order of requests.
    """

    kind: str
    match: str = ""
    times: int | None = None
    share: float = 1.0
    status: int = 503
    retry_after: str = ""
    location: str = "http://localhost:9/elsewhere"

    def strikes(self, target: str, count: int) -> bool:
        """Say whether the `count`-th request (from 1) for `target` meets this fault."""
        if (self.times is not None and count > self.times) or not re.search(self.match, target):
            return False
        return zlib.crc32(f"{self.kind} {target} {count}".encode()) / 2**32 < self.share


@dataclass(frozen=True)
class Answer:
    """A response before faults: status, body, and headers."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Objects:
    """The folder, as the bucket's keys."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._etags: dict[tuple[str, int, int], str] = {}

    def answer(self, target: str, byte_range: str) -> Answer:
        """Answer a GET of a path and query."""
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if parts.path == "/":
            return self._listing(query) if query.get("list-type") == "2" else _error(403, "AccessDenied")
        return self._object(unquote(parts.path[1:]), byte_range)

    def _object(self, key: str, byte_range: str) -> Answer:
        path = self.root / key
        if ".." in key.split("/") or key.endswith("/") or not path.is_file():
            return _error(404, "NoSuchKey")
        body = path.read_bytes()
        headers = {
            "ETag": f'"{self._etag(path, body)}"',
            "Content-Type": "binary/octet-stream",
            "Accept-Ranges": "bytes",
        }
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", byte_range)
        if not wanted:
            return Answer(200, body, headers)
        first, last = int(wanted[1]), min(int(wanted[2] or len(body)), len(body) - 1)
        if first > last:
            return _error(416, "InvalidRange")
        headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
        return Answer(206, body[first : last + 1], headers)

    def _etag(self, path: Path, body: bytes) -> str:
        info = path.stat()
        name = (str(path), info.st_mtime_ns, info.st_size)
        if name not in self._etags:
            self._etags[name] = hashlib.md5(body).hexdigest()
        return self._etags[name]

    def _listing(self, query: dict[str, str]) -> Answer:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after, size = query.get("continuation-token", ""), min(int(query.get("max-keys", PAGE)), PAGE)
        entries = [entry for entry in self._entries(prefix, delimiter) if entry > after]
        page, more = entries[:size], len(entries) > size
        rows = "".join(self._row(entry, prefix, delimiter) for entry in page)
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>pmc-oa-opendata</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(page)}</KeyCount>"
            f"<MaxKeys>{size}</MaxKeys><IsTruncated>{str(more).lower()}</IsTruncated>{token}{rows}</ListBucketResult>"
        )
        return Answer(200, body.encode(), {"Content-Type": "application/xml"})

    def _entries(self, prefix: str, delimiter: str) -> list[str]:
        """Keys, or keys and common prefixes, under a prefix, sorted."""
        base = self.root / prefix.rpartition("/")[0]
        if not base.is_dir():
            return []
        if delimiter == "/":
            found = (f"{path.relative_to(self.root).as_posix()}{'/' * path.is_dir()}" for path in base.iterdir())
        else:
            found = (path.relative_to(self.root).as_posix() for path in base.rglob("*") if path.is_file())
        return sorted(key for key in found if key.startswith(prefix))

    def _row(self, entry: str, prefix: str, delimiter: str) -> str:
        if delimiter and delimiter in entry[len(prefix) :]:
            return f"<CommonPrefixes><Prefix>{escape(entry)}</Prefix></CommonPrefixes>"
        body = (self.root / entry).read_bytes()
        etag = self._etag(self.root / entry, body)
        return (
            f"<Contents><Key>{escape(entry)}</Key><LastModified>2026-09-01T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;{etag}&quot;</ETag><Size>{len(body)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        )


class Connection(asyncio.Protocol):
    """One keep-alive connection: requests in, answers out."""

    def __init__(self, server: "BucketServer") -> None:
        self.server = server
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        # room for a whole image, so that it goes out in one piece and the loop need not come back to it
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self.server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Answer each whole request in the buffer."""
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            method, target, _ = lines[0].split(" ", 2)
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
            self._serve(method, target, headers)

    def _serve(self, method: str, target: str, headers: dict[str, str]) -> None:
        server = self.server
        server.agents.add(headers.get("user-agent", ""))
        server.counts[target] = count = server.counts.get(target, 0) + 1
        fault = next((fault for fault in server.faults if fault.strikes(target, count)), None)
        answer = (
            server.objects.answer(target, headers.get("range", ""))
            if method == "GET"
            else _error(405, "MethodNotAllowed")
        )
        answer, cut = _spoil(answer, fault)
        server.log.append((method, target, answer.status))
        if fault and fault.kind == "hang":
            return
        data = _bytes(answer)
        if server.latency_s:
            asyncio.get_running_loop().call_later(server.latency_s, self._send, data, cut)
        else:
            self._send(data, cut)

    def _send(self, data: bytes, cut: str) -> None:
        if cut == "reset":
            self.transport.abort()
            return
        self.transport.write(data[: -len(data) // 3] if cut == "truncate" else data)
        if cut:
            self.transport.close()


class BucketServer:
    """Serves `root` on loopback from a thread of its own; `log` holds (method, path with query, status) as answered."""

    def __init__(self, root: Path, faults: Sequence[Fault] = (), latency_s: float = 0.0, port: int = 0) -> None:
        self.objects = Objects(root)
        self.faults = tuple(faults)
        self.latency_s = latency_s
        self.port = port
        self.log: list[tuple[str, str, int]] = []
        self.counts: dict[str, int] = {}
        self.agents: set[str] = set()
        self.connections: set[Connection] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    @property
    def url(self) -> str:
        """Return the URL to give as a source."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(lambda: Connection(self), "127.0.0.1", self.port, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for connection in list(self.connections):
            connection.transport.abort()


def _spoil(answer: Answer, fault: Fault | None) -> tuple[Answer, str]:
    """Apply a fault: the answer to send, and how the connection ends (empty when it goes on)."""
    if fault is None:
        return answer, ""
    spoilt: dict[str, Callable[[], Answer]] = {
        "status": lambda: replace(_error(fault.status, "SlowDown"), headers=_retry_after(fault)),
        "redirect": lambda: Answer(307, b"", {"Location": fault.location}),
        "error_body": lambda: Answer(200, ERROR_XML.format(code="InternalError").encode()),
        "html": lambda: Answer(200, HTML, {"Content-Type": "text/html"}),
        "corrupt": lambda: replace(answer, body=answer.body[:-1] + bytes([answer.body[-1] ^ 0xFF])),
    }
    cut = fault.kind if fault.kind in ("truncate", "reset") else ""
    return spoilt.get(fault.kind, lambda: answer)(), cut


def _retry_after(fault: Fault) -> dict[str, str]:
    return {"Retry-After": fault.retry_after} if fault.retry_after else {}


def _error(status: int, code: str) -> Answer:
    return Answer(status, ERROR_XML.format(code=code).encode(), {"Content-Type": "application/xml"})


def _bytes(answer: Answer) -> bytes:
    headers = {"Server": "AmazonS3", **answer.headers, "Content-Length": str(len(answer.body))}
    lines = [
        f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Error')}",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body


def parse_fault(text: str) -> Fault:
    """Read `KIND[:SHARE[:REGEX]]`, where KIND is one of KINDS or a status such as 503."""
    kind, _, rest = text.partition(":")
    share, _, match = rest.partition(":")
    known = {"kind": "status", "status": int(kind)} if kind.isdigit() else {"kind": kind}
    if known["kind"] not in KINDS:
        raise argparse.ArgumentTypeError(f"{kind} is none of {', '.join(KINDS)} and no status")
    return Fault(**known, share=float(share or 1), match=match)


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--fault", type=parse_fault, action="append", default=[])
    options = parser.parse_args()
    with BucketServer(options.folder, options.fault, options.latency_ms / 1000, options.port) as server:
        print(server.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"{len(server.log)} requests answered")


if __name__ == "__main__":
    main()
