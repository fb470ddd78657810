import numpy as np
import pytest

from rocov2.images.align import unexplained

SAME = np.array([[1.0, 0.0, 1.0, 0.0]], dtype=np.float32)
SIDE = 24


def smooth(seed, side=SIDE):
    """A picture of a few soft blobs, (1, side, side), of about unit spread."""
    draw = np.random.default_rng(seed)
    y, x = (np.mgrid[:side, :side] + 0.5) / side
    grey = sum(
        weight * np.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * width**2))
        for weight, a, b, width in zip(
            draw.normal(0, 1, 12), *draw.uniform(0.05, 0.95, (2, 12)), draw.uniform(0.05, 0.15, 12), strict=True
        )
    )
    return ((grey - grey.mean()) / grey.std()).astype(np.float32)[None]


def test_a_picture_explains_itself():
    assert unexplained(smooth(1), smooth(1), SAME)[0] < 1e-4


@pytest.mark.parametrize(("gain", "offset"), [(0.5, 0.0), (2.0, 0.7), (1.0, -1.5)])
def test_brightness_and_contrast_do_not_count(gain, offset):
    assert unexplained(smooth(2), gain * smooth(2) + offset, SAME)[0] < 1e-3


def test_another_picture_is_not_explained():
    assert unexplained(smooth(3), smooth(4), SAME)[0] > 0.2


def test_a_shift_by_a_pixel_is_found():
    large = smooth(5, 26)
    assert unexplained(large[:, 1:25, 1:25], large[:, 1:25, 2:26], SAME)[0] < 0.01


def test_marks_on_less_than_a_tenth_do_not_count():
    marked = smooth(6).copy()
    marked[0, 4:8, 4:10] += 3.0
    assert unexplained(marked, smooth(6), SAME)[0] < 0.05


def test_pairs_are_judged_each_on_its_own():
    left = np.concatenate([smooth(7), smooth(8)])
    right = np.concatenate([smooth(7), smooth(9)])
    both = unexplained(left, right, SAME.repeat(2, 0))
    np.testing.assert_allclose(both[0], unexplained(smooth(7), smooth(7), SAME)[0], atol=1e-5)
    assert both[0] < 1e-3 < both[1]


def test_a_warp_that_leaves_the_picture_is_no_match():
    away = np.array([[1.0, 0.9, 1.0, 0.9]], dtype=np.float32)
    assert np.isinf(unexplained(smooth(10), smooth(10), away)[0])


def test_flat_pictures_give_a_number():
    flat = np.zeros((1, SIDE, SIDE), np.float32)
    assert np.isfinite(unexplained(flat, flat, SAME)).all()


def test_what_keeps_its_frame_must_agree_more_closely_than_what_is_stretched():
    noise = np.random.default_rng(11).normal(0, 0.03, (1, SIDE, SIDE)).astype(np.float32)
    strict = unexplained(smooth(11) + noise, smooth(11), SAME)[0]
    assert strict > 2 * unexplained(smooth(11) + noise, smooth(11), SAME, steps=5)[0]
