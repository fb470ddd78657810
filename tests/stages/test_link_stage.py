from pathlib import Path

import pytest

from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.terms import Term
from rocov2.config import apply_settings
from rocov2.engine.stage import fingerprint
from rocov2.stages.link import LinkParams, run, stage
from rocov2.tables import Caption

TERMS = (
    Term("C0032326", "pneumothorax", "T047", prior=0.9, is_core=True),
    Term("C0023884", "liver", is_core=True, prior=1.0),
)


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    return build_vocabulary(TERMS, tmp_path_factory.mktemp("v")).folder


def linked(vocabulary: Path, **settings):
    params = apply_settings({"link": LinkParams(vocabulary=vocabulary)}, {"link": settings})["link"]
    return [(m.text, m.origin) for m in run(params, iter([Caption("f", "PMC1.1", TEXT, "en", 1.0, (), 8)]), iter(()))]


TEXT = "A pneumothorax, a pneumothorx and the liver"


@pytest.mark.parametrize(
    ("settings", "texts"),
    [
        ({}, ["pneumothorax", "liver"]),
        ({"min_score": "0.95"}, ["liver"]),
        ({"second_pass": "0.7"}, ["pneumothorax", "pneumothorx", "liver"]),
        ({"second_pass": "0.99"}, ["pneumothorax", "liver"]),
    ],
)
def test_the_settings_of_a_run_reach_the_linker(vocabulary, settings, texts):
    assert [text for text, _ in linked(vocabulary, **settings)] == texts


def test_each_setting_makes_another_fingerprint(vocabulary):
    choices = ({}, {"second_pass": 0.95}, {"min_score": 0.5})
    prints = {fingerprint(stage(LinkParams(vocabulary=vocabulary, **choice)).ingredients({})) for choice in choices}
    assert len(prints) == len(choices)
