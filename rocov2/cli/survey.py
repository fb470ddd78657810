"""A sample of articles put through the stages that decide about requests: what each would ask for and keep."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from rocov2.cli.pipeline import Blueprint
from rocov2.engine.listing import Listing
from rocov2.images.store import Store
from rocov2.net import ObjectError, Source
from rocov2.pmc.article import ArticleRecord, BadRecord, gate, read_article_json
from rocov2.stages import crawl, extract, screen
from rocov2.stages.places import Places, source_at, store_at
from rocov2.tables import Article, Candidate, Drop, Figure, Selected

BLOCK_BYTES = 4096
"""What a file takes of the disk is a multiple of this, on most file systems."""


@dataclass(frozen=True)
class Need:
    """What one article needs that the store lacks: requests, the bytes of their bodies, and bytes of the disk."""

    json_requests: int = 0
    json_bytes: int = 0
    xml_requests: int = 0
    xml_bytes: int = 0
    image_requests: int = 0
    image_bytes: int = 0
    requests: int = 0
    bytes: int = 0
    disk_bytes: int = 0


NEEDS = tuple(column.name for column in fields(Need))


@dataclass(frozen=True)
class Surveyed:
    """An article of the sample: its need, why it would be dropped (empty: it is kept), and figures seen and chosen."""

    need: Need
    reason: str
    figures: int
    candidates: int


@dataclass(frozen=True)
class Surveyor:
    """The stages' parameters, reading into a store that is thrown away; `known` is the work folder's own."""

    crawl: crawl.CrawlParams
    extract: extract.ExtractParams
    screen: screen.ScreenParams
    known: Store

    @property
    def source(self) -> Source:
        """The source, opened once."""
        return source_at(self.crawl.places)

    def survey(self, selected: Selected) -> Surveyed:
        """Crawl, extract and screen one article, and list it when images of it would be fetched."""
        rows = crawl.crawl_article(self.crawl, selected)
        articles = [row for row in rows if isinstance(row, Article)]
        figures = [row for row in extract.run(self.extract, iter(articles)) if isinstance(row, Figure)]
        chosen = screen.run(self.screen, iter(figures), iter(articles))
        candidates = [row for row in chosen if isinstance(row, Candidate)]
        drops = [row.reason for row in rows if isinstance(row, Drop)]
        need = self.need(selected, candidates)
        return Surveyed(need, "" if articles else drops[-1], len(figures), len(candidates))

    def need(self, selected: Selected, candidates: Sequence[Candidate]) -> Need:
        """Return what the article asked for, and what its candidates will, as far as the work folder lacks it."""
        read = store_at(self.crawl.places)
        jsons = [etag for etag in selected.etags if not self.has(etag)]
        xml = [md5 for md5 in self.xml_md5s(selected) if read.has(md5) and not self.has(md5)]
        wanted = {c.source_md5 or c.source_key: c.source_key for c in candidates if not self.has(c.source_md5)}
        sizes = [
            [read.path(md5).stat().st_size if crawl.MD5.fullmatch(md5) and read.has(md5) else 0 for md5 in some]
            for some in (jsons, xml)
        ]
        sizes.append(self.image_sizes(list(wanted.values())))
        flat = [size for some in sizes for size in some]
        counts = [value for some in (*sizes, flat) for value in (len(some), sum(some))]
        disk = sum(-(-size // BLOCK_BYTES) * BLOCK_BYTES for size in flat)
        return Need(**dict(zip(NEEDS, [*counts, disk], strict=True)))

    def has(self, md5: str) -> bool:
        """Say whether the work folder has an object already; its name may be no MD5."""
        return crawl.MD5.fullmatch(md5) is not None and self.known.has(md5)

    def xml_md5s(self, selected: Selected) -> list[str]:
        """Return the MD5 of the XML of the version that the gate chose, from the JSON that was read."""
        records: list[ArticleRecord] = []
        for key, etag in zip(selected.metadata_keys, selected.etags, strict=True):
            body = store_at(self.crawl.places).read(etag) if crawl.MD5.fullmatch(etag) else None
            try:
                records += [read_article_json(body, key)] if body else []
            except BadRecord:
                continue
        chosen = gate(records, self.crawl.licences) if records else None
        return [chosen.xml_md5] if isinstance(chosen, ArticleRecord) and chosen.xml_md5 else []

    def image_sizes(self, keys: Sequence[str]) -> list[int]:
        """Return the size of each image, from one listing of the article; 0 for one that is not there."""
        if not keys:
            return []
        try:
            sizes = {item.key: item.size for item in self.source.list(f"{keys[0].partition('/')[0]}/")}
        except ObjectError:
            sizes = {}
        return [sizes.get(key, 0) for key in keys]


def surveyor(plan: Blueprint, folder: Path) -> Surveyor:
    """Return the surveyor of a blueprint; what it reads goes into `folder`."""
    params: dict[str, Any] = {stage.name: stage.params for stage in plan.stages}
    places: Places = replace(params["crawl"].places, store=folder)
    crawling, extracting = (replace(params[name], places=places) for name in ("crawl", "extract"))
    return Surveyor(crawling, extracting, params["screen"], Store(plan.work / "store"))


def json_left(listing: Listing, known: Store) -> int:
    """Return how many article JSONs of a listing a store lacks."""
    if not known.root.is_dir():
        return len(listing.keys)
    return sum(not (crawl.MD5.fullmatch(etag) and known.has(etag)) for etag in listing.etags())


def drawn(listing: Listing, size: int, seed: int) -> list[Selected]:
    """Return a simple random sample of the listed articles, without replacement; all of them when they are fewer."""
    chosen = np.random.default_rng(seed).choice(len(listing.first), min(size, len(listing.first)), replace=False)
    return list(listing.rows(listing.first[np.sort(chosen)]))
