"""`refresh`: keep a release current from the newest inventory with no one watching: a build that tells a watcher."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from rocov2.cli.build import finish, run_build
from rocov2.cli.options import build_options, said_here
from rocov2.cli.rebase import rebase
from rocov2.errors import UsageError
from rocov2.net import beat, require_heartbeat_url

OF_REBASE = frozenset(("only_rebase", "work", "config", "as_json"))
"""What a rebase reads of the command line."""


@click.command()
@build_options
@click.option(
    "--heartbeat",
    envvar="ROCOV2_HEARTBEAT",
    metavar="URL",
    help="GET this after a success, so that whoever listens there notices when refreshes stop.",
)
@click.option(
    "--rebase",
    "only_rebase",
    is_flag=True,
    help="Take no news: fold the shards of earlier refreshes together, without a request.",
)
def refresh(heartbeat: str | None, only_rebase: bool, **options: Any) -> None:
    """Bring a release up to the newest inventory; a cron job.

    What is new or changed goes through the stages in a shard of its own. What was retracted, or lost its
    licence, leaves at once, and what two inventories in succession do not list leaves then, each with a
    row in tombstones.csv. No sample changes its split or its ID. Objects that could not be fetched are
    tried again each time. A release that fails its checks or expectations is not published (exit 6), and
    the last one stays. The first refresh of an empty work folder is a build.

    With --rebase the work folder is put in order instead, with the settings of the last run: what refreshes have added
    in shards of their own is folded into the baselines. The release stays as it is.
    """
    if only_rebase:
        require_alone()
        tell_rebase(rebase(options["work"] or Path(said_here("work", "work", options["config"]))), options["as_json"])
        return
    if heartbeat:
        require_heartbeat_url(heartbeat)
    record = run_build(options, retry=True)
    if record is None:
        return
    finish(record, options["as_json"])
    trouble = beat(heartbeat) if heartbeat else ""
    if trouble:
        print(f"warning: the heartbeat was not heard: {trouble}", file=sys.stderr)


def require_alone() -> None:
    """Raise UsageError for an option that a rebase would not obey, such as --dry-run: it would be done all the same."""
    context = click.get_current_context()
    for option in context.command.params:
        is_given = context.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE
        if is_given and option.name not in OF_REBASE:
            message = f"--rebase takes all settings from the last run, and no {option.opts[0]}"
            raise UsageError(message, f"leave {option.opts[0]} away; --work says which folder")


def tell_rebase(record: dict[str, Any], as_json: bool) -> None:
    """Print what a rebase did."""
    if as_json:
        print(json.dumps(record, indent=1))
    else:
        print(f"rebased: {record['folded']} shards folded into {record['made']}; {record['shards']} in all")
