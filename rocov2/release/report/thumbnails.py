"""Images of a release turned into small WebP pictures inside the page, as long as there is room."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from rocov2.images.decode import BadImage, decode

MAX_FILE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture: base64 of its WebP file, and its size in pixels."""

    base64: str
    width_px: int
    height_px: int

    @property
    def address(self) -> str:
        """The data URI."""
        return f"data:image/webp;base64,{self.base64}"


@dataclass(slots=True)
class Thumbnails:
    """Makes thumbnails until `room_bytes` characters of base64 are spent; counts what could not be shown."""

    folder: Path
    room_bytes: int
    made: int = 0
    lost: int = 0
    left_out: int = 0

    def make(self, file: str, format: str, side_px: int, quality: int = 62) -> Thumbnail | None:
        """A thumbnail whose longer side is `side_px` at most; None when the room is spent or the file is no image."""
        if self.room_bytes <= 0:
            self.left_out += 1
            return None
        try:
            found = _shrunk(self._read(file), format, side_px, quality)
        except (OSError, ValueError, BadImage):
            self.lost += 1
            return None
        if len(found.base64) > self.room_bytes:
            self.left_out += 1
            return None
        self.room_bytes -= len(found.base64)
        self.made += 1
        return found

    def _read(self, file: str) -> bytes:
        """The bytes of an image of the release. Raises OSError for what is absent, too large or outside of it."""
        root = self.folder.resolve()
        path = (root / file).resolve()
        if not path.is_relative_to(root) or not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
            raise FileNotFoundError(file)
        return path.read_bytes()


def _shrunk(body: bytes, format: str, side_px: int, quality: int) -> Thumbnail:
    """Raises BadImage when the bytes are no image."""
    image = Image.fromarray(decode(body, format).rgb)
    image.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    image.save(written, "WEBP", quality=quality, method=4)
    return Thumbnail(base64.b64encode(written.getvalue()).decode("ascii"), image.width, image.height)
