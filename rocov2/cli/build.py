"""`build`: select articles, run the stages, release."""

import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from rocov2.cli.dry import estimate, print_estimate
from rocov2.cli.options import AS_JSON
from rocov2.cli.pipeline import DEFAULTS, Blueprint, Files, blueprint, save
from rocov2.cli.record import locked, write_run
from rocov2.cli.releasing import release_from
from rocov2.cli.select import Wish, choose_articles
from rocov2.cli.vocabulary import ensure_vocabulary
from rocov2.config import PRESETS, BuildSettings, Settings, add_assignments, apply_settings, data_folder, read_settings
from rocov2.engine.executors import KINDS, open_executor
from rocov2.engine.progress import Progress
from rocov2.engine.run import RunReport, Workshop, run_stages
from rocov2.engine.selection import Plan, plan_selection
from rocov2.errors import IncompleteError, RocoError, SourceError, UsageError
from rocov2.net import METER
from rocov2.release.publish import recover, require_replaceable

PATH = click.Path(path_type=Path)


@dataclass(frozen=True)
class Request:
    """What the command line asks of a build, beyond the settings."""

    wish: Wish
    retry: bool = False
    quiet: bool = False


@click.command()
@click.option(
    "--source", envvar="ROCOV2_SOURCE", help="pmc, sample, the URL of a bucket, or a folder with its keys as files."
)
@click.option("--work", type=PATH, help="Folder of checkpoints and downloads.  [default: work]")
@click.option("--release", type=PATH, help="Folder of the release.  [default: release]")
@click.option("--preset", help=f"Licences to keep: {', '.join(PRESETS)}.  [default: open]")
@click.option("--ids", type=PATH, help="Only the PMCIDs in this file, one a line.")
@click.option("--query", help="Only what this PMC search finds; `radiology` is a search made for the purpose.")
@click.option("--since", help="With --query: released to PMC on or after this date, YYYY-MM-DD.")
@click.option("--until", help="With --query: released to PMC on or before this date, YYYY-MM-DD.")
@click.option("--limit", type=click.IntRange(1), help="At most this many articles, lowest PMCIDs first.")
@click.option("-p", "assignments", multiple=True, metavar="STAGE.NAME=VALUE", help="Set a parameter; may be repeated.")
@click.option("--config", type=PATH, help="Settings file.  [default: rocov2.toml, where it exists]")
@click.option("--umls", type=PATH, help="Folder of a UMLS release (MRCONSO.RRF, MRSTY.RRF) to link with.")
@click.option("--overrides", type=PATH, help="Folder of figures.csv and mentions.csv.  [default: the bundled rules]")
@click.option("--workers", type=click.IntRange(1), help="Tasks at a time.  [default: the processors, at most 8]")
@click.option("--executor", type=click.Choice(KINDS), help="What runs the tasks.  [default: processes]")
@click.option("--dask-address", help="Scheduler of a dask cluster; a local cluster without it.")
@click.option("--retry", is_flag=True, help="Try again what could not be fetched last time.")
@click.option("--dry-run", is_flag=True, help="Say what would be fetched, in requests and bytes, and stop.")
@AS_JSON
def build(**options: Any) -> None:
    """Run the stages over the selected articles and write the release.

    Stages: crawl, extract, screen, fetch, score, filter, clean, link, curate, release. What is up to
    date is not done again, and a run that was stopped goes on where it was.
    """
    settings = add_assignments(read_settings(options["config"]), options["assignments"])
    chosen = chosen_settings(settings, options)
    request = Request(
        Wish(options["ids"], options["query"], options["since"], options["until"], options["limit"]), options["retry"]
    )
    work = Path(chosen.work)
    with locked(work):
        recover(Path(chosen.release))
        require_replaceable(Path(chosen.release))
        before = METER.snapshot()
        files = Files(ensure_vocabulary(work, options["umls"]), options["overrides"] or data_folder() / "overrides")
        plan = blueprint(settings, chosen, files)
        selected = choose_articles(plan, request.wish)
        if options["dry_run"]:
            print_estimate(estimate(plan, selected), options["as_json"])
            return
        save(plan, settings, files)
        used = METER.snapshot() - before
        inventory = {"stamp": selected.stamp, "requests": used.requests, "bytes": used.bytes}
        finish(build_from(plan, plan_selection(work, selected.rows), inventory, request), options["as_json"])


