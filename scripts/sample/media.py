"""Turns a picture's recipe into the bytes of its file: draw, change, save.

A recipe is a table of the article's source: `draw` names a function of the drawing modules and `args` its
arguments; `then` lists changes in order; `save` is the kind of file, also the broken kinds.
"""

import inspect
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from . import ct, mri, pixels, plots, sound, xray

Recipe = dict[str, Any]
Drawn = dict[str, bytes]
MODULES = {"ct": ct, "mri": mri, "xray": xray, "sound": sound, "plots": plots}
NOT_AN_IMAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Error</title></head><body><p>Service unavailable</p></body></html>\n"
)


def render(recipe: Recipe, made: Drawn) -> bytes:
    """Bytes of the file that `recipe` describes; `made` holds the files drawn so far, for copies."""
    save = recipe.get("save", "jpeg")
    if save == "html":
        return NOT_AN_IMAGE
    changes = recipe.get("then", [])
    if recipe["draw"] == "copy" and not changes and "save" not in recipe:
        return made[recipe["of"]]
    image = draw(recipe, made)
    for name, *values in changes:
        image = CHANGES[name](image, *values)
    return encode(image, save, int(recipe.get("quality", 84)))


def draw(recipe: Recipe, made: Drawn, posed: bool = True) -> Image.Image:
    """Picture of a recipe before it is changed; `posed`: a phantom lies as its seed says, not where it was drawn."""
    if recipe["draw"] == "copy":
        return Image.open(io.BytesIO(made[recipe["of"]]))
    if recipe["draw"] == "tiles":
        return tiles(
            [draw(part, made) for part in recipe["parts"]], int(recipe["columns"]), str(recipe.get("letters", ""))
        )
    if recipe["draw"] == "fused":
        grey, heat = (np.asarray(draw(part, made, False).resize((420, 420)), float) / 255 for part in recipe["parts"])
        return plots.fused(grey, np.clip(1 - heat, 0, 1))
    module, name = recipe["draw"].split(".")
    function = getattr(MODULES[module], name)
    arguments = {k: tuplify(v) for k, v in recipe.get("args", {}).items()}
    assert set(arguments) <= set(inspect.signature(function).parameters), (recipe, arguments)
    picture = function(**arguments)
    if isinstance(picture, Image.Image):
        return picture
    if posed and name != "ultrasound":
        picture = pixels.pose(picture, arguments["seed"], backdrop=0.02 if module == "xray" else None)
    return pixels.to_image(picture)


def tuplify(value: Any) -> Any:
    """Lists as tuples, all the way down."""
    return tuple(tuplify(v) for v in value) if isinstance(value, list) else value


def tiles(parts: list[Image.Image], columns: int, letters: str) -> Image.Image:
    """Compound figure: panels in a grid with white gutters and a letter in each corner."""
    side = 620 // columns
    parts = [ImageOps.fit(p.convert("RGB"), (side, side)) for p in parts]
    rows = -(-len(parts) // columns)
    page = Image.new("RGB", (columns * side + 8 * (columns - 1), rows * side + 8 * (rows - 1)), "white")
    for n, part in enumerate(parts):
        if n < len(letters):
            pixels.write(part, (8, 6), letters[n], 26)
        page.paste(part, (n % columns * (side + 8), n // columns * (side + 8)))
    return page


def _arrow(image: Image.Image, x: float, y: float, dx: float, dy: float) -> Image.Image:
    """Arrow to a point given as shares of width and height."""
    w, h = image.size
    tip = (round(x * w), round(y * h))
    pixels.point_at(image, tip, (round((x + dx) * w), round((y + dy) * h)))
    return image


def _text(image: Image.Image, x: float, y: float, words: str, size: int = 20) -> Image.Image:
    pixels.write(image, (round(x * image.width), round(y * image.height)), words, size)
    return image


def _resize(image: Image.Image, share: float) -> Image.Image:
    return image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.LANCZOS)


def _crop(image: Image.Image, share: float) -> Image.Image:
    dx, dy = round(image.width * share), round(image.height * share)
    return image.crop((dx, dy, image.width - dx, image.height - dy))


def _border(image: Image.Image, pixels_wide: int) -> Image.Image:
    return ImageOps.expand(image, pixels_wide, 255 if image.mode == "L" else "white")


def _fit(image: Image.Image, width: int, height: int) -> Image.Image:
    return ImageOps.fit(image, (width, height))


def _thumb(image: Image.Image, side: int) -> Image.Image:
    image = image.copy()
    image.thumbnail((side, side))
    return image


CHANGES: dict[str, Callable[..., Image.Image]] = {
    "arrow": _arrow,
    "text": _text,
    "resize": _resize,
    "crop": _crop,
    "border": _border,
    "fit": _fit,
    "thumb": _thumb,
}


def encode(image: Image.Image, save: str, quality: int) -> bytes:
    """Write the image as one of the kinds of file that publishers send."""
    if save == "truncated":
        whole = encode(image, "jpeg", quality)
        return whole[: len(whole) * 2 // 5]
    out = io.BytesIO()
    if save in ("jpeg", "cmyk"):
        image.convert("CMYK" if save == "cmyk" else image.mode).save(out, "JPEG", quality=quality)
    elif save == "png16":
        deep = np.asarray(image.convert("L"), np.uint16) * 257
        Image.fromarray(deep).save(out, "PNG")
    elif save == "webp":
        image.convert("RGB").save(out, "WEBP", quality=quality)
    elif save == "gif":
        image.convert("L").save(out, "GIF")
    elif save == "tiff":
        image.convert("L").save(out, "TIFF", compression="tiff_lzw")
    else:
        image.save(out, save.upper())
    return out.getvalue()
