"""`build`: select articles, run the stages, release."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from rocov2.cli.dry import estimate, print_estimate
from rocov2.cli.network import default_workers
from rocov2.cli.options import build_options, clean_lines
from rocov2.cli.overrides import require_readable
from rocov2.cli.pipeline import DEFAULTS, Blueprint, Files, blueprint, save
from rocov2.cli.record import locked, write_run
from rocov2.cli.releasing import release_from, require_policy
from rocov2.cli.select import Wish, choose_articles
from rocov2.cli.vocabulary import ensure_vocabulary
from rocov2.config import BuildSettings, Settings, add_assignments, apply_settings, data_folder, read_settings
from rocov2.engine.executors import KINDS, open_executor
from rocov2.engine.progress import Progress
from rocov2.engine.run import RunReport, Workshop, run_stages
from rocov2.engine.selection import Plan, plan_selection
from rocov2.errors import ConfigError, IncompleteError, RocoError, SourceError, UsageError
from rocov2.net import METER
from rocov2.release.publish import recover, require_apart, require_replaceable

MAX_CONNECTIONS = 200


@dataclass(frozen=True)
class Request:
    """How the stages are to be run, beyond the settings."""

    retry: bool = False
    quiet: bool = False


@click.command()
@build_options
def build(**options: Any) -> None:
    """Run the stages over the selected articles and write the release.

    Stages: crawl, extract, screen, fetch, score, filter, clean, link, curate, release. What is up to
    date is not done again, and a run that was stopped goes on where it was.
    """
    record = run_build(options, options["retry"])
    if record:
        finish(record, options["as_json"])


def run_build(options: dict[str, Any], retry: bool) -> dict[str, Any] | None:
    """Do what `build_options` ask for, alone in the work folder; return the record of the run, None after a dry run."""
    settings = add_assignments(read_settings(options["config"]), options["assignments"])
    chosen = chosen_settings(settings, options)
    wish = Wish(options["ids"], options["query"], options["since"], options["until"], options["limit"])
    work = Path(chosen.work)
    require_apart(Path(chosen.release), work)
    with locked(work):
        recover(Path(chosen.release))
        require_replaceable(Path(chosen.release))
        before = METER.snapshot()
        files = Files(ensure_vocabulary(work, options["umls"]), options["overrides"] or data_folder() / "overrides")
        if options["expectations"]:
            files = replace(files, expectations=options["expectations"])
        plan = blueprint(settings, chosen, files)
        require_readable(plan)
        require_policy(plan)
        selected = choose_articles(plan, wish)
        if options["dry_run"]:
            print_estimate(estimate(plan, selected), options["as_json"])
            return None
        save(plan, settings, files)
        used = METER.snapshot() - before
        inventory = {"stamp": selected.listing.stamp, "requests": used.requests, "bytes": used.bytes}
        return build_from(
            plan, plan_selection(work, selected.listing, selected.wanted, selected.limit), inventory, Request(retry)
        )


def chosen_settings(settings: Settings, options: dict[str, Any]) -> BuildSettings:
    """Return the section [build] with the command line laid over it; UsageError when no source is given.

    The number of workers is filled in here, since connections and pace are shared out among them.
    """
    given = {
        name: options.get(name)
        for name in ("source", "work", "release", "preset", "workers", "executor", "dask_address")
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
    require_usable(chosen)
    return replace(chosen, workers=chosen.workers or default_workers())


def require_usable(chosen: BuildSettings) -> None:
    """Raise ConfigError for a value of the section [build] that no run can use; of options, click has seen to it."""
    rules = (
        ("work", bool(chosen.work), "name a folder"),
        ("release", bool(chosen.release), "name a folder"),
        ("workers", chosen.workers >= 0, "write how many, or 0 for one a processor"),
        ("executor", chosen.executor in KINDS, f"choose one of {', '.join(KINDS)}"),
        ("connections", 1 <= chosen.connections <= MAX_CONNECTIONS, f"write a number from 1 to {MAX_CONNECTIONS}"),
        ("requests_per_second", chosen.requests_per_second >= 0, "write a number above 0, or 0 for the usual pace"),
    )
    for name, is_usable, advice in rules:
        if not is_usable:
            raise ConfigError(f"build.{name} = {getattr(chosen, name)!r} cannot be used", advice)


def build_from(plan: Blueprint, selection: Plan, inventory: dict[str, Any], request: Request) -> dict[str, Any]:
    """Run the stages and the release over a planned selection, and return the record of the run."""
    chosen = plan.settings
    with open_executor(chosen.executor, chosen.workers, chosen.dask_address) as executor:
        shop = Workshop(plan.work, selection.shards, executor, request.retry)
        report = run_stages(shop, plan.stages, Progress(plan.work, "off" if request.quiet else ""))
    outcome: dict[str, Any] = {
        "articles": selection.articles,
        "inventory": inventory,
        "news": selection.news,
        **totals(report),
    }
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
            print(clean_lines(task.trace), file=sys.stderr)
    kind = SourceError if first.source_failed else ConfigError if first.is_misconfigured else IncompleteError
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
        news = ", ".join(f"{count} {word}" for word, count in record["news"].items())
        print(f"inventory {record['inventory']['stamp']}: {news}; {release['tombstones']} tombstones")
        print(
            f"{record['articles']} articles, {record['requests']} requests, {record['bytes']} bytes (see rocov2 status)"
        )
        for note in release["notes"]:
            print(f"note: {clean_lines(note)}")
    left = release["retryable"]
    if left:
        raise IncompleteError(f"{left} objects could not be fetched", "run the same command with --retry")
