"""What the processes of a build ask of a source together is what one was allowed."""

import pytest

from rocov2.cli.build import chosen_settings
from rocov2.cli.network import default_workers, net_settings
from rocov2.config import BuildSettings


@pytest.mark.parametrize("words", [{}, {"workers": 1}, {"workers": 5}, {"workers": 5, "executor": "dask"}])
def test_the_processes_of_a_build_share_connections_and_pace(words):
    chosen = chosen_settings({}, {"source": "pmc", **words})
    net, processes = net_settings(chosen), words.get("workers", default_workers())
    assert net.connections * processes <= BuildSettings().connections
    assert net.requests_per_second * processes == pytest.approx(50)


def test_workers_that_are_threads_share_one_client_with_all_connections():
    net = net_settings(chosen_settings({}, {"source": "pmc", "workers": 4, "executor": "threads"}))
    assert (net.connections, net.requests_per_second) == (16, 50)
