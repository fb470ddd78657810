"""From a PMCID to the versions of the article that the bucket has, and to a version's figures.

A list says what its author wants, so no licence is asked for here: the report states it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from rocov2.jats.figures import read_figures
from rocov2.jats.graphics import MediaIndex, index_media
from rocov2.net import Mismatch, Missing, ObjectError, Source
from rocov2.pmc.article import MAX_JSON_BYTES, ArticleRecord, BadRecord, read_article_json
from rocov2.tables import Figure

MAX_XML_BYTES = 100 << 20
MAX_VERSIONS = 5  # the newest ones; an article with more is rare, one with hundreds exists
_PMCID = re.compile(r"(?:PMC)?\s*([1-9][0-9]{0,11})(?:\.([1-9][0-9]{0,5}))?", re.IGNORECASE)


@dataclass(frozen=True)
class Version:
    """One version of an article: its JSON's record, its media by name, and its figures once they are asked for."""

    record: ArticleRecord
    source: Source

    @cached_property
    def media(self) -> dict[str, str]:
        """The MD5 that the JSON states (or an empty string) of each media key."""
        return {item.key: item.md5 for item in self.record.media}

    @cached_property
    def index(self) -> MediaIndex:
        """The images by name and stem."""
        return index_media(self.record.article_id, self.media)

    @cached_property
    def figures(self) -> list[Figure]:
        """The figures of the XML; empty when there is none. Raises BadArticle and ObjectError."""
        record = self.record
        if not record.xml_key:
            return []
        xml = self.source.get(record.xml_key, max_bytes=MAX_XML_BYTES, md5=record.xml_md5).body
        rows = read_figures(xml, record.article_id, self.media, check_all=not record.xml_md5)
        return [row for row in rows if isinstance(row, Figure)]


def plain_pmcid(text: str) -> str:
    """Return `PMC1` or `PMC1.2` of what a list has: PMC1, pmc1.2, 1; empty when it is no PMCID."""
    match = _PMCID.fullmatch(text.strip())
    if not match:
        return ""
    return f"PMC{match[1]}" + (f".{match[2]}" if match[2] else "")


def versions_of(source: Source, pmcid: str) -> list[Version]:
    """Return the readable versions of an article, the one to use first: no OCR, no manuscript, the highest number.

    `pmcid` as `plain_pmcid` returns it; with a version it is that one alone. Raises ObjectErrors (Missing when there
    is no such article) and SourceError.
    """
    records = list(_records(source, pmcid))
    if not records:
        raise Missing(f"{pmcid}: no such article", "")
    records.sort(key=lambda record: (not record.is_historical_ocr, not record.is_manuscript, record.version))
    return [Version(record, source) for record in reversed(records)]


def _records(source: Source, pmcid: str) -> Iterator[ArticleRecord]:
    for article_id in [pmcid] if "." in pmcid else _article_ids(source, pmcid):
        key = f"metadata/{article_id}.json"
        try:
            yield read_article_json(source.get(key, max_bytes=MAX_JSON_BYTES).body, key)
        except Missing:
            continue
        except BadRecord as error:
            raise Mismatch(f"{key}: {error.detail}", "") from error


def _article_ids(source: Source, pmcid: str) -> list[str]:
    """Return PMC1.1, PMC1.2 ... as the bucket's folders name them, at most the newest few."""
    found = (folder.rstrip("/") for folder in source.folders(f"{pmcid}."))
    numbers = sorted(int(version) for name in found if (version := name.rpartition(".")[2]).isdigit())
    return [f"{pmcid}.{number}" for number in numbers[-MAX_VERSIONS:]]


def stated_now(source: Source, source_key: str) -> str:
    """Return the MD5 that the article JSON states for a media file now; empty when it states none."""
    article_id = source_key.partition("/")[0]
    try:
        (record,) = _records(source, article_id)
    except (ObjectError, ValueError):
        return ""
    return {item.key: item.md5 for item in record.media}.get(source_key, "")
