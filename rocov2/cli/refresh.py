"""`refresh`: keep a release current from the newest inventory with no one watching: a build that tells a watcher."""

import sys
from typing import Any

import click

from rocov2.cli.build import finish, run_build
from rocov2.cli.options import build_options
from rocov2.net import beat, require_heartbeat_url


@click.command()
@build_options
@click.option(
    "--heartbeat",
    envvar="ROCOV2_HEARTBEAT",
    metavar="URL",
    help="GET this after a success, so that whoever listens there notices when refreshes stop.",
)
def refresh(heartbeat: str | None, **options: Any) -> None:
    """Bring a release up to the newest inventory; a cron job.

    What is new or changed goes through the stages in a shard of its own. What was retracted, or lost its
    licence, leaves at once, and what two inventories in succession do not list leaves then, each with a
    row in tombstones.csv. No sample changes its split or its ID. Objects that could not be fetched are
    tried again each time. A release that fails its checks or expectations is not published (exit 6), and
    the last one stays. The first refresh of an empty work folder is a build.
    """
    if heartbeat:
        require_heartbeat_url(heartbeat)
    record = run_build(options, retry=True)
    if record is None:
        return
    finish(record, options["as_json"])
    trouble = beat(heartbeat) if heartbeat else ""
    if trouble:
        print(f"warning: the heartbeat was not heard: {trouble}", file=sys.stderr)
