"""What training makes of panels is what scoring makes of them."""

import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training is not installed here: torch")
pytest.importorskip("onnx", reason="training is not installed here: onnx")

REPO = Path(__file__).resolve().parents[2]
MODELS = REPO / "data" / "models"
sys.path.insert(0, str(REPO / "scripts"))

from filter_training import panels as module  # noqa: E402
from filter_training.manifest import Row  # noqa: E402
from filter_training.panels import Cutter, looked_at, panels_of  # noqa: E402

from rocov2.images.classify import in_doubt, with_panels  # noqa: E402
from tests.images.test_classify import scan, side_by_side  # noqa: E402

CALIBRATION = (0.5, -0.5)


def cutter():
    calibration = tomllib.loads((MODELS / "models.toml").read_text())["calibration"]["compound"]
    networks = {name: MODELS / f"{name}.onnx" for name in ("backbone", "wide", "middle")}
    return Cutter(networks, MODELS, tuple(calibration))


def rows_in(folder, count):
    """Scans, each second one two of them side by side."""
    rows = []
    for place in range(count):
        image = side_by_side(scan(place), scan(place + 50)) if place % 2 else scan(place)
        image.save(folder / f"{place}.png")
        rows.append(Row(str(folder / f"{place}.png"), "mri", 1, 1, place % 2, "here", "here", "", False, ""))
    return rows


def test_logits_of_panels_are_averaged_where_scoring_does():
    count = 200
    draw = np.random.default_rng(0)
    kind, panels, places = draw.normal(0, 10, (count, 8)), draw.normal(0, 10, (300, 8)), draw.integers(0, count, 300)
    found = looked_at(kind, panels, places, CALIBRATION)
    for place in range(count):
        own = list(panels[places == place])
        asked = with_panels(kind[place], own) if own and in_doubt(kind[place, 0], CALIBRATION) else kind[place]
        assert found[place] == pytest.approx(asked, abs=1e-5)


def test_only_pictures_that_are_cut_have_panels_and_a_later_run_reads_them(tmp_path, monkeypatch):
    rows = rows_in(tmp_path, 4)
    first = panels_of(rows, cutter(), tmp_path / "panels.npz")
    assert first.picture.tolist() == [1, 1, 3, 3]
    monkeypatch.setattr(module, "ProcessPoolExecutor", None)  # nothing is left to look at
    again = panels_of(rows[2:] + rows[:2], cutter(), tmp_path / "panels.npz")
    assert again.picture.tolist() == [1, 1, 3, 3]
    assert again.rows[:2].equal(first.rows[2:])
