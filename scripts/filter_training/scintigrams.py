"""A picture -> made-up pictures of kinds that few sources show: planar scintigrams, label maps of organs, retinas on black, one
cell close by.

A scintigram is what a gamma camera makes: organs and body, blurred by its collimator, counted on a coarse grid, with the
noise of counts (Poisson), shown in a grey or coloured table. A label map is flat colours on black, and not radiology.
"""

import numpy as np
from PIL import Image
from scipy import ndimage

from filter_training.views import Rng
from filter_training.volumes import Floats, toned

GREYS = ("grey", "inverse")
COLOURS = ("hot", "warm", "rainbow", "ember", "cold")
EMPTY = 0.4  # share of a coloured scintigram that must be next to nothing: skin and gels fill theirs
FLAT = np.array(
    [
        *(
            (255, 0, 0),
            (0, 255, 0),
            (0, 0, 255),
            (255, 255, 0),
            (255, 0, 255),
            (0, 255, 255),
            (255, 128, 0),
            (128, 0, 128),
        ),
        *(
            (60, 20, 220),
            (152, 251, 152),
            (210, 105, 30),
            (128, 128, 128),
            (192, 192, 192),
            (255, 255, 255),
            (0, 128, 0),
        ),
    ],
    dtype=np.uint8,
)


def scintigram_of(image: Image.Image, rng: Rng) -> Image.Image:
    """Count what a camera would: half from the blurred picture as if it gave off light, half from drawn organs alone."""
    side = int(rng.choice((64, 64, 96, 128, 128, 192, 256)))
    ratio = float(rng.choice((1.0, 1.0, 1.0, 1.3, 0.8, 0.5, 0.35)))
    shape = (side, max(24, round(side * ratio)))
    activity = organs(shape, rng)
    if rng.random() < 0.6:
        grey = np.asarray(image.convert("L").resize(shape[::-1]), dtype=np.float32) / 255.0
        if rng.random() < 0.5:
            grey = np.clip(1.0 - grey, 0, 1) * trunk(shape, rng)
        body = ndimage.gaussian_filter(grey, side * rng.uniform(0.012, 0.035)) ** rng.uniform(0.8, 2.0)
        activity = activity * rng.choice((0.0, 0.3, 1.0)) + body / max(float(body.max()), 1e-6) * rng.uniform(0.2, 1.0)
    activity = ndimage.gaussian_filter(activity + rng.uniform(0, 0.03), side * rng.uniform(0.006, 0.02))
    counts = rng.poisson(activity / max(float(activity.max()), 1e-6) * np.exp(rng.uniform(np.log(12), np.log(500))))
    values = counts.astype(np.float32)
    if rng.random() < 0.3:
        values = ndimage.gaussian_filter(values, rng.uniform(0.4, 1.2))
    ceiling = float(np.percentile(values, rng.choice((97.0, 99.0, 99.8, 100.0)))) * rng.uniform(0.7, 1.0)
    tables = COLOURS if rng.random() < 0.5 and (values < 0.15 * ceiling).mean() > EMPTY else GREYS
    pixels = toned((values / max(ceiling, 1.0)) ** rng.uniform(0.7, 1.1), 0.0, 1.0, str(rng.choice(tables)))
    scale = rng.uniform(140, 360) / max(shape)
    size = (max(16, round(shape[1] * scale)), max(16, round(shape[0] * scale)))
    how = rng.choice((Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC))
    return Image.fromarray(pixels).resize(size, Image.Resampling(int(how)))


