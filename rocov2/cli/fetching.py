"""Carries a fetch out: opens the source, locks the output, shows progress, writes the report, says what is left."""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rocov2.cli.network import default_workers, net_settings
from rocov2.cli.options import said_here
from rocov2.config import BuildSettings
from rocov2.downloads.gather import gather
from rocov2.downloads.items import Item, Outcome
from rocov2.downloads.journal import Journal, locked
from rocov2.downloads.keeper import Wishes
from rocov2.downloads.output import Folder, Output
from rocov2.downloads.report import count, require_all, write_report
from rocov2.downloads.shards import PER_SHARD, Shards
from rocov2.downloads.spread import Spread
from rocov2.net import NetSettings, open_source

CONNECTIONS_A_PROCESS = 4


@dataclass(frozen=True, slots=True)
class Work:
    """What to fetch, where to, how to treat the network and whether to speak JSON."""

    items: list[Item]
    out: Path
    wishes: Wishes
    as_json: bool
    source: str
    connections: int
    rate: float | None
    timeout: float
    form: str = "folder"
    per_shard: int = PER_SHARD


def bring(work: Work) -> None:
    """Fetch every item and report; IncompleteError when some images are not there."""
    outcomes: dict[str, Outcome] = {}
    alone = settings_of(work, processes=1)
    opened = open_source(work.source, settings=alone)
    with locked(work.out) as home:
        journal = Journal(home / "state.jsonl")
        output: Output = Folder(work.out)
        if work.form == "webdataset":
            output = Shards(work.out, home, work.items, work.per_shard)
        try:
            found = gather(work.items, opened, output, journal, work.wishes, spread_of(work, alone))
            for outcome in shown(found, len(work.items)):
                outcomes[outcome.item_id] = outcome
            output.finish(outcomes)
        finally:
            opened.close()
            journal.close()
            listed = [outcomes[item.item_id] for item in work.items if item.item_id in outcomes]
            write_report(work.out, listed)
        here = {outcome.item_id for outcome in listed if outcome.is_here}
        if work.form == "folder" and all(item.sha256 and item.item_id in here for item in work.items):
            shutil.rmtree(home)  # the list itself states what the bytes are: nothing has to be remembered
    print(json.dumps(count(listed)) if work.as_json else said_of(count(listed)))
    require_all(listed, work.out)


def settings_of(work: Work, processes: int) -> NetSettings:
    """Return how each of so many processes may use the source."""
    chosen = BuildSettings(
        source=work.source,
        workers=processes,
        connections=work.connections,
        requests_per_second=work.rate or 0.0,
        contact=said_here("contact", ""),
    )
    return replace(net_settings(chosen), timeout_s=work.timeout)


def spread_of(work: Work, alone: NetSettings) -> Spread | None:
    """Return over how many processes a fetch is spread, if at all: no pace that PMC is asked at fills one."""
    processes = min(default_workers(), work.connections // CONNECTIONS_A_PROCESS)
    if alone.requests_per_second or processes < 2 or sys.platform != "linux":
        return None
    return Spread(processes, work.source, settings_of(work, processes))


def shown(found: Iterator[Outcome], total: int) -> Iterator[Outcome]:
    """Pass outcomes on; a terminal is shown how many there are, the rate and the time that is left."""
    if not sys.stderr.isatty():
        return found
    from tqdm import tqdm  # noqa: PLC0415 - slow to import, and of no use to a log

    return iter(tqdm(found, total=total, unit=" images"))


def said_of(counts: dict[str, int]) -> str:
    """Return counts of outcomes as words."""
    return ", ".join(f"{word} {number:,}" for word, number in counts.items())
