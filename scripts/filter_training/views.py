"""Singles and figures -> varied copies from which size, borders, marks and compression cannot tell the source."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Rng = np.random.Generator
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
WORDS = ("R", "L", "A", "P", "SE", "T1", "T2", "120 kV", "5 mm", "H", "1/24", "W 350", "#12", "AP", "SUPINE", "7.5 MHz")


def vary(image: Image.Image, rng: Rng, is_single: bool) -> Image.Image:
    """Another copy of a picture that keeps its labels: cropped, rescaled, marked, framed and compressed again."""
    image = crop(image, rng, 0.10 if is_single else 0.02)
    image = rescale(image, rng)
    if rng.random() < 0.3:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    image = tones(image, rng)
    if is_single:
        image = mark(image, rng)
    return compress(frame(image, rng), rng)


def vary_in_colour(image: Image.Image, rng: Rng) -> Image.Image:
    """The same for a single picture whose colours are what tells its class."""
    return compress(frame(mark(rescale(crop(image, rng, 0.10), rng), rng), rng), rng)


def crop(image: Image.Image, rng: Rng, most: float) -> Image.Image:
    """Cut up to `most` of the width or height off each side, half of the time."""
    if rng.random() < 0.5:
        return image
    left, right = rng.uniform(0, most, 2) * image.width
    top, bottom = rng.uniform(0, most, 2) * image.height
    return image.crop((int(left), int(top), image.width - int(right), image.height - int(bottom)))


def rescale(image: Image.Image, rng: Rng) -> Image.Image:
    """Shrink to a random long side, sometimes very small, so that sharpness is no cue."""
    long_side = rng.uniform(64, 130) if rng.random() < 0.15 else rng.uniform(130, 400)
    scale = min(1.0, float(long_side) / max(image.size))
    size = (max(8, round(image.width * scale)), max(8, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BILINEAR)


def tones(image: Image.Image, rng: Rng) -> Image.Image:
    """Change brightness, contrast and gamma a little; take the colour away from some, tint a few."""
    choice = rng.random()
    if choice < 0.12:
        image = image.convert("L").convert("RGB")
    values = np.asarray(image, dtype=np.float32) / 255.0
    if choice > 0.97:
        values = values * rng.uniform(0.75, 1.0, 3).astype(np.float32)
    if rng.random() < 0.6:
        values = np.clip(values * rng.uniform(0.8, 1.25) + rng.uniform(-0.06, 0.06), 0, 1) ** rng.uniform(0.75, 1.35)
    return Image.fromarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))


def mark(image: Image.Image, rng: Rng) -> Image.Image:
    """Draw what figures of single images carry: arrows, letters, burnt-in text, a scale or colour bar, a box."""
    image = image.copy()
    pen = ImageDraw.Draw(image)
    width, height = image.size
    colour = ink(rng)
    if rng.random() < 0.25:
        for _ in range(rng.integers(1, 4)):
            draw_arrow(pen, rng, image.size, colour)
    if rng.random() < 0.25:
        letter(pen, (0, 0, width, height), str(rng.choice(["a", "A", "(a)", "B", "b", "1"])), rng)
    if rng.random() < 0.25:
        for _ in range(rng.integers(1, 6)):
            place = (rng.uniform(0, 0.85) * width, rng.choice([rng.uniform(0, 0.2), rng.uniform(0.8, 0.95)]) * height)
            pen.text(place, str(rng.choice(WORDS)), fill=colour, font=font(max(7, width // 24)))
    if rng.random() < 0.06:
        _colour_bar(pen, rng, image.size)
    if rng.random() < 0.05:
        x0, y0 = rng.uniform(0.1, 0.5, 2) * image.size
        pen.rectangle((x0, y0, x0 + 0.3 * width, y0 + 0.3 * height), outline=colour, width=max(1, width // 120))
    return image


def frame(image: Image.Image, rng: Rng) -> Image.Image:
    """Lay a margin around some: white, black or grey, even or on one side only."""
    if rng.random() > 0.25:
        return image
    sides = rng.uniform(0, 0.08, 4)
    if rng.random() < 0.4:
        sides = np.where(np.arange(4) == rng.integers(4), rng.uniform(0.05, 0.25), 0.0)
    left, right = (int(side * image.width) for side in sides[:2])
    top, bottom = (int(side * image.height) for side in sides[2:])
    colour = WHITE if rng.random() < 0.55 else BLACK if rng.random() < 0.8 else (128, 128, 128)
    sheet = Image.new("RGB", (image.width + left + right, image.height + top + bottom), colour)
    sheet.paste(image, (left, top))
    return sheet


def compress(image: Image.Image, rng: Rng) -> Image.Image:
    """Encode as JPEG of quality 35 to 92 and decode again."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(35, 93)))
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that Pillow brings along."""
    return ImageFont.load_default(size)


def letter(pen: ImageDraw.ImageDraw, box: tuple[float, float, float, float], text: str, rng: Rng) -> None:
    """Write a panel letter into a corner of a box, sometimes on a plate of its own."""
    x0, y0, x1, y1 = box
    size = max(7, int(min(x1 - x0, y1 - y0) * rng.uniform(0.07, 0.16)))
    x = x0 + 2 if rng.random() < 0.7 else x1 - size * 1.2
    y = y0 + 1 if rng.random() < 0.6 else y1 - size * 1.3
    colour = WHITE if rng.random() < 0.6 else ink(rng)
    if rng.random() < 0.25:
        pen.rectangle((x, y, x + size, y + size * 1.1), fill=BLACK if sum(colour) > 300 else WHITE)
    pen.text((x, y), text, fill=colour, font=font(size))


def ink(rng: Rng) -> tuple[int, int, int]:
    """A colour that annotations have."""
    inks = [WHITE, WHITE, WHITE, BLACK, (255, 255, 0), (255, 0, 0), (0, 255, 0), (0, 200, 255)]
    return inks[int(rng.integers(len(inks)))]


def draw_arrow(pen: ImageDraw.ImageDraw, rng: Rng, size: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """Draw an arrow, or its head alone, somewhere inside."""
    tip = rng.uniform(0.15, 0.85, 2) * size
    angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(0.06, 0.16) * min(size)
    head = [
        tuple(tip + length * (0.15 + 0.3) * np.array([np.cos(angle + turn), np.sin(angle + turn)]))
        for turn in (-0.5, 0.5)
    ]
    if rng.random() < 0.7:
        end = tip + length * np.array([np.cos(angle), np.sin(angle)])
        pen.line([tuple(tip), tuple(end)], fill=colour, width=max(1, min(size) // 90))
    pen.polygon([tuple(tip), *head], fill=colour)


def _colour_bar(pen: ImageDraw.ImageDraw, rng: Rng, size: tuple[int, int]) -> None:
    width, height = size
    x0, bar = int(width * rng.uniform(0.9, 0.95)), max(2, int(width * 0.03))
    top, bottom = int(height * rng.uniform(0.05, 0.3)), int(height * rng.uniform(0.7, 0.95))
    ends = rng.integers(0, 256, (2, 3)) if rng.random() < 0.5 else np.array([[255] * 3, [0] * 3])
    for y in range(top, bottom):
        share = (y - top) / max(1, bottom - top)
        pen.line((x0, y, x0 + bar, y), fill=tuple(int(v) for v in ends[0] * (1 - share) + ends[1] * share))
