"""Volumes of public repositories -> labelled pictures: slices, projections, one layer over another."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from filter_training.fusions import LAYERS
from filter_training.repositories import Taken
from filter_training.views import Rng
from filter_training.volumes import (
    WINDOWS,
    Volume,
    as_image,
    fused,
    on_grid,
    plane,
    projection,
    read_slice,
    read_volume,
    toned,
)

NUCLEAR = ("grey", "inverse", "inverse", "hot", "rainbow", "jet", "warm")


def _sarcoma(clone: Path, rng: Rng) -> Iterator[Taken]:
    """PET, CT and T1 of the same patients: slices, projections, and PET laid over CT or MR."""
    for folder in sorted((clone / "ibsi_validation" / "nifti").iterdir()):
        paths = {name: folder / f"{name}_image.nii.gz" for name in ("PET", "CT", "MR_T1")}
        found = {name: read_volume(path) for name, path in paths.items() if path.exists()}
        for name, count in (("PET", 5), ("CT", 4), ("MR_T1", 3)):
            for _ in range(count if name in found else 0):
                pixels = _nuclear(found[name], rng) if name == "PET" else _anatomy(found[name], name, rng)
                yield Taken(as_image(pixels, rng), *KINDS[name], 1, 0, folder.name)
        for name in ("CT", "CT", "CT", "MR_T1"):
            if "PET" in found and name in found:
                layer = on_grid(found["PET"], found[name])
                yield Taken(as_image(_both(found[name], layer, name, rng), rng), "petct", "COMBINED", 1, 0, folder.name)


KINDS = {"PET": ("pet", "PET"), "CT": ("ct", "CT"), "MR_T1": ("mri", "MRI")}


def _share(rng: Rng) -> float:
    return float(rng.uniform(0.25, 0.75))


def _nuclear(volume: Volume, rng: Rng) -> np.ndarray:
    """A slice or projection of a PET or SPECT volume."""
    samples, axis = volume.samples, int(rng.choice([2, 2, 1, 0]))
    values = projection(samples, axis) if rng.random() < 0.25 and axis < 2 else plane(samples, axis, _share(rng))
    ceiling = max(float(np.percentile(samples, rng.uniform(97, 99.95))), 1e-6)
    return toned(values, 0.0, ceiling, str(rng.choice(NUCLEAR)))


def _anatomy(volume: Volume, name: str, rng: Rng) -> np.ndarray:
    """A slice of a CT or MR volume in grey."""
    values = plane(volume.samples, int(rng.choice([2, 2, 1, 0])), _share(rng))
    return toned(values, *_limits(volume, name, rng), "grey")


def _limits(volume: Volume, name: str, rng: Rng) -> tuple[float, float]:
    if name == "CT":
        low, high = WINDOWS[str(rng.choice(["soft", "soft", "lung", "bone"]))]
        return low * rng.uniform(0.8, 1.2), high * rng.uniform(0.8, 1.2)
    inside = volume.samples[volume.samples > volume.samples.mean() * 0.2]
    return 0.0, float(np.percentile(inside, rng.uniform(96, 99.8)))


def _both(below: Volume, layer: np.ndarray, name: str, rng: Rng) -> np.ndarray:
    axis, share = int(rng.choice([2, 2, 1, 0])), _share(rng)
    grey = toned(plane(below.samples, axis, share), *_limits(below, name, rng), "grey")
    ceiling = max(float(np.percentile(layer, rng.uniform(98, 99.95))), 1e-6)
    return fused(grey, plane(layer, axis, share), ceiling, str(rng.choice(LAYERS)), rng)


def _receptors(clone: Path, rng: Rng) -> Iterator[Taken]:
    """Mean PET and SPECT maps of brain receptors."""
    for path in sorted((clone / "data" / "PET_nifti_images").glob("*.nii*")):
        volume = read_volume(path)
        for _ in range(9):
            yield Taken(as_image(_nuclear(volume, rng), rng), "pet", "PET", 1, 0, path.name)


def _templates(clone: Path, rng: Rng) -> Iterator[Taken]:
    """Mean brains: PET, SPECT, three kinds of MR, and the nuclear ones over T1."""
    volumes = {name: read_volume(clone / "templates" / f"{name}.nii") for name in ("PET", "SPECT", "T1", "T2", "PD")}
    for name, volume in volumes.items():
        for _ in range(20 if name in ("PET", "SPECT") else 8):
            if name in ("PET", "SPECT"):
                yield Taken(as_image(_nuclear(volume, rng), rng), name.lower(), "PET", 1, 0, name)
            else:
                yield Taken(as_image(_anatomy(volume, name, rng), rng), "mri", "MRI", 1, 0, name)
    for name in ("PET", "SPECT"):
        layer = on_grid(volumes[name], volumes["T1"])
        for _ in range(15):
            pixels = _both(volumes["T1"], layer, "T1", rng)
            yield Taken(as_image(pixels, rng), "pet_mri", "COMBINED", 1, 0, f"{name} over T1")


def _niivue(clone: Path, rng: Rng) -> Iterator[Taken]:
    """MR of heads in a viewer's demonstration volumes."""
    for name in ("MR_Gd", "chris_PD", "chris_t1", "spm152"):
        path = clone / f"{name}.nii.gz"
        volume = read_volume(path) if path.exists() else None
        for _ in range(10 if volume else 0):
            yield Taken(as_image(_anatomy(volume, "MR", rng), rng), "mri", "MRI", 1, 0, name)


def _prostate(clone: Path, rng: Rng) -> Iterator[Taken]:
    """T2 of the prostates of five patients, every second slice."""
    for folder in sorted((clone / "Data").glob("Prostate3T-*")):
        for path in sorted(folder.rglob("*.dcm"))[::2]:
            yield Taken(as_image(_slice(path, rng), rng), "mri", "MRI", 1, 0, folder.name)


def _heart(clone: Path, rng: Rng) -> Iterator[Taken]:
    """Cine MR of one heart."""
    for path in sorted((clone / "Images_og").glob("*.dcm")):
        yield Taken(as_image(_slice(path, rng), rng), "mri", "MRI", 1, 0, "one heart")


def _slice(path: Path, rng: Rng) -> np.ndarray:
    """One MR slice in grey, its brightest parts cut."""
    values = read_slice(path)
    return toned(values, 0.0, float(np.percentile(values, rng.uniform(96, 99.8))), "grey")


def _abdomen(clone: Path, rng: Rng) -> Iterator[Taken]:
    """CT of an abdomen and a pelvis, and MR of an abdomen that has few slices."""
    folder = clone / "tests" / "reference_files"
    ct, mr = read_volume(folder / "example_ct.nii.gz"), read_volume(folder / "example_mr_sm.nii.gz")
    for _ in range(30):
        yield Taken(as_image(_anatomy(ct, "CT", rng), rng), "ct", "CT", 1, 0, "CT")
    for share in np.linspace(0.1, 0.9, 12):
        pixels = toned(plane(mr.samples, 2, float(share)), *_limits(mr, "MR", rng), "grey")
        yield Taken(as_image(pixels, rng), "mri", "MRI", 1, 0, "MR")


SERIES = {
    "prostate": _prostate,
    "heart": _heart,
    "abdomen": _abdomen,
    "sarcoma": _sarcoma,
    "receptors": _receptors,
    "templates": _templates,
    "niivue": _niivue,
}
