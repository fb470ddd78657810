"""Patches of letters and of other marks -> a small network that tells them apart, as ONNX."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from rocov2.images.glyphs import PATCH_PX
from rocov2.images.letters import CLASSES

Array = np.ndarray
EPOCHS, BATCH, RATE = 6, 512, 3e-3
NONE_SHARE = 1.0  # patches of no letter for one of a letter, and as many as there are at most
SMOOTHING = 0.02


class GlyphHead(nn.Module):
    """Patches (n, 1, 20, 20) -> logits of CLASSES (n, 29): two convolutions that halve, and two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 16, 5, stride=2, padding=2), nn.ReLU()),
            *(nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU()),
            *(nn.Flatten(), nn.Dropout(0.2), nn.Linear(32 * (PATCH_PX // 4) ** 2, 64), nn.ReLU()),
            nn.Linear(64, len(CLASSES)),
        )

    def forward(self, patches: Tensor) -> Tensor:
        """Logits."""
        logits: Tensor = self.layers(patches)
        return logits


class _Shares(nn.Module):
    """What is exported: shares that sum to 1."""

    def __init__(self, head: GlyphHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, patches: Tensor) -> Tensor:
        return torch.softmax(self.head(patches), dim=1)


def fit_letters(patches: Array, classes: Array) -> GlyphHead:
    """Fit on patches, uint8 (n, 20, 20), shifted, dimmed and roughened anew in each epoch."""
    torch.manual_seed(0)
    draw = np.random.default_rng(0)
    none = np.flatnonzero(classes == len(CLASSES) - 1)
    letters = np.flatnonzero(classes < len(CLASSES) - 1)
    none = draw.permutation(none)[: int(NONE_SHARE * len(letters))]
    places = np.concatenate([letters, none])
    x, y = torch.from_numpy(patches[places])[:, None], torch.from_numpy(classes[places].astype(np.int64))
    head = GlyphHead()
    steps = EPOCHS * (len(places) // BATCH + 1)
    optimiser = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    loss = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(places)).split(BATCH):
            optimiser.zero_grad()
            loss(head(_varied(x[batch].float() / 255)), y[batch]).backward()
            optimiser.step()
            schedule.step()
    return head.eval()


def _varied(patches: Tensor) -> Tensor:
    """A batch moved by up to a pixel, of another contrast and with noise."""
    down, right = (int(value) for value in torch.randint(-1, 2, (2,)))
    patches = torch.roll(patches, (down, right), dims=(2, 3))
    gain = 0.8 + 0.4 * torch.rand(len(patches), 1, 1, 1)
    noise = 0.05 * torch.rand(len(patches), 1, 1, 1) * torch.randn_like(patches)
    return (patches ** gain.reciprocal() + noise).clamp(0, 1.2)


def export_letters(target: Path, head: GlyphHead) -> None:
    """Write the network for any number of patches at once: those of one picture."""
    torch.onnx.export(
        _Shares(head).eval(),
        (torch.zeros(2, 1, PATCH_PX, PATCH_PX),),
        str(target),
        input_names=["patches"],
        output_names=["classes"],
        dynamic_axes={"patches": {0: "n"}, "classes": {0: "n"}},
        opset_version=17,
        dynamo=False,
    )


def as_session(path: Path) -> Any:
    """The network as the pipeline runs it, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
