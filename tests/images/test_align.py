import numpy as np
import pytest
from scipy import ndimage

from rocov2.images.align import differing, unexplained

SAME = np.array([[1.0, 0.0, 1.0, 0.0]], dtype=np.float32)
SIDE = 24


def left_over(*pictures, start=SAME):
    return unexplained(*pictures, start, 5)[0]


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
    assert left_over(smooth(1), smooth(1))[0] < 1e-4


@pytest.mark.parametrize(("gain", "offset"), [(0.5, 0.0), (2.0, 0.7), (1.0, -1.5)])
def test_brightness_and_contrast_do_not_count(gain, offset):
    assert left_over(smooth(2), gain * smooth(2) + offset)[0] < 1e-3


def test_another_picture_is_not_explained():
    assert left_over(smooth(3), smooth(4))[0] > 0.2


def test_a_shift_by_a_pixel_is_found():
    large = smooth(5, 26)
    assert left_over(large[:, 1:25, 1:25], large[:, 1:25, 2:26])[0] < 0.01


def test_marks_on_less_than_a_tenth_do_not_count():
    marked = smooth(6).copy()
    marked[0, 4:8, 4:10] += 3.0
    assert left_over(marked, smooth(6))[0] < 0.05


def test_pairs_are_judged_each_on_its_own():
    left = np.concatenate([smooth(7), smooth(8)])
    right = np.concatenate([smooth(7), smooth(9)])
    both = left_over(left, right, start=SAME.repeat(2, 0))
    np.testing.assert_allclose(both[0], left_over(smooth(7), smooth(7))[0], atol=1e-5)
    assert both[0] < 1e-3 < both[1]


def test_a_warp_that_leaves_the_picture_is_no_match():
    away = np.array([[1.0, 0.9, 1.0, 0.9]], dtype=np.float32)
    assert np.isinf(left_over(smooth(10), smooth(10), start=away)[0])


def test_flat_pictures_give_a_number():
    flat = np.zeros((1, SIDE, SIDE), np.float32)
    assert np.isfinite(left_over(flat, flat)).all()


def blurred(picture, share=0.1):
    edges = np.pad(picture, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = edges[:, :-2, 1:-1] + edges[:, 2:, 1:-1] + edges[:, 1:-1, :-2] + edges[:, 1:-1, 2:]
    return (1 - 4 * share) * picture + share * around


def marked(picture):
    picture = picture.copy()
    picture[0, 4:14, 4:18] += 2.0
    return picture


@pytest.mark.parametrize(
    "change",
    [lambda p: p, lambda p: 0.5 * p - 1.0, blurred, marked],
    ids=["itself", "another tone", "softer", "marks on a corner"],
)
def test_what_a_copy_may_change_is_no_difference(change):
    picture = smooth(12, 48)
    assert differing(picture, change(picture).astype(np.float32), SAME)[0] < 0.01


def test_a_little_change_everywhere_is_a_difference():
    assert differing(smooth(13, 48), smooth(13, 48) + 0.2 * smooth(14, 48), SAME)[0] > 0.1


def test_a_difference_counts_more_where_nothing_is_stretched():
    changed = smooth(15, 48) + 0.1 * smooth(16, 48)
    place = ((np.arange(48) + 0.5) / 48 - 0.5) * 1.08 * 48 + 23.5
    grid = np.meshgrid(place, place, indexing="ij")
    stretched = ndimage.map_coordinates(changed[0], grid, order=1, mode="nearest")[None].astype(np.float32)
    start = np.array([[1.08, -0.04, 1.08, -0.04]], np.float32)
    once = differing(stretched, smooth(15, 48), start)[0]
    assert differing(changed, smooth(15, 48), SAME)[0] > 1.5 * once


def test_what_lies_next_to_the_picture_is_another():
    away = np.array([[1.0, 0.9, 1.0, 0.9]], dtype=np.float32)
    assert np.isinf(differing(smooth(10, 48), smooth(10, 48), away)[0])


def test_what_changes_single_pixels_counts_less_than_as_much_that_changes_their_surroundings_too():
    picture, other = (np.concatenate([smooth(seed, 48) for seed in range(first, first + 20)]) for first in (20, 40))
    grain = np.random.default_rng(0).normal(0, 1, picture.shape).astype(np.float32)
    fine, broad = (differing(picture, picture + 0.1 * change, SAME.repeat(20, 0)) for change in (grain, other))
    assert 1.5 * np.median(fine) < np.median(broad)
