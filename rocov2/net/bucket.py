"""A bucket behind HTTP, seen as a source: objects verified by MD5, listings by ListObjectsV2."""

import hashlib
import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from lxml import etree

from rocov2.errors import SourceError
from rocov2.net.http import HttpClient, Passing, Reply
from rocov2.net.source import BadKey, Fetched, Listed, Mismatch, NetSettings, check_key

MAX_LISTING_BYTES = 16 << 20
MAX_PAGES = 100_000
_PLAIN_ETAG = re.compile(r"[0-9a-f]{32}")
_ERROR_BODY = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<Error\b|<!doctype html|<html\b)", re.IGNORECASE)


class BucketSource:
    """`url` answers `/key` with the object and `/?list-type=2` with a listing, as S3 does."""

    def __init__(self, url: str, settings: NetSettings) -> None:
        self.client = HttpClient(url, settings)
        self.connections = settings.connections

    def get(self, key: str, *, max_bytes: int, md5: str = "", sha256: str = "") -> Fetched:
        """GET one object of at most `max_bytes`.

        With `md5` or `sha256` the bytes are those, or Mismatch is raised once the object proves steady and different;
        without them a plain ETag serves as the MD5, and a page that reports an error under HTTP 200 is never taken for
        the object. With `sha256` the MD5 is neither computed nor returned.
        """
        check = Body(md5.lower(), sha256.lower())
        target = "/" + quote(check_key(key), safe="/~")
        reply = self.client.get(target, max_bytes=max_bytes, name=key, check=check)
        return Fetched(reply.body, reply.etag, "" if sha256 else check.digests[-1])

    def list(self, prefix: str) -> Iterator[Listed]:
        """Yield every object under `prefix`, page by page (1,000 each)."""
        for page in self._pages(prefix, delimiter=""):
            for entry in page.iterfind("{*}Contents"):
                key = _under(_text(entry, "Key"), prefix)
                size = _text(entry, "Size")
                if not (size.isascii() and size.isdigit()):
                    raise SourceError(f"the listing of {prefix} gives {key} a size of {size!r}", "report this")
                yield Listed(key, int(size), _text(entry, "ETag").strip('"'), _text(entry, "LastModified"))

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the prefixes one '/' below `prefix`, each ending in '/'."""
        for page in self._pages(prefix, delimiter="/"):
            for entry in page.iterfind("{*}CommonPrefixes"):
                yield _under(_text(entry, "Prefix"), prefix)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _pages(self, prefix: str, delimiter: str) -> Iterator[etree._Element]:
        query = {"list-type": "2", "prefix": prefix} | ({"delimiter": delimiter} if delimiter else {})
        seen = set()
        while True:
            target = "/?" + urlencode(query, quote_via=quote)
            page = _listing(self.client.get(target, max_bytes=MAX_LISTING_BYTES, name=f"listing of {prefix!r}"))
            yield page
            token = _text(page, "NextContinuationToken")
            if _text(page, "IsTruncated") != "true":
                return
            if not token or token in seen:
                raise SourceError(f"the listing of {prefix} does not go on after a page", "the bucket misbehaves")
            seen.add(token)
            query["continuation-token"] = token


class Body:
    """Judges the bodies that come for one key: right, changed at the source, or damaged on the way."""

    def __init__(self, md5: str, sha256: str = "") -> None:
        self.stated = sha256 or md5
        self._name, self._digest = ("SHA-256", _sha256) if sha256 else ("MD5", _md5)
        self.digests: list[str] = []

    def judge(self, reply: Reply) -> None:
        """Return if the body is right; Mismatch if the ETag proves another object; else Passing."""
        digest = self._digest(reply.body)
        self.digests.append(digest)
        if self.stated and digest == self.stated:
            return
        etag = reply.etag.lower()
        md5 = digest if self._digest is _md5 else _md5(reply.body)
        if _ERROR_BODY.match(reply.body[:512]) and md5 != etag:
            raise Passing("an error page under HTTP 200")
        if self.stated and md5 == etag:
            raise self._mismatch()
        if self.stated or (_PLAIN_ETAG.fullmatch(etag) and md5 != etag and not self._steady()):
            raise Passing(f"{self._name} {digest} instead of {self.stated or etag}")

    def settle(self, reply: Reply) -> None:
        """After the last attempt: Mismatch when every body was the same one and no error page."""
        if self.stated and self._steady() and not _ERROR_BODY.match(reply.body[:512]):
            raise self._mismatch()

    def _steady(self) -> bool:
        return len(self.digests) > 1 and len(set(self.digests)) == 1

    def _mismatch(self) -> Mismatch:
        return Mismatch(f"{self._name} {self.digests[-1]} instead of {self.stated}", "")


def _md5(body: bytes) -> str:
    return hashlib.md5(body).hexdigest()


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _listing(reply: Reply) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        page = etree.fromstring(reply.body, parser)
    except etree.XMLSyntaxError as error:
        raise SourceError(f"the listing is not XML: {error}", "check that the URL is a bucket's") from error
    if etree.QName(page).localname != "ListBucketResult":
        raise SourceError(f"the listing is a <{etree.QName(page).localname}>", "check that the URL is a bucket's")
    return page


def _text(entry: etree._Element, name: str) -> str:
    return entry.findtext(f"{{*}}{name}") or ""


def _under(key: str, prefix: str) -> str:
    if not key.startswith(prefix):
        raise BadKey(f"the listing of {prefix} holds {key[:200]!r}", "the bucket misbehaves")
    return key
