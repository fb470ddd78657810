"""`plan`: what a selection will ask of the network and the disk, from a random sample of it, with error bars."""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import click
from scipy.stats import t as student

from rocov2.cli.build import chosen_settings
from rocov2.cli.options import selection_options
from rocov2.cli.pipeline import Blueprint, Files, blueprint
from rocov2.cli.record import locked
from rocov2.cli.select import Chosen, Wish, choose_articles
from rocov2.cli.survey import NEEDS, Surveyed, drawn, json_left, surveyor
from rocov2.config import add_assignments, data_folder, read_settings
from rocov2.engine.parallel import map_in_order
from rocov2.net import METER

CONFIDENCE = 0.95
TABLE_BYTES = 4_000
"""Bytes of checkpoints an article: 1,600 real ones of all subjects took 1,200 each; what is kept of it takes more."""


@dataclass(frozen=True)
class Total:
    """An estimated total, and the bounds of its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Survey:
    """The sample as it was found, of how many articles it is, and how many requests a second it took."""

    articles: int
    sample: Sequence[Surveyed]
    requests_per_second: float


@click.command()
@selection_options
@click.option("--sample", type=click.IntRange(2), default=200, show_default=True, help="Articles to look at.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed looks at other articles.")
def plan(sample: int, seed: int, **options: Any) -> None:
    """Estimate requests, bytes, hours and disk of a build, from a random sample of its articles.

    The JSON and XML of the sample are read and its captions screened as a build would, and what images it would fetch
    is taken from a listing; no image is fetched, and what was read is not kept. What the work folder has already is
    not counted. Bounds are of 95 %.
    """
    settings = add_assignments(read_settings(options["config"]), options["assignments"])
    chosen = replace(chosen_settings(settings, options), workers=1)
    work = Path(chosen.work)
    with locked(work):
        drawing = blueprint(settings, chosen, Files(work / "vocabulary", data_folder() / "overrides"))
        wish = Wish(*(options[name] for name in ("ids", "query", "since", "until", "limit")))
        selected = choose_articles(drawing, wish)
        survey = look(drawing, selected, sample, seed)
        report = {"inventory": selected.listing.stamp, "seed": seed, **estimated(drawing, selected, survey)}
    print(json.dumps(report, indent=1) if options["as_json"] else in_words(report))


def look(drawing: Blueprint, selected: Chosen, size: int, seed: int) -> Survey:
    """Survey a sample of the selection, over the connections and at the pace of a build."""
    rows = drawn(selected.listing, size, seed)
    before, started = METER.snapshot(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="rocov2-plan-") as folder:
        surveying = surveyor(drawing, Path(folder))
        found = list(map_in_order(surveying.survey, rows, surveying.source.connections))
    made = (METER.snapshot() - before).requests
    return Survey(len(selected.listing.first), found, made / max(time.monotonic() - started, 1e-6))


def estimated(drawing: Blueprint, selected: Chosen, survey: Survey) -> dict[str, Any]:
    """Return the estimates: of requests, bytes, disk and hours, each with its bounds, and what the sample looked like.

    The requests for JSON are counted, not estimated. Hours are the network's, at the pace that the survey met.
    """
    totals = {name: total([getattr(s.need, name) for s in survey.sample], survey.articles) for name in NEEDS}
    exact = json_left(selected.listing, surveyor(drawing, drawing.work).known)
    totals["json_requests"] = Total(exact, exact, exact)
    tables = survey.articles * TABLE_BYTES
    pace = survey.requests_per_second
    hours = {key: value / pace / 3600 for key, value in asdict(totals["requests"]).items()}
    disk = {key: value + tables for key, value in asdict(totals["disk_bytes"]).items()}
    reasons = Counter(s.reason or "kept" for s in survey.sample)
    return {
        "articles": survey.articles,
        "sample": len(survey.sample),
        **{name: rounded(asdict(found)) for name, found in totals.items()},
        "disk_bytes": rounded(disk),
        "hours": {key: round(value, 4) for key, value in hours.items()},
        "requests_per_second": round(pace, 1),
        "sampled": {
            "figures": sum(s.figures for s in survey.sample),
            "candidates": sum(s.candidates for s in survey.sample),
            **dict(sorted(reasons.items())),
        },
    }


def total(values: Sequence[float], population: int) -> Total:
    """Estimate the total of a population from a simple random sample without replacement.

    The estimate is the population's size times the mean (the expansion estimator); its bounds are Student's t times the
    standard error with the finite population correction, cut at what the sample itself holds (Cochran, Sampling
    Techniques, chapter 2).
    """
    size = len(values)
    if size >= population or size < 2:
        whole = float(sum(values))
        return Total(whole, whole, whole)
    value = population * mean(values)
    error = population * stdev(values) / size**0.5 * (1 - size / population) ** 0.5
    half = float(student.ppf((1 + CONFIDENCE) / 2, size - 1)) * error
    return Total(value, max(value - half, float(sum(values))), value + half)


def rounded(bounds: dict[str, float]) -> dict[str, int]:
    """Return bounds as whole numbers."""
    return {key: round(value) for key, value in bounds.items()}


def in_words(report: dict[str, Any]) -> str:
    """Return the report as a table for a person."""
    sampled, seen = report["sampled"], report["sample"]
    lines = [
        f"{report['articles']:,} articles of the inventory {report['inventory']}; {seen} of them were looked at",
        f"{'':14}{'requests':>34}{'MB':>34}",
    ]
    for name, word in (("json_", "article JSON"), ("xml_", "article XML"), ("image_", "images"), ("", "together")):
        requests, size = report[f"{name}requests"], report[f"{name}bytes"]
        lines.append(f"{word:14}{between(requests, 1):>34}{between(size, 1e6):>34}")
    lines += [
        f"{'disk':14}{between(report['disk_bytes'], 1e6):>68}",
        f"{'hours':14}{between(report['hours'], 1, '.2f'):>68}",
        f"bounds of 95 %; hours are the network's, at the {report['requests_per_second']:g} requests a second met here",
        f"of {seen} articles {sampled.get('kept', 0)} may be used; of their {sampled['figures']} figures "
        f"{sampled['candidates']} would be fetched",
    ]
    return "\n".join(lines)


def between(bounds: dict[str, float], unit: float, form: str = ",.0f") -> str:
    """Return `value (low to high)` in a unit, or the value alone where it is exact."""
    value, low, high = (format(bounds[key] / unit, form) for key in ("value", "low", "high"))
    return value if low == high else f"{value} ({low} to {high})"
