"""From a Zenodo record's JSON to the files that it lists: name, size, MD5, and where on the same host each is.

The record is JSON with `files: [{key, size, checksum: "md5:...", links: {self}}]` (or, as InvenioRDM has it, with
`files.entries`). Of a link only the path is used: the host is the one that was asked.
"""

import json
import re
from typing import Any
from urllib.parse import quote, urlsplit

from rocov2.errors import SourceError, UsageError
from rocov2.net import BadKey, HttpClient, Remote, check_key

RECORD_URL = "https://zenodo.org/api/records/10821435"
"""ROCOv2, version 2 (doi 10.5281/zenodo.10821435)."""
MAX_RECORD_BYTES = 8 << 20
MAX_FILE_BYTES = 200 << 30
MAX_FILES = 1000
_MD5 = re.compile(r"(?:md5:)?([0-9a-f]{32})", re.IGNORECASE)


def split_url(url: str) -> tuple[str, str]:
    """Return host and path of a record; the page of a record stands for its JSON. UsageError for no http(s) URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii() or not url.isprintable():
        raise UsageError(f"{url!r} is no URL of a record", f"give one like {RECORD_URL}")
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}", f"/api{path}" if path.startswith("/records/") else path


def read_record(client: HttpClient, path: str) -> list[Remote]:
    """Return the files of a record in the order of their names; SourceError for what is no record."""
    body = client.get(path, max_bytes=MAX_RECORD_BYTES, name=f"record {path}").body
    try:
        files = json.loads(body)["files"]
        entries = list(files["entries"].values()) if isinstance(files, dict) else files
        found = [_remote(path, entry) for entry in entries[:MAX_FILES]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError(
            f"{client.url}{path} is no record with files: {error!r}"[:300], "check --record-url"
        ) from error
    except BadKey as error:
        raise SourceError(f"{client.url}{path}: {error.message}", "do not use this record") from error
    if not found:
        raise SourceError(f"{client.url}{path} lists no file", "check --record-url")
    return sorted(found, key=lambda remote: remote.name)


def _remote(path: str, entry: dict[str, Any]) -> Remote:
    name, size = check_key(entry["key"]), entry["size"]
    md5 = _MD5.fullmatch(entry["checksum"])
    if (
        "/" in name
        or name.startswith(".")
        or md5 is None
        or not isinstance(size, int)
        or not 0 <= size <= MAX_FILE_BYTES
    ):
        raise ValueError(f"the entry of {name!r}: size {size!r}, checksum {entry['checksum']!r}")
    links = entry.get("links") or {}
    link = links.get("content") or links.get("self") or links.get("download") or ""
    parts = urlsplit(link)
    target = parts.path or f"{path}/files/{quote(name)}/content"
    if not target.startswith("/") or not link.isascii() or not link.isprintable() or " " in link:
        raise ValueError(f"the link of {name!r}: {link[:200]!r}")
    return Remote(name, target + (f"?{parts.query}" if parts.query else ""), size, md5[1].lower())
