"""Train a model on pictures and labels, a log line a step, and ask it for probabilities. The same seed, the same bytes."""

import json
from collections.abc import Callable
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from scripts.concept_baseline.dataset import Pictures
from scripts.concept_baseline.densenet import DenseNet121
from scripts.concept_baseline.recipe import Recipe, batches

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's red, green and blue, 0 to 1: what both torchvision and Keras take DenseNet's pictures to."""


def seeded(seed: int, threads: int) -> None:
    """Make what follows depend on the seed alone; the order of sums depends on the number of threads too."""
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)


def as_input(pixels: NDArray[np.uint8]) -> Tensor:
    """uint8 (n, h, w, 3) -> float (n, 3, h, w), normalised as ImageNet, channels last in memory (a quarter faster)."""
    scaled = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    return (scaled - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(DEVIATION).view(3, 1, 1)


def train(
    model: DenseNet121,
    pictures: Pictures,
    labels: NDArray[np.float32],
    recipe: Recipe,
    plan: tuple[int, int],
    log: Callable[[str], object],
) -> list[float]:
    """Take `plan` = (steps, seed) steps of Adam on the binary cross-entropy; returns the loss of each.

    `log` gets one JSON line a step: step (1-based), learning_rate, loss (mean over images and CUIs).
    """
    steps, seed = plan
    optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=recipe.rate)
    targets = torch.from_numpy(labels)
    losses: list[float] = []
    model.train()
    shuffled = islice(batches(len(labels), recipe.batch, seed), steps)
    for step, chosen in enumerate(tqdm(shuffled, total=steps, unit="step", disable=None)):
        rate = recipe.learning_rate(step)
        for group in optimiser.param_groups:
            group["lr"] = rate
        logits = model(as_input(pictures.batch(chosen)))
        loss = functional.binary_cross_entropy_with_logits(logits, targets[torch.from_numpy(chosen)])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(loss.item())
        log(json.dumps({"step": step + 1, "learning_rate": round(rate, 9), "loss": round(losses[-1], 6)}))
    return losses


@torch.no_grad()
def probabilities(model: DenseNet121, pictures: Pictures, batch: int) -> NDArray[np.float32]:
    """Probability of each CUI for each picture, float32 (pictures, CUIs)."""
    model.eval()
    starts = range(0, len(pictures.paths), batch)
    parts = [
        torch.sigmoid(model(as_input(pictures.batch(range(start, min(start + batch, len(pictures.paths)))))))
        for start in tqdm(starts, unit="batch", disable=None)
    ]
    return torch.cat(parts).numpy()
