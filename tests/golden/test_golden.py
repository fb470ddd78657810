import json
from pathlib import Path

import pytest

from tests.golden.digests import digests

GOLDEN = json.loads((Path(__file__).parent / "stages.json").read_text())


@pytest.mark.parametrize("stage", GOLDEN)
def test_a_stage_makes_of_the_sample_what_it_made_before_or_has_a_new_version(built, stage):
    now = digests(built[0] / "work")[stage]
    assert now == GOLDEN[stage], "raise the stage's version, then renew tests/golden/stages.json (see digests.py)"
