"""crawl: the selection to articles. Reads each article's JSON, gates it, and keeps its verified XML in the store.

The XML is fetched here, and its front matter read, so that `articles` is whole (licence URL, journal, date, authors)
before a figure is looked at; `extract` then needs no network.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rocov2.engine.parallel import map_in_order
from rocov2.engine.stage import Stage
from rocov2.jats.front import Front, read_front
from rocov2.jats.licenses import license_code_of, stricter
from rocov2.jats.source import BadArticle
from rocov2.net import BadKey, Mismatch, Missing, ObjectError, TooLarge
from rocov2.pmc.article import ArticleRecord, BadRecord, gate, read_article_json
from rocov2.stages.places import Places, body_of, place, source_at, store_at
from rocov2.tables import Article, Drop, Selected

MISSING, TOO_LARGE, QUARANTINE, BAD_KEY, FETCH_FAILED = "missing", "too_large", "quarantine", "bad_key", "fetch_failed"
RETRACTED, LICENCE = "retracted", "licence"
MD5 = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class CrawlParams:
    """`licences` are the preset's; the caps are in bytes."""

    licences: tuple[str, ...] = ("CC0", "CC BY", "CC BY-SA")
    max_json_bytes: int = 4 << 20
    max_xml_bytes: int = 100 << 20
    places: Places = place()


def run(params: CrawlParams, selection: Iterator[Selected]) -> Iterator[Article | Drop]:
    """Yield one article, or the reason why there is none, for each selected one, in order."""
    threads = source_at(params.places).connections
    for found in map_in_order(lambda selected: crawl_article(params, selected), selection, threads):
        yield from found


def crawl_article(params: CrawlParams, selected: Selected) -> list[Article | Drop]:
    """Return the article, or drops: of the versions whose JSON cannot be used, or of the article as a whole."""
    records: list[ArticleRecord] = []
    drops: list[Article | Drop] = []
    for key, etag in zip(selected.metadata_keys, selected.etags, strict=True):
        try:
            records.append(record_of(params, key, etag))
        except BadRecord as error:
            drops.append(Drop(article_id_of(key), error.reason, error.detail))
        except ObjectError as error:
            drops.append(failed(article_id_of(key), error))
    if not records:
        return drops
    if any(isinstance(drop, Drop) and drop.reason == FETCH_FAILED for drop in drops):
        return drops  # the version that could not be read may be the one to use
    chosen = gate(records, params.licences)
    if isinstance(chosen, Drop):
        return [*drops, chosen]
    etags = dict(zip(selected.metadata_keys, selected.etags, strict=True))
    return [*drops, article_of(params, chosen, etags[chosen.metadata_key])]


def article_id_of(metadata_key: str) -> str:
    """Return `PMC1.1` of `metadata/PMC1.1.json`."""
    return metadata_key.removeprefix("metadata/").removesuffix(".json")


def record_of(params: CrawlParams, key: str, etag: str) -> ArticleRecord:
    """Return what the article JSON says; it is kept under its ETag, which is its MD5, and not fetched twice.

    The object may be newer than the inventory: then it is taken as it is. Raises BadRecord and ObjectError.
    """
    store, source = store_at(params.places), source_at(params.places)
    body = store.read(etag) if MD5.fullmatch(etag) else None
    if body is None:
        fetched = source.get(key, max_bytes=params.max_json_bytes)
        body = fetched.body
        store.put(fetched.md5, body)
    return read_article_json(body, key)


def failed(article_id: str, error: ObjectError) -> Drop:
    """Return the drop for an object that could not be had."""
    reasons = ((Missing, MISSING), (TooLarge, TOO_LARGE), (Mismatch, QUARANTINE), (BadKey, BAD_KEY))
    reason = next((word for kind, word in reasons if isinstance(error, kind)), FETCH_FAILED)
    return Drop(article_id, reason, error.message)


def article_of(params: CrawlParams, record: ArticleRecord, etag: str, may_heal: bool = True) -> Article | Drop:
    """Return the article with its front matter, or why not. The XML must be the one whose MD5 the JSON states.

    When it is not, the JSON is read once more: the article may have been updated meanwhile.
    """
    try:
        xml = body_of(params.places, record.xml_key, record.xml_md5, params.max_xml_bytes)
        return judged(params, record, etag, read_front(xml, params.max_xml_bytes))
    except BadArticle as error:
        return Drop(record.article_id, error.reason, error.detail)
    except Mismatch as error:
        return healed(params, record, etag, error) if may_heal else failed(record.article_id, error)
    except ObjectError as error:
        return failed(record.article_id, error)


def healed(params: CrawlParams, record: ArticleRecord, etag: str, error: Mismatch) -> Article | Drop:
    """Try once more with the article JSON as it is now; the same MD5 again means quarantine."""
    try:
        body = source_at(params.places).get(record.metadata_key, max_bytes=params.max_json_bytes).body
        again = gate([read_article_json(body, record.metadata_key)], params.licences)
    except BadRecord as bad:
        return Drop(record.article_id, bad.reason, bad.detail)
    except ObjectError as worse:
        return failed(record.article_id, worse)
    if isinstance(again, Drop):
        return again
    if again.xml_md5 == record.xml_md5:
        return failed(record.article_id, error)
    return article_of(params, again, etag, may_heal=False)


def judged(params: CrawlParams, record: ArticleRecord, etag: str, front: Front) -> Article | Drop:
    """Hold the front matter to the gate as well: where JSON and XML disagree, the stricter licence counts."""
    if front.is_retracted_forward:
        return Drop(record.article_id, RETRACTED, "the XML says so")
    stated = license_code_of(front.license_url, front.license_text)
    code = stricter(record.license_code, stated)
    if code not in params.licences:
        return Drop(record.article_id, LICENCE, f"JSON {record.license_code}, XML {stated}")
    return article_row(record, etag, front, str(code))


def article_row(record: ArticleRecord, etag: str, front: Front, code: str) -> Article:
    """Put JSON and front matter together; the XML's title wins over the JSON's."""
    return Article(
        article_id=record.article_id,
        pmcid=record.pmcid,
        version=record.version,
        pmid=record.pmid,
        doi=record.doi or front.doi,
        license_code=code,
        license_url=front.license_url,
        title=front.title or record.title,
        journal=front.journal,
        published_on=front.published_on,
        authors=front.authors,
        citation=record.citation,
        article_type=front.article_type,
        language=front.language,
        is_manuscript=record.is_manuscript,
        metadata_key=record.metadata_key,
        metadata_etag=etag,
        xml_key=record.xml_key,
        xml_md5=record.xml_md5,
        media_keys=tuple(item.key for item in record.media),
        media_md5s=tuple(item.md5 for item in record.media),
    )


def stage(params: CrawlParams) -> Stage:
    """Return the stage `crawl`."""
    return Stage("crawl", 1, (Selected,), Article, run, params, transient=frozenset({FETCH_FAILED}))
