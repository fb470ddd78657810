"""CT, scintigrams, OCT and films of the later repositories -> labelled pictures, also in the odd windows of articles."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from filter_training.renderings import NUCLEAR
from filter_training.repositories import Taken
from filter_training.views import Rng
from filter_training.volumes import WINDOWS, as_image, plane, read_attenuation, read_slice, read_volume, toned

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


def _frames(clone: Path, rng: Rng) -> Iterator[Taken]:
    """Two frames of each coronary angiogram, from the middle, where the arteries are full."""
    for folder in sorted(clone.glob("all_dataSet_50_videos/*/*/frames")):
        paths = sorted(folder.glob("*.jpg"))
        for share in (0.45, 0.6):
            image = Image.open(paths[int(share * len(paths))]).convert("RGB")
            yield Taken(image, "angio", "ANGIO", 1, 0, folder.parent.parent.name)


def _hearts(clone: Path, rng: Rng) -> Iterator[Taken]:
    """SPECT of the heart's muscle, two slices a patient."""
    for path in sorted(clone.glob("data/original_images/*.dcm")):
        samples = read_slice(path)
        for share in (0.4, 0.55):
            values = samples[int(share * len(samples))]
            ceiling = float(np.percentile(values, rng.uniform(99, 100)))
            pixels = toned(values, 0.0, max(ceiling, 1e-6), str(rng.choice(("grey", "grey", *NUCLEAR))))
            yield Taken(as_image(pixels, rng), "spect", "PET", 1, 0, path.stem)


def _wholebody(clone: Path, rng: Rng) -> Iterator[Taken]:
    """PET of one patient from head to knees, CT of the trunk of another."""
    for path in sorted(clone.glob("dicom/rsna_2/PET/*.dcm"))[::10]:
        values = read_slice(path)
        ceiling = float(np.percentile(values, rng.uniform(98.5, 100)))
        pixels = toned(values, 0.0, max(ceiling, 1e-6), str(rng.choice(NUCLEAR)))
        yield Taken(as_image(pixels, rng), "pet", "PET", 1, 0, "PET")
    yield from _slices(clone, rng, "dicom/andrei_abdomen/data/*.dcm", 8, ("soft", "soft", "lung", *BODY))


def _ribs(clone: Path, rng: Rng) -> Iterator[Taken]:
    """Half a chest in planar bone scans, one in 97 from the front and from behind, as bright as they are shown."""
    for side in ("ANT", "POST"):
        for path in sorted(clone.glob(f"dataset project/chestR{side}/*.jpg"))[::97]:
            values = np.asarray(Image.open(path).convert("L"), dtype=np.float32)
            pixels = toned(
                values, 0.0, float(np.percentile(values, rng.uniform(99, 99.9))), str(rng.choice(NUCLEAR[:3]))
            )
            yield Taken(as_image(pixels, rng), "nuclear", "PET", 1, 0, path.name)


def _oct(clone: Path, rng: Rng) -> Iterator[Taken]:
    """Retinas with drusen and with holes, one slice an eye; those that the clone names but does not hold are passed over."""
    for path in sorted(clone.glob("code/nnunet/no_aug/*/images*/*.nii.gz")):
        if path.read_bytes()[:2] != b"\x1f\x8b":
            continue
        samples = read_volume(path).samples
        values = plane(samples, int(np.argmin(samples.shape)), 0.5)
        pixels = toned(values, 0.0, float(np.percentile(values, rng.uniform(99, 100))), "grey")
        yield Taken(as_image(pixels, rng), "oct", "", 0, 0, path.name)


def _cut(clone: Path, rng: Rng) -> Iterator[Taken]:
    """Parts of bone scans off sheets of five above five (whole bodies stand close, parts with white between), half turned
    to dark on white as hospitals show them."""
    for path in sorted(clone.glob("result/dataset_samples/*.png")):
        sheet = np.asarray(Image.open(path).convert("L"))
        for place, row in enumerate(np.array_split(sheet, 2)):
            ends = np.linspace(0, row.shape[1], 6).astype(int)
            spans = list(pairwise(ends)) if path.stem.startswith("ant") else _runs((row < 250).mean(axis=0) > 0.02)
            for left, right in spans:
                lines = _runs((row[:, left:right] < 250).mean(axis=1) > 0.02)
                part = row[lines[0][0] : lines[-1][1], left:right]
                pixels = 255 - part if rng.random() < 0.5 else part
                yield Taken(
                    Image.fromarray(pixels).convert("RGB"), "nuclear", "PET", 1, 0, f"{path.stem}/{place}/{left}"
                )


def _runs(flags: np.ndarray, least: int = 12) -> list[tuple[int, int]]:
    """Starts and ends of what is set, if it is long enough."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= least]


BODY = ("soft", "soft", "liver", "wide", "bone")
MORE_SERIES: dict[str, Series] = {
    "chaos": partial(_slices, pattern="Data_3D/DICOM_anon/*.dcm", step=2, names=BODY),
    "liver": partial(_slices, pattern="images/0000[0-3][2-9].dcm", step=1, names=BODY),
    "tilted": partial(_slices, pattern="In/**/*.dcm", step=1, names=("brain", "brain", "bone")),
    "frames": _frames,
    "ribs": _ribs,
    "sheets": _cut,
    "wholebody": _wholebody,
    "hearts": _hearts,
    "oct": _oct,
    "lung": partial(_slices, pattern="**/image/DCM_IMG_*.dcm", step=2, names=("lung", "lung", *BODY)),
}
