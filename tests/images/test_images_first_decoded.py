"""Decoding where no image was decoded before: a process of its own, since Pillow loads its plugins as it needs them."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

SCRIPT = "import sys; from rocov2.images.decode import decode; print(decode(open(sys.argv[1], 'rb').read()).width_px)"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF", "JPEG"])
def test_the_first_image_of_a_process_may_be_of_any_format(tmp_path: Path, kind: str) -> None:
    Image.new("RGB", (80, 80), (10, 200, 30)).save(tmp_path / "x", kind)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "x")], capture_output=True, text=True, check=False
    )
    assert done.stdout == "80\n", done.stderr
