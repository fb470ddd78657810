"""What is taken from which public repository: rules that turn clones into labelled training pictures.

Each rule names a source (left out as a whole in cross-validation), its licence, and files with the labels they
have; all were looked at. None of the sources that IMAGES.md keeps for judging is among them, nor a copy of one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from filter_training.views import Rng
from filter_training.volumes import WINDOWS, Volume, as_image, fused, on_grid, plane, projection, read_volume, toned
from rocov2.images.decode import decode

NUCLEAR = ("grey", "inverse", "inverse", "hot", "rainbow", "jet", "warm")
LAYERS = ("hot", "hot", "warm", "rainbow", "jet")


@dataclass(frozen=True)
class Taken:
    """A picture with its labels; `compound` and `radiology` are 0 or 1, `modality` may be empty."""

    image: Image.Image
    label: str
    modality: str
    radiology: int
    compound: int
    group: str


@dataclass(frozen=True)
class Files:
    """Files of a repository that share their labels: a glob, and which of the sorted matches (all when empty)."""

    pattern: str
    label: str
    modality: str = ""
    compound: int = 0
    places: tuple[int, ...] = ()
    step: int = 1


@dataclass(frozen=True)
class Repository:
    """A public repository: its name, the source name it gets, its licence and what is taken from it."""

    name: str
    source: str
    license: str
    files: tuple[Files, ...] = ()
    series: str = ""


def _span(*ranges: tuple[int, int]) -> tuple[int, ...]:
    return tuple(place for first, last in ranges for place in range(first, last + 1))


REPOSITORIES = (
    Repository("theibsi/data_sets", "sarcoma", "CC BY 3.0 (TCIA Soft-tissue-Sarcoma)", series="sarcoma"),
    Repository("netneurolab/hansen_receptors", "receptors", "CC BY-NC-SA 4.0", series="receptors"),
    Repository("spm/spm8", "spmtemplates", "GPL-2", series="templates"),
    Repository("neurolabusc/niivue-images", "niivue", "BSD-2-Clause", series="niivue"),
    Repository(
        "rdemiray/2DQuantitativeCoronoryAngiographyTool",
        "coronarytool",
        "MIT",
        (
            Files(
                "**/*.*",
                "angio",
                "ANGIO",
                places=_span((0, 16), (18, 21), (28, 29), (31, 32), (36, 36), (39, 41), (68, 72), (87, 93))
                + _span((103, 103), (105, 105), (107, 108), (126, 127), (133, 133)),
            ),
            Files("**/*.*", "chart", places=_span((73, 74), (79, 82), (96, 96), (99, 101), (115, 121), (136, 138))),
            Files("**/*.*", "diagram", places=_span((17, 17), (22, 25), (33, 35), (37, 38), (42, 58))),
        ),
    ),
    Repository(
        "HeeebsInc/AngiogramBlockageDetection",
        "blockage",
        "no licence file",
        (Files("sample-images/*", "angio", "ANGIO"), Files("output-images/*", "angio", "ANGIO", places=(0, 1, 4, 5))),
    ),
    Repository(
        "ArsoVukicevic/X-Ray-Angio-data",
        "xangio",
        "no licence file",
        (
            Files("Dataset I *- static phantom/X-Ray Angio/XRA DICOMs/*.jpg", "angio", "ANGIO"),
            Files("Dataset III*/Sample 1*/**/*.jpg", "angio", "ANGIO"),
            Files("Dataset III*/Sample 2*/**/*.jpg", "angio", "ANGIO", step=2),
        ),
    ),
    Repository(
        "sukarnpahuja/Digital-Subtraction-Angiography-DSA-Using-MATLAB",
        "dsamatlab",
        "no licence file",
        (Files("*.jpeg", "angio", "ANGIO"),),
    ),
    Repository(
        "yuliu316316/Visualization",
        "petctviz",
        "no licence file",
        (
            Files("images/*", "ct", "CT", places=(0,)),
            Files("images/*", "pet", "PET", places=(1,)),
            Files("results/*", "petct", "COMBINED"),
        ),
    ),
    Repository(
        "zhongzisha/ISBI2018_PETCT_Segmentation",
        "isbipetct",
        "MIT",
        (Files("data/*/*", "screenshot_rad", "", 1), Files("*.PNG", "screenshot_rad", "", 1)),
    ),
    Repository(
        "pietz/knee-mri-segmentation",
        "kneethesis",
        "no licence file",
        (
            Files(
                "thesis/imgs/*",
                "mri",
                "MRI",
                places=_span((0, 14), (32, 33), (39, 41), (70, 72), (76, 79), (84, 87), (97, 100)),
            ),
            Files("thesis/imgs/*", "chart", places=(15, 53, 54, 55, 59, 75)),
            Files("thesis/imgs/*", "diagram", places=(16, 18, 19, 20, 21, 56, 57, 92, 101, 102, 103)),
        ),
    ),
    Repository(
        "timvanderzee/ultrasound-automated-algorithm",
        "muscleus",
        "CC0 1.0",
        (Files("Example images/raw/**/*.*", "us", "US", step=6),),
    ),
    Repository(
        "vital-ultrasound/ai-echocardiography-for-low-resource-countries",
        "echolow",
        "no licence file",
        (Files("docs/figures/framegrabber/frame_screenshot*", "us", "US"),),
    ),
)


def pictures_of(repository: Repository, clone: Path, rng: Rng) -> Iterator[Taken]:
    """Every picture that the rules take from a clone."""
    for files in repository.files:
        matches = sorted(path for path in clone.glob(files.pattern) if path.suffix.lower() in SUFFIXES)
        chosen = [matches[place] for place in files.places if place < len(matches)] if files.places else matches
        for path in chosen[:: files.step]:
            image = _opened(path)
            radiology = int(bool(files.modality) or files.label.endswith("_rad"))
            group = path.relative_to(clone).as_posix()
            yield Taken(image, files.label, files.modality, radiology, files.compound, group)
    if repository.series:
        yield from SERIES[repository.series](clone, rng)


def _opened(path: Path) -> Image.Image:
    """The picture as the pipeline would see it (which knows no bitmaps)."""
    if path.suffix.lower() == ".bmp":
        return Image.open(path).convert("RGB")
    return Image.fromarray(decode(path.read_bytes()).rgb)


SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".gif"})


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


SERIES = {"sarcoma": _sarcoma, "receptors": _receptors, "templates": _templates, "niivue": _niivue}
