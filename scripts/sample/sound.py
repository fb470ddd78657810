"""Draws ultrasound, catheter angiography and nuclear images: sector, vessel tree, projection; float pictures 0 to 1."""

from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from .pixels import Canvas, Grey, arc, blob, blur, canvas, clouds, cover, lay, noise, pose, radius, stroke


def speckle(cv: Canvas, along: float, across: float) -> Grey:
    """Rayleigh speckle with grains of `along` by `across` pixels, mean 1."""
    parts = []
    for _ in range(2):
        field = cv.rng.standard_normal(cv.shape)
        field = blur_axes(field, along, across)
        parts.append(field / field.std())
    amplitude = np.hypot(parts[0], parts[1])
    return amplitude / amplitude.mean()


def blur_axes(field: Grey, rows: float, columns: float) -> Grey:
    """Gaussian blur with a width for each axis."""
    return gaussian_filter(field, (rows, columns))


def tissue(cv: Canvas, finding: str) -> Grey:
    """Echo strength in beam coordinates: x is the beam, y the depth, both -1 to 1."""
    layers = blur_axes(cv.rng.standard_normal(cv.shape), 5, 40)
    echo = np.clip(0.5 + 0.16 * clouds(cv, 34) + 0.12 * layers / layers.std(), 0.08, None)
    for _ in range(16):
        y, x = float(cv.rng.uniform(-0.9, 0.9)), float(cv.rng.uniform(-0.9, 0.6))
        line = [
            (x, y),
            (x + 0.3, y + float(cv.rng.uniform(-0.1, 0.1))),
            (x + 0.6, y + float(cv.rng.uniform(-0.1, 0.1))),
        ]
        echo = lay(echo, stroke(cv, line, 0.03, 0.02), 1.0)
    echo = lay(echo, cover(-0.82 - cv.y, 0.05), 0.75)
    echo = lay(echo, stroke(cv, [(-1.5, -0.72), (1.5, -0.7)], 0.04, 0.02), 1.2)
    if finding in ("gallstone", "cyst", "bladder"):
        at, axes = {
            "gallstone": ((0.0, -0.05), (0.42, 0.24)),
            "cyst": ((0.1, 0.0), (0.3, 0.3)),
            "bladder": ((0, 0), (0.6, 0.4)),
        }[finding]
        sac = radius(cv, at, axes, 0.1, 0.06)
        echo = lay(echo, cover(0.14 - np.abs(sac - 1.06), 0.1), 1.15)
        echo = lay(echo, cover(1 - sac, 0.06), 0.03)
        behind = cover(axes[0] * 0.8 - np.abs(cv.x - at[0]), 0.1) * cover(cv.y - at[1] - axes[1], 0.05)
        echo = echo * (1 + 0.5 * behind)
    if finding == "gallstone":
        echo = lay(echo, blob(cv, (0.1, 0.11), (0.13, 0.055), soft=0.02), 1.9)
        echo = echo * (1 - 0.93 * cover(0.12 - np.abs(cv.x - 0.1), 0.05) * cover(cv.y - 0.15, 0.03))
    if finding == "heart":
        echo = lay(echo, blob(cv, (0, 0.15), (0.72, 0.85), 0, 0.05), 0.75)
        for at, axes in (
            ((-0.3, 0.0), (0.2, 0.36)),
            ((0.32, -0.05), (0.2, 0.42)),
            ((-0.28, 0.62), (0.22, 0.2)),
            ((0.3, 0.62), (0.2, 0.2)),
        ):
            echo = lay(echo, blob(cv, at, axes, 0, 0.1, 0.03), 0.04)
        for side in (-1, 1):
            echo = lay(echo, stroke(cv, [(side * 0.12, 0.37), (side * 0.3, 0.28), (side * 0.46, 0.4)], 0.03), 1.3)
    if finding == "nodule":
        echo = lay(echo, blob(cv, (-0.1, -0.1), (0.3, 0.22), 0.1, 0.12), 0.22)
    if finding == "fetus":
        echo = lay(echo, blob(cv, (0, 0.05), (0.8, 0.6), 0, 0.08), 0.04)
        skull = radius(cv, (-0.25, 0.05), (0.3, 0.24), 0.2, 0.03)
        echo = lay(echo, cover(1 - skull, 0.05), 0.3)
        echo = lay(echo, cover(0.1 - np.abs(skull - 1), 0.06), 1.6)
        echo = lay(echo, blob(cv, (0.25, 0.2), (0.34, 0.2), 0.3, 0.12), 0.55)
        echo = lay(echo, blob(cv, (0.6, -0.05), (0.16, 0.05), -0.6, 0.1), 0.7)
    return echo


