import base64
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from rocov2.images.duplicates import cluster, judge
from rocov2.images.prints import (
    FINE,
    HEAD,
    LENGTH,
    PADDING,
    ROUGH,
    Prints,
    fingerprint,
    parse,
    perceptual_hash,
    spectra,
    written,
)


def scan(seed, width=256, height=220, depth=0.0):
    """A grey picture of soft blobs in an oval on black; `depth` moves the blobs as the next slice of a series would."""
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    grey = np.zeros((height, width))
    for _ in range(14):
        a, b = draw.uniform(0.2, 0.8, 2) + depth * draw.normal(0, 0.5, 2)
        size = draw.uniform(0.03, 0.1) * (1 + depth * draw.normal(0, 2))
        grey += draw.uniform(30, 120) * np.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * size**2))
    inside = ((x - 0.5) / 0.42) ** 2 + ((y - 0.5) / 0.45) ** 2 < 1
    return Image.fromarray(np.where(inside, np.clip(40 + grey, 0, 255), 0).astype(np.uint8)).convert("RGB")


def print_of(image):
    return fingerprint(np.asarray(image))


def again(image, quality):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


def bordered(image, colour):
    sheet = Image.new("RGB", (image.width + 40, image.height + 30), colour)
    sheet.paste(image, (20, 15))
    return sheet


def arrowed(image):
    image = image.copy()
    ImageDraw.Draw(image).line([(60, 60), (90, 80)], fill="yellow", width=4)
    return image


COPIES = {
    "resized": lambda image: image.resize((130, 110)),
    "recompressed": lambda image: again(image, 30),
    "cropped": lambda image: image.crop((8, 8, image.width - 6, image.height - 5)),
    "white border": lambda image: bordered(image, "white"),
    "black border": lambda image: bordered(image, "black"),
    "arrow": arrowed,
    "darker": lambda image: image.point(lambda value: int(value * 0.8)),
}


@pytest.mark.parametrize("name", COPIES)
def test_a_republished_picture_is_found(name):
    originals = [scan(seed) for seed in range(12)]
    copies = [COPIES[name](image) for image in originals]
    labels = cluster([print_of(image) for image in originals + copies])
    np.testing.assert_array_equal(labels[12:], labels[:12])
    assert len(set(labels.tolist())) == 12


@pytest.mark.parametrize("colour", ["white", "black"])
def test_a_border_around_what_fills_its_frame_is_no_part_of_the_picture(colour):
    originals = [scan(seed).crop((70, 60, 190, 165)).resize((250, 211)) for seed in range(12)]
    copies = [bordered(image, colour) for image in originals]
    labels = cluster([print_of(image) for image in originals + copies])
    np.testing.assert_array_equal(labels[12:], labels[:12])


def test_neighbouring_slices_of_a_series_stay_apart():
    series = [scan(3, depth=0.06 * step) for step in range(8)]
    assert cluster([print_of(image) for image in series]).tolist() == list(range(8))


def test_colour_against_grey_is_the_same_picture():
    image = scan(1)
    tinted = Image.merge(
        "RGB", [image.getchannel(0), image.getchannel(0).point(lambda v: v * 3 // 4), Image.new("L", image.size, 20)]
    )
    assert len(set(cluster([print_of(image), print_of(tinted)]).tolist())) == 1


def test_flat_pictures_are_copies_of_nothing():
    flat = print_of(Image.new("RGB", (90, 90), "grey"))
    assert cluster([flat, flat, print_of(scan(1)), print_of(scan(1))]).tolist() == [0, 1, 2, 2]


def test_a_label_is_the_first_place_of_its_cluster_whatever_the_order():
    texts = [print_of(scan(1)), print_of(scan(2)), print_of(again(scan(1), 60))]
    assert cluster(texts).tolist() == [0, 1, 0]
    assert cluster(texts[::-1]).tolist() == [0, 1, 0]


@pytest.mark.parametrize("count", [0, 1])
def test_a_corpus_of_none_or_one_needs_no_partner(count):
    assert cluster([print_of(scan(1))] * count).tolist() == list(range(count))


@pytest.mark.parametrize(
    "text", ["", "ab", "0" * (LENGTH - 1), "x" * LENGTH, "0" * (LENGTH - 1) + "=", "0" * (LENGTH - 1) + "\u00e9"]
)
def test_text_that_is_no_fingerprint_is_refused(text):
    with pytest.raises(ValueError, match="fingerprint"):
        cluster([print_of(scan(1)), text])


def test_the_perceptual_hash_is_the_head_of_the_fingerprint():
    pixels = np.asarray(scan(4))
    assert f"{perceptual_hash(pixels):016x}" == fingerprint(pixels)[:16]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 400), st.integers(1, 400))
