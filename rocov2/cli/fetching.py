"""Carries a fetch out: opens the source, locks the output, shows progress, writes the report, says what is left."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from rocov2.cli.options import clean_text
from rocov2.cli.pipeline import net_settings
from rocov2.config import BuildSettings
from rocov2.downloads.gather import Wishes, gather
from rocov2.downloads.items import PASSING, Item, Outcome
from rocov2.downloads.journal import Journal, locked
from rocov2.downloads.output import Folder
from rocov2.downloads.report import causes, count, write_report
from rocov2.errors import IncompleteError
from rocov2.net import open_source


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


def bring(work: Work) -> None:
    """Fetch every item and report; IncompleteError when some images are not there."""
    outcomes: dict[str, Outcome] = {}
    chosen = BuildSettings(source=work.source, connections=work.connections, requests_per_second=work.rate or 0.0)
    opened = open_source(work.source, settings=replace(net_settings(chosen), timeout_s=work.timeout))
    with locked(work.out) as home:
        journal = Journal(home / "state.jsonl")
        output = Folder(work.out)
        try:
            found = gather(work.items, opened, output, journal, work.wishes)
            for outcome in tqdm(found, total=len(work.items), unit=" images", disable=None):
                outcomes[outcome.item_id] = outcome
        finally:
            opened.close()
            journal.close()
            listed = [outcomes[item.item_id] for item in work.items if item.item_id in outcomes]
            output.finish(listed)
            write_report(work.out, listed)
        if all(outcome.is_here for outcome in listed) and all(item.sha256 for item in work.items):
            shutil.rmtree(home)  # the list itself states what the bytes are: nothing has to be remembered
    summarise(work, listed)


def summarise(work: Work, outcomes: list[Outcome]) -> None:
    """Print the counts; IncompleteError when some images are not there."""
    counts = count(outcomes)
    print(json.dumps(counts) if work.as_json else ", ".join(f"{word} {number:,}" for word, number in counts.items()))
    left = [outcome for outcome in outcomes if not outcome.is_here]
    if left:
        why = ", ".join(f"{cause} {number:,}" for cause, number in causes(left).items())
        passing = sum(outcome.cause in PASSING for outcome in left)
        raise IncompleteError(
            f"{len(left):,} of {len(outcomes):,} images are not there: {clean_text(why)}",
            f"see {work.out / 'fetch_report.csv'}; "
            + (f"the same command tries {passing:,} again" if passing else "--again asks for them once more"),
        )
