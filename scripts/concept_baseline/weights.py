"""Weights of DenseNet-121 from a file: torchvision's or our own state dict, or safetensors. Never a pickle's code."""

import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from rocov2.errors import ConfigError
from scripts.concept_baseline.densenet import DenseNet121

_OLD_NAME = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")
_ADVICE = "give the state dict of a torchvision densenet121 (.pth, .pt or .safetensors)"


def load_features(model: DenseNet121, path: Path) -> None:
    """Load everything below the classifier, strictly; the file's classifier is left alone, its classes are not ours.

    Raises ConfigError when the file is absent, is no plain state dict, or lacks or has too many or wrong tensors.
    """
    state = {current_name(name): value for name, value in _state(path).items()}
    features = {name.removeprefix("features."): v for name, v in state.items() if name.startswith("features.")}
    try:
        model.features.load_state_dict(features, strict=True)
    except RuntimeError as error:
        raise ConfigError(f"{path} is not of DenseNet-121: {error}"[:600], _ADVICE) from error


def current_name(name: str) -> str:
    """A tensor's name as torchvision has it today; its files on the web still say `norm.1` for `norm1`."""
    return _OLD_NAME.sub(r"\1\2.", name)


def _state(path: Path) -> Mapping[str, Tensor]:
    try:
        state = _safetensors(path) if path.suffix == ".safetensors" else _torch(path)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise ConfigError(f"cannot read the weights {path}: {error}"[:600], _ADVICE) from error
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        raise ConfigError(f"{path} holds something else than a state dict", _ADVICE)
    return state


def _torch(path: Path) -> Mapping[str, Tensor]:
    state: Mapping[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def _safetensors(path: Path) -> Mapping[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state: Mapping[str, Tensor] = load_file(path)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    return state
