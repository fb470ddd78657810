"""Draws axial CT slices: Hounsfield units of a made-up body, noise and streaks, then a display window.

Each function gives a float picture, 0 to 1; `finding` picks what is wrong in it.
"""

import numpy as np
from scipy.ndimage import rotate, uniform_filter1d

from .pixels import Canvas, Grey, arc, blob, blur, canvas, clouds, cover, lay, noise, radius, stroke


def window(units: Grey, level: float, width: float) -> Grey:
    """Show Hounsfield units in a display window."""
    return np.clip((units - level) / width + 0.5, 0, 1)


def scanned(cv: Canvas, units: Grey, sd: float) -> Grey:
    """Add what a scanner adds: blur, correlated noise and faint streaks, `sd` Hounsfield units in all."""
    streaks = np.zeros(cv.shape)
    for angle in cv.rng.uniform(0, 180, 5):
        lines = uniform_filter1d(cv.rng.standard_normal(cv.shape), 81, axis=1, mode="wrap")
        streaks += rotate(lines / lines.std(), float(angle), reshape=False, order=1, mode="reflect")
    grain = noise(cv, 0.9) * 0.85 + streaks / np.sqrt(5) * 0.45
    inside = blur(units > -700, 8)
    return blur(units, 0.8) + sd * grain * (0.25 + inside)


def table(cv: Canvas, units: Grey) -> Grey:
    """Put the couch under the patient."""
    for depth, value in ((0.93, -250.0), (0.97, -350.0)):
        units = lay(units, stroke(cv, arc((0, depth - 0.9), (1.5, 0.9), (50, 130), 40), 0.012), value)
    return units


def trunk(cv: Canvas, half: tuple[float, float], fat: float) -> tuple[Grey, Grey]:
    """Skin, fat and muscle wall of a trunk; gives the units and the mask of the cavity."""
    units = np.full(cv.shape, -1000.0)
    units = lay(units, cover(1 - radius(cv, (0, 0.02), half, wobble=0.02), 0.015), 20.0)
    shrunk = (half[0] - 0.02, half[1] - 0.02)
    units = lay(units, blob(cv, (0, 0.02), shrunk), -105 + 8 * clouds(cv, 9))
    muscle = (half[0] - fat, half[1] - fat * 0.8)
    units = lay(units, blob(cv, (0, 0.03), muscle, wobble=0.03), 55 + 10 * clouds(cv, 6))
    cavity = blob(cv, (0, -0.01), (muscle[0] - 0.065, muscle[1] - 0.055), wobble=0.02)
    return units, cavity


def vertebra(cv: Canvas, units: Grey, y: float) -> Grey:
    """A vertebra with its canal and processes, and the muscles beside it."""
    for side in (-1, 1):
        units = lay(units, blob(cv, (side * 0.2, y + 0.15), (0.17, 0.12), side * 0.35, 0.08), 58 + 22 * clouds(cv, 5))
    bone = 260 + 90 * clouds(cv, 4)
    units = lay(units, stroke(cv, [(-0.2, y + 0.09), (0, y + 0.13), (0.2, y + 0.09)], 0.06), bone + 150)
    units = lay(units, stroke(cv, [(0, y + 0.12), (0, y + 0.29)], 0.045), bone + 100)
    body = radius(cv, (0, y), (0.145, 0.115), wobble=0.03)
    units = lay(units, cover(1 - body, 0.08), bone)
    units = lay(units, cover(0.12 - np.abs(body - 0.93), 0.08), 560.0)
    return lay(units, blob(cv, (0, y + 0.135), (0.06, 0.05)), 35.0)


def ribs(cv: Canvas, units: Grey, half: tuple[float, float], count: int) -> Grey:
    """Ribs cut across in the chest wall."""
    for k in range(count):
        for side in (0, 180):
            angle = side + (1 if side == 0 else -1) * (-58 + 116 * k / max(count - 1, 1)) + float(cv.rng.uniform(-4, 4))
            a = np.radians(angle)
            at = (half[0] * float(np.cos(a)), 0.03 + half[1] * float(np.sin(a)))
            turn = float(np.arctan2(half[1] * np.cos(a), -half[0] * np.sin(a)))
            units = lay(units, blob(cv, at, (0.075, 0.024), turn), 520.0)
            units = lay(units, blob(cv, at, (0.055, 0.011), turn), 230.0)
    return units


def abdomen(seed: int, finding: str = "", size: int = 512) -> Grey:
    """Contrast-enhanced slice through the upper abdomen; finding: liver, kidney, ascites, stone or ''."""
    cv = canvas(size, size, seed)
    half = (0.9 + float(cv.rng.uniform(-0.04, 0.03)), 0.66 + float(cv.rng.uniform(-0.03, 0.03)))
    units, cavity = trunk(cv, half, 0.1 + float(cv.rng.uniform(0, 0.05)))
    inner = lay(np.full(cv.shape, 55.0), cavity, 10 if finding == "ascites" else -100 + 10 * clouds(cv, 12))
    inner = organs(cv, inner, finding)
    units = lay(units, cavity, inner)
    units = vertebra(cv, units, 0.27)
    units = ribs(cv, units, (half[0] - 0.16, half[1] - 0.12), 5)
    return window(scanned(cv, table(cv, units), 15), 50, 380)


