"""The finer classes that radiology is told by: named, joined where few, and weighed."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from filter_training.classes import RARE, class_weights, codes_of, labels_of


def test_a_view_of_several_labels_has_none_and_what_is_made_up_has_that_of_its_kind():
    rows = [SimpleNamespace(label=label) for label in ("ct", "ct", "chart")]
    views = [
        SimpleNamespace(kind=kind, members=members)
        for kind, members in (("clean", (2,)), ("montage", (0, 1)), ("montage", (0, 2)), ("scintigram", (0,)))
    ]
    assert labels_of(views, rows).tolist() == ["chart", "ct", "", "nuclear"]


def test_classes_of_radiology_come_first_and_those_with_few_pictures_are_one():
    labels = np.array(["chart"] * RARE + ["ct"] * RARE + ["gel", "oct", "us", ""])
    radiology = np.array([0] * RARE + [1] * RARE + [0, 0, 1, 1])
    codes, of_radiology = codes_of(labels, radiology, np.ones(len(labels), dtype=bool))
    assert of_radiology == 2
    assert len(set(codes[:RARE])) == len(set(codes[RARE : 2 * RARE])) == 1
    assert codes[-4] == codes[-3] >= of_radiology > codes[-2]
    assert codes[-1] == -1


def test_a_label_on_both_sides_is_two_classes():
    labels, radiology = np.array(["render3d"] * 2 * RARE), np.repeat([0, 1], RARE)
    codes, of_radiology = codes_of(labels, radiology, np.ones(2 * RARE, dtype=bool))
    assert of_radiology == 1
    assert (codes < of_radiology).tolist() == (radiology == 1).tolist()


@given(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from("abc"), st.sampled_from([0.1, 1.0])), min_size=2, max_size=40)
)
def test_both_sides_weigh_the_same_and_the_mean_is_one(drawn):
    drawn += [(0, "a", 1.0), (4, "a", 1.0)]
    codes, families, less = (np.array(column) for column in zip(*drawn, strict=True))
    weight = class_weights(codes, families, less, 2)
    assert weight.mean() == pytest.approx(1)
    assert weight[codes < 2].sum() == pytest.approx(weight[codes >= 2].sum())


def test_a_class_counts_as_the_root_of_what_its_pictures_weigh():
    codes = np.array([0] * 16 + [1] * 4 + [2])
    families = np.array([f"source{number}" for number in range(21)])
    weight = class_weights(codes, families, np.ones(21), 2)
    assert weight[codes == 0].sum() == pytest.approx(2 * weight[codes == 1].sum())
