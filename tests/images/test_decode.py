import io
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rocov2.images.decode import LONG_SIDE_PX, MAX_PIXELS, BadImage, decode

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF")


def scene(width=300, height=200, mode="RGB"):
    ramp = np.linspace(0, 255, width, dtype=np.uint8)[None].repeat(height, 0)
    return Image.fromarray(np.stack([ramp, ramp[:, ::-1], ramp], axis=-1)).convert(mode)


def saved(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("told", [True, False])
def test_every_format_is_decoded_whether_or_not_it_is_named(name, told):
    picture = decode(saved(scene(), name), name.lower() if told else None)
    assert (picture.width_px, picture.height_px) == (300, 200)
    assert picture.rgb.shape == (200, 300, 3)
    assert picture.rgb.dtype == np.uint8
    assert abs(int(picture.rgb[100, 10, 1]) - 246) < 20


@pytest.mark.parametrize("told", ["jpeg", None])
def test_of_an_mpo_the_first_picture_is_taken(told):
    body = saved(scene(), "MPO", save_all=True, append_images=[Image.new("RGB", (300, 200), "blue")])
    assert abs(int(decode(body, told).rgb[100, 290, 0]) - 246) < 20


def test_a_body_of_another_format_than_named_is_refused():
    with pytest.raises(BadImage) as refused:
        decode(saved(scene(), "PNG"), "jpeg")
    assert refused.value.reason == "unknown_format"


def test_a_format_without_a_decoder_is_refused_by_name():
    with pytest.raises(BadImage, match="bmp"):
        decode(saved(scene(), "BMP"), "bmp")


@pytest.mark.parametrize("size", [(2000, 1000), (1000, 2000), (513, 10), (4000, 4000)])
@pytest.mark.parametrize("name", ["JPEG", "PNG"])
def test_the_long_side_is_at_most_512_px_and_the_file_size_is_told(size, name):
    picture = decode(saved(scene(*size), name))
    assert (picture.width_px, picture.height_px) == size
    assert max(picture.rgb.shape) <= LONG_SIDE_PX
    assert abs(picture.rgb.shape[1] / picture.rgb.shape[0] - size[0] / size[1]) < 0.05 * size[0] / size[1]


def test_a_small_picture_keeps_its_size():
    assert decode(saved(scene(17, 9), "PNG")).rgb.shape == (9, 17, 3)


def test_transparency_is_laid_on_white():
    clear = Image.new("RGBA", (40, 40), (200, 0, 0, 0))
    assert (decode(saved(clear, "PNG")).rgb == 255).all()


def test_cmyk_becomes_rgb():
    cyan = Image.new("CMYK", (40, 40), (255, 0, 0, 0))
    red, green, blue = (int(decode(saved(cyan, "JPEG")).rgb[20, 20, channel]) for channel in range(3))
    assert red < 60 < green
    assert blue > 60


@pytest.mark.parametrize(("dtype", "top"), [(np.uint16, 4000), (np.float32, 0.5), (np.int32, 100_000)])
def test_wide_samples_are_windowed_to_eight_bits(dtype, top):
    ramp = np.linspace(0, top, 200 * 100).reshape(100, 200).astype(dtype)
    grey = decode(saved(Image.fromarray(ramp), "TIFF")).rgb[:, :, 0]
    assert grey.min() == 0
    assert grey.max() == 255
    assert abs(float(grey.mean()) - 127) < 3


def test_float_samples_without_a_number_are_black():
    hollow = np.full((20, 20), np.nan, dtype=np.float32)
    assert not decode(saved(Image.fromarray(hollow), "TIFF")).rgb.any()


def test_too_many_pixels_are_refused_before_they_are_decoded():
    side = int(MAX_PIXELS**0.5) + 100
    with pytest.raises(BadImage) as refused:
        decode(saved(Image.new("1", (side, side)), "PNG"))
    assert refused.value.reason == "too_many_pixels"


def test_a_cut_file_is_truncated_and_noise_is_unknown():
    with pytest.raises(BadImage) as cut:
        decode(saved(scene(), "JPEG")[:1500])
    with pytest.raises(BadImage) as noise:
        decode(b"no picture at all")
    assert (cut.value.reason, noise.value.reason) == ("truncated", "unknown_format")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FORMATS), st.integers(8, 900), st.binary(min_size=1, max_size=40))
def test_damage_anywhere_ends_in_a_reason_or_a_picture(name, place, noise):
    body = saved(scene(60, 40), name)
    damaged = body[:place] + noise + body[place + len(noise) :]
    reason = ""
    try:
        decode(damaged)
    except BadImage as bad:
        reason = bad.reason
    assert reason in {"", "unknown_format", "too_many_pixels", "truncated", "undecodable"}


def test_a_bad_image_crosses_a_process_boundary_whole():
    bad = pickle.loads(pickle.dumps(BadImage("truncated", "after 12 bytes")))  # noqa: S301 - made here
    assert (bad.reason, bad.detail) == ("truncated", "after 12 bytes")