def ultrasound(seed: int, finding: str = "", linear: bool = False, width: int = 560, height: int = 440) -> Grey:
    """B-mode picture of a curved (or linear) probe; finding: gallstone, cyst, bladder, heart, nodule, fetus or ''."""
    cv = canvas(420, 420, seed)
    lie = np.random.default_rng([seed, 78])
    fade = np.exp(-0.45 * (cv.y + 1)) * 1.4
    beams = pose(tissue(cv, finding) / 2, seed) * 2 * fade
    image = np.clip(beams * speckle(cv, 1.0, 2.2) ** 0.75, 1e-3, None)
    image = np.clip((np.log10(image) + 1.15) / 1.75, 0, 1) ** 1.15
    screen = canvas(width, height, seed + 1)
    if linear:
        rows, columns = (screen.y + 0.85) / 1.75, (screen.x + 0.95) / 1.9
    else:
        top = float(lie.uniform(-2.6, -1.7)) if finding != "heart" else -1.1
        reach = (0.88 - top, -0.86 - top) if finding != "heart" else (1.98, 0.06)
        depth, angle = np.hypot(screen.x, screen.y - top), np.arctan2(screen.x, screen.y - top)
        spread = float(lie.uniform(0.36, 0.5)) if finding != "heart" else 0.7
        rows, columns = (depth - reach[1]) / (reach[0] - reach[1]), angle / spread / 2 + 0.5
    inside = (rows >= 0) & (rows <= 1) & (columns >= 0) & (columns <= 1)
    picture = map_coordinates(image, [rows * 419, columns * 419], order=1, mode="nearest") * inside
    return np.clip(blur(scale_bars(screen, picture), 0.6), 0, 1)


def scale_bars(cv: Canvas, picture: Grey) -> Grey:
    """Depth ticks and the grey wedge at the edges of an ultrasound screen."""
    right, left = float(cv.x[0, -1]) - 0.05, float(cv.x[0, 0]) + 0.05
    for k in range(9):
        picture = lay(picture, stroke(cv, [(right - 0.03, -0.8 + 0.2 * k), (right, -0.8 + 0.2 * k)], 0.01), 0.8)
    wedge = (np.abs(cv.x - left) < 0.02) & (np.abs(cv.y) < 0.4)
    return np.where(wedge, 0.5 - cv.y / 0.8, picture)


def branches(
    cv: Canvas, start: tuple[float, float], angle: float, length: float, width: float
) -> list[tuple[list[tuple[float, float]], float]]:
    """A vessel and its branches, as polylines with their widths."""
    points, (x, y) = [start], start
    for _ in range(9):
        angle += float(cv.rng.uniform(-0.3, 0.3))
        x, y = x + length / 9 * float(np.cos(angle)), y + length / 9 * float(np.sin(angle))
        points.append((x, y))
    tree = [(points, width)]
    if width > 0.016:
        for turn in (-1, 1):
            bend = angle + turn * float(cv.rng.uniform(0.25, 0.7))
            tree += branches(cv, points[-1], bend, length * float(cv.rng.uniform(0.6, 0.95)), width * 0.66)
        if cv.rng.uniform() < 0.7:
            tree += branches(cv, points[4], angle + 0.7, length * 0.7, width * 0.42)
    return tree


def coronary(seed: int, finding: str = "stenosis", subtracted: bool = False, size: int = 480) -> Grey:
    """Catheter angiogram: dark contrast in a branching tree over soft shadows; finding: stenosis, aneurysm or ''."""
    cv = canvas(size, size, seed)
    picture = 0.6 + 0.05 * clouds(cv, 50) + (0.0 if subtracted else 0.08 * cv.x)
    if not subtracted:
        picture = shadows(cv, picture)
    tree = branches(cv, (-0.55, -0.6), 0.6, 0.62, 0.05)
    dark = np.zeros(cv.shape)
    for points, width in tree:
        taper = np.linspace(1.0, 0.72, len(points))
        for (p, q), share in zip(pairwise(points), taper, strict=False):
            dark = np.maximum(dark, stroke(cv, [p, q], width * share, 0.016) * min(1.0, 0.35 + width * 14))
    if finding == "stenosis":
        x, y = tree[0][0][5]
        dark = dark * (1 - 0.8 * blob(cv, (x, y), (0.07, 0.05), soft=0.05))
        dark = np.maximum(dark, stroke(cv, tree[0][0], 0.014, 0.016) * 0.8)
    if finding == "aneurysm":
        dark = np.maximum(dark, blob(cv, tree[0][0][-1], (0.09, 0.08), wobble=0.12))
    catheter = arc((-0.75, -0.3), (0.28, 0.42), (150, 315))
    dark = np.maximum(dark, stroke(cv, catheter, 0.034, 0.01) * 0.6)
    picture = picture * (1 - 0.62 * blur(dark, 1.0)) + 0.022 * noise(cv, 0.8)
    return np.clip(picture * framed(cv), 0, 1)


def shadows(cv: Canvas, picture: Grey) -> Grey:
    """Diaphragm, spine and ribs behind the vessels."""
    for k in range(5):
        rib = arc((0.9, -1.0 + 0.5 * k), (1.5, 0.5), (70, 200))
        picture = picture - 0.045 * stroke(cv, rib, 0.14, 0.05)
    picture = picture - 0.14 * cover(1 - np.hypot((cv.x - 0.5) / 0.9, (cv.y - 0.75) / 0.75), 0.06)
    return picture - 0.09 * cover(0.2 - np.abs(cv.x + 0.85 - 0.1 * cv.y), 0.1)


