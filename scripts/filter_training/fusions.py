"""A grey slice of CT or MR -> a made-up fusion: a coloured layer over it that follows the body as tracers do."""

import numpy as np
from PIL import Image
from scipy import ndimage

from filter_training.views import Rng
from filter_training.volumes import Floats, fused

LAYERS = ("hot", "hot", "warm", "rainbow", "jet")
LONG_SIDE_PX = 256


def fusion_of(image: Image.Image, rng: Rng) -> Image.Image:
    """Lay uptake over a picture: blurred anatomy times a smooth random field, and some round spots inside the body."""
    image = image.convert("L")
    image.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX))
    grey = np.asarray(image, dtype=np.float32) / 255.0
    values = uptake(grey, rng)
    ceiling = max(float(np.percentile(values, rng.uniform(97, 99.95))), 1e-6)
    below = np.repeat((grey * 255).astype(np.uint8)[..., None], 3, axis=2)
    return Image.fromarray(fused(below, values, ceiling, str(rng.choice(LAYERS)), rng))


def uptake(grey: Floats, rng: Rng) -> Floats:
    """A layer as coarse as nuclear pictures are, on the grid of `grey` (values from 0 to 1)."""
    side = max(grey.shape)
    body = ndimage.gaussian_filter(grey, side * rng.uniform(0.008, 0.035))
    field = rng.uniform(0.0, 1.0, (int(rng.integers(3, 12)), int(rng.integers(3, 12))))
    zooms = (grey.shape[0] / field.shape[0], grey.shape[1] / field.shape[1])
    smooth = np.clip(ndimage.zoom(field, zooms, order=3)[: grey.shape[0], : grey.shape[1]], 0, None)
    values: Floats = body ** rng.uniform(0.5, 1.5) * smooth ** rng.uniform(0.3, 3.0)
    inside = np.argwhere(body > 0.15)
    spots = np.zeros_like(grey)
    for place in inside[rng.integers(0, len(inside), int(rng.integers(0, 5)))] if len(inside) else ():
        spots[tuple(place)] = 1.0
        spots = ndimage.gaussian_filter(spots, side * rng.uniform(0.01, 0.03))
        spots /= max(float(spots.max()), 1e-6)
    return values + spots * float(values.max()) * rng.uniform(0.5, 3.0)
