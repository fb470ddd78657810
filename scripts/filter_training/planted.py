"""Real pictures -> the copies of them that near-duplicate detection must find."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from filter_training.views import BLACK, WHITE, Rng, draw_arrow, ink, letter

Change = Callable[[Image.Image, Rng], Image.Image]


def resized(image: Image.Image, rng: Rng) -> Image.Image:
    """Between 0.45 and 1.4 of the size."""
    scale = rng.uniform(0.45, 1.4)
    return image.resize(
        (max(16, int(image.width * scale)), max(16, int(image.height * scale))), Image.Resampling.BICUBIC
    )


def recompressed(image: Image.Image, rng: Rng) -> Image.Image:
    """JPEG of quality 25 to 75."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(25, 75)))
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


def cropped(image: Image.Image, rng: Rng) -> Image.Image:
    """Up to 5 % cut off each side, each by its own amount."""
    left, top, right, bottom = rng.uniform(0, 0.05, 4)
    width, height = image.size
    return image.crop((int(left * width), int(top * height), width - int(right * width), height - int(bottom * height)))


def bordered(image: Image.Image, rng: Rng) -> Image.Image:
    """A white or black border of 2 to 10 % around it."""
    margin = int(rng.uniform(0.02, 0.1) * max(image.size))
    sheet = Image.new(
        "RGB", (image.width + 2 * margin, image.height + 2 * margin), WHITE if rng.random() < 0.5 else BLACK
    )
    sheet.paste(image, (margin, margin))
    return sheet


def greyed(image: Image.Image, rng: Rng) -> Image.Image:
    """No colour."""
    return image.convert("L").convert("RGB")


def annotated(image: Image.Image, rng: Rng) -> Image.Image:
    """One to three arrows, and a letter on half of them."""
    image = image.copy()
    pen = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 4))):
        draw_arrow(pen, rng, image.size, ink(rng))
    if rng.random() < 0.5:
        letter(pen, (0, 0, *image.size), "A", rng)
    return image


VARIANTS: dict[str, tuple[Change, ...]] = {
    "resized": (resized,),
    "recompressed": (recompressed,),
    "cropped": (cropped,),
    "bordered": (bordered,),
    "grey": (greyed,),
    "annotated": (annotated,),
    "cropped, resized, recompressed": (cropped, resized, recompressed),
    "annotated, grey, recompressed": (annotated, greyed, recompressed),
}


def plant(image: Image.Image, name: str, seed: tuple[int, int]) -> bytes:
    """A variant as the bytes of a JPEG file."""
    rng = np.random.default_rng(seed)
    for change in VARIANTS[name]:
        image = change(image, rng)
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
