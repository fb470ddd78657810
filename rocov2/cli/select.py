"""Which articles a build is about: the newest inventory, cut by ids, by a search, or by a number."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rocov2.cli.pipeline import Blueprint
from rocov2.config import licences_of
from rocov2.errors import UsageError
from rocov2.net import open_source
from rocov2.pmc.inventory import ARTICLE_SCHEMA, article_keys, download_shards, newest_manifest, read_inventory
from rocov2.pmc.search import FIRST_DAY, Search, search_pmcids
from rocov2.stages.places import Places
from rocov2.tables import Selected

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Wish:
    """What the command line asks for; all None means everything the inventory lists."""

    ids: Path | None = None
    query: str | None = None
    since: str | None = None
    until: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Chosen:
    """The inventory's stamp, and a row for each article that is wanted and that it lists."""

    stamp: str
    rows: list[Selected]


def choose_articles(plan: Blueprint, wish: Wish) -> Chosen:
    """Read the newest inventory and return the articles of it that are wanted, by PMCID.

    UsageError when nothing is left; SourceError when there is no inventory.
    """
    places: Places = plan.stages[0].params.places
    wanted = wanted_numbers(plan, wish)
    source = open_source(places.source, settings=places.net)
    try:
        manifest = newest_manifest(source)
        paths = download_shards(source, manifest, plan.work / "inventory")
    finally:
        source.close()
    table = cut(article_keys(read_inventory(paths, manifest.columns)), wanted, wish.limit)
    if not table.num_rows:
        raise UsageError(f"none of the wanted articles is in the inventory {manifest.stamp}", "check --ids or --query")
    return Chosen(manifest.stamp, list(grouped(table, manifest.stamp)))


def wanted_numbers(plan: Blueprint, wish: Wish) -> IntArray | None:
    """Return the PMCID numbers of --ids and --query (their intersection when both are given), or None for all."""
    sets = []
    if wish.ids:
        sets.append(read_ids(wish.ids))
    if wish.query is not None:
        days = [parse_day(wish.since, FIRST_DAY), parse_day(wish.until, datetime.now(UTC).date())]
        search = Search(wish.query, licences_of(plan.settings.preset), days[0], days[1])
        sets.append({int(pmcid[3:]) for pmcid in search_pmcids(search, plan.stages[0].params.places.net)})
    if not sets:
        return None
    return np.array(sorted(set.intersection(*sets)), dtype=np.int64)


def read_ids(path: Path) -> set[int]:
    """Read PMCIDs (`PMC123`, `PMC123.2` or `123`), one a line; blank lines and # comments are skipped."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--ids {path}: {error}", "give a text file with one PMCID a line") from error
    numbers = set()
    for line_number, line in enumerate(lines, start=1):
        word = line.partition("#")[0].strip()
        if not word:
            continue
        match = re.fullmatch(r"(?:PMC)?([1-9][0-9]{0,11})(?:\.[0-9]+)?", word, re.IGNORECASE)
        if not match:
            raise UsageError(f"{path}:{line_number}: {word[:60]!r} is not a PMCID", "write PMC and the number")
        numbers.add(int(match[1]))
    return numbers


def parse_day(text: str | None, default: date) -> date:
    """Return a day of the form YYYY-MM-DD."""
    try:
        return date.fromisoformat(text) if text else default
    except ValueError as error:
        raise UsageError(f"{text} is not a day", "write it as YYYY-MM-DD") from error


def cut(batches: Iterable[pa.RecordBatch], wanted: IntArray | None, limit: int | None) -> pa.Table:
    """Return the rows of the wanted articles, at most `limit` articles with the lowest numbers, sorted.

    Batches are cut as they come, so that a small selection from nine million rows needs little memory.
    """
    kept: list[pa.RecordBatch] = []
    pending = 0
    for batch in batches:
        if wanted is not None:
            batch = batch.filter(pa.array(np.isin(batch.column("number").to_numpy(), wanted)))  # noqa: PLW2901
        kept.append(batch)
        pending += batch.num_rows
        if limit and pending > 4 * limit + 100_000:
            kept = lowest(pa.Table.from_batches(kept, ARTICLE_SCHEMA), limit).to_batches()
            pending = sum(some.num_rows for some in kept)
    table = pa.Table.from_batches(kept, ARTICLE_SCHEMA)
    table = lowest(table, limit) if limit else table
    return table.sort_by([("number", "ascending"), ("version", "ascending")])


def lowest(table: pa.Table, limit: int) -> pa.Table:
    """Return the rows of the `limit` lowest PMCIDs."""
    numbers = np.unique(table["number"].to_numpy())
    return table if len(numbers) <= limit else table.filter(pc.less_equal(table["number"], int(numbers[limit - 1])))


def grouped(table: pa.Table, stamp: str) -> Iterator[Selected]:
    """Yield a row an article from rows sorted by number and version."""
    number: int | None = None
    keys: list[str] = []
    etags: list[str] = []
    for batch in table.to_batches():
        for row_number, key, etag in zip(
            *(batch.column(name).to_pylist() for name in ("number", "key", "etag")), strict=True
        ):
            if row_number != number and keys:
                yield Selected(f"PMC{number}", tuple(keys), tuple(etags), stamp)
                keys, etags = [], []
            number = row_number
            keys.append(key)
            etags.append(etag)
    if keys:
        yield Selected(f"PMC{number}", tuple(keys), tuple(etags), stamp)
