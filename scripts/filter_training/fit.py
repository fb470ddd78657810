"""Extracted features -> fitted heads, and answers for every source by heads that never saw it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from filter_training.classes import class_weights, codes_of, labels_of
from filter_training.features import View, readers
from filter_training.heads import CompoundHead, KindHead, joined, with_roots
from filter_training.manifest import FOLDS, Row
from filter_training.panels import Panels

BATCH = 128
# Weights of views for radiology. The colours of made-up fusions would make skin and gels look like nuclear medicine.
MADE_UP = {"clean": 1.0, "scintigram": 0.08, "labels": 0.05, "eye": 0.1, "cell": 0.03, "fusion": 0.0}
SELDOM_SEEN = 0.1  # of those that are varied or joined
HELD_SMALL = 1e-3  # price of a squared weight of the linear maps
# Weight of views that are not clean for the discriminant of modality, and of made-up scintigrams for all of modality.
SELDOM = 0.3
# What the discriminant counts beside logistic regression, about where both are as sure as they are right, and what is
# added to each feature's variance within classes.
FISHER = {"radiology": (0.6, 0.5), "modality": (0.3, 0.3), "classes": (0.3, 0.3)}


@dataclass(frozen=True)
class Data:
    """All views as tensors: maps in half precision, pooled features, labels (-1 unknown), weights, the family of the first
    picture that a view shows and those of all of them.

    `maps`, `profiles` and `seams` are empty where only radiology and modality are trained.
    """

    maps: Tensor
    rows: Tensor
    further: Tensor
    profiles: Tensor
    seams: Tensor
    radiology: Tensor
    modality: Tensor
    compound: Tensor
    fold: np.ndarray
    kind: np.ndarray
    weight: Tensor
    family: np.ndarray
    families: np.ndarray
    label: np.ndarray


def as_data(arrays: dict[str, np.ndarray], views: list[View], rows: list[Row]) -> Data:
    """Tensors of the extracted arrays; large sources weigh as the square root of their size."""
    maps = []
    for start in range(0, len(views) if "low" in arrays else 0, 512):
        low, mid = (torch.from_numpy(arrays[name][start : start + 512].astype(np.float32)) for name in ("low", "mid"))
        maps.append(joined(low, mid).half())
    empty = np.zeros((0,), dtype=np.float16)
    names = [(view.kind, rows[view.members[0]].family, rows[view.members[0]].label, view.compound) for view in views]
    sizes = Counter(names)
    weight = torch.tensor([sizes[name] ** -0.4 for name in names])
    return Data(
        torch.cat(maps) if maps else torch.from_numpy(empty),
        torch.from_numpy(np.array(arrays["rows"], dtype=np.float32)),
        torch.from_numpy(np.array(arrays["further"])),
        torch.from_numpy(np.array(arrays.get("profiles", empty))),
        torch.from_numpy(np.array(arrays.get("seams", empty))),
        torch.tensor([view.radiology for view in views]),
        torch.tensor([view.modality for view in views]),
        torch.tensor([view.compound for view in views]),
        np.array([view.fold for view in views]),
        np.array([view.kind for view in views]),
        weight / weight.mean(),
        np.array([rows[view.members[0]].family for view in views]),
        _sets([{rows[index].family for index in view.members} for view in views]),
        labels_of(views, rows),
    )


def _sets(members: list[set[str]]) -> np.ndarray:
    found = np.empty(len(members), dtype=object)
    found[:] = members
    return found


def for_kind(data: Data, use: np.ndarray) -> np.ndarray:
    """The views in `use` that radiology and modality learn from."""
    return use[readers(data.kind)["kind"][use] & (data.radiology[use] >= 0).numpy()]


def for_compound(data: Data, use: np.ndarray) -> np.ndarray:
    """The views in `use` that the compound head learns from."""
    return use[readers(data.kind)["compound"][use] & (data.compound[use] >= 0).numpy()]


def kind_rows(data: Data, index: np.ndarray | Tensor) -> Tensor:
    """Pooled features of all backbones, for radiology and modality."""
    return torch.cat([data.rows[index], data.further[index].float()], dim=1)


def kind_weights(data: Data, index: np.ndarray, truth: np.ndarray) -> Tensor:
    """Classes weigh the same; within one, a collection weighs as the square root of its size."""
    modality, radiology = np.array(data.modality[index]), np.array(data.radiology[index])
    names = [f"{f}|{m}|{r}" for f, m, r in zip(data.family[index], modality, radiology, strict=True)]
    _, inverse, counts = np.unique(names, return_inverse=True, return_counts=True)
    weight = counts[inverse] ** -0.5
    for value in np.unique(truth):
        weight[truth == value] /= weight[truth == value].sum()
    return torch.from_numpy((weight / weight.mean()).astype(np.float32))


def radiology_weights(data: Data, index: np.ndarray) -> tuple[Tensor, Tensor]:
    """Weights for radiology before and after what is not clean counts less."""
    base = kind_weights(data, index, np.array(data.radiology[index]))
    return base, base * torch.from_numpy(_less(data, index).astype(np.float32))


def _less(data: Data, index: np.ndarray) -> np.ndarray:
    """What a view of its kind counts for radiology."""
    return np.array([MADE_UP.get(kind, SELDOM_SEEN) for kind in data.kind[index]])


def finer_classes(data: Data, index: np.ndarray) -> tuple[np.ndarray, Tensor, int]:
    """Class (-1 unknown) and weight of each view for telling radiology class by class, and how many of them are radiology."""
    codes, of_radiology = codes_of(data.label[index], np.array(data.radiology[index]), data.kind[index] == "clean")
    known = codes >= 0
    weight = np.zeros(len(index))
    weight[known] = class_weights(codes[known], data.family[index[known]], _less(data, index[known]), of_radiology)
    return codes, torch.from_numpy(weight.astype(np.float32)), of_radiology


def fit_kind(data: Data, use: np.ndarray) -> KindHead:
    """Fit radiology and modality on the views in `use` (indices).

    For radiology, views that are not clean weigh less (MADE_UP, SELDOM_SEEN), and made-up fusions nothing.
    """
    index = for_kind(data, use)
    asked, known = data.kind[index] != "fusion", (data.modality[index] >= 0).numpy()
    codes, weight, of_radiology = finer_classes(data, index[asked])
    features = with_roots(kind_rows(data, index))
    head = KindHead(of_radiology, int(codes.max()) + 1 - of_radiology, features.shape[1] // 2)
    head.standard.fit(features)
    features = head.standard(features)
    radiology, modality = data.radiology[index[asked]], data.modality[index[known]]
    _, share = radiology_weights(data, index[asked])
    rarity = kind_weights(data, index[known], np.array(modality))
    asked, known = torch.from_numpy(asked), torch.from_numpy(known)
    with torch.no_grad():
        named = torch.from_numpy(codes >= 0)
        shares = (weight[named], weight[named])
        apart = blended(features[asked][named], torch.from_numpy(codes)[named], shares, "classes")
        weight, bias = blended(features[asked], radiology, (share, share), "radiology")
        head.linear.weight[0], head.linear.bias[0] = weight[1] - weight[0], bias[1] - bias[0]
        plain = torch.from_numpy(np.isin(data.kind[index], ("clean", "fusion")))[known]
        seldom = torch.where(plain, rarity, rarity * SELDOM)
        made_up = torch.from_numpy(data.kind[index] == "scintigram")[known]
        rarity = torch.where(made_up, rarity * SELDOM, rarity)
        weight, bias = blended(features[known], modality, (rarity, seldom), "modality")
        head.linear.weight[1:], head.linear.bias[1:] = weight, bias
        head.classes.weight[:], head.classes.bias[:] = apart
    return head.eval()


def blended(rows: Tensor, truth: Tensor, shares: tuple[Tensor, Tensor], task: str) -> tuple[Tensor, Tensor]:
    """Logistic regression and the discriminant as one linear map; `shares` weigh the rows for the one and the other.

    Features and roots, the two halves of `rows`, answer each for themselves, and their mean is taken.
    """
    counts, added = FISHER[task]
    weights, biases = [], []
    for half in rows.chunk(2, dim=1):
        fitted, seen = logistic(half, truth, shares[0]), discriminant(half, truth, shares[1], added)
        weights.append((fitted[0] + counts * seen[0]) / 2)
        biases.append((fitted[1] + counts * seen[1]) / 2)
    return torch.cat(weights, dim=1), biases[0] + biases[1]


@torch.no_grad()
def discriminant(rows: Tensor, truth: Tensor, weight: Tensor, added: float) -> tuple[Tensor, Tensor]:
    """Weights and biases of each class by Fisher's linear discriminant: the means of the classes, seen through what
    varies within them, which is mostly the source. Classes count the same; weights count within them."""
    share = torch.stack([weight * (truth == value) for value in range(int(truth.max()) + 1)])
    share = share / share.sum(dim=1, keepdim=True)
    means = share @ rows
    return _through((rows * share.mean(dim=0)[:, None]).T @ rows, means, added)


def discriminant_of(sums: Sequence[tuple[Tensor, ...]], added: float) -> tuple[Tensor, Tensor]:
    """The same from what each class sums to: weight, rows, and their products."""
    means = torch.stack([rows / weight for weight, rows, _ in sums])
    products = sum(product / weight for weight, _, product in sums) / len(sums)
    return _through(torch.as_tensor(products), means, added)


def _through(products: Tensor, means: Tensor, added: float) -> tuple[Tensor, Tensor]:
    within = products - means.T @ means / len(means)
    found = torch.linalg.solve(within + added * torch.eye(len(within)), means.T).T
    return found, -0.5 * (means * found).sum(dim=1)


@torch.enable_grad()
def logistic(
    rows: Tensor, truth: Tensor, weight: Tensor, start: tuple[Tensor, Tensor] | None = None, rounds: int = 30
) -> tuple[Tensor, Tensor]:
    """Weights and biases of each class by logistic regression held small, some rounds of L-BFGS, from zero or a `start`."""
    layer = torch.nn.Linear(rows.shape[1], int(truth.max()) + 1)
    for value, known in zip((layer.weight, layer.bias), start or (0.0, 0.0), strict=True):
        value.data = torch.zeros_like(value) + known
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=rounds, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        errors = functional.cross_entropy(layer(rows), truth, reduction="none")
        value = (errors * weight).mean() + HELD_SMALL * (layer.weight**2).sum()
        value.backward()
        return value

    optimiser.step(loss)
    return layer.weight.detach(), layer.bias.detach()


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
            found["kind"].append(kind(kind_rows(data, batch)).numpy())
        if compound is not None:
            found["compound"].append(compound(*inputs_of(data, batch))[0].numpy())
    return {name: np.concatenate(parts) for name, parts in found.items() if parts}


def cross_validate(
    data: Data, tasks: tuple[str, ...] = ("kind", "compound"), panels: Panels | None = None, seed: int = 0
) -> dict[str, np.ndarray]:
    """Logits for all views, each by heads fitted without any source of its fold; with `panels` also kind's for these."""
    shapes = {"kind": (len(data.fold), 8), "compound": (len(data.fold),)}
    logits = {name: np.zeros(shapes[name]) for name in tasks}
    if panels is not None:
        logits["panels"] = np.zeros((len(panels.picture), 8))
        fold_of_panel = data.fold[places_of_clean(data)[panels.picture]]
    for fold in range(FOLDS):
        train, test = np.flatnonzero(data.fold != fold), np.flatnonzero(data.fold == fold)
        kind = fit_kind(data, train) if "kind" in tasks else None
        compound = fit_compound(data, train, seed=seed) if "compound" in tasks else None
        for name, values in predict(data, kind, compound, test).items():
            logits[name][test] = values
        if kind is not None and panels is not None:
            with torch.no_grad():
                logits["panels"][fold_of_panel == fold] = kind(panels.rows[fold_of_panel == fold]).numpy()
        print(f"fold {fold + 1} of {FOLDS} done", flush=True)
    return logits


def places_of_clean(data: Data) -> np.ndarray:
    """The clean view of each row, in their order."""
    return np.flatnonzero(data.kind == "clean")
