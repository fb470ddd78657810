"""Draws radiographs: chest, hand, knee, pelvis and breast, as float pictures 0 to 1 (bone is white)."""

from itertools import pairwise

import numpy as np

from .pixels import Canvas, Grey, arc, blob, blur, canvas, clouds, cover, lay, noise, radius, stroke


def exposed(cv: Canvas, picture: Grey, sd: float = 0.012) -> Grey:
    """Add what a detector adds: scatter, unsharpness and quantum noise."""
    soft = 0.75 * blur(picture, 0.9) + 0.25 * blur(picture, 12)
    return np.clip(soft + sd * noise(cv, 0.6), 0, 1)


def chest(seed: int, finding: str = "", width: int = 520, height: int = 520) -> Grey:
    """Frontal chest; finding: effusion, pneumonia, pneumothorax, device, nodules or ''."""
    cv = canvas(width, height, seed)
    picture = body(cv)
    lungs = [lung(cv, side) for side in (-1, 1)]
    both = np.maximum(lungs[0], lungs[1])
    picture = picture - both * (0.43 + 0.03 * clouds(cv, 40))
    picture += both * 0.07 * markings(cv)
    picture = heart(cv, picture)
    picture = bones(cv, picture)
    picture = chest_finding(cv, picture, finding, lungs)
    return exposed(cv, picture)


def body(cv: Canvas) -> Grey:
    """Soft tissue of the trunk, neck and shoulders on the black of direct exposure."""
    trunk = cover(0.93 - np.abs(cv.x) - 0.06 * np.cos(2.5 * cv.y), 0.05)
    shoulders = cover(cv.y + 1.08 - 0.42 * np.clip(np.abs(cv.x) - 0.22, 0, 1) ** 0.8, 0.05)
    picture = 0.02 + trunk * shoulders * (0.6 + 0.02 * clouds(cv, 30))
    for side in (-1, 1):
        picture += 0.1 * cover(0.22 - np.hypot(cv.x - side * 0.95, (cv.y - 0.1) / 3), 0.1) * trunk
    belly = cover(cv.y - 0.5, 0.5) * trunk
    return picture + 0.1 * belly + 0.12 * cover(0.17 - np.abs(cv.x), 0.12) * shoulders


def lung(cv: Canvas, side: int) -> Grey:
    """Mask of a lung, with the dome of the diaphragm cut out; side -1 is the left of the picture."""
    shape = blob(cv, (side * 0.44, 0.02), (0.36, 0.86), side * 0.06, 0.02, 0.05)
    dome_y = 0.56 if side < 0 else 0.62
    dome = cover(1 - np.hypot((cv.x - side * 0.42) / 0.5, (cv.y - dome_y - 0.42) / 0.42), 0.05)
    return shape * (1 - dome)


def markings(cv: Canvas) -> Grey:
    """Branching vessels from both hila."""
    field = np.zeros(cv.shape)
    for side in (-1, 1):
        for angle in np.linspace(-80, 80, 15):
            x, y, a = side * 0.17, 0.0, np.radians(float(angle))
            points = [(x, y)]
            for _ in range(6):
                a += float(cv.rng.uniform(-0.25, 0.25))
                x, y = x + side * 0.09 * float(np.cos(a)), y + 0.11 * float(np.sin(a))
                points.append((x, y))
            for k, (p, q) in enumerate(pairwise(points)):
                field += stroke(cv, [p, q], 0.03 * 0.75**k, 0.015) * (1.3 - 0.15 * k)
    return blur(np.clip(field, 0, 2.5), 1.2) + 0.3 * clouds(cv, 5)


def heart(cv: Canvas, picture: Grey) -> Grey:
    """Heart, aortic knob, spine and airway."""
    mask = np.maximum(
        blob(cv, (0.16, 0.3), (0.36, 0.28), 0.5, 0.02, 0.05), blob(cv, (-0.06, 0.2), (0.2, 0.28), 0, 0.02, 0.05)
    )
    mask = np.maximum(mask, cover(0.16 - np.abs(cv.x - 0.02), 0.05) * cover(0.9 - np.abs(cv.y), 0.1))
    mask = np.maximum(mask, blob(cv, (0.15, -0.25), (0.1, 0.11), soft=0.05))
    picture = lay(picture, mask * 0.9, 0.74 + 0.02 * clouds(cv, 25))
    for k in range(14):
        y = -1.0 + 0.15 * k
        picture += 0.035 * blob(cv, (0, y), (0.1, 0.055), soft=0.03)
    airway = stroke(cv, [(0.0, -1.0), (0.0, -0.25)], 0.09, 0.03)
    for side in (-1, 1):
        airway = np.maximum(airway, stroke(cv, [(0, -0.25), (side * 0.16, -0.08)], 0.055, 0.03))
    return picture - 0.13 * airway


