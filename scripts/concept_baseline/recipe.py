"""The published recipe as numbers: two forms, image size, batches, learning rate. No PyTorch.

Source: Dhinagaran, Noor Mohamed, Srinivasan, "SSNMLRGKSR at ImageCLEFmedical Caption 2024", CEUR-WS Vol-3740, paper 144.
`finetuned` is its Model 1, `binarizer` its Model 2. Where the paper leaves a choice open, it is made here:

- labels: `finetuned` has one output for each CUI of the data set's `cui_mapping.csv`, whether train has it or not;
  `binarizer` fits its outputs to the label sets of train, as scikit-learn's MultiLabelBinarizer does;
- `binarizer` trains the whole network, since the paper freezes layers in Model 1 only;
- head: global average, 512 units with ReLU, one logit a CUI; loss: binary cross-entropy; optimiser: Adam.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

THRESHOLDS = (0.3, 0.5)
"""Probabilities from which on a CUI is predicted; the paper names both, so both are scored."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the paper states. `frozen_layers` counts layers of Keras' DenseNet-121, `size_px` is a side."""

    fits_labels: bool
    frozen_layers: int
    size_px: int = 255
    batch: int = 32
    rate: float = 0.001
    decay: float = 0.9
    decay_steps: int = 100
    hidden: int = 512

    def learning_rate(self, step: int) -> float:
        """Rate of the 0-based step: it falls by a tenth at every hundredth."""
        return self.rate * self.decay ** (step // self.decay_steps)


FORMS = {
    "finetuned": Recipe(fits_labels=False, frozen_layers=276),
    "binarizer": Recipe(fits_labels=True, frozen_layers=0),
}


def batches(count: int, size: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Indices of 0..count-1, shuffled anew each epoch, without end, in batches of `size`.

    The rest of an epoch is a batch of its own, but for a rest of one, which batch normalisation cannot take.
    Raises ValueError for fewer than two samples.
    """
    if count < 2:
        raise ValueError("training needs at least two samples")
    random = np.random.default_rng(seed)
    while True:
        order = random.permutation(count).astype(np.int64)
        for start in range(0, count, size):
            if min(size, count - start) > 1:
                yield order[start : start + size]


def steps_an_epoch(count: int, size: int) -> int:
    """Batches that an epoch of `batches` has."""
    return count // size + (count % size > 1)
