"""Extracted features -> fitted heads, and answers for every source by heads that never saw it."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from filter_training.features import View
from filter_training.heads import CompoundHead, KindHead, joined, pooled
from filter_training.manifest import FOLDS, Row

BATCH, KIND_BATCH = 128, 256
HELD_SMALL = 1e-3  # price of a squared weight of the modality map
MAPS = ("low", "mid", "deep")


@dataclass(frozen=True)
class Data:
    """All views as tensors: maps in half precision, pooled features, labels (-1 unknown) and weights."""

    maps: Tensor
    rows: Tensor
    profiles: Tensor
    seams: Tensor
    radiology: Tensor
    modality: Tensor
    compound: Tensor
    fold: np.ndarray
    kind: np.ndarray
    weight: Tensor
    family: np.ndarray


def as_data(arrays: dict[str, np.ndarray], views: list[View], rows: list[Row]) -> Data:
    """Tensors of the extracted arrays; large sources weigh as the square root of their size."""
    maps, pools = [], []
    for start in range(0, len(views), 512):
        low, mid, deep = (torch.from_numpy(arrays[name][start : start + 512].astype(np.float32)) for name in MAPS)
        maps.append(joined(low, mid).half())
        pools.append(pooled(low, mid, deep))
    names = [(view.kind, rows[view.members[0]].family, rows[view.members[0]].label, view.compound) for view in views]
    sizes = Counter(names)
    weight = torch.tensor([sizes[name] ** -0.4 for name in names])
    return Data(
        torch.cat(maps),
        torch.cat(pools),
        torch.from_numpy(np.array(arrays["profiles"])),
        torch.from_numpy(np.array(arrays["seams"])),
        torch.tensor([view.radiology for view in views]),
        torch.tensor([view.modality for view in views]),
        torch.tensor([view.compound for view in views]),
        np.array([view.fold for view in views]),
        np.array([view.kind for view in views]),
        weight / weight.mean(),
        np.array([rows[view.members[0]].family for view in views]),
    )


def for_kind(data: Data, use: np.ndarray) -> np.ndarray:
    """The views in `use` that radiology and modality learn from: clean, half of the varied, a fifth of the joined."""
    turn = np.arange(len(data.kind))
    wanted = (data.kind == "clean") | (data.kind == "varied") & (turn % 2 == 0) | (turn % 5 == 0)
    return use[wanted[use] & (data.radiology[use] >= 0).numpy()]


def for_compound(data: Data, use: np.ndarray) -> np.ndarray:
    """The views in `use` that the compound head learns from: a third of the varied, half of the plain joins."""
    turn = np.arange(len(data.kind))
    wanted = np.isin(data.kind, ("clean", "montage")) | (data.kind == "join") & (turn % 2 == 0)
    wanted |= (data.kind == "varied") & (turn % 3 == 0)
    return use[wanted[use] & (data.compound[use] >= 0).numpy()]


def kind_weights(data: Data, index: np.ndarray, truth: np.ndarray) -> Tensor:
    """Classes weigh the same; within one, a collection weighs as the square root of its size."""
    modality, radiology = np.array(data.modality[index]), np.array(data.radiology[index])
    names = [f"{f}|{m}|{r}" for f, m, r in zip(data.family[index], modality, radiology, strict=True)]
    _, inverse, counts = np.unique(names, return_inverse=True, return_counts=True)
    weight = counts[inverse] ** -0.5
    for value in np.unique(truth):
        weight[truth == value] /= weight[truth == value].sum()
    return torch.from_numpy((weight / weight.mean()).astype(np.float32))


def fit_kind(data: Data, use: np.ndarray, epochs: int = 10, seed: int = 0) -> KindHead:
    """Fit radiology and modality on the views in `use` (indices)."""
    torch.manual_seed(seed)
    index = for_kind(data, use)
    head = KindHead()
    head.directions.fit(data.rows[index])
    with torch.no_grad():
        turned = head.directions(data.rows[index])
    radiology, modality = data.radiology[index], data.modality[index]
    known = (modality >= 0).numpy()
    share = kind_weights(data, index, np.array(radiology))
    rarity = torch.zeros(len(index))
    rarity[known] = kind_weights(data, index[known], np.array(modality)[known])
    steps = epochs * (len(index) // KIND_BATCH)
    rows = head.directions.standard(data.rows[index[known]])
    fit_linear(head.modality, rows, modality[known], rarity[known])
    learned = [*head.hidden.parameters(), *head.out.parameters(), *head.skip.parameters()]
    optimiser = torch.optim.AdamW(learned, lr=1.5e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
    order = np.random.default_rng(seed)
    head.train()
    for _ in range(epochs):
        shuffled = torch.from_numpy(order.permutation(len(index)))
        for batch in shuffled[: len(index) // KIND_BATCH * KIND_BATCH].split(KIND_BATCH):
            logits = head.both(turned[batch] + 0.1 * torch.randn(KIND_BATCH, turned.shape[1]))
            asked = functional.binary_cross_entropy_with_logits(
                logits[:, 0], radiology[batch].float(), reduction="none"
            )
            kinds = functional.cross_entropy(
                logits[:, 1:], modality[batch].clamp(min=0), reduction="none", label_smoothing=0.05
            )
            loss = (asked * share[batch]).mean() + 0.5 * (kinds * rarity[batch]).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return head.eval()


def fit_linear(layer: torch.nn.Linear, rows: Tensor, truth: Tensor, weight: Tensor) -> None:
    """Logistic regression with weights held small, by 30 rounds of L-BFGS."""
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=30, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        errors = functional.cross_entropy(layer(rows), truth, reduction="none")
        value = (errors * weight).mean() + HELD_SMALL * (layer.weight**2).sum()
        value.backward()
        return value

    optimiser.step(loss)


def fit_compound(data: Data, use: np.ndarray, epochs: int = 5, seed: int = 0) -> CompoundHead:
    """Fit the compound head on the views in `use` (indices); seams are taught where they are known."""
    torch.manual_seed(seed)
    index = torch.from_numpy(for_compound(data, use))
    head = CompoundHead()
    head.standard.fit(data.rows[index])
    steps = epochs * (len(index) // BATCH)
    optimiser = torch.optim.AdamW(head.parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
    order = np.random.default_rng(seed)
    head.train()
    for _ in range(epochs):
        shuffled = index[torch.from_numpy(order.permutation(len(index)))]
        for batch in shuffled[: len(index) // BATCH * BATCH].split(BATCH):
            answer, seams = head(*inputs_of(data, batch))
            loss = (
                functional.binary_cross_entropy_with_logits(answer, data.compound[batch].float(), reduction="none")
                * data.weight[batch]
            ).mean()
            truth = data.seams[batch]
            known = truth < 2
            seam_loss = functional.binary_cross_entropy_with_logits(
                seams, truth.clamp(max=1).float(), reduction="none", pos_weight=torch.tensor(4.0)
            )
            loss = loss + (seam_loss * known).sum() / known.sum().clamp(min=1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return head.eval()


def inputs_of(data: Data, batch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The compound head's inputs for some views."""
    return data.maps[batch].float(), data.rows[batch], data.profiles[batch].float()


