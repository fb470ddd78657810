"""The network, all of it: one client for PubMed Central's bucket, another bucket, a folder and the sample.

open_source("pmc" | "sample" | folder | URL) -> Source    objects by key, listings by prefix
HttpClient                                                polite GETs from any one host (E-utilities)
download(client, remote, path)                            large files, resumed, held to their MD5
beat(URL) -> what went wrong                              one GET that tells a watcher of a success
METER.snapshot()                                          requests, bytes and retries of this process
"""

from dataclasses import replace
from pathlib import Path

from rocov2.errors import SourceError, UsageError
from rocov2.net.bucket import BucketSource
from rocov2.net.folder import FolderSource
from rocov2.net.heartbeat import beat, require_heartbeat_url
from rocov2.net.http import HttpClient, Reply
from rocov2.net.meter import METER, Traffic
from rocov2.net.source import (
    BadKey,
    Fetched,
    Listed,
    Mismatch,
    Missing,
    NetSettings,
    ObjectError,
    Source,
    TooLarge,
    Unavailable,
    check_key,
)
from rocov2.net.transfer import Remote, download

PMC_URL = "https://pmc-oa-opendata.s3.amazonaws.com"
PMC_REQUESTS_PER_SECOND = 50.0

__all__ = [
    "METER",
    "PMC_URL",
    "BadKey",
    "Fetched",
    "HttpClient",
    "Listed",
    "Mismatch",
    "Missing",
    "NetSettings",
    "ObjectError",
    "Remote",
    "Reply",
    "Source",
    "TooLarge",
    "Traffic",
    "Unavailable",
    "beat",
    "check_key",
    "download",
    "folder_of",
    "open_source",
    "require_heartbeat_url",
    "sample_folder",
]


def open_source(where: str, *, settings: NetSettings | None = None) -> Source:
    """Open `pmc`, `sample`, an http(s) URL or a folder; nothing is asked of it yet.

    Raises SourceError for a folder that does not exist, UsageError for an empty name.
    """
    settings = settings or NetSettings()
    if not where:
        raise UsageError("no source is given", "choose --source sample, pmc, a URL or a folder")
    if where == "pmc":
        rate = settings.requests_per_second or PMC_REQUESTS_PER_SECOND
        return BucketSource(PMC_URL, replace(settings, requests_per_second=rate))
    if where.startswith(("http://", "https://")):
        return BucketSource(where, settings)
    return FolderSource(sample_folder() if where == "sample" else Path(where).expanduser(), settings.connections)


def folder_of(where: str) -> Path | None:
    """Return the folder that a source names; None where it is a URL, or one of the words."""
    return None if where in ("pmc", "sample") or "://" in where else Path(where).expanduser()


def sample_folder() -> Path:
    """Return the bundled sample: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_data" / "sample", package.parent / "data" / "sample"):
        if folder.is_dir():
            return folder
    raise SourceError("the bundled sample is missing", "install rocov2 again, or give another --source")
