import shutil

import numpy as np
import pytest
from PIL import Image, ImageDraw

from rocov2.errors import ConfigError
from rocov2.images import classify
from rocov2.images.classify import (
    MODALITIES,
    REGIONS,
    ImageScores,
    fuse,
    in_doubt,
    load_models,
    score_images,
    with_panels,
)
from rocov2.images.decode import Picture, decode
from tests.conftest import REPO

MODELS = REPO / "data" / "models"


@pytest.fixture(scope="module")
def models():
    return load_models(MODELS)


def picture(image):
    rgb = np.asarray(image.convert("RGB"))
    return Picture(rgb, image.width, image.height, "RGB")


def scan(seed, side=220):
    """Soft grey blobs and grain in an oval on black."""
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    grey = draw.normal(60, 6, (side, side))
    for _ in range(12):
        a, b, size = *draw.uniform(0.25, 0.75, 2), draw.uniform(0.03, 0.12)
        grey += draw.uniform(20, 110) * np.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * size**2))
    inside = ((x - 0.5) / 0.4) ** 2 + ((y - 0.5) / 0.46) ** 2 < 1
    return Image.fromarray(np.where(inside, np.clip(grey, 0, 255), 0).astype(np.uint8)).convert("RGB")


def side_by_side(first, second, gutter=12, colour="white"):
    sheet = Image.new("RGB", (first.width + gutter + second.width, first.height), colour)
    sheet.paste(first, (0, 0))
    sheet.paste(second, (first.width + gutter, 0))
    return sheet


def chart(seed):
    draw = np.random.default_rng(seed)
    sheet = Image.new("RGB", (400, 300), "white")
    pen = ImageDraw.Draw(sheet)
    pen.line([(40, 20), (40, 260), (380, 260)], fill="black", width=2)
    heights = draw.integers(20, 220, 6)
    for place, height in enumerate(heights):
        pen.rectangle((60 + 50 * place, 260 - int(height), 90 + 50 * place, 260), fill=(40, 90, 180))
    pen.text((150, 275), "months after treatment", fill="black")
    return sheet


def test_scores_are_probabilities_and_modalities_share_one(models):
    for scores in score_images(models, [picture(scan(1)), picture(chart(1)), picture(Image.new("RGB", (9, 700)))]):
        assert 0 <= scores.compound_score <= 1
        assert 0 <= scores.radiology_score <= 1
        assert len(scores.modality_scores) == len(MODALITIES)
        assert len(scores.region_scores) == len(REGIONS)
        assert sum(scores.region_scores) == pytest.approx(1, abs=1e-3)
        assert abs(sum(scores.modality_scores) - 1) < 1e-3


def test_a_score_does_not_depend_on_what_else_is_in_the_list(models):
    pictures = [picture(scan(1)), picture(chart(1)), picture(scan(2))]
    together = score_images(models, pictures)
    alone = [score_images(models, [one])[0] for one in reversed(pictures)]
    assert together == alone[::-1]


def test_scans_score_above_charts_on_radiology(models):
    scans = score_images(models, [picture(scan(seed)) for seed in range(5)])
    charts = score_images(models, [picture(chart(seed)) for seed in range(5)])
    worst = max(one.radiology_score for one in charts)
    assert worst < 0.1
    assert (
        min(one.radiology_score for one in scans) > 5 * worst
    )  # blobs in an oval are no anatomy: only the order counts


@pytest.mark.parametrize("gutter", [4, 12, 24])
def test_two_panels_are_seen_and_boxed(models, gutter):
    for seed in range(3):
        joined = side_by_side(scan(seed), scan(seed + 50), gutter)
        scores = score_images(models, [picture(joined)])[0]
        boxes = np.array(scores.panel_boxes).reshape(-1, 4)
        assert scores.compound_score > 0.5
        assert len(boxes) == 2
        assert boxes[0, 2] <= 0.52
        assert boxes[1, 0] >= 0.48


