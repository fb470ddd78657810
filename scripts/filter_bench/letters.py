"""What panel letters written into a picture count for its compound score: the same pictures without and with them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from filter_training.views import letter
from PIL import Image, ImageDraw

from rocov2.images.classify import Models, load_models, score_images
from rocov2.images.decode import Picture, decode

HIGH_PX = 240
Line = tuple[str, str, str, str]


def letter_lines(models_folder: Path, pairs: Sequence[tuple[Path, Path]]) -> Iterator[Line]:
    """Mean log-odds of the compound score, and the share of pictures at 0.5 or more, for single pictures and for two of a
    source joined without a gutter: as they are, with one letter, and with A and B where two panels would have them."""
    models = load_models(models_folder)
    found: dict[str, list[float]] = {}
    for place, (first, second) in enumerate(pairs):
        for name, image in lettered(upright(first), upright(second), place).items():
            found.setdefault(name, []).append(compound_logit(models, image))
    for name, logits in found.items():
        share = np.mean(np.array(logits) >= 0)
        yield (
            "letters",
            f"{name}: log-odds, share at 0.5 or more",
            "",
            f"{np.mean(logits):.2f}, {share:.3f} ({len(logits)})",
        )


def lettered(first: Image.Image, second: Image.Image, seed: int) -> dict[str, Image.Image]:
    """A single picture and a join of two, without and with letters."""
    joined = Image.new("RGB", (first.width + second.width, HIGH_PX))
    joined.paste(first, (0, 0))
    joined.paste(second, (first.width, 0))
    return {
        "single": first,
        "single with A": written(first, [(0, first.width)], seed),
        "single with A and B": written(first, [(0, first.width // 2), (first.width // 2, first.width)], seed),
        "two-panel join": joined,
        "two-panel join with A and B": written(joined, [(0, first.width), (first.width, joined.width)], seed),
    }


def written(image: Image.Image, columns: Sequence[tuple[int, int]], seed: int) -> Image.Image:
    """A copy with A, B, ... in the same corner of each column (left, right), as figures carry them."""
    copy = image.copy()
    pen = ImageDraw.Draw(copy)
    for name, (left, right) in zip("AB", columns, strict=False):
        letter(pen, (left, 0, right, image.height), name, np.random.default_rng(seed))
    return copy


def upright(path: Path) -> Image.Image:
    """A picture HIGH_PX high."""
    image = Image.fromarray(decode(path.read_bytes()).rgb)
    return image.resize((max(1, HIGH_PX * image.width // image.height), HIGH_PX))


def compound_logit(models: Models, image: Image.Image) -> float:
    """Log-odds of the compound score, which has four decimals."""
    score = score_images(models, [Picture(np.asarray(image), image.width, image.height, "RGB")])[0].compound_score
    kept = min(max(score, 1e-4), 1 - 1e-4)
    return float(np.log(kept / (1 - kept)))
