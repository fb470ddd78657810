"""Turns a seed and a few shapes into grey images: coordinates, soft blobs, textures and finishing touches.

Every picture is a float array of shape (height, width), 0 black to 1 white, drawn on coordinates that run
from -1 to 1 along the shorter side. Nothing here reads a file or a clock: the same seed gives the same bytes.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter, map_coordinates

Grey = NDArray[Any]


@dataclass(frozen=True)
class Canvas:
    """Coordinates of a picture and the generator of its noise."""

    x: Grey
    y: Grey
    rng: np.random.Generator

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return int(self.x.shape[0]), int(self.x.shape[1])


def canvas(width: int, height: int, seed: int) -> Canvas:
    """Lay out a picture of `width` x `height` pixels whose noise comes from `seed`."""
    short = min(width, height)
    xs = (np.arange(width) - (width - 1) / 2) * 2 / short
    ys = (np.arange(height) - (height - 1) / 2) * 2 / short
    x, y = np.meshgrid(xs, ys)
    return Canvas(x, y, np.random.default_rng(seed))


def radius(
    cv: Canvas, at: tuple[float, float], axes: tuple[float, float], turn: float = 0.0, wobble: float = 0.0
) -> Grey:
    """Distance from the centre of an ellipse, 1 on its edge; `turn` in radians; `wobble`: how far the edge bends."""
    dx, dy = cv.x - at[0], cv.y - at[1]
    u = (dx * np.cos(turn) + dy * np.sin(turn)) / axes[0]
    v = (dy * np.cos(turn) - dx * np.sin(turn)) / axes[1]
    r = np.hypot(u, v)
    if not wobble:
        return r
    theta = np.arctan2(v, u)
    phases = cv.rng.uniform(0, 2 * np.pi, 4)
    bend = sum(np.sin((k + 2) * theta + phases[k]) / (k + 1) for k in range(4))
    return r * (1 + wobble * bend / 2)


def blob(
    cv: Canvas,
    at: tuple[float, float],
    axes: tuple[float, float],
    turn: float = 0.0,
    wobble: float = 0.0,
    soft: float = 0.01,
) -> Grey:
    """Mask of an ellipse, 1 inside and 0 outside, with an edge about `soft` wide."""
    reach = max(axes) * (1 / (1 - 1.1 * wobble) + soft / min(axes))
    near = box(cv, at, at, reach)
    part = Canvas(cv.x[near], cv.y[near], cv.rng)
    mask = np.zeros(cv.shape)
    mask[near] = cover(1 - radius(part, at, axes, turn, wobble), soft / min(axes))
    return mask


def cover(inside: Grey, soft: float) -> Grey:
    """Turn a signed measure, positive inside, into a mask whose edge is `soft` wide."""
    t = np.clip(inside / soft * 0.5 + 0.5, 0, 1)
    return t * t * (3 - 2 * t)


def lay(picture: Grey, mask: Grey, value: Grey | float) -> Grey:
    """Paint `value` where the mask is 1, blending where it is between."""
    return picture * (1 - mask) + value * mask


def stroke(cv: Canvas, points: list[tuple[float, float]], width: float, soft: float = 0.006) -> Grey:
    """Mask of a line through `points`, `width` wide from edge to edge."""
    mask = np.zeros(cv.shape)
    for (x0, y0), (x1, y1) in pairwise(points):
        near = box(cv, (min(x0, x1), min(y0, y1)), (max(x0, x1), max(y0, y1)), width / 2 + soft)
        x, y = cv.x[near], cv.y[near]
        dx, dy = x1 - x0, y1 - y0
        t = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy + 1e-12), 0, 1)
        distance = np.hypot(x - x0 - t * dx, y - y0 - t * dy)
        mask[near] = np.maximum(mask[near], cover(width / 2 - distance, soft))
    return mask


def box(cv: Canvas, low: tuple[float, float], high: tuple[float, float], margin: float) -> tuple[slice, slice]:
    """Rows and columns between two corners, `margin` wider on every side: most shapes are small."""
    columns = np.searchsorted(cv.x[0], (low[0] - margin, high[0] + margin))
    rows = np.searchsorted(cv.y[:, 0], (low[1] - margin, high[1] + margin))
    return slice(int(rows[0]), int(rows[1])), slice(int(columns[0]), int(columns[1]))


def arc(
    at: tuple[float, float], axes: tuple[float, float], span: tuple[float, float], steps: int = 24
) -> list[tuple[float, float]]:
    """Points on an ellipse from angle to angle, in degrees, clockwise from the right."""
    angles = np.radians(np.linspace(span[0], span[1], steps))
    return [(at[0] + axes[0] * float(np.cos(a)), at[1] + axes[1] * float(np.sin(a))) for a in angles]


def noise(cv: Canvas, grain: float) -> Grey:
    """Smooth noise of mean 0 and deviation 1 whose spots are about `grain` pixels wide."""
    field = gaussian_filter(cv.rng.standard_normal(cv.shape), grain, mode="wrap")
    return field / field.std()


def clouds(cv: Canvas, grain: float, octaves: int = 4) -> Grey:
    """Noise of several sizes on top of each other, from `grain` pixels down by halves."""
    field = sum(noise(cv, grain / 2**k) / 2**k for k in range(octaves))
    return field / field.std()


def blur(picture: Grey, pixels: float) -> Grey:
    """Soften by a Gaussian of that many pixels."""
    return gaussian_filter(picture, pixels)


def to_image(picture: Grey) -> Image.Image:
    """Round a float picture to an 8-bit grey image."""
    return Image.fromarray(np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8))


def write(image: Image.Image, at: tuple[int, int], text: str, size: int = 16, fill: object = "white") -> None:
    """Burn text into an image, its upper left corner at `at`."""
    colour = fill if image.mode == "RGB" or not isinstance(fill, str) else {"white": 245, "black": 10}.get(fill, 200)
    ImageDraw.Draw(image).text(at, text, fill=colour, font=ImageFont.load_default(size))


def point_at(image: Image.Image, tip: tuple[int, int], tail: tuple[int, int]) -> None:
    """Draw a white arrow from `tail` to `tip`, as radiologists mark a finding."""
    draw = ImageDraw.Draw(image)
    fill = 250 if image.mode == "L" else (250, 250, 250)
    draw.line([tail, tip], fill=fill, width=3)
    dx, dy = tip[0] - tail[0], tip[1] - tail[1]
    length = (dx * dx + dy * dy) ** 0.5
    ux, uy = dx / length, dy / length
    base = (tip[0] - 14 * ux, tip[1] - 14 * uy)
    draw.polygon([tip, (base[0] - 7 * uy, base[1] + 7 * ux), (base[0] + 7 * uy, base[1] - 7 * ux)], fill=fill)


def pose(picture: Grey, seed: int, backdrop: float | None = None) -> Grey:
    """Move, turn, stretch and bend a picture a little, as no two patients lie alike; the seed says how.

    `backdrop` fills what comes into view at the edges; None continues the edge.
    """
    rng = np.random.default_rng([seed, 77])
    height, width = picture.shape
    y, x = np.mgrid[0:height, 0:width].astype(float)
    x, y = (x - width / 2) / width, (y - height / 2) / height
    turn = float(rng.uniform(-0.1, 0.1))
    zoom = rng.uniform(0.86, 1.24) * np.array([rng.uniform(0.9, 1.1), rng.uniform(0.9, 1.1)])
    shift = rng.uniform(-0.06, 0.06, 2)
    u = (x * np.cos(turn) - y * np.sin(turn)) / zoom[0] + shift[0]
    v = (x * np.sin(turn) + y * np.cos(turn)) / zoom[1] + shift[1]
    for wave in range(1, 4):
        phase = rng.uniform(0, 2 * np.pi, 4)
        bend = 0.018 / wave
        u, v = (
            u + bend * np.sin(2 * np.pi * wave * v + phase[0]) * np.cos(np.pi * wave * u + phase[1]),
            v + bend * np.sin(2 * np.pi * wave * u + phase[2]) * np.cos(np.pi * wave * v + phase[3]),
        )
    at = [(v + 0.5) * (height - 1), (u + 0.5) * (width - 1)]
    mode, fill = ("nearest", 0.0) if backdrop is None else ("constant", backdrop)
    moved = map_coordinates(picture, at, order=1, mode=mode, cval=fill)
    tilt = rng.uniform(-0.22, 0.22, 3)
    shade = 1 + tilt[0] * x * 2 + tilt[1] * y * 2 + tilt[2] * np.cos(3 * np.pi * x) * np.cos(3 * np.pi * y)
    return np.clip(moved, 0, 1) ** float(rng.uniform(0.85, 1.2)) * shade