def organs(cv: Canvas, inner: Grey, finding: str) -> Grey:
    """Liver, stomach, spleen, kidneys, bowel and great vessels."""
    for at in ((-0.06, -0.16), (0.14, -0.02), (0.02, -0.02), (0.26, -0.26), (0.12, -0.3)):
        inner = lay(inner, blob(cv, at, (0.1, 0.075), float(cv.rng.uniform(0, 3)), 0.14), 45 + 20 * clouds(cv, 5))
    stomach = radius(cv, (0.34, -0.24), (0.26, 0.19), 0.3, 0.08)
    inner = lay(inner, cover(1 - stomach, 0.05), 75.0)
    level = np.where(cv.y < -0.3, -950.0, 22 + 8 * clouds(cv, 7))
    inner = lay(inner, cover(0.86 - stomach, 0.05), level)
    liver = np.maximum(
        blob(cv, (-0.44, -0.08), (0.32, 0.4), 0.15, 0.07), blob(cv, (-0.16, -0.3), (0.34, 0.16), -0.12, 0.06)
    )
    inner = lay(inner, liver, 112 + 5 * clouds(cv, 10))
    for k in range(5):
        bend = float(cv.rng.uniform(-0.12, 0.12))
        path = [(-0.22, -0.1), (-0.38, -0.2 + k * 0.07 + bend / 2), (-0.6, -0.32 + k * 0.13 + bend)]
        inner = lay(inner, stroke(cv, path, 0.022) * liver, 165.0)
    inner = lay(inner, blob(cv, (0.62, 0.06), (0.11, 0.24), -0.35, 0.08), 125 + 5 * clouds(cv, 8))
    for side in (-1, 1):
        kidney = radius(cv, (side * 0.42, 0.24), (0.125, 0.155), side * 0.3, 0.04)
        inner = lay(inner, cover(1 - kidney, 0.07), 195 - 50 * np.clip(0.75 - kidney, 0, 1))
        inner = lay(inner, blob(cv, (side * 0.35, 0.23), (0.06, 0.04), wobble=0.2), -60.0)
    inner = lay(inner, blob(cv, (0.05, 0.1), (0.062, 0.062)), 205.0)
    inner = lay(inner, blob(cv, (-0.1, 0.08), (0.075, 0.058), wobble=0.05), 160.0)
    return abdominal_finding(cv, inner, finding)


def abdominal_finding(cv: Canvas, inner: Grey, finding: str) -> Grey:
    """What is wrong in the abdomen."""
    if finding == "liver":
        mass = radius(cv, (-0.47, 0.0), (0.15, 0.13), 0.4, 0.12)
        inner = lay(inner, cover(1 - mass, 0.1), 62 + 8 * clouds(cv, 5))
        inner = lay(inner, cover(0.1 - np.abs(mass - 0.95), 0.1), 135.0)
    if finding == "kidney":
        inner = lay(inner, blob(cv, (0.47, 0.17), (0.13, 0.11), wobble=0.03), 8.0)
    if finding == "stone":
        inner = lay(inner, blob(cv, (-0.24, -0.02), (0.1, 0.075), 0.6), 8.0)
        inner = lay(inner, blob(cv, (-0.24, 0.01), (0.032, 0.022)), 420.0)
    return inner


def chest(seed: int, finding: str = "", lung_window: bool = True, size: int = 512) -> Grey:
    """Slice through the chest; finding: nodule, effusion, opacity or ''."""
    cv = canvas(size, size, seed)
    half = (0.92 + float(cv.rng.uniform(-0.04, 0.03)), 0.66 + float(cv.rng.uniform(-0.03, 0.04)))
    units, cavity = trunk(cv, half, 0.12)
    heart = np.maximum(blob(cv, (0.12, -0.1), (0.27, 0.26), 0.6, 0.05), blob(cv, (0, 0.06), (0.16, 0.3), 0, 0.08))
    lung = cavity * (1 - heart)
    units = lay(units, cavity, 60 + 15 * clouds(cv, 8))
    units = lay(units, lung, -865 + 22 * clouds(cv, 14) + lung_vessels(cv))
    units = lay(units, blob(cv, (0.12, -0.13), (0.18, 0.2), 0.5, 0.06), 150 + 8 * clouds(cv, 9))
    units = lay(units, blob(cv, (0.13, 0.17), (0.065, 0.065)), 185.0)
    for side in (-1, 1):
        units = lay(units, blob(cv, (side * 0.1 - 0.01, 0.08), (0.035, 0.035)), -960.0)
    units = vertebra(cv, units, 0.3)
    units = ribs(cv, units, (half[0] - 0.15, half[1] - 0.11), 7)
    units = chest_finding(cv, units, finding, lung)
    units = scanned(cv, table(cv, units), 18)
    return window(units, -550, 1500) if lung_window else window(units, 45, 400)


