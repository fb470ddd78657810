"""Draws magnetic resonance images: brain slices, a lumbar spine from the side and a knee, as float pictures 0 to 1."""

import numpy as np

from .pixels import Canvas, Grey, arc, blob, blur, canvas, clouds, cover, lay, noise, radius, stroke

CONTRASTS = {
    "t1": {"scalp": 0.85, "white": 0.62, "grey": 0.42, "csf": 0.1, "lesion": 0.3},
    "t2": {"scalp": 0.75, "white": 0.3, "grey": 0.48, "csf": 0.95, "lesion": 0.85},
    "flair": {"scalp": 0.7, "white": 0.36, "grey": 0.47, "csf": 0.06, "lesion": 0.92},
}


def received(cv: Canvas, picture: Grey, sd: float = 0.022) -> Grey:
    """Add what a coil adds: Rician noise and a slow fall of the signal."""
    shade = 1 + 0.1 * cv.y + 0.06 * cv.x
    picture = blur(picture, 0.8) * shade
    return np.hypot(picture + sd * noise(cv, 0.7), sd * noise(cv, 0.7))


def brain(seed: int, contrast: str = "t2", finding: str = "", size: int = 448) -> Grey:
    """Axial slice at the lateral ventricles; finding: tumour, plaques, infarct or ''."""
    cv = canvas(size, size, seed)
    tone = CONTRASTS[contrast]
    half = (0.7 + float(cv.rng.uniform(-0.02, 0.02)), 0.88)
    picture = lay(np.zeros(cv.shape), blob(cv, (0, 0), half, wobble=0.015), tone["scalp"] * (1 + 0.08 * clouds(cv, 9)))
    picture = lay(picture, blob(cv, (0, 0), (half[0] - 0.05, half[1] - 0.05), wobble=0.012), 0.04)
    inner = radius(cv, (0, 0), (half[0] - 0.1, half[1] - 0.1), wobble=0.015)
    picture = lay(picture, cover(1 - inner, 0.02), tone["csf"])
    picture = lay(picture, cover(0.965 - inner, 0.02), cortex(cv, tone, inner))
    picture = ventricles(cv, picture, tone)
    return np.clip(received(cv, brain_finding(cv, picture, finding, tone)), 0, 1)


def cortex(cv: Canvas, tone: dict[str, float], inner: Grey) -> Grey:
    """White matter inside a folded grey ribbon, with fluid in the furrows."""
    folds = clouds(cv, 13, 2)
    depth = 1 - inner + 0.05 * clouds(cv, 22, 2)
    ribbon = np.abs(folds)
    field = tone["white"] * (1 + 0.03 * clouds(cv, 10))
    shell = cover(0.3 - depth, 0.1)
    field = lay(field, shell * cover(0.6 - ribbon, 0.25), tone["grey"])
    field = lay(field, cover(0.07 - depth, 0.05), tone["grey"])
    field = lay(field, cover(0.24 - depth, 0.08) * cover(0.17 - ribbon, 0.14), tone["csf"])
    midline = [(0.0, -0.8)] + [(0.012 * float(np.sin(9 * y)), y) for y in np.linspace(-0.7, -0.36, 8)]
    field = lay(field, stroke(cv, midline, 0.05, 0.03), tone["grey"])
    field = lay(field, stroke(cv, midline, 0.016, 0.012), tone["csf"])
    back = [(0.012 * float(np.sin(9 * y)), float(y)) for y in np.linspace(0.42, 0.8, 8)]
    field = lay(field, stroke(cv, back, 0.05, 0.03), tone["grey"])
    return lay(field, stroke(cv, back, 0.016, 0.012), tone["csf"])


def ventricles(cv: Canvas, picture: Grey, tone: dict[str, float]) -> Grey:
    """Deep grey nuclei and the lateral ventricles."""
    for side in (-1, 1):
        picture = lay(picture, blob(cv, (side * 0.17, -0.16), (0.05, 0.12), side * 0.3, 0.05, 0.03), tone["grey"])
        picture = lay(picture, blob(cv, (side * 0.26, -0.02), (0.06, 0.15), side * -0.25, 0.08, 0.04), tone["grey"])
        picture = lay(picture, blob(cv, (side * 0.11, 0.08), (0.08, 0.12), side * 0.3, 0.05, 0.03), tone["grey"])
        picture = lay(
            picture, stroke(cv, [(side * 0.045, -0.04), (side * 0.07, -0.2), (side * 0.14, -0.31)], 0.07), tone["csf"]
        )
        horn = [(side * 0.1, 0.2), (side * 0.17, 0.28), (side * 0.24, 0.4)]
        picture = lay(picture, stroke(cv, horn, 0.075), tone["csf"])
    return lay(picture, stroke(cv, [(0, 0.02), (0, 0.14)], 0.022), tone["csf"])


