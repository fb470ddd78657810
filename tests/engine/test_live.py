"""The list of what counts, in memory: the same answers as a dictionary of it, at 12 bytes an article."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.engine.live import live_path, pmcids, read_live, write_live

SHARDS = ["PMC0000xxxx", "PMC0001xxxx", "2026-09-02"]


def written(work, shard_of):
    numbers = np.array(sorted(shard_of), np.int64)
    places = np.array([shard_of[number] for number in numbers.tolist()], np.int32)
    write_live(work, SHARDS, [(numbers, places)])
    return read_live(live_path(work))


@given(shard_of=st.dictionaries(st.integers(1, 30), st.integers(0, 2)), asked=st.lists(st.integers(1, 40)))
def test_an_article_counts_in_the_shard_that_the_list_names_and_in_no_other(tmp_path_factory, shard_of, asked):
    live = written(tmp_path_factory.mktemp("live"), shard_of)
    for place, shard in enumerate(SHARDS):
        expected = [shard_of.get(number) == place for number in asked]
        assert live.counts(pmcids(np.array(asked, np.int64)), shard).tolist() == expected


@pytest.mark.parametrize("shard_of", [{}, {1: 0}])
def test_a_shard_that_the_list_does_not_name_counts_for_nothing(tmp_path, shard_of):
    assert not written(tmp_path, shard_of).counts(pa.array(["PMC1", "PMC2"]), "PMC0009xxxx").any()


def test_a_large_list_takes_12_bytes_an_article(tmp_path):
    live = written(tmp_path, dict.fromkeys(range(1, 200_001), 0))
    assert live.numbers.nbytes + live.places.nbytes == 12 * 200_000