def chosen_settings(settings: Settings, options: dict[str, Any]) -> BuildSettings:
    """Return the section [build] with the command line laid over it; UsageError when no source is given."""
    given = {
        name: options[name] for name in ("source", "work", "release", "preset", "workers", "executor", "dask_address")
    }
    words = {
        name: str(value) if isinstance(value, Path) else value for name, value in given.items() if value is not None
    }
    section: BuildSettings = apply_settings({"build": DEFAULTS["build"]}, {"build": settings.get("build", {})})["build"]
    chosen: BuildSettings = replace(section, **words)  # type: ignore[arg-type, unused-ignore]
    if not chosen.source:
        raise UsageError(
            "no source is given",
            "--source sample runs the bundled sample without a network; --source pmc is PubMed Central (add --query, "
            "--ids or --limit for less than all of it); a URL or a folder with the bucket's keys also does",
        )
    return chosen


def build_from(plan: Blueprint, selection: Plan, inventory: dict[str, Any], request: Request) -> dict[str, Any]:
    """Run the stages and the release over a planned selection, and return the record of the run."""
    chosen = plan.settings
    with open_executor(chosen.executor, chosen.workers or default_workers(), chosen.dask_address) as executor:
        shop = Workshop(plan.work, selection.shards, executor, request.retry)
        report = run_stages(shop, plan.stages, Progress(plan.work, "off" if request.quiet else ""))
    outcome: dict[str, Any] = {"articles": selection.articles, "inventory": inventory, **totals(report)}
    if report.failures:
        record = write_run(plan.work, report.tasks, {**outcome, "outcome": "incomplete"})
        raise failure_of(report, record)
    try:
        outcome["release"] = release_from(plan, selection, inventory["stamp"])
    except RocoError as error:
        write_run(plan.work, report.tasks, {**outcome, "outcome": f"not released: {error.message}"})
        raise
    return write_run(plan.work, report.tasks, {**outcome, "outcome": "done"})


def totals(report: RunReport) -> dict[str, Any]:
    """Return requests, bytes and checkpoints of a run."""
    return {
        "requests": sum(task.requests for task in report.tasks),
        "bytes": sum(task.bytes for task in report.tasks),
        "checkpoints": sum(1 for task in report.tasks if not task.error),
        "fresh": report.fresh,
    }


def failure_of(report: RunReport, record: dict[str, Any]) -> RocoError:
    """Return the error that says which shards failed; the source's own failure comes first."""
    first = next((task for task in report.failures if task.source_failed), report.failures[0])
    for task in report.failures:
        if task.trace:
            print(task.trace, file=sys.stderr)
    kind = SourceError if first.source_failed else IncompleteError
    more = f" (and {len(report.failures) - 1} more)" if len(report.failures) > 1 else ""
    advice = first.advice or "run the same command again; what was done is kept"
    return kind(f"{first.stage} {first.shard}: {first.error}{more}", advice)


def finish(record: dict[str, Any], as_json: bool) -> None:
    """Print what the run did; IncompleteError when objects are left that may be had later."""
    release = record["release"]
    if as_json:
        print(json.dumps(record, indent=1))
    else:
        splits = ", ".join(f"{split} {count}" for split, count in release["samples"].items())
        done = "nothing to do; the release stands" if release["is_unchanged"] else "released"
        print(f"{done}: {release['path']}: {splits}")
        print(
            f"{record['articles']} articles, {record['requests']} requests, {record['bytes']} bytes (see rocov2 status)"
        )
        for note in release["notes"]:
            print(f"note: {note}")
    left = release["retryable"]
    if left:
        raise IncompleteError(f"{left} objects could not be fetched", "run the same command with --retry")


def default_workers() -> int:
    """Return the number of processors, at most 8."""
    return min(8, os.cpu_count() or 1)
