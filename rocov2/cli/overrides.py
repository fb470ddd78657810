"""Overrides held to account: a rule that should have acted and did not is an error, not a silence."""

import pyarrow.parquet as pq

from rocov2.cli.pipeline import Blueprint
from rocov2.concepts.overrides import DROP_IMAGE
from rocov2.engine.checkpoint import drops_path, table_path
from rocov2.engine.selection import Plan
from rocov2.errors import CheckError
from rocov2.stages.curate import OVERRIDDEN, CurateParams, overrides_at
from rocov2.tables import Caption, Concept


def require_used(plan: Blueprint, selection: Plan) -> list[str]:
    """Return notes on rules that had nothing to act on; raise CheckError for a figure's rule that changed nothing.

    A figure rule is stale when its figure is among the samples and the rule did not change its concepts: the labels
    are already right, or its caption changed and the rule waits for review.
    """
    params: CurateParams = plan.stages[-1].params
    rules = overrides_at(params.overrides, params.vocabulary)
    if not any(rules.rules()):
        return []
    used, figures = used_rules(plan, selection), released_figures(plan, selection)
    stale = [r for some in rules.figures.values() for r in some if r.rule_id not in used and r.target in figures]
    if stale and not plan.release.allow_stale_overrides:
        lines = "\n".join(f"  {rule.rule_id}: {rule.action} {rule.cui} on {rule.target}" for rule in stale)
        raise CheckError(
            f"{len(stale)} overrides changed nothing:\n{lines}",
            "review and remove or renew them, or build with -p release.allow_stale_overrides=true",
        )
    absent = sum(r.target not in figures for some in rules.figures.values() for r in some)
    idle = sum(r.rule_id not in used for some in rules.mentions.values() for r in some)
    notes = [f"{absent} figure overrides are about figures that are not in this selection."] if absent else []
    return notes + ([f"{idle} mention overrides met no such mention in this selection."] if idle else [])


def used_rules(plan: Blueprint, selection: Plan) -> set[str]:
    """Return the ids of the rules that changed something."""
    used: set[str] = set()
    for shard in selection.shards:
        rows = pq.read_table(drops_path(plan.work, Concept, shard)).to_pylist()
        used |= {row["detail"].partition(": ")[0] for row in rows if row["reason"] in (OVERRIDDEN, DROP_IMAGE)}
    return used


def released_figures(plan: Blueprint, selection: Plan) -> set[str]:
    """Return the figures that have a caption to release."""
    found: set[str] = set()
    for shard in selection.shards:
        found |= set(
            pq.read_table(table_path(plan.work, Caption, shard), columns=["figure_id"])["figure_id"].to_pylist()
        )
    return found
