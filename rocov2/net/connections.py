"""Keep-alive connections to one host, no more than allowed at a time, through the environment's proxy if there is one.

The standard library opens the connection, with its tunnel and its certificates; requests go straight over its socket,
since requests and urllib3 more than double the processor time of a GET of 96 kB, and pace, retries and redirects are
`HttpClient`'s own business anyway. What the environment says of proxies and certificates is read by requests, so that
it means here what it means elsewhere.
"""

import base64
import http.client
import os
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from queue import LifoQueue
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies

from rocov2.net.responses import Response

BUFFER_BYTES = 1 << 17
_STALE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
_BLANK = re.compile(r"[\x00-\x20\x7f]")
_BREAK = re.compile(r"[\r\n\x00]")


class Link:
    """An open connection and the stream of what comes over it."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        connection.connect()
        self._connection = connection
        self._stream = BufferedReader(connection.sock.makefile("rb", 0), BUFFER_BYTES)

    def ask(self, request: bytes) -> Response:
        """Send a request and return the answer, its body not yet read."""
        self._connection.sock.sendall(request)
        return Response(self._stream)

    def close(self) -> None:
        """Close stream and connection."""
        self._stream.close()
        self._connection.close()


class Connections:
    """At most `count` connections to the host of `url`; a dead one is replaced when it is next needed."""

    def __init__(self, url: str, count: int, timeout_s: float) -> None:
        self._origin = urlsplit(url)
        self._timeout_s = timeout_s
        self._proxy = _proxy(self._origin)
        self._tls = _tls_context() if self._origin.scheme == "https" else None
        self._host = self._origin.netloc.rpartition("@")[2]
        self._idle: LifoQueue[Link | None] = LifoQueue()
        for _ in range(count):
            self._idle.put(None)
        self._count = count

    @contextmanager
    def get(self, target: str, headers: dict[str, str]) -> Iterator[Response]:
        """Send a GET and yield the response; its connection is kept only if the body was read to its end.

        Waits for a free connection. Raises OSError or http.client.HTTPException.
        """
        request = self._request(target, headers)
        link = self._idle.get()
        response = None
        try:
            if link is not None:
                with suppress(*_STALE):  # the server has closed it meanwhile: ask over a new one
                    response = link.ask(request)
            if link is None or response is None:
                if link is not None:
                    link.close()
                link = Link(self._connect())
                response = link.ask(request)
            yield response
        finally:
            if link is not None and (response is None or response.will_close or not response.is_read):
                link.close()
                link = None
            self._idle.put(link)

    def close(self) -> None:
        """Close the idle connections."""
        for _ in range(self._count):
            link = self._idle.get()
            if link is not None:
                link.close()
            self._idle.put(None)

    def _request(self, target: str, headers: dict[str, str]) -> bytes:
        """Return the bytes of a GET; http.client.InvalidURL where a part would end its line."""
        where = self._origin.path + target
        if self._proxy and self._tls is None:
            where = f"http://{self._origin.netloc}{where}"
            headers = headers | _authorization(self._proxy)
        lines = [f"GET {where} HTTP/1.1", f"Host: {self._host}", *(f"{name}: {headers[name]}" for name in headers)]
        if _BLANK.search(where) or any(_BREAK.search(line) for line in lines):
            raise http.client.InvalidURL(f"{where[:200]!r} cannot be asked for")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _connect(self) -> http.client.HTTPConnection:
        at = self._proxy or self._origin
        host = at.hostname or ""
        if self._tls is None:
            return http.client.HTTPConnection(host, at.port or 80, timeout=self._timeout_s)
        port = at.port or (80 if self._proxy else 443)
        connection = http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=self._tls)
        if self._proxy:
            origin = self._origin
            connection.set_tunnel(origin.hostname or "", origin.port or 443, _authorization(self._proxy))
        return connection


def _tls_context() -> ssl.SSLContext:
    import requests  # noqa: PLC0415 - as in `_proxy`

    bundle = (
        os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or requests.utils.DEFAULT_CA_BUNDLE_PATH
    )
    return ssl.create_default_context(cafile=bundle)


def _proxy(origin: SplitResult) -> SplitResult | None:
    """Return the proxy that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY ask for."""
    if not getproxies():
        return None
    import requests  # noqa: PLC0415 - a tenth of a second that a fetch without a proxy does not need

    url = origin.geturl()
    proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    if not proxy:
        return None
    return urlsplit(proxy if "://" in proxy else f"http://{proxy}")


def _authorization(proxy: SplitResult) -> dict[str, str]:
    import requests  # noqa: PLC0415 - as in `_proxy`

    user, password = requests.utils.get_auth_from_url(proxy.geturl())
    if not user:
        return {}
    return {"Proxy-Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
