"""CT of the later repositories -> labelled pictures, also in the odd windows that articles show."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from filter_training.repositories import Taken
from filter_training.views import Rng
from filter_training.volumes import WINDOWS, as_image, read_attenuation, toned

ODD = {"liver": (0.0, 160.0), "wide": (-500.0, 700.0)}
CT = WINDOWS | ODD
Series = Callable[[Path, Rng], Iterator[Taken]]


def _windowed(values: np.ndarray, names: tuple[str, ...], rng: Rng) -> np.ndarray:
    low, high = CT[str(rng.choice(names))]
    return toned(values, low * rng.uniform(0.8, 1.2), high * rng.uniform(0.8, 1.2), "grey")


def _slices(clone: Path, rng: Rng, pattern: str, step: int, names: tuple[str, ...]) -> Iterator[Taken]:
    """Every `step`-th slice of one CT in DICOM."""
    for path in sorted(clone.glob(pattern))[::step]:
        yield Taken(as_image(_windowed(read_attenuation(path), names, rng), rng), "ct", "CT", 1, 0, "one patient")


BODY = ("soft", "soft", "liver", "wide", "bone")
MORE_SERIES: dict[str, Series] = {
    "chaos": partial(_slices, pattern="Data_3D/DICOM_anon/*.dcm", step=2, names=BODY),
    "liver": partial(_slices, pattern="images/0000[0-3][2-9].dcm", step=1, names=BODY),
    "lung": partial(_slices, pattern="**/image/DCM_IMG_*.dcm", step=2, names=("lung", "lung", *BODY)),
}
