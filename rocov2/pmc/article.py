"""Turns the JSON of an article version into a typed record, and the versions of an article into the one to use.

The JSON comes from outside: every field is checked, keys must lie under the article's own prefix, hosts are ignored.
"""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from rocov2.errors import SourceError
from rocov2.net import BadKey, check_key
from rocov2.tables import Drop

MAX_JSON_BYTES = 4 << 20

NOT_JSON = "not_json"
BAD_FIELD = "bad_field"
BAD_KEY = "bad_key"
KEY_MISMATCH = "key_mismatch"
OCR = "ocr"
RETRACTED = "retracted"
NOT_OPEN_ACCESS = "not_open_access"
LICENCE = "licence"
NO_XML = "no_xml"
REASONS = (NOT_JSON, BAD_FIELD, BAD_KEY, KEY_MISMATCH, OCR, RETRACTED, NOT_OPEN_ACCESS, LICENCE, NO_XML)

_KEY = re.compile(r"(?:metadata|PMC[0-9]+\.[0-9]+)/PMC([1-9][0-9]{0,11})\.([1-9][0-9]{0,5})\.json")
_URL = re.compile(r"s3://[^/]+/(?P<key>.+?)(?:\?md5=(?P<md5>[0-9a-fA-F]{32})?)?", re.DOTALL)
_YES_NO = {True: True, False: False, "yes": True, "no": False}


class BadRecord(SourceError):  # noqa: N818 - becomes a drop
    """The JSON cannot be used: one of REASONS, and what was seen."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}", "")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.reason, self.detail)


@dataclass(frozen=True, slots=True)
class Media:
    """A file of the article: its key, and its MD5 (32 lower-case hexadecimal digits, empty when none is stated)."""

    key: str
    md5: str


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """What the JSON says of one article version; `refused` are media URLs that were not believed."""

    article_id: str
    pmcid: str
    number: int
    version: int
    pmid: int | None
    doi: str | None
    title: str
    citation: str
    license_code: str
    is_open_access: bool
    is_manuscript: bool
    is_historical_ocr: bool
    is_retracted: bool
    metadata_key: str
    xml_key: str
    xml_md5: str
    media: tuple[Media, ...]
    refused: tuple[str, ...]


def read_article_json(body: bytes, key: str) -> ArticleRecord:
    """Read `metadata/PMC<id>.<v>.json` strictly; raises BadRecord.

    Booleans may also be "yes" or "no", integers may be written as strings. `is_pmc_openaccess` and `is_retracted` must
    be there; the other two flags count as false when absent. A missing licence or XML is left to `gate`.
    """
    match = _KEY.fullmatch(key)
    if not match:
        raise BadRecord(BAD_KEY, f"{key[:200]!r} is no article JSON")
    number, version = int(match[1]), int(match[2])
    article_id = f"PMC{number}.{version}"
    fields = _parse(body)
    stated = (_text(fields, "pmcid"), _number(fields, "version"))
    if stated != (f"PMC{number}", version):
        raise BadRecord(KEY_MISMATCH, f"the JSON of {article_id} says it is {stated[0][:40]}.{stated[1]}")
    xml = _xml(fields, article_id)
    media, refused = _media(fields, article_id)
    return ArticleRecord(
        article_id=article_id,
        pmcid=f"PMC{number}",
        number=number,
        version=version,
        pmid=_number(fields, "pmid"),
        doi=_text(fields, "doi") or None,
        title=_text(fields, "title"),
        citation=_text(fields, "citation"),
        license_code=_text(fields, "license_code"),
        is_open_access=_flag(fields, "is_pmc_openaccess"),
        is_manuscript=_flag(fields, "is_manuscript", absent=False),
        is_historical_ocr=_flag(fields, "is_historical_ocr", absent=False),
        is_retracted=_flag(fields, "is_retracted"),
        metadata_key=key,
        xml_key=xml.key,
        xml_md5=xml.md5,
        media=media,
        refused=refused,
    )


def gate(records: Sequence[ArticleRecord], allowed: Collection[str]) -> ArticleRecord | Drop:
    """Choose the version of one article to use, or say why there is none; `allowed` are licence codes.

    The bucket's own rule: historical OCR is out, a published version is preferred to a manuscript, then the highest
    number; if that one is retracted, closed or under another licence the article is skipped, no older one stands in.
    """
    readable = [record for record in records if not record.is_historical_ocr]
    if not readable:
        newest = max(records, key=lambda record: record.version)
        return Drop(newest.article_id, OCR, "scanned text only")
    best = max(readable, key=lambda record: (not record.is_manuscript, record.version))
    if best.is_retracted:
        return Drop(best.article_id, RETRACTED, best.title)
    if not best.is_open_access:
        return Drop(best.article_id, NOT_OPEN_ACCESS, best.license_code)
    if best.license_code not in allowed:
        return Drop(best.article_id, LICENCE, best.license_code or "none")
    if not best.xml_key:
        return Drop(best.article_id, NO_XML, "")
    return best


def _parse(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRecord(NOT_JSON, str(error)[:200]) from error
    if not isinstance(fields, dict):
        raise BadRecord(NOT_JSON, f"a {type(fields).__name__} instead of an object")
    return fields


def _text(fields: dict[str, Any], name: str) -> str:
    """Return a string with its white space collapsed; empty for null or absent."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRecord(BAD_FIELD, f"{name} is {value!r}"[:200])
    return " ".join(value.encode("utf-8", "replace").decode().split())


def _number(fields: dict[str, Any], name: str) -> int | None:
    value = fields.get(name)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value):
        return int(value)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**12:
        raise BadRecord(BAD_FIELD, f"{name} is {value!r}"[:200])
    return value


def _flag(fields: dict[str, Any], name: str, absent: bool | None = None) -> bool:
    value = fields.get(name)
    if value is None and absent is not None:
        return absent
    if isinstance(value, bool | str) and value in _YES_NO:
        return _YES_NO[value]
    raise BadRecord(BAD_FIELD, f"{name} is {value!r}"[:200])


def _xml(fields: dict[str, Any], article_id: str) -> Media:
    url = _text(fields, "xml_url")
    if not url:
        return Media("", "")
    try:
        return _object(url, article_id)
    except BadKey as error:
        raise BadRecord(BAD_KEY, f"xml_url: {error.message}") from error


def _media(fields: dict[str, Any], article_id: str) -> tuple[tuple[Media, ...], tuple[str, ...]]:
    """Return the media files, each key once, and the URLs that are refused."""
    urls = fields.get("media_urls")
    if urls is None:
        urls = []
    if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
        raise BadRecord(BAD_FIELD, "media_urls is not a list of strings")
    media: dict[str, Media] = {}
    refused = []
    for url in urls:
        try:
            item = _object(url, article_id)
            media.setdefault(item.key, item)
        except BadKey:
            refused.append(ascii(url[:200]))
    return tuple(media.values()), tuple(refused)


def _object(url: str, article_id: str) -> Media:
    """Split `s3://bucket/key?md5=hex`; the bucket is ignored, the key must lie under the article's prefix."""
    match = _URL.fullmatch(url)
    if not match:
        raise BadKey(f"{url[:200]!r} is no s3:// URL", "")
    return Media(check_key(match["key"], f"{article_id}/"), (match["md5"] or "").lower())
