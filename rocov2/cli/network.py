"""From the settings of a run to those of the network: shared out among the workers."""

import os

from rocov2.config import BuildSettings
from rocov2.net import NetSettings


def net_settings(chosen: BuildSettings) -> NetSettings:
    """Return the network settings of one process: connections and pace are shared out among those that work.

    Workers that are threads share one client. `chosen.workers` of 0 stands for this process alone.
    """
    workers = 1 if chosen.executor == "threads" else chosen.workers or 1
    rate = chosen.requests_per_second or (50.0 if chosen.source == "pmc" else 0.0)
    return NetSettings(
        connections=max(1, chosen.connections // workers),
        requests_per_second=rate / workers if rate else None,
        contact=chosen.contact,
    )


def default_workers() -> int:
    """Return the number of processors, at most 8."""
    return min(8, os.cpu_count() or 1)
