"""Tell a watcher that a run went well: one GET of the URL that it gave; when the beats stop, it raises alarm."""

import http.client
from urllib.parse import urlsplit

from rocov2.errors import UsageError
from rocov2.net.connections import Connections
from rocov2.net.http import user_agent
from rocov2.net.meter import METER

ATTEMPTS = 3
TIMEOUT_S = 10.0
MAX_BYTES = 1 << 16


def require_heartbeat_url(url: str) -> None:
    """Raise UsageError for a URL that is not http(s) with a host, or holds what no request line may hold."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError("the heartbeat's URL is not an http(s) URL", "give one like https://host/path")


def beat(url: str) -> str:
    """GET `url` and return an empty string, or what went wrong, without the path, which may be a secret.

    Any 2xx is well; redirects are not followed; the body is not looked at.
    """
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connections = Connections(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", 1, TIMEOUT_S)
    trouble = ""
    try:
        for _ in range(ATTEMPTS):
            METER.add(requests=1)
            try:
                with connections.get(target, {"User-Agent": user_agent("")}) as response:
                    response.read1(MAX_BYTES)
                    if 200 <= response.status < 300:
                        return ""
                    trouble = f"{parts.hostname} answers HTTP {response.status}"
            except (OSError, http.client.HTTPException) as error:
                trouble = f"{parts.hostname}: {type(error).__name__}"
    finally:
        connections.close()
    return trouble
