"""The bytes of an image file -> one RGB picture of at most 512 px, or the reason why there is none.

Every score is computed from this one decode. JPEG is decoded at a half, a quarter or an eighth of its
size (`draft`) where that leaves the short side at 256 px or more. The file's pixels are taken as they
stand: no EXIF rotation, no colour profile.
"""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from rocov2.errors import RocoError

LONG_SIDE_PX = 512
DRAFT_SIDE_PX = 256
MAX_PIXELS = 200_000_000
PILLOW_FORMATS = {
    "jpeg": ("JPEG",),  # MPO too, which Pillow opens by way of JPEG and knows under no name of its own
    "png": ("PNG",),
    "webp": ("WEBP",),
    "gif": ("GIF",),
    "tiff": ("TIFF",),
}
# What Pillow's decoders raise on damaged files; none of them is a bug of ours.
DECODE_ERRORS: tuple[type[Exception], ...] = (
    *(OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError, AttributeError),
    *(struct.error, zlib.error, OverflowError, MemoryError, NotImplementedError, RuntimeError),
    Image.DecompressionBombError,
)


class BadImage(RocoError):  # noqa: N818 - the word the stages use
    """An image that cannot be scored: `reason` is one word for the drop, `detail` what was seen."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}", "the figure is dropped; look at the file in the store")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Keep both parts when the error crosses a process boundary."""
        return type(self), (self.reason, self.detail)


@dataclass(frozen=True)
class Picture:
    """A decoded image: `rgb` is uint8 (height, width, 3) with a long side of at most 512 px."""

    rgb: NDArray[np.uint8]
    width_px: int
    height_px: int
    mode: str


def decode(body: bytes, format: str | None = None) -> Picture:
    """Decode an image file once, at the size that the scores need.

    `format` is jpeg, png, webp, gif or tiff as the magic bytes say, or None to try all five. The first
    frame of animations, multi-page and MPO files is taken; CMYK becomes RGB; transparency is laid on
    white; 16-bit, 32-bit and float samples are windowed to 8 bits between their 0.5 and 99.5 percentiles.
    `Picture.width_px` and `height_px` are those of the file.

    Raises BadImage with the reason `unknown_format`, `too_many_pixels`, `truncated` or `undecodable`.
    """
    if format is not None and format not in PILLOW_FORMATS:
        raise BadImage("unknown_format", f"no decoder for {format!r}")
    names = PILLOW_FORMATS[format] if format else tuple(name for group in PILLOW_FORMATS.values() for name in group)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(body), formats=names) as image:
                return _picture(image)
    except BadImage:
        raise
    except DECODE_ERRORS as error:
        raise BadImage(_reason(error), f"{type(error).__name__}: {error}"[:200]) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return "too_many_pixels"
    if isinstance(error, UnidentifiedImageError):
        return "unknown_format"
    return "truncated" if "truncated" in str(error) else "undecodable"


def _picture(image: Image.Image) -> Picture:
    width_px, height_px, mode = image.width, image.height, image.mode
    if width_px < 1 or height_px < 1:
        raise BadImage("undecodable", f"{width_px} x {height_px} px")
    if width_px * height_px > MAX_PIXELS:
        raise BadImage("too_many_pixels", f"{width_px} x {height_px} px")
    if image.format in ("JPEG", "MPO"):
        image.draft("RGB", (DRAFT_SIDE_PX, DRAFT_SIDE_PX))
    image.load()
    rgb = _fit(_rgb(image))
    return Picture(np.asarray(rgb, dtype=np.uint8), width_px, height_px, mode)


def _fit(image: Image.Image) -> Image.Image:
    long_side = max(image.size)
    if long_side <= LONG_SIDE_PX:
        return image
    width, height = (max(1, round(side * LONG_SIDE_PX / long_side)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)


def _rgb(image: Image.Image) -> Image.Image:
    """Any Pillow mode as RGB on white."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_window(np.asarray(image, dtype=np.float64))).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _window(samples: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Samples of any range as 8 bits, cut at their 0.5 and 99.5 percentiles; not-a-number becomes black."""
    finite = samples[np.isfinite(samples)]
    if finite.size == 0:
        return np.zeros(samples.shape, dtype=np.uint8)
    low, high = np.percentile(finite, (0.5, 99.5))
    if high <= low:
        low, high = float(finite.min()), float(finite.max())
    scaled = (np.nan_to_num(samples, nan=low, posinf=high, neginf=low) - low) / max(high - low, 1e-12)
    eight: NDArray[np.uint8] = (np.clip(scaled, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    return eight
