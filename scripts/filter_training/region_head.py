"""Labelled radiographs -> the region head: views, fit, and answers about each collection by heads that never saw it.

A radiograph is seen clean and in two varied copies. Classes weigh the same; within one, a collection weighs as the square
root of its size. `region_answers.npz` holds, for every clean picture, the shares that a head gave which was fitted
without the picture's collection, calibrated on the answers about the other collections.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from filter_training.calibrate import softmax, temperature
from filter_training.features import View, Work, extract
from filter_training.fit import logistic
from filter_training.heads import WIDE, RegionHead
from filter_training.manifest import Row
from filter_training.regions import UNKNOWN

COPIES = 2
Array = np.ndarray


@dataclass(frozen=True)
class Labelled:
    """Views of labelled radiographs: pooled features of two backbones (n, size), regions, collections, clean or not."""

    features: torch.Tensor
    region: Array
    family: Array
    is_clean: Array
    rows: list[Row]


def labelled(rows: list[Row], backbones: dict[str, Path], folder: Path) -> Labelled:
    """Extract the features of all rows whose region is known; kept in `folder`."""
    kept = [row for row in rows if row.region != UNKNOWN]
    views = []
    for index, row in enumerate(kept):
        views.append(View("clean", (index,), 0, 0, row.radiology, row.modality, 0))
        views += [View("varied", (index,), 1 + copy, 0, row.radiology, row.modality, 0) for copy in range(COPIES)]
    arrays = extract(Work(kept, views, backbones, folder, ("region",)))
    seen = [kept[view.members[0]] for view in views]
    features = np.concatenate([arrays["rows"], arrays["further"][:, :WIDE]], axis=1).astype(np.float32)
    return Labelled(
        torch.from_numpy(features),
        np.array([row.region for row in seen]),
        np.array([row.family for row in seen]),
        np.array([view.kind == "clean" for view in views]),
        kept,
    )


def fit_region(data: Labelled, use: Array) -> RegionHead:
    """Fit on the views in `use` (a mask)."""
    head = RegionHead()
    features = data.features[torch.from_numpy(use)]
    head.standard.fit(features)
    truth = torch.from_numpy(data.region[use])
    weight = torch.from_numpy(shares(data.region[use], data.family[use]))
    with torch.no_grad():
        found = logistic(head.standard(features), truth, weight)
        head.linear.weight[: len(found[1])], head.linear.bias[: len(found[1])] = found
        head.linear.bias[len(found[1]) :] = -30.0  # a class that none of the views has
    return head.eval()


def shares(region: Array, family: Array) -> Array:
    """Weights whose mean is 1: the same for each class, and by the square root of its size for each collection in it."""
    _, inverse, counts = np.unique([f"{r}|{f}" for r, f in zip(region, family, strict=True)], False, True, True)
    weight: Array = counts[inverse] ** -0.5
    for value in np.unique(region):
        weight[region == value] /= weight[region == value].sum()
    return (weight / weight.mean()).astype(np.float32)


@torch.no_grad()
def left_out(data: Labelled) -> Array:
    """Logits about the clean pictures, each by a head fitted without any picture of its collection."""
    logits = np.zeros((len(data.region), 0))
    for name in np.unique(data.family):
        head = fit_region(data, data.family != name)
        asked = (data.family == name) & data.is_clean
        found = head(data.features[torch.from_numpy(asked)]).numpy()
        logits = logits if logits.shape[1] else np.zeros((len(data.region), found.shape[1]))
        logits[asked] = found
        print(f"region: {name} left out", flush=True)
    return logits[data.is_clean]


def write_region_answers(path: Path, data: Labelled, logits: Array) -> None:
    """Write the clean pictures, their regions and shares, calibrated on the other collections, without pickles."""
    region, family = data.region[data.is_clean], data.family[data.is_clean]
    found = np.zeros(logits.shape)
    for name in np.unique(family):
        inside = family == name
        found[inside] = softmax(temperature(logits[~inside], region[~inside]) * logits[inside])
    columns = {name: np.array([getattr(row, name) for row in data.rows]) for name in ("path", "source", "group")}
    np.savez(path, region=region, family=family, region_scores=found, **columns)  # type: ignore[arg-type]


def region_calibration(data: Labelled, logits: Array) -> list[float]:
    """The factor on the logits of the shipped head, from the answers of heads that never saw a collection."""
    return [temperature(logits, data.region[data.is_clean])]