def brain_finding(cv: Canvas, picture: Grey, finding: str, tone: dict[str, float]) -> Grey:
    """What is wrong in the brain."""
    if finding == "tumour":
        picture = lay(
            picture, blob(cv, (-0.32, 0.2), (0.23, 0.21), 0.4, 0.2, 0.05), (tone["lesion"] + tone["white"]) / 2
        )
        ring = radius(cv, (-0.33, 0.2), (0.14, 0.13), 0.4, 0.1)
        picture = lay(picture, cover(1.06 - ring, 0.1), 0.97)
        picture = lay(picture, cover(0.78 - ring, 0.1), 0.22)
    if finding == "plaques":
        for px, py in (
            (-0.22, -0.3),
            (-0.27, 0.1),
            (0.24, -0.2),
            (0.3, 0.2),
            (0.2, 0.34),
            (-0.33, -0.08),
            (0.33, -0.02),
        ):
            picture = lay(picture, blob(cv, (px, py), (0.05, 0.026), np.arctan2(py, px), 0.15, 0.015), tone["lesion"])
    if finding == "infarct":
        picture = lay(picture, blob(cv, (0.38, 0.08), (0.17, 0.3), -0.1, 0.22, 0.05), tone["lesion"])
    return picture


def spine(seed: int, finding: str = "", width: int = 400, height: int = 520) -> Grey:
    """Sagittal T2-weighted lumbar spine; finding: prolapse or ''."""
    cv = canvas(width, height, seed)
    picture = 0.33 + 0.05 * clouds(cv, 20)
    picture = lay(picture, cover(cv.x - 0.5 - 0.06 * np.sin(3 * cv.y), 0.06), 0.72 + 0.06 * clouds(cv, 12))
    picture = lay(picture, cover(-0.35 - cv.x, 0.1), 0.5 + 0.1 * clouds(cv, 14))
    curve = [(0.02 - 0.16 * float(np.cos(1.15 * y)) + 0.1, float(y)) for y in np.linspace(-1.3, 1.3, 30)]
    canal = [(x + 0.31, y) for x, y in curve]
    picture = lay(picture, stroke(cv, canal, 0.17, 0.02), 0.95)
    picture = lay(picture, stroke(cv, [p for p in canal if p[1] < -0.55], 0.075, 0.02), 0.42)
    for k in range(3):
        roots = [(x - 0.03 + 0.03 * k, y) for x, y in canal if y > -0.6]
        picture = lay(picture, stroke(cv, roots, 0.012, 0.012) * 0.7, 0.5)
    for k in range(7):
        y = -1.2 + 0.4 * k
        x = 0.02 - 0.16 * float(np.cos(1.15 * y)) + 0.1
        lean = -0.18 * float(np.sin(1.15 * y))
        picture = block(cv, picture, (x, y), lean, 0.46 + 0.03 * float(cv.rng.uniform(-1, 1)))
        dry = finding == "prolapse" and k == 4
        picture = lay(picture, blob(cv, (x, y + 0.2), (0.2, 0.05), lean, 0.05), 0.2 if dry else 0.34)
        picture = lay(picture, blob(cv, (x + 0.01, y + 0.2), (0.13, 0.028), lean, 0.08, 0.02), 0.18 if dry else 0.82)
        if dry:
            picture = lay(picture, blob(cv, (x + 0.24, y + 0.21), (0.09, 0.055), 0.2, 0.1), 0.22)
        spinous = [(x + 0.48, y + 0.05), (x + 0.75, y + 0.16)]
        picture = lay(picture, stroke(cv, spinous, 0.13, 0.03), 0.45)
    return np.clip(received(cv, picture * cover(0.77 - np.abs(cv.x), 0.05), 0.03), 0, 1)


def block(cv: Canvas, picture: Grey, at: tuple[float, float], lean: float, tone: float) -> Grey:
    """One vertebral body with its dark rim."""
    dx, dy = cv.x - at[0], cv.y - at[1]
    u = np.abs(dx * np.cos(lean) + dy * np.sin(lean)) / 0.2
    v = np.abs(dy * np.cos(lean) - dx * np.sin(lean)) / (0.145 - 0.012 * np.clip(1 - u, 0, 1))
    inside = 1 - (u**6 + v**6) ** (1 / 6)
    picture = lay(picture, cover(inside + 0.06, 0.05), 0.1)
    return lay(picture, cover(inside - 0.04, 0.06), tone * (1 + 0.08 * clouds(cv, 6)))


