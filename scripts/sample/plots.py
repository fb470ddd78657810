"""Draws what is not radiology: charts, flow diagrams, histology, photographs and tables, as Pillow images."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .pixels import Grey, blob, blur, canvas, clouds, cover, noise, radius, stroke
from .sound import branches

INK = (30, 30, 30)
COLOURS = [(31, 119, 180), (214, 90, 40), (60, 150, 70), (150, 100, 180)]


def sheet(width: int, height: int, title: str = "") -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """White paper with a title."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    if title:
        draw.text((width / 2, 14), title, fill=INK, font=ImageFont.load_default(15), anchor="mt")
    return image, draw


def axes(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], names: tuple[str, str], top: float) -> None:
    """Axes with ticks and numbers."""
    left, upper, right, lower = box
    draw.line([(left, upper), (left, lower), (right, lower)], fill=INK, width=2)
    for k in range(6):
        y = lower - (lower - upper) * k / 5
        draw.line([(left - 5, y), (left, y)], fill=INK)
        draw.text((left - 9, y), f"{top * k / 5:g}", fill=INK, font=ImageFont.load_default(12), anchor="rm")
    draw.text(((left + right) / 2, lower + 26), names[0], fill=INK, font=ImageFont.load_default(14), anchor="mt")
    draw.text((left, upper - 22), names[1], fill=INK, font=ImageFont.load_default(13), anchor="lt")


def bars(seed: int, title: str = "", names: tuple[str, str] = ("Group", "Patients (n)")) -> Image.Image:
    """Bar chart of two series with error bars."""
    rng = np.random.default_rng(seed)
    image, draw = sheet(560, 400, title)
    box = (70, 60, 530, 330)
    axes(draw, box, names, 50)
    for k, value in enumerate(rng.uniform(8, 45, 8)):
        left, top = 90 + 54 * k, 330 - float(value) * 5.4
        draw.rectangle([left, top, left + 34, 330], fill=COLOURS[k % 2], outline=INK)
        draw.line([(left + 17, top - 14), (left + 17, top + 14)], fill=INK)
        draw.text((left + 17, 336), "ABCDEFGH"[k], fill=INK, font=ImageFont.load_default(12), anchor="mt")
    return image


def curves(seed: int, title: str = "", names: tuple[str, str] = ("Months", "Survival (%)")) -> Image.Image:
    """Survival curves that go down in steps."""
    rng = np.random.default_rng(seed)
    image, draw = sheet(560, 420, title)
    axes(draw, (70, 60, 530, 350), names, 100)
    for k in range(3):
        x, y = 70.0, 60.0
        points = [(x, y)]
        while x < 520:
            step, fall = float(rng.uniform(8, 30)), float(rng.uniform(0, 9 + 6 * k))
            points += [(x + step, y), (x + step, min(y + fall, 340))]
            x, y = points[-1]
        draw.line(points, fill=COLOURS[k], width=3)
        draw.line([(390, 80 + 20 * k), (420, 80 + 20 * k)], fill=COLOURS[k], width=3)
        draw.text((428, 80 + 20 * k), f"Group {k + 1}", fill=INK, font=ImageFont.load_default(13), anchor="lm")
    return image


def scatter(seed: int, title: str = "", names: tuple[str, str] = ("Observer 1 (mm)", "Observer 2 (mm)")) -> Image.Image:
    """Scatter plot with its line."""
    rng = np.random.default_rng(seed)
    image, draw = sheet(460, 420, title)
    axes(draw, (70, 60, 430, 350), names, 60)
    for x in rng.uniform(0, 1, 70):
        y = float(np.clip(x + rng.normal(0, 0.08), 0, 1))
        px, py = 70 + 350 * float(x), 350 - 285 * y
        draw.ellipse([px - 4, py - 4, px + 4, py + 4], outline=COLOURS[0], width=2)
    draw.line([(70, 350), (425, 62)], fill=COLOURS[1], width=2)
    return image


def flow(boxes: tuple[str, ...], aside: tuple[str, ...] = ()) -> Image.Image:
    """Flow diagram: boxes one under the other with arrows, and what was left out beside them."""
    image, draw = sheet(560, 60 + 95 * len(boxes))
    for k, text in enumerate(boxes):
        top = 30 + 95 * k
        draw.rectangle([60, top, 300, top + 56], outline=INK, width=2)
        draw.text((180, top + 28), text, fill=INK, font=ImageFont.load_default(14), anchor="mm", align="center")
        if k + 1 < len(boxes):
            draw.line([(180, top + 56), (180, top + 95)], fill=INK, width=2)
            draw.polygon([(174, top + 86), (186, top + 86), (180, top + 95)], fill=INK)
        if k < len(aside):
            draw.line([(180, top + 75), (340, top + 75)], fill=INK, width=2)
            draw.rectangle([340, top + 52, 540, top + 98], outline=INK, width=2)
            draw.text((440, top + 75), aside[k], fill=INK, font=ImageFont.load_default(12), anchor="mm", align="center")
    return image


