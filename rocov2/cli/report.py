"""`status` and `tables`: what a work folder holds, and what the columns mean."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from rocov2.cli.options import AS_JSON, WORK, clean_text
from rocov2.cli.pipeline import saved
from rocov2.cli.record import last_run
from rocov2.engine.checkpoint import read_stamp, table_path
from rocov2.engine.run import differences, expected_stamps, transient_drops
from rocov2.engine.schema import dictionary_of
from rocov2.engine.selection import live_shards
from rocov2.engine.stage import Stage, table_name
from rocov2.tables import TABLES, Drop


@click.command()
@WORK
@AS_JSON
def status(work: Path, as_json: bool) -> None:
    """Show the shards, rows and drops of each stage, and what is stale and why."""
    plan = saved(work)
    shards = live_shards(work)
    stages = [stage_status(work, stage, shards) for stage in plan.stages]
    run = last_run(work)
    if as_json:
        print(
            json.dumps({"work": str(work), "source": plan.settings.source, "stages": stages, "last_run": run}, indent=1)
        )
        return
    print(f"{work}: source {plan.settings.source}, preset {plan.settings.preset}, {len(shards)} shards")
    print(f"{'stage':9}{'table':12}{'shards':>7}{'rows':>9}{'dropped':>9}  dropped for")
    for row in stages:
        reasons = ", ".join(f"{reason} {count}" for reason, count in row["drops"].items())
        dropped = sum(row["drops"].values())
        print(f"{row['stage']:9}{row['table']:12}{row['shards']:>7}{row['rows']:>9}{dropped:>9}  {reasons}")
    for row in stages:
        for shard, why in row["stale"].items():
            print(clean_text(f"stale: {row['stage']} {shard}: {'; '.join(why)}"))
    outcome = clean_text(" ".join(str(run.get("outcome", "none")).split()))
    print(f"last run: {run.get('requests', 0)} requests, {run.get('bytes', 0)} bytes, {outcome}")


def stage_status(work: Path, stage: Stage, shards: list[str]) -> dict[str, Any]:
    """Return what the checkpoints of one stage hold, and the shards that are stale, with the reasons."""
    stamps = {shard: read_stamp(table_path(work, stage.output, shard)) for shard in shards}
    expected = expected_stamps(work, stage, shards)
    drops: Counter[str] = Counter()
    for stamp in stamps.values():
        drops.update(stamp.drops if stamp else {})
    stale = {}
    for shard in shards:
        found, wanted = stamps[shard], expected.get(shard)
        if found is None:
            stale[shard] = ["not made yet"]
        elif wanted is None:
            stale[shard] = ["an input is missing"]
        elif found.recipe != wanted.recipe:
            stale[shard] = differences(found.ingredients, wanted.ingredients) or ["made by another version"]
    return {
        "stage": stage.name,
        "table": table_name(stage.output),
        "shards": sum(stamp is not None for stamp in stamps.values()),
        "rows": sum(stamp.rows for stamp in stamps.values() if stamp),
        "drops": dict(sorted(drops.items())),
        "retryable": sum(transient_drops(stage, stamp) for stamp in stamps.values()),
        "stale": stale,
    }


@click.command()
@click.argument("names", nargs=-1)
@AS_JSON
def tables(names: tuple[str, ...], as_json: bool) -> None:
    """Print the data dictionary: each table with its columns, their types and their meaning."""
    known = {**TABLES, "drops": Drop}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise click.UsageError(f"there is no table {unknown[0]}; tables are {', '.join(known)}")
    chosen = {name: dictionary_of(known[name]) for name in names or known}
    print(json.dumps(chosen, indent=1) if as_json else as_markdown(chosen), end="\n" if as_json else "")


def as_markdown(chosen: dict[str, list[dict[str, Any]]]) -> str:
    """Return the data dictionary as Markdown tables."""
    known = {**TABLES, "drops": Drop}
    parts = []
    for name, columns in chosen.items():
        doc = (known[name].__doc__ or "").strip().splitlines()[0]
        parts.append(f"## {name}\n\n{doc}\n\n| column | type | meaning |\n|---|---|---|\n")
        for column in columns:
            kind = column["type"].replace("<item: ", "<").replace("element: ", "") + ("?" if column["nullable"] else "")
            parts.append(f"| {column['column']} | {kind} | {column['doc']} |\n")
        parts.append("\n")
    return "".join(parts)