@pytest.mark.parametrize(("first", "second"), [(scan(1), chart(2).resize((220, 220))), (scan(2), scan(52))])
def test_a_figure_in_doubt_is_looked_at_panel_by_panel(models, monkeypatch, first, second):
    sheet = picture(side_by_side(first, second))
    monkeypatch.setattr(classify, "DOUBT", 0.0)
    whole = score_images(models, [sheet])[0]
    monkeypatch.setattr(classify, "DOUBT", 1e9)
    also_panels = score_images(models, [sheet])[0]
    assert also_panels.modality_scores != whole.modality_scores
    assert also_panels.panel_boxes == whole.panel_boxes
    assert also_panels.compound_score == whole.compound_score


def test_panels_count_together_what_the_whole_figure_counts():
    panels = [np.full(8, value, dtype=np.float32) for value in (1.0, 2.0, 6.0)]
    assert with_panels(np.full(8, 5.0, dtype=np.float32), panels).tolist() == [4.0] * 8


@pytest.mark.parametrize(("logit", "expected"), [(-9.0, False), (-6.9, True), (8.9, True), (11.0, False)])
def test_doubt_is_measured_from_where_the_calibration_puts_one_half(logit, expected):
    assert in_doubt(logit, (0.5, -0.5)) is expected


def test_a_single_scan_has_one_box_inside_its_margins(models):
    framed = Image.new("RGB", (320, 320), "white")
    framed.paste(scan(3), (50, 50))
    scores = score_images(models, [picture(framed)])[0]
    x0, y0, x1, y1 = scores.panel_boxes
    assert scores.compound_score < 0.5
    assert 0.14 < x0 < x1 < 0.86
    assert 0.14 < y0 < y1 < 0.86


def test_images_of_the_sample_are_scored_as_their_captions_say(models):
    figures = sorted((REPO / "data" / "sample").glob("**/*.jpg"))[:12]
    scored = score_images(models, [decode(path.read_bytes()) for path in figures])
    assert len(scored) == len(figures) > 0
    assert all(len(one.phash) > 16 for one in scored)


WEIGHTS = [f"{name}.onnx" for name in ("backbone", "compound", "kind", "letters", "middle", "region", "seams", "wide")]


@pytest.mark.parametrize("name", [*WEIGHTS, "models.toml"])
def test_a_missing_or_altered_file_is_a_configuration_error(tmp_path, name):
    folder = tmp_path / "models"
    shutil.copytree(MODELS, folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:-7])
    with pytest.raises(ConfigError, match="models"):
        load_models(folder)
    (folder / name).unlink()
    with pytest.raises(ConfigError, match=r"train_filters|models"):
        load_models(folder)


def scored(radiology=0.5, shares=(0.4, 0.3, 0.1, 0.05, 0.05, 0.05, 0.05)):
    return ImageScores(0.1, (0.0, 0.0, 1.0, 1.0), radiology, shares, "0" * 16)


def test_without_a_caption_the_image_decides_alone():
    assert fuse(scored(0.7), None, None) == (0.7, scored().modality_scores)
    assert fuse(scored(0.7), None, {}) == (0.7, scored().modality_scores)


@pytest.mark.parametrize("words", [0.0, 0.01, 0.5, 0.99, 1.0])
def test_a_caption_moves_radiology_its_own_way_but_does_not_overrule_clear_pixels(words):
    for image in (0.001, 0.3, 0.7, 0.999):
        radiology, _ = fuse(scored(image), words, None)
        assert (radiology - image) * (words - 0.5) >= -1e-4
    assert fuse(scored(0.001), 1.0, None)[0] < 0.5
    assert fuse(scored(0.999), 0.0, None)[0] > 0.5


def test_a_caption_that_names_a_modality_decides_between_close_ones():
    _, shares = fuse(scored(), 0.9, {"MRI": 1.0})
    best = dict(zip(MODALITIES, shares, strict=True))
    assert max(best, key=best.get) == "MRI"
    assert abs(sum(shares) - 1) < 1e-3


def test_a_caption_that_names_one_modality_outweighs_a_fairly_sure_image():
    sure = (0.9, 0.07, 0.01, 0.005, 0.005, 0.005, 0.005)
    _, shares = fuse(scored(shares=sure), 0.9, {"MRI": 1.0})
    assert shares[MODALITIES.index("MRI")] > 0.8


def test_models_are_named_by_digest_and_stay_under_25_mb():
    assert sum(path.stat().st_size for path in MODELS.glob("*.onnx")) < 25e6
    assert sorted(path.name for path in MODELS.glob("*.onnx")) == WEIGHTS
