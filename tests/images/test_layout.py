import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rocov2.images.layout import (
    CHANNELS,
    SIDE_PX,
    content_box,
    content_fractions,
    cut_out,
    largest_boxes,
    panel_boxes,
    seam_profiles,
    square_of,
)


def grain(height, width, seed=0, mean=120, spread=40):
    draw = np.random.default_rng(seed)
    grey = np.clip(draw.normal(mean, spread, (height, width)), 0, 255).astype(np.uint8)
    return np.stack([grey] * 3, axis=-1)


def no_seams(region):
    return np.full((2, SIDE_PX), -5.0, dtype=np.float32)


def seam_at(axis, share):
    """Find one seam in the whole picture and none in its parts."""
    whole = []

    def find(region):
        logits = no_seams(region)
        if not whole:
            logits[axis, round(share * SIDE_PX)] = 5.0
        whole.append(region.shape)
        return logits

    return find


@pytest.mark.parametrize("shape", [(10, 700), (700, 10), (192, 192), (1, 1)])
def test_the_square_has_one_size_whatever_goes_in(shape):
    assert square_of(grain(*shape)).shape == (SIDE_PX, SIDE_PX, 3)


def test_profiles_of_a_transposed_picture_are_swapped():
    square = square_of(grain(200, 300))
    turned = np.ascontiguousarray(square.transpose(1, 0, 2))
    np.testing.assert_allclose(seam_profiles(square)[0], seam_profiles(turned)[1], rtol=1e-4, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(arrays(np.uint8, (SIDE_PX, SIDE_PX, 3), elements=st.sampled_from([0, 1, 127, 254, 255])))
def test_profiles_are_finite_for_any_pixels(square):
    profiles = seam_profiles(square)
    assert profiles.shape == (2, CHANNELS, SIDE_PX)
    assert np.isfinite(profiles).all()


def test_a_white_gutter_stands_out_in_the_column_profiles():
    square = square_of(grain(192, 192))
    square = square.copy()
    square[:, 94:98] = 255
    columns, rows = seam_profiles(square)
    near_white = columns[5]
    assert near_white[94:98].min() == 1.0
    assert near_white[:90].max() < 0.2
    assert rows[5].max() < 0.2


@pytest.mark.parametrize("colour", [0, 255])
def test_plain_margins_are_outside_the_content(colour):
    picture = np.full((120, 200, 3), colour, dtype=np.uint8)
    picture[20:100, 30:180] = grain(80, 150)
    assert content_box(picture) == (30, 20, 180, 100)


def test_a_black_margin_inside_a_white_border_goes_with_it():
    picture = np.full((160, 160, 3), 255, dtype=np.uint8)
    picture[10:150, 10:150] = 0
    picture[40:120, 50:110] = grain(80, 60)
    assert content_box(picture) == (50, 40, 110, 120)


def test_a_plain_picture_is_content_as_a_whole():
    assert content_box(np.zeros((50, 70, 3), dtype=np.uint8)) == (0, 0, 70, 50)
    assert content_fractions(np.zeros((50, 70, 3), dtype=np.uint8)) == (0.0, 0.0, 1.0, 1.0)


def test_without_seams_there_is_one_box_without_the_margins():
    picture = np.full((300, 400, 3), 255, dtype=np.uint8)
    picture[30:270, 40:360] = grain(240, 320)
    assert panel_boxes(picture, no_seams) == (0.1, 0.1, 0.9, 0.9)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_seam_cuts_the_picture_in_two_boxes_that_do_not_overlap(axis):
    boxes = np.array(panel_boxes(grain(300, 400), seam_at(axis, 0.5))).reshape(-1, 4)
    assert len(boxes) == 2
    first, second = boxes
    assert abs(first[2 + axis] - 0.5) < 0.02
    assert first[2 + axis] <= second[axis]


def test_slivers_are_left_out():
    boxes = panel_boxes(grain(300, 1000), seam_at(0, 1 - 8 / SIDE_PX))
    assert np.array(boxes[:2]).tolist() == [0.0, 0.0]
    assert 0.94 < boxes[2] < 0.97
    assert len(boxes) in (4, 8)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**20), st.integers(40, 300), st.integers(40, 300))
def test_boxes_lie_inside_the_picture_whatever_the_seams(seed, height, width):
    def any_seams(region):
        return np.random.default_rng([seed, *region.shape[:2]]).normal(0, 1.5, (2, SIDE_PX)).astype(np.float32)

    boxes = np.array(panel_boxes(grain(height, width, seed), any_seams)).reshape(-1, 4)
    assert len(boxes) >= 1
    assert (boxes >= 0).all()
    assert (boxes <= 1).all()
    assert (boxes[:, 0] < boxes[:, 2]).all()
    assert (boxes[:, 1] < boxes[:, 3]).all()


def test_the_largest_boxes_come_first():
    boxes = (0.0, 0.0, 0.2, 1.0, 0.2, 0.0, 0.9, 1.0, 0.9, 0.0, 1.0, 1.0)
    assert largest_boxes(boxes, 2) == [(0.2, 0.0, 0.9, 1.0), (0.0, 0.0, 0.2, 1.0)]
    assert len(largest_boxes(boxes, 4)) == 3


@given(seed=st.integers(0, 10**6), height=st.integers(1, 60), width=st.integers(1, 60))
def test_what_a_box_cuts_out_is_never_empty(seed, height, width):
    draw = np.random.default_rng(seed)
    x0, x1, y0, y1 = (float(value) for pair in draw.uniform(0, 1, (2, 2)) for value in sorted(pair))
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    part = cut_out(picture, (x0, y0, x1, y1))
    assert part.size
    assert np.shares_memory(part, picture)
    assert cut_out(picture, (0.0, 0.0, 1.0, 1.0)).shape == picture.shape
