"""Keep-alive connections to one host, no more than allowed at a time, through the environment's proxy if there is one.

The standard library's HTTP client is used directly: requests and urllib3 more than double the processor time of a
request for a 96 kB object, and pace, retries and redirects are `HttpClient`'s own business anyway. What the environment
says of proxies and certificates is read by requests, so that it means here what it means elsewhere.
"""

import base64
import http.client
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from queue import LifoQueue
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies

_STALE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)


class Connections:
    """At most `count` connections to the host of `url`; a dead one is replaced when it is next needed."""

    def __init__(self, url: str, count: int, timeout_s: float) -> None:
        self._origin = urlsplit(url)
        self._timeout_s = timeout_s
        self._proxy = _proxy(self._origin)
        self._tls = _tls_context() if self._origin.scheme == "https" else None
        self._idle: LifoQueue[http.client.HTTPConnection | None] = LifoQueue()
        for _ in range(count):
            self._idle.put(None)
        self._count = count

    @contextmanager
    def get(self, target: str, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
        """Send a GET and yield the response; its connection is kept only if the body was read to its end.

        Waits for a free connection. Raises OSError or http.client.HTTPException.
        """
        connection = self._idle.get()
        response = None
        try:
            connection, response = self._send(connection, self._origin.path + target, headers)
            yield response
        finally:
            if response is not None and _is_read(response):
                response.close()
            elif connection is not None:
                connection.close()
            self._idle.put(connection)

    def close(self) -> None:
        """Close the idle connections."""
        for _ in range(self._count):
            connection = self._idle.get()
            if connection is not None:
                connection.close()
            self._idle.put(None)

    def _send(
        self, kept: http.client.HTTPConnection | None, target: str, headers: dict[str, str]
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """Ask over the kept connection; where the server has closed it meanwhile, over a new one."""
        if kept is not None and kept.sock is not None:
            try:
                return kept, self._ask(kept, target, headers)
            except _STALE:
                kept.close()
        fresh = self._connect()
        return fresh, self._ask(fresh, target, headers)

    def _ask(
        self, connection: http.client.HTTPConnection, target: str, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        if self._proxy and self._tls is None:
            target = f"http://{self._origin.netloc}{target}"
            headers = headers | _authorization(self._proxy)
        connection.request("GET", target, headers=headers)
        return connection.getresponse()

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


def _is_read(response: http.client.HTTPResponse) -> bool:
    """Say whether the connection can carry another request."""
    return not response.will_close and (response.isclosed() or response.length == 0)


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