def framed(cv: Canvas) -> Grey:
    """Collimator: dark edges with rounded corners, brighter towards the middle."""
    edge = 1 - (np.abs(cv.x / 0.97) ** 9 + np.abs(cv.y / 0.97) ** 9) ** (1 / 9)
    return cover(edge, 0.05) * (1 - 0.22 * (cv.x**2 + cv.y**2))


def uptake(cv: Canvas, spots: bool) -> Grey:
    """Tracer uptake of a body seen from the front."""
    body = blob(cv, (0, -1.2), (0.13, 0.17), soft=0.05)
    body = np.maximum(body, blob(cv, (0, -0.4), (0.29, 0.7), soft=0.06))
    for side in (-1, 1):
        body = np.maximum(body, stroke(cv, [(side * 0.33, -0.85), (side * 0.42, -0.3), (side * 0.4, 0.2)], 0.11, 0.05))
        body = np.maximum(body, stroke(cv, [(side * 0.15, 0.2), (side * 0.17, 1.5)], 0.2, 0.06))
    field = body * (0.14 + 0.025 * clouds(cv, 8))
    for at, axes, heat in (
        ((0, -1.25), (0.1, 0.13), 0.95),
        ((0.08, -0.6), (0.09, 0.08), 0.7),
        ((-0.12, -0.38), (0.15, 0.1), 0.36),
        ((-0.14, -0.18), (0.04, 0.07), 0.6),
        ((0.14, -0.18), (0.04, 0.07), 0.6),
        ((0, 0.16), (0.075, 0.06), 1.0),
    ):
        field = np.maximum(field, blob(cv, at, axes, soft=0.05) * heat)
    if spots:
        for px, py in (
            (-0.1, -0.78),
            (0.05, -0.85),
            (-0.17, -0.45),
            (0.02, -0.3),
            (0.12, 0.05),
            (-0.16, 0.3),
            (0.1, -1.02),
        ):
            field = np.maximum(field, blob(cv, (px, py), (0.034, 0.032), soft=0.04) * 0.95)
    return field


def pet(seed: int, finding: str = "metastases", width: int = 300, height: int = 520) -> Grey:
    """Maximum intensity projection of a PET scan, dark on white; finding: metastases or ''."""
    cv = canvas(width, height, seed)
    field = blur(uptake(cv, finding == "metastases"), 2.2)
    return np.clip(0.98 - 0.95 * field + 0.018 * noise(cv, 1.4) * (field > 0.02), 0, 1)


def scintigram(seed: int, width: int = 280, height: int = 520) -> Grey:
    """Planar bone scan: counts along a skeleton, dark on white."""
    cv = canvas(width, height, seed)
    field = blob(cv, (0, -1.3), (0.14, 0.18), soft=0.05) * 0.5 + 0.5 * stroke(cv, [(0, -1.1), (0, 0.1)], 0.1, 0.05)
    for side in (-1, 1):
        for k in range(8):
            rib = [(0, -0.95 + 0.1 * k), (side * 0.2, -0.96 + 0.1 * k), (side * (0.3 - 0.004 * k), -0.82 + 0.1 * k)]
            field = np.maximum(field, stroke(cv, rib, 0.04, 0.03) * 0.45)
        field = np.maximum(
            field, stroke(cv, [(side * 0.3, -0.98), (side * 0.44, -0.4), (side * 0.46, 0.1)], 0.07, 0.04) * 0.4
        )
        field = np.maximum(field, blob(cv, (side * 0.17, 0.05), (0.13, 0.13), side * 0.5, soft=0.05) * 0.6)
        field = np.maximum(
            field, stroke(cv, [(side * 0.2, 0.15), (side * 0.2, 0.75), (side * 0.18, 1.5)], 0.08, 0.04) * 0.45
        )
    field = np.maximum(field, blob(cv, (0.05, -0.45), (0.05, 0.06), soft=0.03))
    field = blur(field, 2) + 0.05 * blob(cv, (0, -0.3), (0.4, 1.3), soft=0.3)
    counts = cv.rng.poisson(np.clip(field, 0, 1) * 60) / 60
    return np.clip(1 - blur(counts, 0.8), 0, 1)


def hotspot(seed: int, size: int = 420) -> Grey:
    """Axial PET slice for a fusion: white is cold, one focus in the right lung and the heart are dark."""
    cv = canvas(size, size, seed)
    field = 0.1 * blob(cv, (0, 0), (0.85, 0.6), soft=0.1)
    field = np.maximum(field, blob(cv, (-0.48, -0.02), (0.1, 0.09), soft=0.08) * 0.95)
    field = np.maximum(field, blob(cv, (0.15, -0.12), (0.2, 0.2), soft=0.1) * 0.4)
    return np.clip(1 - blur(field, 4) * (1 + 0.05 * clouds(cv, 8)), 0, 1)