def bones(cv: Canvas, picture: Grey) -> Grey:
    """Ribs, clavicles and shoulder blades."""
    for side in (-1, 1):
        for k in range(10):
            y = -0.78 + 0.155 * k
            reach = 0.36 + 0.4 * float(np.sin(np.clip((k + 1.5) / 8, 0, 1) * np.pi / 2))
            back = [(side * (0.1 + (reach - 0.02) * t), y + 0.26 * t * t - 0.1 * t) for t in np.linspace(0, 1, 12)]
            outer = back[-1]
            front = [
                (outer[0] - side * reach * 0.75 * t, outer[1] + 0.28 * t + 0.08 * t * t) for t in np.linspace(0, 1, 12)
            ]
            for line, tone in ((back, 0.12), (front, 0.055)):
                rib = stroke(cv, line, 0.07, 0.014)
                picture += tone * (rib - 0.55 * stroke(cv, line, 0.045, 0.014)) * 1.25
        collar = [(side * 0.1, -0.66), (side * 0.35, -0.78), (side * 0.6, -0.8), (side * 0.86, -0.92)]
        picture += 0.17 * (stroke(cv, collar, 0.085, 0.02) - 0.4 * stroke(cv, collar, 0.05, 0.02))
        blade = [(side * 0.86, -0.75), (side * 0.72, -0.2), (side * 0.8, 0.0)]
        picture += 0.08 * stroke(cv, blade, 0.05, 0.03)
        picture += 0.14 * blob(cv, (side * 1.0, -0.82), (0.13, 0.15), soft=0.04)
    return picture


def chest_finding(cv: Canvas, picture: Grey, finding: str, lungs: list[Grey]) -> Grey:
    """What is wrong on the chest film."""
    if finding == "effusion":
        level = cover(cv.y - 0.22 + 0.35 * np.clip(0.75 - np.abs(cv.x), 0, 1) ** 2 * -1, 0.08) * (cv.x > 0.05)
        return lay(picture, level * lungs[1], 0.78)
    if finding == "pneumonia":
        haze = blob(cv, (-0.45, 0.28), (0.3, 0.24), 0.3, 0.25, 0.2) * np.clip(0.75 + 0.25 * clouds(cv, 14), 0, 1)
        return lay(picture, haze * lungs[0] * 0.85, 0.7)
    if finding == "pneumothorax":
        rim = cover(cv.x + 0.42 + 0.18 * cv.y, 0.02) * lungs[0]
        edge = lungs[0] - rim
        return picture - 0.12 * edge * (cv.x < -0.3)
    if finding == "nodules":
        for px, py in cv.rng.uniform(-0.7, 0.55, (26, 2)):
            spot = blob(cv, (float(px), float(py)), (0.045, 0.042), wobble=0.1, soft=0.025)
            picture = picture + 0.2 * spot * np.maximum(lungs[0], lungs[1])
        return picture
    if finding == "device":
        picture = lay(picture, blob(cv, (0.58, -0.5), (0.16, 0.13), 0.3), 0.97)
        lead = [(0.5, -0.6), (0.3, -0.68), (0.05, -0.5), (-0.06, -0.1), (-0.05, 0.2), (0.2, 0.42)]
        return lay(picture, stroke(cv, lead, 0.014), 0.97)
    return picture


def tube(cv: Canvas, picture: Grey, points: list[tuple[float, float]], width: float, tone: float) -> Grey:
    """A long bone: bright cortex at the edges, spongy inside."""
    outer = stroke(cv, points, width, 0.015)
    inner = stroke(cv, points, width * 0.55, width * 0.2)
    return picture + tone * (outer - 0.45 * inner) * (1 + 0.05 * clouds(cv, 4, 2))


