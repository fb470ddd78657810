"""The most confident errors on sources not trained on -> one contact sheet to look at; the pictures stay private."""

from pathlib import Path

import numpy as np
from filter_training.manifest import MODALITIES
from PIL import Image, ImageDraw

from rocov2.images.decode import decode

CELL_PX, TEXT_PX, COLUMNS = 180, 40, 8
MOST = 40


def errors(rows: dict[str, np.ndarray]) -> list[tuple[float, int, str]]:
    """Confidence, row and words of every wrong answer of the heads that were trained, the most confident first."""
    found = []
    for name in [name for name in ("radiology", "compound") if f"{name}_score" in rows]:
        truth, scores = rows[name], rows[f"{name}_score"]
        for row in np.flatnonzero((truth >= 0) & ((scores >= 0.5) != truth)):
            said = scores[row] if truth[row] == 0 else 1 - scores[row]
            found.append((float(said), int(row), f"{'not ' * int(truth[row] == 0)}{name}"))
    if "modality_scores" not in rows:
        return sorted(found, reverse=True)
    truth, shares = rows["modality"], rows["modality_scores"]
    best = shares.argmax(axis=1)
    for row in np.flatnonzero((truth >= 0) & (best != truth)):
        words = f"{MODALITIES[truth[row]]} called {MODALITIES[best[row]]}"
        found.append((float(shares[row].max()), int(row), words))
    return sorted(found, reverse=True)


def contact_sheet(rows: dict[str, np.ndarray], target: Path, per_source: int = 3) -> int:
    """Write the sheet and return the number of errors on it; at most `per_source` of one source and kind."""
    chosen: list[tuple[float, int, str]] = []
    seen: dict[tuple[str, str], int] = {}
    for error in errors(rows):
        key = (str(rows["source"][error[1]]), error[2])
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= per_source and len(chosen) < MOST:
            chosen.append(error)
    height = (len(chosen) + COLUMNS - 1) // COLUMNS * (CELL_PX + TEXT_PX)
    sheet = Image.new("RGB", (COLUMNS * CELL_PX, max(1, height)), (32, 32, 40))
    pen = ImageDraw.Draw(sheet)
    for place, (said, row, words) in enumerate(chosen):
        x, y = place % COLUMNS * CELL_PX, place // COLUMNS * (CELL_PX + TEXT_PX)
        image = Image.fromarray(decode(Path(str(rows["path"][row])).read_bytes()).rgb)
        image.thumbnail((CELL_PX - 6, CELL_PX - 6))
        sheet.paste(image, (x + 3, y + 3))
        pen.text((x + 3, y + CELL_PX), f"{rows['source'][row]} {said:.3f}\nis {words}", fill=(255, 255, 160))
    sheet.save(target)
    return len(chosen)
