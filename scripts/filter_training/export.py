"""Fitted heads -> ONNX files and `models.toml`, which names them by digest and holds the calibration."""

import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn

from filter_training.heads import CHANNELS, SIDE_PX, CompoundHead, KindHead, SeamNet, joined, pooled


class _Heads(nn.Module):
    """Raw outputs of the backbone and profiles -> kind logits (n, 8) and compound logit (n,)."""

    def __init__(self, kind: KindHead, compound: CompoundHead) -> None:
        super().__init__()
        self.kind, self.compound = kind, compound

    def forward(self, low: Tensor, mid: Tensor, deep: Tensor, profiles: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        rows = pooled(low, mid, deep.mean(dim=(2, 3)))
        answer, seams = self.compound(joined(low, mid), rows, profiles)
        return self.kind(rows), answer, seams


class _Seams(nn.Module):
    """Profiles (n, 2, CHANNELS, SIDE_PX) -> seam logits (n, 2, SIDE_PX)."""

    def __init__(self, seams: SeamNet) -> None:
        super().__init__()
        self.seams = seams

    def forward(self, profiles: Tensor) -> Tensor:
        logits: Tensor = self.seams(profiles.reshape(2, CHANNELS, SIDE_PX))[0]
        return logits.reshape(1, 2, SIDE_PX)


def export_heads(folder: Path, kind: KindHead, compound: CompoundHead) -> None:
    """Write heads.onnx and seams.onnx, both for one picture at a time so that no score depends on its batch."""
    shapes = ((1, 40, 24, 24), (1, 112, 12, 12), (1, 1280, 6, 6), (1, 2, CHANNELS, SIDE_PX))
    names = ["low", "mid", "deep", "profiles"]
    _export(_Heads(kind, compound), shapes, names, ["kind", "compound", "seams"], folder / "heads.onnx")
    _export(_Seams(compound.seams), shapes[3:], names[3:], ["seams"], folder / "seams.onnx")


def _export(
    model: nn.Module, shapes: tuple[tuple[int, ...], ...], inputs: list[str], outputs: list[str], target: Path
) -> None:
    examples = tuple(torch.zeros(shape) for shape in shapes)
    torch.onnx.export(
        model.eval(), examples, str(target), input_names=inputs, output_names=outputs, opset_version=17, dynamo=False
    )


def write_settings(folder: Path, calibration: dict[str, list[float]]) -> None:
    """Write models.toml beside the weights."""
    lines = ["# Written by scripts/train_filters.py: the weights by digest, and the calibration of their answers."]
    for name in ("backbone", "heads", "seams"):
        digest = hashlib.sha256((folder / f"{name}.onnx").read_bytes()).hexdigest()
        lines += ["", f"[{name}]", f'file = "{name}.onnx"', f'sha256 = "{digest}"']
    lines += ["", "[calibration]"]
    lines += [f"{name} = [{', '.join(f'{value:.6f}' for value in values)}]" for name, values in calibration.items()]
    (folder / "models.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
