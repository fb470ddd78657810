"""Letters read by networks that never saw a picture, and answers of compound heads likewise -> what letters count.

A run of two and a run of more each shift the calibrated log-odds of compound. Fitted on paper and web figures, held to
small values where few figures carry letters.
"""

from pathlib import Path
from typing import Any

import numpy as np

from filter_training.calibrate import sigmoid
from rocov2.images.classify import LETTER_RUNS, letter_run
from rocov2.images.decode import decode
from rocov2.images.letters import read_letters

Array = np.ndarray
PRICE = 0.1  # of the square of a weight


def read_all(rows: dict[str, Array], halves: list[Any]) -> Array:
    """The letters of each clean picture, by the network that was not trained on its fold."""
    found = [
        read_letters(halves[int(fold) % len(halves)], decode(Path(str(path)).read_bytes()).rgb).letters
        for path, fold in zip(rows["path"], rows["fold"], strict=True)
    ]
    return np.array(found)


def write_read(path: Path, rows: dict[str, Array], read: Array, drawn: dict[str, Array]) -> None:
    """Write what was read in the clean pictures by their path, and in drawn figures beside what stands there."""
    arrays = {"path": rows["path"], "letters": read} | {f"drawn.{name}": values for name, values in drawn.items()}
    np.savez(path, **arrays)  # type: ignore[arg-type]


def fit_weights(rows: dict[str, Array], read: Array, inside: Array | None = None) -> list[float]:
    """Shifts of the log-odds for each of LETTER_RUNS that make the answers on figures most likely; `inside` chooses rows.

    A longer run never counts less than a shorter one: where the answers say so, both have one weight.
    """
    choice = (rows["is_figure"] == 1) & (rows["compound"] >= 0)
    choice = choice if inside is None else choice & inside
    base, truth = log_odds(rows["compound_score"][choice]), rows["compound"][choice]
    runs = np.array([letter_run(str(one)) for one in read[choice]])
    weights = _fitted(base, truth, np.stack([runs == place for place in range(1, LETTER_RUNS + 1)], axis=1))
    if list(weights) != sorted(weights):
        weights = np.repeat(_fitted(base, truth, (runs > 0)[:, None]), LETTER_RUNS)
    return [float(value) for value in weights]


def _fitted(base: Array, truth: Array, flags: Array) -> Array:
    """What each flag adds to log-odds that stand as calibrated; their level may move meanwhile, which is not kept."""
    x = np.concatenate([flags, np.ones((len(base), 1))], axis=1).astype(float)
    price = np.array([*[PRICE] * flags.shape[1], 1.0])
    weights = np.zeros(x.shape[1])
    for _ in range(100):
        p = sigmoid(base + x @ weights)
        gradient = x.T @ (p - truth) + price * weights
        weights -= np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + np.diag(price), gradient)
    return weights[:-1]


def log_odds(scores: Array) -> Array:
    """Of scores, cut at 1e-6 from both ends."""
    kept = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(kept / (1 - kept)))
