"""Turns an image's bytes into what they are: format, width, height, mode, frames; or the reason they are refused.

Only the header is read: nothing is decoded unless the end of the file looks wrong, and the caps hold before that. Most
images are plain JPEGs: their few numbers are read here, in a sixth of the time that Pillow takes for the whole header.
"""

import io
import struct
import warnings
from dataclasses import dataclass

from PIL import GifImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

FORMATS = {"JPEG": "jpeg", "MPO": "jpeg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "TIFF": "tiff"}
_OPENERS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF")
# Loaded now: Pillow would do it on first use, and two threads at once find half of them. `init` loads forty more.
_READERS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin, GifImagePlugin, TiffImagePlugin)
_TAIL = 4096
_SEGMENT = struct.Struct(">BBH")
_FRAME = struct.Struct(">BHHB")  # of a JPEG: bits, height, width, channels
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN = 0xDA
_JPEG_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
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
    if (plain := _plain_jpeg(body)) and plain.width_px * plain.height_px <= max_pixels:
        return plain
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd tags, say: whatever costs something is an error below
            with _open(body) as image:
                return _looks(image, body, max_pixels)
    except Image.DecompressionBombError as error:
        count = "".join(filter(str.isdigit, str(error).partition("pixels")[0]))
        raise Refused("too_many_pixels", f"{count} pixels, over the limit of {max_pixels}") from error
    except _UNREADABLE as error:
        raise Refused("not_an_image", f"{type(error).__name__}, first bytes {body[:8].hex(' ')}") from error


def _looks(image: ImageFile.ImageFile, body: bytes, max_pixels: int) -> Looks:
    width, height = image.size
    if width * height > max_pixels:
        raise Refused("too_many_pixels", f"{width} x {height} pixels, over the limit of {max_pixels}")
    kind, mode = FORMATS[str(image.format)], image.mode
    frames = 1 if kind == "jpeg" else int(getattr(image, "n_frames", 1))
    if not _ends_well(body, kind):
        _decode(image)
    return Looks(kind, width, height, mode, frames)


def _plain_jpeg(body: bytes) -> Looks | None:
    """Return the looks of a JPEG whose header and end are as they should be; None leaves it to Pillow."""
    if body[:2] != b"\xff\xd8" or not _ends_well(body, "jpeg"):
        return None
    found, at, last = None, 2, len(body) - _SEGMENT.size - _FRAME.size
    while at <= last:
        mark, kind, length = _SEGMENT.unpack_from(body, at)
        if mark != 0xFF or not 0xC0 <= kind <= 0xFE or 0xD0 <= kind <= 0xD8 or length < 2:
            return None
        if kind == _SCAN:
            return found
        if kind in _FRAMES:
            bits, height, width, channels = _FRAME.unpack_from(body, at + _SEGMENT.size)
            if found or bits != 8 or not width or not height or channels not in _JPEG_MODES:
                return None
            found = Looks("jpeg", width, height, _JPEG_MODES[channels], 1)
        at += 2 + length
    return None


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
