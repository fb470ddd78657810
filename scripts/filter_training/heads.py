"""Features -> the three answers: radiology, modality, compound (torch modules, exported to one ONNX file)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from filter_training.manifest import MODALITIES
from rocov2.images.classify import REGIONS
from rocov2.images.layout import CHANNELS, SIDE_PX

POOLED = 1280 + 2 * 112 + 2 * 40  # of the first backbone
WIDE = 1280 + 2 * 120 + 2 * 48  # of the second, which radiology, modality and region read besides
MIDDLE = POOLED  # of the third, which radiology and modality read besides
FURTHER = WIDE + MIDDLE
SEAM_WIDTH = 16
APART = 0.3  # what the finer classes count for radiology, beside the plane between it and all else
EDGE = 6  # positions at both ends where no seam is looked for


def pooled(low: Tensor, mid: Tensor, deep: Tensor) -> Tensor:
    """Means of all maps and spreads of the two shallow ones: (n, POOLED) of the first backbone."""
    parts = [deep]
    for maps in (mid, low):
        mean = maps.mean(dim=(2, 3))
        square = (maps * maps).mean(dim=(2, 3))
        parts += [mean, torch.sqrt(torch.clamp(square - mean * mean, min=0.0) + 1e-6)]
    return torch.cat(parts, dim=1)


class Standard(nn.Module):
    """Subtract the mean and divide by the spread that were measured on the training views."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))

    def fit(self, rows: Tensor) -> None:
        """Measure on (n, size)."""
        self.mean = rows.mean(dim=0)
        self.scale = rows.std(dim=0) + 1e-3

    def forward(self, rows: Tensor) -> Tensor:
        """Standardised, cut at 6 spreads."""
        return torch.clamp((rows - self.mean) / self.scale, -6.0, 6.0)


def with_roots(rows: Tensor) -> Tensor:
    """Features (n, size) and their square roots, signs kept: (n, 2 * size). Roots draw in what a few pictures have much of."""
    return torch.cat([rows, torch.sign(rows) * torch.sqrt(torch.abs(rows))], dim=1)


class KindHead(nn.Module):
    """Pooled features of all backbones -> logits (n, 1 + 7): radiology, then the modalities.

    A linear map that is held small, of the features and of their roots: with the features of two and more networks it does on
    sources it did not see what a hidden layer did, and is fitted in seconds. To radiology is added how far the best of its
    finer classes is above the best of the others: `radiology` and `others` are how many there are.
    """

    def __init__(self, radiology: int, others: int, size: int = POOLED + FURTHER) -> None:
        super().__init__()
        self.standard = Standard(2 * size)
        self.linear = nn.Linear(2 * size, 1 + len(MODALITIES))
        self.classes = nn.Linear(2 * size, radiology + others)
        self.radiology = radiology

    def forward(self, rows: Tensor) -> Tensor:
        """The answer to pooled features."""
        seen = self.standard(with_roots(rows))
        logits, classes = self.linear(seen), self.classes(seen)
        return torch.cat([logits[:, :1] + APART * above(classes, self.radiology), logits[:, 1:]], dim=1)


def above(classes: Tensor, radiology: int) -> Tensor:
    """Log-odds (n, 1) of the first `radiology` classes against the others."""
    sides = (classes[:, :radiology], classes[:, radiology:])
    first, other = (torch.logsumexp(side, dim=1, keepdim=True) for side in sides)
    return first - other


class RegionHead(nn.Module):
    """Pooled features of two backbones -> logits (n, 8) in the order of REGIONS: a linear map that is held small.

    The third has nothing to add: with it fewer were named, and named rightly.
    """

    def __init__(self) -> None:
        super().__init__()
        self.standard = Standard(POOLED + WIDE)
        self.linear = nn.Linear(POOLED + WIDE, len(REGIONS))

    def forward(self, rows: Tensor) -> Tensor:
        """The answer to pooled features."""
        logits: Tensor = self.linear(self.standard(rows))
        return logits


class SeamNet(nn.Module):
    """Profiles (n, CHANNELS, SIDE_PX) of one axis -> seam logits (n, SIDE_PX) and hidden rows (n, width, SIDE_PX)."""

    def __init__(self, width: int = SEAM_WIDTH) -> None:
        super().__init__()
        self.standard = nn.BatchNorm1d(CHANNELS)
        self.first = nn.Conv1d(CHANNELS, width, 5, padding=2)
        self.second = nn.Conv1d(width, width, 5, padding=4, dilation=2)
        self.out = nn.Conv1d(width, 1, 1)

    def forward(self, profiles: Tensor) -> tuple[Tensor, Tensor]:
        """Shared by columns and rows."""
        rows = torch.relu(self.first(self.standard(profiles)))
        rows = torch.relu(self.second(rows))
        return self.out(rows)[:, 0], rows


def joined(low: Tensor, mid: Tensor) -> Tensor:
    """Both shallow maps on one grid: (n, 152, 12, 12)."""
    return torch.cat([functional.avg_pool2d(low, 2), mid], dim=1)


class CompoundHead(nn.Module):
    """Joined maps, pooled features and profiles -> compound logit (n,) and seam logits (n, 2, SIDE_PX)."""

    def __init__(self) -> None:
        super().__init__()
        self.seams = SeamNet()
        self.maps = nn.Sequential(
            *(nn.BatchNorm2d(152), nn.Conv2d(152, 32, 1), nn.BatchNorm2d(32), nn.ReLU()),
            *(nn.Conv2d(32, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU()),
            *(nn.Conv2d(32, 48, 3, stride=2, padding=1), nn.BatchNorm2d(48), nn.ReLU()),
        )
        self.standard = Standard(POOLED)
        self.pooled = nn.Sequential(nn.Dropout(0.3), nn.Linear(POOLED, 48), nn.ReLU())
        size = 2 * 48 + 48 + 4 * SEAM_WIDTH + 2
        self.out = nn.Sequential(*(nn.Dropout(0.4), nn.Linear(size, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 1)))

    def forward(self, maps: Tensor, rows: Tensor, profiles: Tensor) -> tuple[Tensor, Tensor]:
        """`rows` are the pooled features."""
        n = profiles.shape[0]
        logits, hidden = self.seams(profiles.reshape(2 * n, CHANNELS, SIDE_PX))
        inner = hidden[:, :, EDGE:-EDGE]
        seen = torch.cat([inner.amax(dim=2), inner.mean(dim=2)], dim=1).reshape(n, -1)
        strongest = logits[:, EDGE:-EDGE].amax(dim=1).reshape(n, 2)
        maps = self.maps(maps)
        shapes = torch.cat([maps.amax(dim=(2, 3)), maps.mean(dim=(2, 3))], dim=1)
        answer = self.out(torch.cat([shapes, self.pooled(self.standard(rows)), seen, strongest], dim=1))
        return answer[:, 0], logits.reshape(n, 2, SIDE_PX)
