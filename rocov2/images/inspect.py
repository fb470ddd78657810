"""Turns an image's bytes into what they are: format, width, height, mode, frames; or the reason they are refused.

Only the header is read: nothing is decoded unless the end of the file looks wrong, and the caps hold before that.
"""

import io
import warnings
from dataclasses import dataclass

from PIL import GifImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

FORMATS = {"JPEG": "jpeg", "MPO": "jpeg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "TIFF": "tiff"}
_OPENERS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF")
# Loaded now: Pillow would do it on first use, and two threads at once find half of them. `init` loads forty more.
_READERS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin, GifImagePlugin, TiffImagePlugin)
_TAIL = 4096
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, OverflowError, TypeError, KeyError, IndexError, MemoryError)


class Refused(Exception):  # noqa: N818 - becomes a drop
    """The bytes are not an image to keep: a reason of `rocov2.images.fetch`, and what was seen."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Looks:
    """What the header says: format as in table `images`, size in pixels, Pillow mode, frames."""

    format: str
    width_px: int
    height_px: int
    mode: str
    frame_count: int


def inspect(body: bytes, max_pixels: int) -> Looks:
    """Read the header of an image; raise Refused: not_an_image, too_many_pixels or truncated_image.

    The magic bytes decide the format, whatever the file was called; an MPO counts as the JPEG that it starts with.
    """
    try:
        with warnings.catch_warnings(), _open(body) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise Refused("too_many_pixels", f"{width} x {height} pixels, over the limit of {max_pixels}")
            kind, mode = FORMATS[str(image.format)], image.mode
            frames = 1 if kind == "jpeg" else int(getattr(image, "n_frames", 1))
            if not _ends_well(body, kind):
                _decode(image)
    except Image.DecompressionBombError as error:
        raise Refused("too_many_pixels", str(error)[:200]) from error
    except _UNREADABLE as error:
        raise Refused("not_an_image", f"{type(error).__name__}, first bytes {body[:8].hex(' ')}") from error
    return Looks(kind, width, height, mode, frames)


def _open(body: bytes) -> ImageFile.ImageFile:
    return Image.open(io.BytesIO(body), formats=_OPENERS)


def _decode(image: ImageFile.ImageFile) -> None:
    try:
        image.draft(None, (image.width // 8 or 1, image.height // 8 or 1))
        image.load()
    except _UNREADABLE as error:
        raise Refused("truncated_image", f"{type(error).__name__}: {error}"[:200]) from error


def _ends_well(body: bytes, kind: str) -> bool:
    """Say whether the file ends as its format should; when in doubt say no, and a decode will tell."""
    tail = body[-_TAIL:]
    if kind == "jpeg":
        return b"\xff\xd9" in tail
    if kind == "png":
        return b"IEND" in tail
    if kind == "webp":
        return len(body) >= 8 + int.from_bytes(body[4:8], "little")
    return kind == "gif" and tail.rstrip(b"\0").endswith(b";")