def histology(seed: int) -> Image.Image:
    """Pink tissue with violet nuclei, as haematoxylin and eosin show it."""
    cv = canvas(480, 400, seed)
    fibres = clouds(cv, 9, 3)
    nuclei = np.zeros(cv.shape)
    for px, py in cv.rng.uniform(-1.2, 1.2, (420, 2)):
        size = float(cv.rng.uniform(0.012, 0.026))
        low, high = np.searchsorted(cv.x[0], (px - 0.08, px + 0.08))
        top, end = np.searchsorted(cv.y[:, 0], (py - 0.08, py + 0.08))
        if low < high and top < end:
            part = np.hypot((cv.x[top:end, low:high] - px) / size, (cv.y[top:end, low:high] - py) / (size * 0.8))
            nuclei[top:end, low:high] = np.maximum(nuclei[top:end, low:high], cover(1 - part, 0.3))
    gaps = cover(clouds(cv, 30, 2) - 1.3, 0.2)
    pink = np.stack([0.91 + 0.02 * fibres, 0.66 + 0.06 * fibres, 0.79 + 0.04 * fibres], -1)
    violet = np.array([0.38, 0.24, 0.56])
    mixed = pink * (1 - nuclei[..., None]) + violet * nuclei[..., None]
    mixed = mixed * (1 - gaps[..., None]) + 0.96 * gaps[..., None]
    return colour(mixed + 0.012 * noise(cv, 0.7)[..., None])


def skin(seed: int) -> Image.Image:
    """Photograph-like patch of skin with a raised red lesion and a ruler."""
    cv = canvas(480, 360, seed)
    tone = np.stack([np.full(cv.shape, v) for v in (0.86, 0.66, 0.55)], -1)
    tone = tone + (0.025 * clouds(cv, 18) + 0.012 * noise(cv, 1.0))[..., None] - 0.08 * np.hypot(cv.x, cv.y)[..., None]
    lesion = cover(1 - radius(cv, (0.1, -0.05), (0.42, 0.34), 0.3, 0.22), 0.2)
    red = np.stack([0.62 + 0.05 * clouds(cv, 7), 0.26 + 0.04 * clouds(cv, 7), 0.22 + 0.03 * clouds(cv, 7)], -1)
    image = colour(tone * (1 - lesion[..., None]) + red * lesion[..., None])
    draw = ImageDraw.Draw(image)
    draw.rectangle([40, 310, 440, 345], fill=(240, 240, 225), outline=INK)
    for k in range(21):
        draw.line([(40 + 20 * k, 310), (40 + 20 * k, 322 if k % 5 else 330)], fill=INK)
    return image


def fundus(seed: int) -> Image.Image:
    """Retina-like photograph: an orange disc with vessels on black."""
    cv = canvas(440, 440, seed)
    disc = cover(0.9 - np.hypot(cv.x, cv.y), 0.02)
    light = 0.75 - 0.3 * np.hypot(cv.x, cv.y) ** 2 + 0.02 * clouds(cv, 20)
    vessels = np.zeros(cv.shape)
    for angle in (0.9, 2.2, 4.0, 5.3):
        for points, width in branches(cv, (0.38, 0.0), angle, 0.4, 0.045):
            vessels = np.maximum(vessels, stroke(cv, points, width * 0.7, 0.01))
    papilla = blob(cv, (0.38, 0), (0.13, 0.15), soft=0.05)
    rgb = np.stack([light, light * 0.45 * (1 - 0.5 * vessels), light * 0.2 * (1 - 0.5 * vessels)], -1)
    rgb = rgb * (1 - papilla[..., None]) + np.array([0.98, 0.85, 0.5]) * papilla[..., None]
    return colour(rgb * disc[..., None])


def grid(rows: tuple[tuple[str, ...], ...]) -> Image.Image:
    """Table as a picture."""
    image, draw = sheet(120 * len(rows[0]) + 40, 34 * len(rows) + 40)
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            draw.rectangle([20 + 120 * c, 20 + 34 * r, 140 + 120 * c, 54 + 34 * r], outline=INK)
            draw.text((28 + 120 * c, 37 + 34 * r), cell, fill=INK, font=ImageFont.load_default(13), anchor="lm")
    return image


def formula(text: str) -> Image.Image:
    """Rendered formula, small."""
    image, draw = sheet(18 + 9 * len(text), 32)
    draw.text((8, 16), text, fill=INK, font=ImageFont.load_default(15), anchor="lm")
    return image


def colour(field: Grey) -> Image.Image:
    """Round a float picture with three channels to an RGB image."""
    return Image.fromarray(np.clip(np.rint(field * 255), 0, 255).astype(np.uint8))


def fused(grey: Grey, heat: Grey) -> Image.Image:
    """Lay a hot colour scale over a grey picture, as PET/CT viewers do."""
    hot = np.stack([np.clip(heat * 2.2, 0, 1), np.clip(heat * 2.2 - 0.7, 0, 1), np.clip(heat * 3 - 2.2, 0, 1)], -1)
    share = (0.75 * np.clip(heat * 1.6, 0, 1))[..., None]
    return colour(np.repeat(grey[..., None], 3, -1) * (1 - share) + blur(hot, 0.5) * share)