def organs(shape: tuple[int, int], rng: Rng) -> Floats:
    """Some organs of a trunk, from behind or before: kidneys, bladder, liver and spleen, thyroid, heart, lungs, bones, spots."""
    found = trunk(shape, rng) * rng.uniform(0.02, 0.35)
    kinds = rng.permutation(("kidneys", "glands", "liver", "bones", "spots", "lungs"))[: int(rng.integers(1, 4))]
    middle = rng.uniform(0.45, 0.55)
    level = rng.uniform(0.3, 0.6)
    if "kidneys" in kinds:
        for sign in (-1, 1)[: 2 if rng.random() < 0.85 else 1]:
            place = (level + rng.uniform(-0.05, 0.05), middle + sign * rng.uniform(0.11, 0.18))
            size, tilt = (rng.uniform(0.07, 0.13), rng.uniform(0.035, 0.065)), sign * rng.uniform(0.0, 0.5)
            bean = blob(shape, place, size, tilt)
            hollow = blob(shape, (place[0], place[1] - sign * size[1] * 0.6), (size[0] * 0.4, size[1] * 0.6), tilt)
            found += (bean - hollow * rng.uniform(-0.6, 0.9) * bean) * rng.uniform(0.2, 1.0)
        found += blob(shape, (rng.uniform(0.8, 0.95), middle), (0.06, 0.08), 0.0) * rng.choice((0.0, 0.5, 1.5))
    if "liver" in kinds:
        found += blob(shape, (level - 0.1, middle - 0.15), (0.12, 0.17), -0.4) * rng.uniform(0.2, 1.0)
        found += blob(shape, (level - 0.1, middle + 0.2), (0.08, 0.05), 0.3) * rng.uniform(0.0, 1.0)
    if "glands" in kinds:
        high = rng.uniform(0.2, 0.6)
        for sign in (-1, 1):
            size = (rng.uniform(0.05, 0.12), rng.uniform(0.025, 0.05))
            found += blob(shape, (high, middle + sign * rng.uniform(0.04, 0.09)), size, sign * 0.3) * rng.uniform(
                0.2, 1
            )
    if "lungs" in kinds:
        for sign in (-1, 1):
            found += blob(shape, (0.4, middle + sign * 0.19), (0.26, 0.12), sign * 0.12) * rng.uniform(0.3, 0.8)
    if "bones" in kinds:
        found += skeleton(shape, middle, rng) * rng.uniform(0.3, 1.0)
    for _ in range(int(rng.integers(1, 8)) if "spots" in kinds else 0):
        spread = rng.uniform(0.008, 0.05)
        found += blob(shape, tuple(rng.uniform(0.1, 0.9, 2)), (spread, spread), 0.0) * rng.uniform(0.2, 2.0)
    return np.clip(found, 0, None)


def skeleton(shape: tuple[int, int], middle: float, rng: Rng) -> Floats:
    """A spine of vertebrae and the arcs of ribs beside it."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] / np.array(shape)[:, None, None]
    steps = 0.75 + 0.25 * np.cos(y * 2 * np.pi * rng.uniform(12, 20))
    spine = np.exp(-(((x - middle) / rng.uniform(0.02, 0.05)) ** 2)) * steps
    away = np.abs(x - middle)
    arcs = np.cos((y - away * rng.uniform(0.3, 1.2) + away**2) * 2 * np.pi * rng.uniform(9, 14))
    ribs = np.clip(arcs - rng.uniform(0.1, 0.7), 0, 1) * (away < 0.35) * (y > 0.1) * (y < rng.uniform(0.55, 1.0))
    return np.asarray(spine + ribs * rng.uniform(0.3, 0.9))


def trunk(shape: tuple[int, int], rng: Rng) -> Floats:
    """A body that fills the width or some of it, soft at its edges, or none."""
    return blob(shape, (rng.uniform(0.4, 0.6), 0.5), (rng.uniform(0.45, 1.2), rng.uniform(0.25, 0.6)), 0.0, 0.08)


def blob(
    shape: tuple[int, int], place: tuple[float, ...], size: tuple[float, float], tilt: float, soft: float = 0.25
) -> Floats:
    """An ellipse at a place, with half axes down and across as shares of the sides, soft at its edge; at most 1."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] / np.array(shape)[:, None, None]
    y, x = y - place[0], x - place[1]
    down, across = y * np.cos(tilt) + x * np.sin(tilt), x * np.cos(tilt) - y * np.sin(tilt)
    far = np.sqrt((down / size[0]) ** 2 + (across / size[1]) ** 2)
    return np.asarray(1 / (1 + np.exp(np.clip((far - 1) / soft * 2, -30, 30))))


