"""Serve pages to a browser on this machine, and to nobody else: GET on 127.0.0.1, for the host's own name only."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from rocov2.errors import ConfigError

ADDRESS = "127.0.0.1"

_LONGEST = 2_000
_ALWAYS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser is sent: bytes of a media type, an HTTP status, more headers."""

    body: bytes
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Answering = Callable[[str, Mapping[str, str]], Answer]
"""From the path (decoded) and the query (of a name that occurs twice the last) to the answer."""


def open_server(answering: Answering, port: int) -> ThreadingHTTPServer:
    """A server bound to the loopback address, to be run with `serve_forever`; port 0 takes any that is free.

    A request is refused that names another host (a page elsewhere whose name leads here), is longer than 2,000
    characters or no GET or HEAD. Raises ConfigError when the port cannot be had.
    """

    class Handler(_Handler):
        answer = staticmethod(answering)

    try:
        return _Server((ADDRESS, port), Handler)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"cannot listen on {ADDRESS}:{port}: {error}", "choose another --port; 0 takes any"
        ) from error


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no error."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    answer: Answering
    server_version = "rocov2"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        """Answer with a body."""
        self._reply(self._answered(), with_body=True)

    def do_HEAD(self) -> None:
        """Answer without one."""
        self._reply(self._answered(), with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what is looked at is nobody's business."""

    def _answered(self) -> Answer:
        port = self.connection.getsockname()[1]
        if self.headers.get("Host") not in (f"{ADDRESS}:{port}", f"localhost:{port}"):
            return Answer(b"this server is for this machine only\n", "text/plain; charset=utf-8", 421)
        if len(self.path) > _LONGEST:
            return Answer(b"too long\n", "text/plain; charset=utf-8", 414)
        try:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, max_num_fields=20))
        except ValueError:
            return Answer(b"cannot be read\n", "text/plain; charset=utf-8", 400)
        return type(self).answer(unquote(parts.path), query)

    def _reply(self, answer: Answer, with_body: bool) -> None:
        self.send_response(answer.status)
        sizes = {"Content-Type": answer.kind, "Content-Length": str(len(answer.body))}
        for name, value in {**_ALWAYS, **sizes, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(answer.body)
