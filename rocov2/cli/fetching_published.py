"""Carries `fetch rocov2` out: reads the record, brings its files, counts them, names strays, says what is left."""

import json
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from rocov2.cli.fetching import said_of
from rocov2.downloads.items import Outcome
from rocov2.downloads.journal import locked
from rocov2.downloads.published import IMAGES, SPLITS, Stray, count_rows, find_strays, wanted, write_strays
from rocov2.downloads.record import Place, bring_files, strays_of
from rocov2.downloads.report import count, require_all, write_report
from rocov2.downloads.zenodo import read_record, split_url
from rocov2.net import HttpClient, NetSettings


@dataclass(frozen=True, slots=True)
class PublishedWork:
    """What to fetch of the published set: where from and to, which splits, with images or not, how to speak."""

    record_url: str
    out: Path
    splits: tuple[str, ...]
    with_images: bool
    keep_archives: bool
    timeout: float
    as_json: bool


def bring_published(work: PublishedWork) -> None:
    """Fetch the files of the record; IncompleteError when some are not there."""
    host, path = split_url(work.record_url)
    client = HttpClient(host, NetSettings(connections=1, timeout_s=work.timeout))
    splits = work.splits or SPLITS
    outcomes: list[Outcome] = []
    try:
        remotes = [remote for remote in read_record(client, path) if wanted(remote.name, splits, work.with_images)]
        with locked(work.out) as home:
            place = Place(work.out, home, work.keep_archives)
            total = sum(remote.size for remote in remotes)
            with tqdm(total=total, unit="B", unit_scale=True, disable=None) as bar:
                try:
                    for outcome in bring_files(client, remotes, place, bar.update):
                        outcomes.append(outcome)
                finally:
                    write_report(work.out, outcomes)
            strays = [Stray(archive, name, "no image") for archive, name in strays_of(place, remotes)]
    finally:
        client.close()
    strays += find_strays(work.out, splits)
    write_strays(work.out, strays)
    summarise(work, outcomes, count_rows(work.out, splits), strays)


def summarise(
    work: PublishedWork, outcomes: list[Outcome], counts: dict[str, dict[str, int]], strays: list[Stray]
) -> None:
    """Print files, images against the published figures, rows and strays."""
    if work.as_json:
        published = {split: IMAGES[split] for split in counts}
        print(json.dumps({**count(outcomes), "counts": counts, "published_images": published, "strays": len(strays)}))
    else:
        print(said_of(count(outcomes)))
        for split, found in counts.items():
            words = ", ".join(f"{number:,} {table.replace('_', ' ')}" for table, number in found.items())
            print(f"{split}: {words or 'nothing'} (published: {IMAGES[split]:,} images)")
        print(f"{len(strays):,} strays, see {work.out / 'strays.csv'}")
    require_all(outcomes, work.out)
