"""The release of the sample is the same, byte for byte, whatever the machine is set to."""

import json
import os

import pytest

from tests.pipeline.runs import contents, places, rocov2

SETTINGS = {
    "a Turkish clerk": (
        {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Chatham", "PYTHONHASHSEED": "1"},
        ("--workers", "2", "--executor", "processes"),
    ),
    "a bare server": (
        {"LC_ALL": "C", "LANG": "C", "TZ": "America/St_Johns", "PYTHONHASHSEED": "4242", "OMP_NUM_THREADS": "1"},
        ("--workers", "3", "--executor", "threads"),
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_locale_time_zone_hash_seed_workers_and_executor_do_not_enter_the_bytes(built, tmp_path, name):
    variables, words = SETTINGS[name]
    umask = os.umask(0o077)
    try:
        rocov2("build", "--source", "sample", *places(tmp_path), *words, cwd=tmp_path, **variables)
    finally:
        os.umask(umask)
    ours, theirs = contents(tmp_path / "release"), contents(built[0] / "release")
    assert sorted(ours) == sorted(theirs)
    assert [file for file in ours if ours[file] != theirs[file]] == []
    out = rocov2("release", "--work", built[0] / "work", "--verify", tmp_path / "release", "--json")
    assert json.loads(out)["differences"] == []