def label_map_of(image: Image.Image, rng: Rng) -> Image.Image:
    """Flat colours where parts of a blurred picture are brightest, on black (or, seldom, white): what segmentations show."""
    image = image.convert("L")
    image.thumbnail((256, 256))
    grey = ndimage.gaussian_filter(np.asarray(image, dtype=np.float32), max(image.size) * rng.uniform(0.01, 0.04))
    parts, count = ndimage.label(grey > np.percentile(grey, rng.uniform(50, 90)))
    if rng.random() < 0.5:
        bands = np.digitize(grey, np.percentile(grey, np.sort(rng.uniform(40, 95, int(rng.integers(1, 4))))))
        parts, count = bands, int(bands.max())
    sizes = np.bincount(parts.ravel(), minlength=count + 1)[1:]
    kept = 1 + np.argsort(-sizes)[: int(rng.integers(1, 7))]
    colours = rng.permutation(FLAT) if rng.random() < 0.8 else rng.integers(0, 256, (15, 3), dtype=np.uint8)
    pixels = np.full((*grey.shape, 3), 255 if rng.random() < 0.1 else 0, dtype=np.uint8)
    for place, part in enumerate(kept):
        pixels[parts == part] = colours[place]
    return Image.fromarray(pixels)


def arched(image: Image.Image, rng: Rng) -> Image.Image:
    """An OCT slice bent to an arch or a bowl and set on a taller black field, as wide scans of the eye are shown."""
    image = image.convert("L")
    image.thumbnail((320, 320))
    grey = np.asarray(image, dtype=np.float32)
    high, wide = grey.shape
    bend = rng.uniform(-0.5, 0.5) * min(high, wide)
    tall = round(high + abs(bend) + rng.uniform(0, 0.8) * wide)
    first = rng.uniform(0, tall - high - abs(bend)) + max(0.0, -bend)
    drops = first + bend * (2 * (np.arange(wide) / wide - rng.uniform(0.4, 0.6))) ** 2
    lines = np.arange(tall)[:, None] - drops
    field = np.zeros((tall, wide), dtype=np.float32)
    inside = (lines >= 0) & (lines < high)
    field[inside] = grey[lines[inside].astype(int), np.nonzero(inside)[1]]
    if rng.random() < 0.6:
        bright = ndimage.gaussian_filter(field, max(high, wide) * 0.02)
        field = np.where(
            bright > np.percentile(bright[inside], rng.uniform(20, 60)), field, field * rng.uniform(0, 0.2)
        )
    return Image.fromarray(np.clip(field * rng.uniform(0.9, 1.4), 0, 255).astype(np.uint8)).convert("RGB")


def close_up(image: Image.Image, rng: Rng) -> Image.Image:
    """One bright thing of a micrograph, cut out close and shown large on what is dark around it: mostly a cell."""
    values = np.asarray(image.convert("RGB"), dtype=np.float32)
    if rng.random() < 0.7:
        values = np.repeat(values[..., [int(values.std(axis=(0, 1)).argmax())]], 3, axis=2)
    short = min(values.shape[:2])
    bright = ndimage.gaussian_filter(values.max(axis=2), short * 0.03)
    places = np.argwhere(bright >= np.percentile(bright, 97))
    y, x = places[int(rng.integers(len(places)))]
    is_dark = np.median(values) < 90
    half = max(20, int(short * (rng.uniform(0.1, 0.3) if is_dark else rng.uniform(0.3, 0.5))))
    part = values[max(0, y - half) : y + half, max(0, x - half) : x + half]
    low, high = np.percentile(part, (rng.uniform(1, 30), rng.uniform(98, 100)))
    pixels = np.clip((part - low) / max(high - low, 1.0), 0, 1) ** rng.uniform(0.7, 1.5) * 255
    scale = rng.uniform(140, 320) / max(part.shape[:2])
    size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
    return Image.fromarray(pixels.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
