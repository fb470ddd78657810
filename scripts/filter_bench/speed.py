"""Image files -> images a second of decoding and of all scores on one thread, memory and the size of the weights."""

import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rocov2.images.classify import load_models, score_images
from rocov2.images.decode import decode

Line = tuple[str, str, str, str]
ROUNDS = 3


def speed_lines(models_folder: Path, bodies: Sequence[bytes]) -> Iterator[Line]:
    """Decode alone and decode with all scores, in turns; the best of three rounds of each."""
    models = load_models(models_folder)
    score_images(models, [decode(bodies[0])])
    alone, whole = [], []
    for _ in range(ROUNDS):
        begun = time.thread_time()
        for body in bodies:
            decode(body)
        middle = time.thread_time()
        for body in bodies:
            score_images(models, [decode(body)])
        alone.append(len(bodies) / (middle - begun))
        whole.append(len(bodies) / (time.thread_time() - middle))
    yield "speed", "decode alone, images a CPU-second", "", f"{max(alone):.0f}"
    yield "speed", "decode and all scores", "", f"{max(whole):.0f}"
    yield "speed", "as a share of decoding alone", "", f"{max(whole) / max(alone):.3f}"
    size = sum(path.stat().st_size for path in models_folder.glob("*.onnx")) / 1e6
    yield "speed", "weights, MB", "25", f"{size:.1f}"
    yield (
        "speed",
        "peak memory of this process, MB",
        "",
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}",
    )
