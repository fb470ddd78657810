"""DenseNet-121 in plain PyTorch, with the parameter names of torchvision, so that its weights load by path.

Huang, Liu, van der Maaten, Weinberger, "Densely Connected Convolutional Networks", CVPR 2017: growth 32, bottleneck 4,
64 channels in the stem, blocks of 6, 12, 24 and 16, transitions that halve the channels.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from scripts.concept_baseline.layers import BLOCKS, frozen_modules

GROWTH, BOTTLENECK, STEM = 32, 4, 64


class DenseLayer(nn.Module):
    """(n, c, h, w) -> (n, c + 32, h, w): its own 32 maps are appended to what it was given."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, BOTTLENECK * GROWTH, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(BOTTLENECK * GROWTH)
        self.conv2 = nn.Conv2d(BOTTLENECK * GROWTH, GROWTH, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Norm, ReLU, 1 x 1 convolution; norm, ReLU, 3 x 3 convolution; concatenation."""
        narrow = self.conv1(functional.relu(self.norm1(x)))
        return torch.cat([x, self.conv2(functional.relu(self.norm2(narrow)))], 1)


def _transition(channels: int) -> nn.Sequential:
    parts = OrderedDict[str, nn.Module](
        norm=nn.BatchNorm2d(channels),
        relu=nn.ReLU(),
        conv=nn.Conv2d(channels, channels // 2, 1, bias=False),
        pool=nn.AvgPool2d(2, 2),
    )
    return nn.Sequential(parts)


def _features() -> tuple[nn.Sequential, int]:
    """Everything before the classifier, and the channels that it ends in (1,024)."""
    parts = OrderedDict[str, nn.Module](
        conv0=nn.Conv2d(3, STEM, 7, stride=2, padding=3, bias=False),
        norm0=nn.BatchNorm2d(STEM),
        relu0=nn.ReLU(),
        pool0=nn.MaxPool2d(3, stride=2, padding=1),
    )
    channels = STEM
    for number, count in enumerate(BLOCKS, start=1):
        dense = OrderedDict((f"denselayer{n + 1}", DenseLayer(channels + n * GROWTH)) for n in range(count))
        parts[f"denseblock{number}"] = nn.Sequential(dense)
        channels += count * GROWTH
        if number < len(BLOCKS):
            parts[f"transition{number}"] = _transition(channels)
            channels //= 2
    parts["norm5"] = nn.BatchNorm2d(channels)
    return nn.Sequential(parts), channels


class DenseNet121(nn.Module):
    """Pictures (n, 3, h, w), normalised, of at least 32 px a side -> logits (n, classes).

    `hidden` units with ReLU stand before the logits; 0 is torchvision's own single linear layer. The first
    `frozen_layers` layers, counted as Keras does, neither learn nor renew their running means.
    """

    def __init__(self, classes: int, hidden: int = 0, frozen_layers: int = 0) -> None:
        super().__init__()
        self.features, channels = _features()
        self.classifier: nn.Module = nn.Linear(hidden or channels, classes)
        if hidden:
            self.classifier = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), self.classifier)
        self.frozen = tuple(frozen_modules(frozen_layers))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
            elif isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        for name in self.frozen:
            self.features.get_submodule(name).requires_grad_(False)

    def train(self, mode: bool = True) -> "DenseNet121":
        """Training mode, but for the frozen norms: in Keras too a frozen norm uses its stored mean and variance."""
        super().train(mode)
        for name in self.frozen:
            self.features.get_submodule(name).eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Features, ReLU, mean over the picture, classifier."""
        pooled = functional.adaptive_avg_pool2d(functional.relu(self.features(x)), 1)
        logits: Tensor = self.classifier(torch.flatten(pooled, 1))
        return logits