def knee(seed: int, finding: str = "", size: int = 440) -> Grey:
    """Sagittal proton-density knee; finding: effusion or ''."""
    cv = canvas(size, size, seed)
    picture = lay(
        np.zeros(cv.shape), cover(0.86 - np.abs(cv.x + 0.05 * np.sin(2 * cv.y)), 0.03), 0.72 + 0.05 * clouds(cv, 16)
    )
    picture = lay(picture, blob(cv, (0.55, -0.65), (0.28, 0.7), 0.2, 0.06, 0.05), 0.34 + 0.04 * clouds(cv, 10))
    picture = lay(picture, blob(cv, (0.5, 0.75), (0.28, 0.65), -0.1, 0.06, 0.05), 0.34 + 0.04 * clouds(cv, 10))
    marrow = 0.58 + 0.03 * clouds(cv, 8)
    picture = bone(cv, picture, [((-0.02, -0.95), (0.27, 0.7), 0.05), ((0.1, -0.33), (0.42, 0.33), 0.1)], marrow)
    picture = bone(cv, picture, [((0.06, 0.36), (0.45, 0.22), 0.0), ((0.0, 0.9), (0.27, 0.65), -0.05)], marrow)
    picture = bone(cv, picture, [((-0.55, -0.4), (0.13, 0.26), 0.15)], marrow)
    for top in (-0.18, 0.3):
        picture = lay(picture, blob(cv, (top + 0.03, 0.05), (0.15, 0.045), 0.3 if top > 0 else -0.3, 0.05), 0.07)
    picture = lay(picture, stroke(cv, [(-0.02, -0.08), (0.1, 0.08), (0.3, 0.22)], 0.06, 0.02), 0.1)
    picture = lay(picture, stroke(cv, [(-0.6, -0.15), (-0.52, 0.2), (-0.38, 0.5)], 0.05), 0.06)
    picture = lay(picture, stroke(cv, [(-0.6, -0.62), (-0.5, -1.1)], 0.07), 0.07)
    picture = lay(picture, blob(cv, (-0.36, 0.05), (0.13, 0.2), -0.3, 0.15), 0.66 + 0.05 * clouds(cv, 6))
    if finding == "effusion":
        picture = lay(picture, blob(cv, (-0.36, -0.72), (0.08, 0.34), -0.1, 0.15), 0.97)
        picture = lay(picture, blob(cv, (-0.3, -0.12), (0.07, 0.16), -0.3, 0.2), 0.95)
    return np.clip(received(cv, picture, 0.03), 0, 1)


def bone(
    cv: Canvas, picture: Grey, parts: list[tuple[tuple[float, float], tuple[float, float], float]], marrow: Grey
) -> Grey:
    """A bone of several ellipses: dark cortex around marrow, grey cartilage outside."""
    for margin, tone in ((0.045, 0.42), (0.02, 0.05)):
        for at, axes, turn in parts:
            picture = lay(picture, blob(cv, at, (axes[0] + margin, axes[1] + margin), turn), tone)
    for at, axes, turn in parts:
        picture = lay(picture, blob(cv, at, axes, turn), marrow)
    return picture


def angiogram(seed: int, size: int = 440) -> Grey:
    """Projection of bright vessels on black, as MR angiography shows the circle of Willis."""
    cv = canvas(size, size, seed)
    picture = 0.06 + 0.02 * clouds(cv, 20) * blob(cv, (0, 0), (0.8, 0.9))
    for side in (-1, 1):
        carotid = [(side * 0.28, 1.0), (side * 0.3, 0.5), (side * 0.22, 0.25), (side * 0.2, 0.02)]
        middle = [(side * 0.2, 0.02), (side * 0.4, -0.03), (side * 0.6, 0.02), (side * 0.78, -0.1)]
        front = [(side * 0.2, 0.02), (side * 0.05, -0.12), (side * 0.04, -0.5), (side * 0.08, -0.8)]
        for line, wide in ((carotid, 0.08), (middle, 0.05), (front, 0.04)):
            picture = np.maximum(picture, stroke(cv, line, wide, 0.03) * 0.9)
        for k in range(5):
            start = (side * (0.5 + 0.05 * k), 0.0)
            end = (side * float(cv.rng.uniform(0.6, 0.9)), float(cv.rng.uniform(-0.7, 0.6)))
            mid = ((start[0] + end[0]) / 2 + 0.05, (start[1] + end[1]) / 2)
            picture = np.maximum(picture, stroke(cv, [start, mid, end], 0.018, 0.02) * 0.55)
    picture = np.maximum(picture, stroke(cv, arc((0, 0.3), (0.12, 0.28), (60, 300)), 0.035, 0.03) * 0.8)
    return np.clip(received(cv, blur(picture, 1.2), 0.02), 0, 1)
