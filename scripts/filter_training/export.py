"""Fitted heads -> ONNX files and `models.toml`, which names them by digest and holds the calibration."""

import hashlib
import tomllib
from pathlib import Path

import torch
from torch import Tensor, nn

from filter_training.heads import CHANNELS, SIDE_PX, CompoundHead, KindHead, RegionHead, SeamNet, joined, pooled

MAPS = {"low": (1, 40, 24, 24), "mid": (1, 112, 12, 12), "deep": (1, 1280, 6, 6)}
WIDE_MAPS = {"wide_low": (1, 48, 33, 33), "wide_mid": (1, 120, 17, 17), "wide_deep": (1, 1280, 9, 9)}
MIDDLE_MAPS = {"middle_low": (1, 40, 30, 30), "middle_mid": (1, 112, 15, 15), "middle_deep": (1, 1280, 8, 8)}
PROFILES = {"profiles": (1, 2, CHANNELS, SIDE_PX)}
FILES = ("backbone", "wide", "middle", "kind", "compound", "seams", "region", "letters")


class _OnBackbones(nn.Module):
    """Raw outputs of two or three backbones, one after the other -> the logits of a head on their pooled features."""

    def __init__(self, head: KindHead | RegionHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, *maps: Tensor) -> Tensor:
        rows = [pooled(maps[n], maps[n + 1], maps[n + 2].mean(dim=(2, 3))) for n in range(0, len(maps), 3)]
        logits: Tensor = self.head(torch.cat(rows, dim=1))
        return logits


class _Compound(nn.Module):
    """Raw outputs of the first backbone and profiles -> compound logit (n,)."""

    def __init__(self, head: CompoundHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, low: Tensor, mid: Tensor, deep: Tensor, profiles: Tensor) -> Tensor:
        answer: Tensor = self.head(joined(low, mid), pooled(low, mid, deep.mean(dim=(2, 3))), profiles)[0]
        return answer


class _Seams(nn.Module):
    """Profiles (n, 2, CHANNELS, SIDE_PX) -> seam logits (n, 2, SIDE_PX)."""

    def __init__(self, seams: SeamNet) -> None:
        super().__init__()
        self.seams = seams

    def forward(self, profiles: Tensor) -> Tensor:
        logits: Tensor = self.seams(profiles.reshape(2, CHANNELS, SIDE_PX))[0]
        return logits.reshape(1, 2, SIDE_PX)


def export_kind(folder: Path, head: KindHead) -> None:
    """Write kind.onnx for one picture at a time, so that no score depends on its batch."""
    _export(_OnBackbones(head), MAPS | WIDE_MAPS | MIDDLE_MAPS, "kind", folder / "kind.onnx")


def export_region(folder: Path, head: RegionHead) -> None:
    """Write region.onnx, for one picture at a time likewise."""
    _export(_OnBackbones(head), MAPS | WIDE_MAPS, "region", folder / "region.onnx")


def export_compound(folder: Path, head: CompoundHead) -> None:
    """Write compound.onnx and seams.onnx, for one picture at a time likewise."""
    _export(_Compound(head), MAPS | PROFILES, "compound", folder / "compound.onnx")
    _export(_Seams(head.seams), PROFILES, "seams", folder / "seams.onnx")


def _export(model: nn.Module, inputs: dict[str, tuple[int, ...]], output: str, target: Path) -> None:
    examples = tuple(torch.zeros(shape) for shape in inputs.values())
    torch.onnx.export(
        model.eval(),
        examples,
        str(target),
        input_names=list(inputs),
        output_names=[output],
        opset_version=17,
        dynamo=False,
    )


def write_settings(folder: Path, calibration: dict[str, list[float]]) -> None:
    """Write models.toml beside the weights; what was not calibrated anew stays as it is there, and so does letters.onnx,
    which train_letters.py adds."""
    target = folder / "models.toml"
    kept = tomllib.loads(target.read_text(encoding="utf-8"))["calibration"] if target.exists() else {}
    calibration = kept | calibration
    lines = [
        "# Written by scripts/train_filters.py and train_letters.py: the weights by digest, and the calibration of their answers."
    ]
    for name in (name for name in FILES if (folder / f"{name}.onnx").exists()):
        digest = hashlib.sha256((folder / f"{name}.onnx").read_bytes()).hexdigest()
        lines += ["", f"[{name}]", f'file = "{name}.onnx"', f'sha256 = "{digest}"']
    lines += ["", "[calibration]"]
    lines += [f"{name} = [{', '.join(f'{value:.6f}' for value in values)}]" for name, values in calibration.items()]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
