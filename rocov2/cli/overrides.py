"""Overrides held to account: a rule that should have acted and did not is an error, not a silence."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from rocov2.cli.pipeline import Blueprint
from rocov2.concepts.overrides import DROP_IMAGE, Rule, read_overrides
from rocov2.engine.checkpoint import drops_path, table_path
from rocov2.engine.selection import Plan
from rocov2.errors import CheckError, ConfigError
from rocov2.stages.curate import OVERRIDDEN, REOPENED, CurateParams, known_names, overrides_at
from rocov2.tables import Caption, Concept

_NAMED = 20


class _Known:
    """The CUIs that a rule may name; the vocabulary is opened for the first one that is asked for."""

    def __init__(self, vocabulary: Path) -> None:
        self.vocabulary = vocabulary

    def __contains__(self, cui: object) -> bool:
        return cui in known_names(self.vocabulary)


def require_readable(plan: Blueprint) -> None:
    """Raise ConfigError for rules that cannot be obeyed, before any stage is run: `curate` would meet them last.

    An empty folder is a way to ask for no rules; one of other files is a mistake.
    """
    params: CurateParams = plan.stages[-1].params
    names = {path.name for path in params.overrides.iterdir()} if params.overrides.is_dir() else {params.overrides.name}
    if names and not names & {"figures.csv", "mentions.csv"}:
        raise ConfigError(f"{params.overrides} holds neither figures.csv nor mentions.csv", "give the rules' folder")
    read_overrides(params.overrides, _Known(params.vocabulary))


def require_used(plan: Blueprint, selection: Plan) -> list[str]:
    """Return notes on rules that had nothing to act on; raise CheckError for a figure's rule that changed nothing.

    A figure rule is stale when its figure is among the samples and the rule did not change its concepts. One whose
    caption changed since waits for review: it does not act, is named in the notes, and stops nothing.
    """
    params: CurateParams = plan.stages[-1].params
    rules = overrides_at(params.overrides, params.vocabulary)
    if not any(rules.rules()):
        return []
    reopened, figures = reported_rules(plan, selection, REOPENED), released_figures(plan, selection)
    used = reported_rules(plan, selection, OVERRIDDEN, DROP_IMAGE) | reopened
    stale = [r for some in rules.figures.values() for r in some if r.rule_id not in used and r.target in figures]
    if stale and not plan.release.allow_stale_overrides:
        lines = "\n".join(f"  {rule.rule_id}: {rule.action} {rule.cui} on {rule.target}" for rule in stale)
        raise CheckError(
            f"{len(stale)} overrides changed nothing:\n{lines}",
            "review and remove or renew them, or build with -p release.allow_stale_overrides=true",
        )
    absent = [r for some in rules.figures.values() for r in some if r.target not in figures]
    idle = [r for some in rules.mentions.values() for r in some if r.rule_id not in used]
    waiting = [rule for rule in rules.rules() if rule.rule_id in reopened]
    noted = (
        ("overrides wait for review, made for another caption", waiting),
        ("figure overrides are about figures that are not among these samples", absent),
        ("mention overrides met no such mention in this selection", idle),
    )
    return [f"{len(some)} {what}: {listed(some)}" for what, some in noted if some]


def listed(rules: Sequence[Rule]) -> str:
    """Name rules for whoever has to look them up, the first 20 of them."""
    named = sorted(f"{r.rule_id} ({' '.join(filter(None, (r.action, r.cui)))} on {r.target})" for r in rules)
    return "; ".join(named[:_NAMED]) + (" ..." if len(named) > _NAMED else "")


def reported_rules(plan: Blueprint, selection: Plan, *reasons: str) -> set[str]:
    """Return the ids of the rules that curate reported for one of these reasons."""
    found: set[str] = set()
    for shard in selection.shards:
        rows = pq.read_table(drops_path(plan.work, Concept, shard)).to_pylist()
        found |= {row["detail"].partition(": ")[0] for row in rows if row["reason"] in reasons}
    return found


def released_figures(plan: Blueprint, selection: Plan) -> set[str]:
    """Return the figures that have a caption to release."""
    found: set[str] = set()
    for shard in selection.shards:
        found |= set(
            pq.read_table(table_path(plan.work, Caption, shard), columns=["figure_id"])["figure_id"].to_pylist()
        )
    return found
