"""Image files -> images a second of decoding and of all scores on one thread, memory and the size of the weights."""

import io
import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from rocov2.images.classify import load_models, score_images
from rocov2.images.decode import decode
from rocov2.images.letters import read_letters

SIZE_PX = 1000  # a usual long side of a figure's file in PubMed Central
Line = tuple[str, str, str, str]
ROUNDS = 3


def as_figure(body: bytes) -> bytes:
    """The same picture as a JPEG file of a figure's usual size."""
    with Image.open(io.BytesIO(body)) as image:
        scale = SIZE_PX / max(image.size)
        large = image.convert("RGB").resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    buffer = io.BytesIO()
    large.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def speed_lines(models_folder: Path, bodies: Sequence[bytes]) -> Iterator[Line]:
    """Decode alone and decode with all scores, in turns; the best of three rounds of each."""
    models = load_models(models_folder)
    bodies = [as_figure(body) for body in bodies]
    score_images(models, [decode(bodies[0])])
    alone, whole, letters = [], [], []
    for _ in range(ROUNDS):
        begun = time.thread_time()
        for body in bodies:
            decode(body)
        middle = time.thread_time()
        for body in bodies:
            score_images(models, [decode(body)])
        alone.append(len(bodies) / (middle - begun))
        whole.append(len(bodies) / (time.thread_time() - middle))
        spent = 0.0
        for body in bodies:
            rgb = decode(body).rgb
            begun = time.thread_time()
            read_letters(models.letters, rgb)
            spent += time.thread_time() - begun
        letters.append(1000 * spent / len(bodies))
    yield "speed", f"decode alone, files of {SIZE_PX} px, images a CPU-second", "", f"{max(alone):.0f}"
    yield "speed", "decode and all scores", "", f"{max(whole):.0f}"
    yield "speed", "as a share of decoding alone", "", f"{max(whole) / max(alone):.3f}"
    yield "speed", "panel letters alone, ms a picture", "15", f"{min(letters):.1f}"
    size = sum(path.stat().st_size for path in models_folder.glob("*.onnx")) / 1e6
    yield "speed", "weights, MB", "25", f"{size:.1f}"
    yield (
        "speed",
        "peak memory of this process, MB",
        "",
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}",
    )
