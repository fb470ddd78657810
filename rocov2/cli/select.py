"""Which articles a build is about: the newest inventory, cut by ids, by a search, or by a number."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from tqdm import tqdm

from rocov2.cli.pipeline import Blueprint
from rocov2.config import licences_of
from rocov2.engine.listing import IntArray, Listing, read_listing
from rocov2.errors import UsageError
from rocov2.net import open_source
from rocov2.pmc.inventory import article_keys, download_shards, newest_manifest, read_inventory
from rocov2.pmc.search import FIRST_DAY, Search, search_pmcids
from rocov2.stages.places import Places


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
    """What the newest inventory lists of the articles that are wanted; `wanted` None means that all are."""

    listing: Listing
    wanted: IntArray | None
    limit: int | None


def choose_articles(plan: Blueprint, wish: Wish) -> Chosen:
    """Read the newest inventory and return the articles of it that are wanted.

    UsageError when nothing is left; SourceError when there is no inventory.
    """
    places: Places = plan.stages[0].params.places
    wanted = wanted_numbers(plan, wish)
    source = open_source(places.source, settings=places.net)
    try:
        manifest = newest_manifest(source)
        size = sum(shard.size for shard in manifest.files)
        with tqdm(total=size, desc="inventory", unit="B", unit_scale=True, disable=None) as bar:
            paths = download_shards(source, manifest, plan.work / "inventory", bar.update)
    finally:
        source.close()
    batches = article_keys(read_inventory(paths, manifest.columns))
    listing = read_listing(batches, manifest.stamp, wanted, wish.limit)
    if not len(listing.keys):
        raise UsageError(f"none of the wanted articles is in the inventory {manifest.stamp}", "check --ids or --query")
    return Chosen(listing, wanted, wish.limit)


def wanted_numbers(plan: Blueprint, wish: Wish) -> IntArray | None:
    """Return the PMCID numbers of --ids and --query (their intersection when both are given), or None for all."""
    if wish.query is None and (wish.since or wish.until):
        raise UsageError("--since and --until are about what a search finds", "give --query as well")
    sets = []
    if wish.ids:
        sets.append(read_ids(wish.ids))
    if wish.query is not None:
        days = [parse_day(wish.since, FIRST_DAY), parse_day(wish.until, datetime.now(UTC).date())]
        if days[0] > days[1]:
            raise UsageError(f"there is no day from {days[0]} to {days[1]}", "correct --since or --until")
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
