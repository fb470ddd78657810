"""The contract of a source: objects by key, listings by prefix, and the errors that one object can meet.

A key is what the bucket calls an object, e.g. `PMC10009416.1/fig2.jpg`. Keys come from outside and are hostile
until `check_key` has seen them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from rocov2.errors import ConfigError, SourceError

MAX_KEY_BYTES = 1024  # S3's own limit
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")


@dataclass(frozen=True)
class NetSettings:
    """How a source may be used: connections, pace, patience, and who is asking.

    `requests_per_second` None means 50 for PubMed Central and no limit elsewhere; the pace is a process's own, so a
    caller with N worker processes divides it, and the connections, by N. Times are in seconds.
    """

    connections: int = 16
    requests_per_second: float | None = None
    attempts: int = 5
    timeout_s: float = 30.0
    backoff_s: float = 0.5
    max_wait_s: float = 60.0
    contact: str = ""

    def __post_init__(self) -> None:
        """Refuse settings that cannot be obeyed (ConfigError)."""
        rate = self.requests_per_second
        if self.connections < 1 or self.attempts < 1 or self.timeout_s <= 0 or (rate is not None and rate <= 0):
            raise ConfigError("network settings must be positive", "check connections, attempts, timeout_s and rate")
        if not self.contact.isprintable() or any(char in self.contact for char in "()<>;"):
            raise ConfigError(f"contact {self.contact!r} is not an e-mail address", "give a plain address")


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes of one object: `md5` is of these bytes (empty where they were held to a SHA-256), `etag` is what the
    server said, without quotes."""

    body: bytes
    etag: str
    md5: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of a listing; size in bytes, ETag without quotes, last_modified as the server words it."""

    key: str
    size: int
    etag: str
    last_modified: str


class Source(Protocol):
    """Where objects come from; every method may be called from several threads at once."""

    connections: int

    def get(self, key: str, *, max_bytes: int, md5: str = "", sha256: str = "") -> Fetched:
        """Return the object, its bytes of that `md5` or `sha256` where given; raises ObjectError or SourceError."""

    def list(self, prefix: str) -> Iterator[Listed]:
        """Yield every object whose key starts with `prefix`, in the order of keys."""

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the prefixes one '/' below `prefix`, each ending in '/'."""

    def close(self) -> None:
        """Let the connections go."""


GONE_ADVICE = "check the source or the URL; what was there may have been removed or replaced since"


class ObjectError(SourceError):
    """One object cannot be had; others may be."""


class Missing(ObjectError):  # noqa: N818 - a word of the domain: the object is not there
    """The source has no such object (404)."""


class TooLarge(ObjectError):  # noqa: N818
    """The object is larger than the caller allows."""


class BadKey(ObjectError):  # noqa: N818
    """The key climbs out of its folder or is no key at all."""


class Mismatch(ObjectError):  # noqa: N818
    """The object is whole and steady, and not the one whose MD5 was asked for: it was changed at the source."""


class Unavailable(ObjectError):  # noqa: N818
    """Every attempt failed for a reason that may pass; asking again later may help."""


def check_key(key: str, prefix: str = "") -> str:
    """Return `key` if it is a plain relative key under `prefix`; raise BadKey otherwise.

    Refused: empty segments, '.', '..', backslashes, control characters, lone surrogates, absolute paths, drive
    letters, keys over 1,024 bytes, and whatever does not start with `prefix`.
    """
    segments = key.split("/")
    bad = (
        not key.startswith(prefix)
        or any(segment in ("", ".", "..") for segment in segments)
        or _FORBIDDEN.search(key) is not None
        or segments[0].endswith(":")
        or len(key.encode("utf-8", "replace")) > MAX_KEY_BYTES
    )
    if bad:
        raise BadKey(f"the key {key[:200]!r} is refused", f"keys must be relative and start with {prefix!r}")
    return key