@torch.no_grad()
def predict(data: Data, kind: KindHead | None, compound: CompoundHead | None, use: np.ndarray) -> dict[str, np.ndarray]:
    """Logits for the views in `use`: kind (n, 8) and compound (n,)."""
    found: dict[str, list[np.ndarray]] = {"kind": [], "compound": []}
    for batch in torch.from_numpy(use).split(512):
        if kind is not None:
            found["kind"].append(kind(data.rows[batch]).numpy())
        if compound is not None:
            found["compound"].append(compound(*inputs_of(data, batch))[0].numpy())
    return {name: np.concatenate(parts) for name, parts in found.items() if parts}


def cross_validate(data: Data, tasks: tuple[str, ...] = ("kind", "compound"), seed: int = 0) -> dict[str, np.ndarray]:
    """Logits for all views, each by heads fitted without any source of its fold."""
    logits = {"kind": np.zeros((len(data.fold), 8)), "compound": np.zeros(len(data.fold))}
    for fold in range(FOLDS):
        train, test = np.flatnonzero(data.fold != fold), np.flatnonzero(data.fold == fold)
        kind = fit_kind(data, train, seed=seed) if "kind" in tasks else None
        compound = fit_compound(data, train, seed=seed) if "compound" in tasks else None
        for name, values in predict(data, kind, compound, test).items():
            logits[name][test] = values
        print(f"fold {fold + 1} of {FOLDS} done", flush=True)
    return logits