def lung_vessels(cv: Canvas) -> Grey:
    """Vessels that leave the hilum and thin out, in units above the lung's."""
    field = np.zeros(cv.shape)
    for side in (-1, 1):
        for angle in np.linspace(-75, 75, 13):
            a = np.radians(float(angle) + float(cv.rng.uniform(-6, 6)))
            length = float(cv.rng.uniform(0.25, 0.5))
            start = (side * 0.2, 0.02)
            mid = (start[0] + side * length * 0.5 * float(np.cos(a)), start[1] + length * 0.5 * float(np.sin(a)))
            bend = a + float(cv.rng.uniform(-0.5, 0.5))
            end = (mid[0] + side * length * 0.5 * float(np.cos(bend)), mid[1] + length * 0.5 * float(np.sin(bend)))
            field = np.maximum(field, stroke(cv, [start, mid], 0.026) * 800)
            field = np.maximum(field, stroke(cv, [mid, end], 0.013) * 620)
    dots = cv.rng.uniform(-0.75, 0.75, (70, 2))
    for px, py in dots:
        field = np.maximum(field, blob(cv, (float(px), float(py) * 0.6), (0.009, 0.008)) * 650)
    return field


def chest_finding(cv: Canvas, units: Grey, finding: str, lung: Grey) -> Grey:
    """What is wrong in the chest."""
    if finding == "nodule":
        return lay(units, blob(cv, (-0.48, -0.02), (0.085, 0.075), 0.3, 0.25), 45.0)
    if finding == "effusion":
        level = cover(cv.y - 0.18 - 0.25 * (cv.x + 0.5) ** 2, 0.02) * (cv.x < 0)
        return lay(units, level * lung, 12.0)
    if finding == "opacity":
        haze = np.clip(0.5 + 0.45 * clouds(cv, 24), 0, 1) * cover(
            0.55 - np.abs(radius(cv, (0, 0), (0.8, 0.6)) - 0.95), 0.2
        )
        return lay(units, haze * lung, -480 + 60 * clouds(cv, 6))
    return units


def head(seed: int, finding: str = "", vertex: bool = False, size: int = 480) -> Grey:
    """Unenhanced slice through the ventricles, or above them; finding: haematoma, infarct, subdural or ''."""
    cv = canvas(size, size, seed)
    half = (0.68 + float(cv.rng.uniform(-0.02, 0.02)), 0.86)
    half = (half[0] * 0.78, half[1] * 0.76) if vertex else half
    units = np.full(cv.shape, -1000.0)
    units = lay(units, blob(cv, (0, 0), half, wobble=0.012), 30 + 20 * clouds(cv, 6))
    units = lay(units, blob(cv, (0, 0), (half[0] - 0.035, half[1] - 0.035), wobble=0.01), 1100.0)
    inside = radius(cv, (0, 0), (half[0] - 0.1, half[1] - 0.1), wobble=0.012)
    brain = cover(1 - inside, 0.02)
    folds = np.abs(clouds(cv, 11, 2))
    grey = 36 + 3 * clouds(cv, 12)
    grey = lay(grey, cover(inside - 0.76 - 0.1 * clouds(cv, 13, 2), 0.15), 42.0)
    grey = lay(grey, cover(0.22 - folds, 0.2) * cover(inside - 0.78, 0.1), 14.0)
    grey = lay(grey, stroke(cv, [(0, -0.75), (0, 0.6 if vertex else -0.35)], 0.014), 24.0)
    for side in () if vertex else (-1, 1):
        horn = [(side * 0.07, -0.06), (side * 0.085, -0.2), (side * 0.16, -0.33)]
        grey = lay(grey, stroke(cv, horn, 0.07, 0.02), 8.0)
        grey = lay(grey, stroke(cv, [(side * 0.1, 0.22), (side * 0.2, 0.34)], 0.075, 0.02), 8.0)
        grey = lay(grey, blob(cv, (side * 0.1, 0.02), (0.07, 0.12), side * 0.25, soft=0.03), 42.0)
    grey = head_finding(cv, grey, finding, inside)
    units = lay(units, brain, grey)
    return window(scanned(cv, units, 4.0), 38, 85)


def head_finding(cv: Canvas, grey: Grey, finding: str, inside: Grey) -> Grey:
    """What is wrong in the head."""
    if finding == "haematoma":
        grey = lay(grey, blob(cv, (0.27, -0.02), (0.17, 0.21), 0.2, 0.1, 0.05), 24.0)
        return lay(grey, blob(cv, (0.26, -0.02), (0.12, 0.16), 0.2, 0.14), 72 + 4 * clouds(cv, 8))
    if finding == "infarct":
        return lay(grey, blob(cv, (-0.36, 0.06), (0.2, 0.28), 0.1, 0.18, 0.06), 22.0)
    if finding == "subdural":
        crescent = cover(inside - 0.8 - 0.25 * np.clip(np.abs(cv.y) - 0.1, 0, 1), 0.03) * (cv.x < -0.1)
        return lay(grey, crescent, 66.0)
    return grey