def hand(seed: int, finding: str = "", width: int = 420, height: int = 540) -> Grey:
    """Frontal hand and wrist; finding: fracture or ''."""
    cv = canvas(width, height, seed)
    flesh, picture = np.zeros(cv.shape), np.zeros(cv.shape)
    rays = [
        (-0.62, -0.35, -0.86, -0.75),
        (-0.3, -0.1, -0.42, -1.02),
        (-0.06, -0.12, -0.08, -1.14),
        (0.16, -0.08, 0.24, -1.05),
        (0.34, 0.0, 0.54, -0.8),
    ]
    for k, (kx, ky, tx, ty) in enumerate(rays):
        base = (-0.16 + 0.1 * k, 0.5) if k else (-0.26, 0.45)
        flesh = np.maximum(flesh, stroke(cv, [base, (kx, ky), (tx, ty)], 0.2, 0.04))
        joints = [base] + [
            (kx + (tx - kx) * t, ky + (ty - ky) * t) for t in ((0, 0.55, 1) if k == 0 else (0, 0.48, 0.8, 1))
        ]
        for n, (p, q) in enumerate(pairwise(joints)):
            gap = 0.06
            a = (p[0] + (q[0] - p[0]) * gap, p[1] + (q[1] - p[1]) * gap)
            b = (q[0] + (p[0] - q[0]) * gap, q[1] + (p[1] - q[1]) * gap)
            thick = 0.105 - 0.014 * n
            picture = tube(cv, picture, [a, b], thick * 0.8, 0.5)
            for end in (a, b):
                picture += 0.22 * blob(cv, end, (thick * 0.62, thick * 0.5), soft=0.03)
    flesh = np.maximum(flesh, blob(cv, (0.0, 0.25), (0.46, 0.46), 0, 0.04, 0.05))
    flesh = np.maximum(flesh, cover(0.34 - np.abs(cv.x) + 0.05 * cv.y, 0.05) * (cv.y > 0.4))
    for px, py in ((-0.2, 0.62), (-0.06, 0.58), (0.08, 0.6), (0.21, 0.6), (-0.17, 0.74), (0.0, 0.74), (0.16, 0.73)):
        carpal = radius(cv, (px, py), (0.085, 0.075), float(cv.rng.uniform(0, 3)), 0.08)
        picture += 0.3 * cover(1 - carpal, 0.2) + 0.12 * cover(0.12 - np.abs(carpal - 0.88), 0.1)
    picture = tube(cv, picture, [(-0.13, 0.9), (-0.12, 1.4)], 0.24, 0.55)
    picture = tube(cv, picture, [(0.17, 0.92), (0.15, 1.4)], 0.15, 0.5)
    if finding == "fracture":
        crack = [(0.3, 0.18), (0.36, 0.14), (0.42, 0.19)]
        picture -= 0.4 * stroke(cv, crack, 0.022)
        picture += 0.2 * stroke(cv, [(0.3, 0.21), (0.44, 0.23)], 0.03)
    return exposed(cv, 0.03 + flesh * (0.2 + 0.015 * clouds(cv, 18)) + np.clip(picture, 0, 0.8), 0.01)


def knee(seed: int, finding: str = "", width: int = 400, height: int = 520) -> Grey:
    """Frontal knee; finding: arthrosis, prosthesis or ''."""
    cv = canvas(width, height, seed)
    flesh = cover(0.72 + 0.06 * np.cos(2.6 * cv.y) - np.abs(cv.x), 0.06)
    picture = 0.02 + flesh * (0.24 + 0.02 * clouds(cv, 22))
    gap = 0.03 if finding == "arthrosis" else 0.055
    picture = tube(cv, picture, [(0, -1.5), (0, -0.55)], 0.4, 0.42)
    for side in (-1, 1):
        for at, axes in (((side * 0.22, -0.22 - gap), (0.25, 0.22)), ((side * 0.22, 0.19 + gap), (0.25, 0.19))):
            shape = radius(cv, at, axes, 0, 0.03)
            picture += 0.34 * cover(1 - shape, 0.12) + 0.12 * cover(0.1 - np.abs(shape - 0.92), 0.1)
    picture += 0.25 * blob(cv, (0, -0.42), (0.3, 0.3), soft=0.1)
    picture += 0.16 * blob(cv, (0.02, -0.42), (0.2, 0.2), wobble=0.05)
    picture = tube(cv, picture, [(0, 0.4), (0.02, 1.5)], 0.36, 0.42)
    picture = tube(cv, picture, [(0.42, 0.36), (0.4, 1.5)], 0.13, 0.3)
    if finding == "prosthesis":
        for at, axes in (((0, -0.2), (0.46, 0.17)), ((0, 0.14), (0.46, 0.07))):
            picture = lay(picture, blob(cv, at, axes), 1.0)
        picture = lay(picture, stroke(cv, [(0, 0.15), (0.0, 0.75)], 0.1), 1.0)
    return exposed(cv, np.clip(picture, 0, 0.97) * (1 + 0.03 * clouds(cv, 5)))


