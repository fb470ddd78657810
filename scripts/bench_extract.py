"""Print how fast figures are read out of real articles, beside a bare parse and pubmed_parser, as ratios of one run.

Variants, which take turns on blocks of 10 articles (each reads the files; CPU seconds of the one process):

    ours        read_front over the block, then read_figures, as `crawl` and `extract` go over a shard
    and link    the same, and what `extract` does for `link` besides: where the article explains abbreviations
    full parse  the same with the reference implementation, on a tree of the whole article
    figures     read_figures alone
    bare lxml   lxml.etree.fromstring of the bytes, nothing else
    peer        pubmed_parser.parse_pubmed_caption, when it can be imported

It also prints the figures that each found and checks that ours and the full parse give equal rows and fronts on every article.
There are no media lists beside the files, so each graphic's link stands for a file `<stem>.jpg`.

    python scripts/bench_extract.py --articles .data/jats [--rounds 5] [--limit 1600] [--csv jats.csv.gz]
"""

import argparse
import csv
import gzip
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from rocov2.jats.figures import read_figures, read_figures_fully
from rocov2.jats.front import read_front, read_front_fully
from rocov2.jats.graphics import stem_of
from rocov2.jats.source import BadArticle
from rocov2.stages.extract import with_definitions
from rocov2.tables import Figure

_LINK = re.compile(rb'<graphic\b[^>]*?xlink:href="([^"]+)"')
Case = tuple[Path, str, dict[str, str]]
BLOCK = 10
Reader = Callable[..., Iterator[Any]]
More = Callable[[list[Any], bytes], list[Any]]
Variant = Callable[[list[Case]], list[list[Any]]]
"""What reads a block of articles and returns what it found in each."""


def main() -> None:
    """Run the rounds and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--articles", type=Path, required=True, help="folder of JATS files, one *.xml an article")
    options.add_argument("--rounds", type=int, default=5, help="rounds over each block; the best counts")
    options.add_argument("--limit", type=int, default=None, help="first so many articles only")
    options.add_argument("--csv", type=Path, default=None, help="list of the articles with a column n_fig")
    given = options.parse_args()
    cases = [_case(path) for path in sorted(given.articles.glob("*.xml"))[: given.limit]]
    variants = _variants()
    print(f"{len(cases)} articles, {given.rounds} rounds\n")
    _print_speeds(_seconds(cases, variants, given.rounds), len(cases))
    _print_counts(cases, variants, given.csv)


def _seconds(cases: list[Case], variants: dict[str, Variant], rounds: int) -> dict[str, float]:
    """CPU seconds of each variant over all articles, the best of the rounds block by block.

    The variants take turns on each block, and another one comes first each time (it reads cold files). What else
    runs on the machine only ever adds to a time, so that the best of a few is the nearest to the truth.
    """
    spent = dict.fromkeys(variants, 0.0)
    turns = list(variants.items())
    for first in range(0, len(cases), BLOCK):
        best = dict.fromkeys(variants, float("inf"))
        for _ in range(rounds):
            turns.append(turns.pop(0))
            for name, run in turns:
                start = time.process_time()
                run(cases[first : first + BLOCK])
                best[name] = min(best[name], time.process_time() - start)
        spent = {name: seconds + best[name] for name, seconds in spent.items()}
    return spent


def _case(path: Path) -> Case:
    article_id = f"{path.stem}.1"
    links = _LINK.findall(path.read_bytes())
    return path, article_id, {f"{article_id}/{stem_of(link.decode())}.jpg": "" for link in links}


def _figures(xml: bytes, case: Case, read: Reader = read_figures) -> list[Any]:
    try:
        return list(read(xml, case[1], case[2]))
    except BadArticle:
        return []


def _with_front(block: list[Case], read: Reader = read_figures, more: More = lambda rows, _: rows) -> list[list[Any]]:
    bodies = [case[0].read_bytes() for case in block]
    for xml in bodies:
        read_front(xml)
    return [more(_figures(xml, case, read), xml) for xml, case in zip(bodies, block, strict=True)]


def _variants() -> dict[str, Variant]:
    variants: dict[str, Variant] = {
        "ours": _with_front,
        "and link": lambda block: _with_front(block, more=with_definitions),
        "full parse": lambda block: _with_front(block, read_figures_fully),
        "figures": lambda block: [_figures(case[0].read_bytes(), case) for case in block],
        "bare lxml": lambda block: [[etree.fromstring(case[0].read_bytes()).tag] for case in block],
    }
    try:
        import pubmed_parser
    except ImportError:
        print("pubmed_parser cannot be imported: no peer in this run")
        return variants

    def peer(case: Case) -> list[Any]:
        try:
            return pubmed_parser.parse_pubmed_caption(str(case[0])) or []
        except UnboundLocalError:  # its way with a first figure that has no caption
            return []

    return {**variants, "peer": lambda block: [peer(case) for case in block]}


def _print_speeds(seconds: dict[str, float], articles: int) -> None:
    print("variant       articles/CPU-s   to bare lxml   to peer")
    for name, spent in seconds.items():
        ratios = [f"{seconds[other] / spent:.2f}" if other in seconds else "-" for other in ("bare lxml", "peer")]
        print(f"{name:<12} {articles / spent:>15,.0f} {ratios[0]:>14} {ratios[1]:>9}")


def _print_counts(cases: list[Case], variants: dict[str, Variant], listed: Path | None) -> None:
    ours, full = variants["ours"](cases), variants["full parse"](cases)
    unequal = [case[1] for case, own, reference in zip(cases, ours, full, strict=True) if own != reference]
    rows = [row for own in ours for row in own]
    found = {row.figure_id.rsplit(":", 1)[0] for row in rows if isinstance(row, Figure)}
    reasons = Counter("row" if isinstance(row, Figure) else row.reason for row in rows)
    peer = sum(map(len, variants["peer"](cases))) if "peer" in variants else 0
    print(f"\nfigures found: ours {len(found)} (rows and drops: {dict(sorted(reasons.items()))}), peer {peer or '-'}")
    if listed is not None:
        names = {case[0].name for case in cases}
        with gzip.open(listed, "rt", encoding="utf-8") as lines:
            counts = [int(row["n_fig"]) for row in csv.DictReader(lines) if Path(row["path"]).name in names]
        print(f"figures listed: {sum(counts)}")
    print(f"rows equal to the full parse: {len(cases) - len(unequal)} of {len(cases)} articles {unequal[:5] or ''}")
    bodies = (case[0].read_bytes() for case in cases)
    print(f"fronts equal: {sum(read_front(xml) == read_front_fully(xml) for xml in bodies)} of {len(cases)} articles")


if __name__ == "__main__":
    main()
