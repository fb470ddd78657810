"""A map without one collection, made from sums over all, is the map of who never saw it."""

import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training is not installed here: torch")
pytest.importorskip("onnx", reason="training is not installed here: onnx")

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from filter_training import alone  # noqa: E402
from filter_training.alone import Lesson, class_sums, without  # noqa: E402
from filter_training.fit import FISHER, discriminant, logistic  # noqa: E402


def lesson(classes=2, seed=0):
    """Classes of 8 features, in four collections that stand apart; some views show two collections."""
    draw = np.random.default_rng(seed)
    truth, family = draw.integers(0, classes, 240), draw.integers(0, 4, 240)
    rows = draw.normal(size=(240, 8)) + draw.normal(size=(classes, 8))[truth] + draw.normal(size=(4, 8))[family]
    families = np.empty(240, dtype=object)
    families[:] = [{f"f{number}"} for number in family]
    families[::17] = [members | {"f0"} for members in families[::17]]
    share = torch.from_numpy(draw.uniform(0.5, 1.5, 240).astype(np.float32))
    return Lesson(torch.from_numpy(rows.astype(np.float32)), torch.from_numpy(truth), share, share.clone(), families)


def fitted_on_the_rest(whole, name):
    """Both maps fitted from nothing on what does not show the collection, classes and mean weight as in the whole."""
    kept = torch.from_numpy(np.array([name not in members for members in whole.families]))
    rows, truth, share = whole.rows[kept], whole.truth[kept], whole.share[kept].clone()
    for value in range(int(whole.truth.max()) + 1):
        share[truth == value] *= whole.base[whole.truth == value].sum() / whole.base[kept][truth == value].sum()
    counts, added = FISHER["radiology"]
    straight = logistic(rows, truth, share, rounds=200)
    seen = discriminant(rows, truth, whole.share[kept], added)
    return [(one + counts * other) / 2 for one, other in zip(straight, seen, strict=True)]


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("name", ["f0", "f1", "f3"])
def test_leaving_out_by_subtraction_is_fitting_on_the_rest(name, classes, monkeypatch):
    monkeypatch.setattr(alone, "ROUNDS", 200)  # until nothing changes, as the other fit
    whole = lesson(classes)
    start = logistic(whole.rows, whole.truth, whole.share)
    weight, bias = without(whole, name, start, class_sums(whole.rows, whole.truth, whole.share))
    asked_weight, asked_bias = fitted_on_the_rest(whole, name)
    assert (weight - weight[0]).numpy() == pytest.approx((asked_weight - asked_weight[0]).numpy(), abs=0.05)
    assert (bias - bias[0]).numpy() == pytest.approx((asked_bias - asked_bias[0]).numpy(), abs=0.05)


def test_a_collection_that_is_left_out_changes_the_map():
    whole = lesson()
    start, sums = logistic(whole.rows, whole.truth, whole.share), class_sums(whole.rows, whole.truth, whole.share)
    first, other = (without(whole, name, start, sums)[0] for name in ("f1", "f2"))
    assert (first - other).abs().max() > 0.05


def test_a_class_that_only_the_collection_shows_is_not_answered():
    whole = lesson(3)
    others = torch.from_numpy(np.array([members != {"f2"} for members in whole.families]))
    whole.truth[others & (whole.truth == 1)] = 0
    start, sums = logistic(whole.rows, whole.truth, whole.share), class_sums(whole.rows, whole.truth, whole.share)
    weight, bias = without(whole, "f2", start, sums)
    assert not (whole.rows @ weight.T + bias).argmax(1).eq(1).any()