def pelvis(seed: int, width: int = 560, height: int = 440) -> Grey:
    """Frontal pelvis with both hips."""
    cv = canvas(width, height, seed)
    picture = 0.02 + cover(1.2 - np.abs(cv.x), 0.08) * (0.33 + 0.03 * clouds(cv, 30) + 0.08 * np.exp(-4 * cv.x**2))
    for side in (-1, 1):
        wing = radius(cv, (side * 0.55, -0.45), (0.42, 0.45), side * 0.5, 0.06)
        picture += 0.14 * cover(1 - wing, 0.1) + 0.16 * cover(0.09 - np.abs(wing - 0.93), 0.07)
        head = (side * 0.72, 0.2)
        cup = radius(cv, head, (0.24, 0.24))
        picture += 0.14 * cover(0.12 - np.abs(cup - 1.08), 0.06) * (cv.y < 0.3)
        picture += 0.3 * blob(cv, head, (0.19, 0.19), soft=0.02)
        picture = tube(cv, picture, [(side * 0.78, 0.24), (side * 1.0, 0.45), (side * 0.98, 1.3)], 0.23, 0.33)
        ring = arc((side * 0.3, 0.52), (0.2, 0.17), (0, 360))
        picture = tube(cv, picture, ring, 0.12, 0.26)
        picture += 0.18 * stroke(cv, [(side * 0.04, 0.4), (side * 0.6, 0.22)], 0.1, 0.03)
    for k in range(6):
        picture += 0.15 * blob(cv, (0, -0.95 + 0.19 * k), (0.19 - 0.012 * k, 0.075), soft=0.03)
    picture += 0.14 * blob(cv, (0, -0.2), (0.22, 0.36), soft=0.06)
    return exposed(cv, picture)


def breast(seed: int, finding: str = "", width: int = 380, height: int = 520) -> Grey:
    """Mediolateral oblique mammogram; finding: mass, calcifications or ''."""
    cv = canvas(width, height, seed)
    edge = -0.95 + 1.5 * np.sqrt(np.clip(1 - ((cv.y - 0.1) / 1.22) ** 2, 0, 1))
    inside = edge - cv.x
    picture = cover(inside, 0.05) * (0.2 + 0.25 * np.clip(inside, 0, 0.6))
    gland = cover(1 - radius(cv, (-0.35, 0.1), (0.6, 0.7), 0.1, 0.25), 0.5) * cover(inside - 0.08, 0.1)
    fibres = np.clip(0.5 + 0.3 * clouds(cv, 26, 5), 0, 1)
    picture += gland * fibres * 0.5
    for _ in range(14):
        y = float(cv.rng.uniform(-0.6, 0.8))
        x = float(cv.rng.uniform(-0.7, 0.1))
        picture += (
            0.08 * stroke(cv, [(0.45, 0.12), ((x + 0.45) / 2, y * 0.6), (x, y)], 0.018, 0.02) * cover(inside, 0.1)
        )
    muscle = cover(-0.55 - 0.42 * (cv.y + 1.3) + 0.35 - cv.x - 0.15, 0.06)
    picture = lay(picture, muscle * 0.85, 0.72 + 0.02 * clouds(cv, 12))
    if finding == "mass":
        for angle in np.linspace(0, 2 * np.pi, 18):
            tip = (-0.28 + 0.24 * float(np.cos(angle)), 0.1 + 0.24 * float(np.sin(angle)))
            picture += 0.12 * stroke(cv, [(-0.28, 0.1), tip], 0.014, 0.012)
        picture = lay(picture, blob(cv, (-0.28, 0.1), (0.13, 0.12), 0, 0.2, 0.05), 0.93)
    if finding == "calcifications":
        for px, py in cv.rng.normal((-0.2, 0.15), 0.07, (24, 2)):
            picture = lay(picture, blob(cv, (float(px), float(py)), (0.01, 0.009)), 1.0)
    return exposed(cv, picture, 0.016)
