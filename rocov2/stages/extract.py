"""extract: articles to figures. Reads the article's XML from the store and takes the figures out of it.

Each figure gets what the abstract and the lists of abbreviations say of those in its caption, for `link`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rocov2.concepts.abbreviations import short_forms
from rocov2.engine.stage import Stage
from rocov2.jats.definitions import definitions_of
from rocov2.jats.figures import read_figures
from rocov2.jats.source import BadArticle
from rocov2.net import ObjectError
from rocov2.stages.places import Places, body_of, place
from rocov2.tables import Article, Drop, Figure

XML_LOST = "xml_lost"


@dataclass(frozen=True)
class ExtractParams:
    """`skip_types`: JATS article types that are notices about other articles, not articles."""

    skip_types: tuple[str, ...] = (
        "retraction",
        "correction",
        "expression-of-concern",
        "addendum",
        "partial-retraction",
    )
    max_xml_bytes: int = 100 << 20
    places: Places = place()


def run(params: ExtractParams, articles: Iterator[Article]) -> Iterator[Figure | Drop]:
    """Yield the figures of each article; an article that cannot be read is one drop."""
    for article in articles:
        if article.article_type in params.skip_types:
            yield Drop(article.article_id, "notice", article.article_type)
            continue
        try:
            yield from figures_of(params, article)
        except BadArticle as error:
            yield Drop(article.article_id, error.reason, error.detail)
        except ObjectError as error:
            yield Drop(article.article_id, XML_LOST, error.message)


def figures_of(params: ExtractParams, article: Article) -> list[Figure | Drop]:
    """Return the figures of one article, all or none; raises BadArticle, and ObjectError when its XML is lost."""
    xml = body_of(params.places, article.xml_key, article.xml_md5, params.max_xml_bytes)
    media = dict(zip(article.media_keys, article.media_md5s, strict=True))
    unverified = not article.xml_md5  # no digest vouches for the bytes: look at all of them
    rows = list(read_figures(xml, article.article_id, media, article.language, params.max_xml_bytes, unverified))
    return with_definitions(rows, xml)


def with_definitions(rows: list[Figure | Drop], xml: bytes) -> list[Figure | Drop]:
    """Return the rows of an article, each figure with what explains the abbreviations of its caption."""
    shorts = {row.figure_id: short_forms(row.caption) for row in rows if isinstance(row, Figure)}
    found = definitions_of(xml, frozenset().union(*shorts.values()))
    if not found:
        return rows
    return [
        replace(row, definitions=tuple(found[short] for short in sorted(shorts[row.figure_id] & found.keys())))
        if isinstance(row, Figure)
        else row
        for row in rows
    ]


def stage(params: ExtractParams) -> Stage:
    """Return the stage `extract`."""
    return Stage("extract", 3, (Article,), Figure, run, params, transient=frozenset({XML_LOST}))