def test_any_picture_has_a_fingerprint_of_one_length_that_is_always_the_same(seed, width, height):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    text = fingerprint(pixels)
    assert text == fingerprint(pixels.copy())
    assert parse([text]).shape == (1, HEAD + ROUGH + FINE)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_what_is_written_is_read_again_to_within_its_steps(seed):
    values = np.random.default_rng(seed).laplace(0, 0.3, ROUGH + FINE * 2).astype(np.float32)
    table = parse([written(bytes(range(HEAD)), values)])
    read = spectra(table)[0]
    assert table[0, :HEAD].tolist() == list(range(HEAD))
    np.testing.assert_allclose(read[:ROUGH], np.clip(values[:ROUGH], -25, 25), atol=0.16)
    np.testing.assert_allclose(read[ROUGH:], np.clip(values[ROUGH:], -1.5, 1.5), atol=0.25)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_bytes_are_read_as_they_are_written(seed, count):
    bytes_ = np.random.default_rng(seed).integers(0, 256, (count, HEAD + ROUGH + FINE), dtype=np.uint8)
    texts = [
        row[:HEAD].tobytes().hex() + base64.b64encode(row[HEAD:].tobytes() + bytes(PADDING)).decode() for row in bytes_
    ]
    np.testing.assert_array_equal(parse(texts), bytes_)
    np.testing.assert_array_equal(Prints.of(texts).table, bytes_[:, : HEAD + ROUGH])


def pairs_of(images):
    prints = Prints.of([print_of(image) for image in images])
    return prints, np.array([(a, b) for a in range(len(images)) for b in range(len(images))])


def test_a_pair_is_judged_the_same_either_way_round():
    images = [change(scan(seed)) for seed in range(2) for change in COPIES.values()]
    prints, pairs = pairs_of(images)
    np.testing.assert_array_equal(judge(prints, pairs), judge(prints, pairs[:, ::-1]))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(sorted(COPIES)))
def test_nothing_of_a_picture_is_unexplained_by_itself(seed, name):
    prints = Prints.of([print_of(COPIES[name](scan(seed)))])
    assert judge(prints, np.array([[0, 0]]))[0] < 1e-3


def test_marks_on_a_minority_of_the_picture_do_not_count_and_a_change_all_over_does():
    image = scan(5)
    prints, pairs = pairs_of([image, arrowed(image), scan(5, depth=0.03)])
    found = judge(prints, pairs).reshape(3, 3)
    assert found[0, 1] < 0.05
    assert found[0, 2] > 0.2


def test_clusters_do_not_depend_on_the_order_of_arrival():
    images = [scan(seed) for seed in range(8)]
    texts = [print_of(image) for image in images] + [print_of(again(image, 40)) for image in images[:5]]
    order = np.random.default_rng(0).permutation(len(texts))
    labels, shuffled = cluster(texts), cluster([texts[place] for place in order])
    together = labels[order][:, None] == labels[order]
    np.testing.assert_array_equal(shuffled[:, None] == shuffled, together)
    assert together.sum() == len(texts) + 2 * 5


def test_a_pair_is_judged_the_same_whatever_is_judged_beside_it():
    images = [change(scan(seed)) for seed in range(3) for change in COPIES.values()]
    prints, pairs = pairs_of(images)
    alone = np.concatenate([judge(prints, pairs[place : place + 1]) for place in range(0, len(pairs), 7)])
    np.testing.assert_allclose(judge(prints, pairs)[::7], alone, rtol=1e-2, atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.sampled_from(sorted(COPIES)), min_size=2, max_size=4), st.randoms())
def test_copies_of_one_picture_are_one_cluster_in_any_order(seed, names, draw):
    texts = [print_of(COPIES[name](scan(seed))) for name in names]
    others = [print_of(scan(20_000 + seed)), print_of(scan(30_000 + seed))]
    shuffled = draw.sample(texts + others, len(texts) + 2)
    labels = dict(zip(shuffled, cluster(shuffled).tolist(), strict=True))
    assert len({labels[text] for text in texts}) == 1
    assert len(set(labels.values())) == 3
