"""Repositories for scintigrams, SPECT and PET on white, sheets of diffusion and functional MRI with titles, and drawn cortices.

Rules as in `collections`; all of it was looked at. What notebooks printed is taken out of them. Outlines of brains without a slice,
phantoms made of spheres and figures that mix modalities are left out, or cut into panels.
"""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from filter_training.more_collections import places
from filter_training.repositories import Files, Repository, Taken
from filter_training.views import Rng
from rocov2.images.decode import decode

ALL = "**/*.*"
FIGURES = "docs/source/notebooks"
NIPYPE = "workshop/nipype/notebooks"
LEFT_PANEL = (0.02, 0.1, 0.33, 0.98)


@dataclass(frozen=True)
class Printed:
    """Pictures that a notebook printed, by their places among all it printed; labels and `within` as in `Files`."""

    notebook: str
    label: str
    modality: str = ""
    compound: int = 0
    places: tuple[int, ...] = ()
    within: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


def printed_by(path: Path) -> list[bytes]:
    """The PNG and JPEG files that a notebook holds as output, in order."""
    outputs = [output for cell in json.loads(path.read_text("utf-8"))["cells"] for output in cell.get("outputs", ())]
    bodies = [output.get("data", {}).get(kind) for output in outputs for kind in ("image/png", "image/jpeg")]
    return [base64.b64decode("".join(body)) for body in bodies if body]


def _printed(rules: tuple[Printed, ...]) -> Callable[[Path, Rng], Iterator[Taken]]:
    def taken(clone: Path, _: Rng) -> Iterator[Taken]:
        for rule in rules:
            bodies = printed_by(clone / rule.notebook)
            for place in rule.places:
                files = Files("", rule.label, within=rule.within)
                image = files.of(Image.fromarray(np.asarray(decode(bodies[place]).rgb)))
                yield Taken(image, rule.label, rule.modality, int(bool(rule.modality)), rule.compound, rule.notebook)

    return taken


def _cut(place: int, label: str, modality: str, *corners: tuple[float, float, float, float]) -> tuple[Files, ...]:
    """Panels of a figure (its place among all of a repository), each a picture of its own."""
    return tuple(Files(ALL, label, modality, places=(place,), within=corner) for corner in corners)


TRACERS_AND_DIFFUSION = (
    # A course on nuclear medicine: scintigrams, SPECT and PET in black on white, diagrams and charts of detectors.
    Repository(
        "KUL-recon-lab/course_nucmed_tech",
        "nucmedcourse",
        "Apache-2.0; some figures (c) authors of articles",
        (
            Files(ALL, "nuclear", "PET", 1, places("62 63 99 114")),
            Files(ALL, "nuclear", "PET", places=(101,)),
            Files(ALL, "nuclear", "PET", places=(63,), turns=3, within=(0.0, 0.0, 0.5, 1.0)),
            Files(ALL, "nuclear", "PET", places=(63,), turns=3, within=(0.5, 0.0, 1.0, 1.0)),
            *_cut(99, "nuclear", "PET", *((step / 6, 0.0, (step + 1) / 6, 0.68) for step in range(6))),
            Files(ALL, "nuclear", "PET", 1, (62,), within=(0.0, 0.06, 0.67, 0.88)),
            Files(ALL, "spect", "PET", 1, (106,), within=(0.0, 0.1, 0.64, 0.9)),
            Files(ALL, "pet", "PET", 1, places("22 24 45 56 71 104 127")),
            *_cut(106, "pet", "PET", (0.69, 0.1, 1.0, 0.5), (0.69, 0.5, 1.0, 0.9)),
            *_cut(22, "pet", "PET", (0.0, 0.04, 0.2, 0.5), (0.8, 0.54, 1.0, 1.0)),
            Files(ALL, "pet", "PET", 1, (28,), within=(0.34, 0.0, 1.0, 1.0)),
            Files(ALL, "pet", "PET", 1, (81,), within=(0.38, 0.08, 1.0, 0.8)),
            *_cut(80, "pet", "PET", (0.0, 0.0, 0.25, 1.0), (0.5, 0.0, 0.75, 1.0)),
            *_cut(80, "petct", "COMBINED", (0.25, 0.0, 0.5, 1.0), (0.75, 0.0, 1.0, 1.0)),
            *_cut(83, "pet", "PET", (0.0, 0.0, 0.49, 0.48), (0.51, 0.5, 1.0, 1.0)),
            *_cut(83, "petct", "COMBINED", (0.0, 0.5, 0.49, 1.0)),
            Files(ALL, "ct", "CT", 1, (18,)),
            *_cut(28, "ct", "CT", (0.0, 0.0, 0.32, 1.0)),
            Files(ALL, "chart", places=places("3 9 41 44 50 100 108 118 125")),
            Files(ALL, "diagram", places=places("33-35 37 49 53 57 60 61 73 78 117")),
        ),
    ),
    # A library that reconstructs PET and SPECT: its figures, and what its notebooks print of patients and of simulated bodies.
    Repository(
        "qurit/PyTomography",
        "pytomography",
        "MIT",
        (
            Files("docs/**/figure4.jpg", "spect", "PET", 1),
            Files("docs/**/figure4.jpg", "spect", "PET", within=(0.0, 0.03, 0.165, 0.36)),
            Files("docs/**/figure5.jpg", "pet", "PET", 1, within=(0.2, 0.0, 1.0, 1.0)),
            Files("docs/**/figure5.jpg", "pet", "PET", within=(0.4, 0.36, 0.58, 0.67)),
            Files("docs/**/CT_slice.png", "ct", "CT"),
            Files("docs/**/emission.png", "diagram"),
            Files("docs/**/example_scanner*.png", "diagram"),
        ),
        series="pytomography",
    ),
    Repository("WoolierBrooks/DaTScan-Analysis", "datscans", "GPL-3", series="datscans"),
    # What a library for maps of brains compares its drawings with: maps on slices, on white and on black, and on surfaces.
    Repository(
        "nilearn/nilearn",
        "nilearntests",
        "BSD-3-Clause",
        (
            # Not its atlases drawn over a template: what they show was never measured.
            Files(ALL, "mri", "MRI", 1, places("14 21 66 70 93 107 148")),
            Files(ALL, "mri", "MRI", 1, places("219 220 265 268 271 272 371 385 409")),
            Files(ALL, "render3d", places=places("24 26 27 56 58 273 276 282 287 309 312 324 339 342 351 408 411")),
            Files(ALL, "render3d", compound=1, places=places("128 239 387 393")),
            Files(ALL, "chart", places=places("38 42 43 142 255")),
        ),
    ),
    # A workshop on neuroimaging; its notebooks draw slices in rows.
    Repository("PeerHerholz/workshop_weizmann", "weizmann", "BSD-3-Clause", series="weizmann"),
    Repository(
        "HealthBioscienceIDEAS/aaic2024-neuroimaging-workshop",
        "aaicworkshop",
        "CC BY 4.0 (lesson)",
        (
            Files("**/*RSN*.*", "mri", "MRI", 1),
            Files(ALL, "mri", "MRI", 1, places("3 18 19 23 27 36 49")),
            Files(ALL, "pet", "PET", 1, (12,)),
            Files(ALL, "screenshot", places=places("5 14 29 35 66")),
        ),
    ),
    Repository(
        "RDadarwal/Diffusion-MRI",
        "dmrimaps",
        "no licence file",
        (Files("**/dMRI_maps.png", "mri", "MRI", 1),),
        series="dmrimaps",
    ),
    Repository("skkuhg/diffusion-mri-brain-network-analysis", "dmrinetwork", "MIT", series="dmrinetwork"),
    Repository(
        "dipy/dipy_web",
        "dipyweb",
        "no licence file",
        (
            *(Files(f"**/{name}", "mri", "MRI") for name in ("msd_odfs.png", "mtms-csd.png", "patch2self.gif")),
            Files("**/patch2self_1.png", "mri", "MRI", 1),
            Files("**/CST.png", "render3d", compound=1),
            Files("**/quickbundles_banner*", "render3d", compound=1),
        ),
    ),
    Repository(
        "qMRLab/qMRLab",
        "qmrlab",
        "MIT",
        (
            Files(ALL, "mri", "MRI", 1, places("0 1 17")),
            Files(ALL, "mri", "MRI", places=(5,)),
            Files(ALL, "chart", places=places("18 19 22")),
        ),
    ),
    Repository(
        "ISMRM/rrsg_challenge_01",
        "radialrecon",
        "MIT",
        (Files(ALL, "mri", "MRI", 1, places("1 3")),),
        series="radialrecon",
    ),
    Repository(
        "fepegar/torchio",
        "torchio",
        "Apache-2.0",
        (
            Files("docs/**/augmentation.gif", "mri", "MRI"),
            Files("docs/**/1_Lambda_mri.png", "mri", "MRI", 1),
            Files("docs/**/random_swap.jpg", "mri", "MRI", 1),
            Files("docs/**/random_bias_field.gif", "mri", "MRI", 1),
            Files("docs/**/composed.png", "diagram"),
            Files("docs/**/histogram_standard*.png", "chart"),
        ),
    ),
    Repository(
        "griegner/fmri-timescales",
        "timescales",
        "MIT",
        (
            Files(ALL, "render3d", compound=1, places=places("6 13 22")),
            Files(ALL, "chart", places=places("11 14 26 28")),
        ),
        series="timescales",
    ),
    Repository(
        "dfsp-spirit/fsbrain",
        "fsbrain",
        "MIT",
        (
            Files(ALL, "mri", "MRI", 1, places("3 5 16")),
            Files(ALL, "render3d", places=places("0 2 4")),
            Files(ALL, "render3d", compound=1, places=places("8-11")),
        ),
    ),
)

PRINTED_SERIES: dict[str, Callable[[Path, Rng], Iterator[Taken]]] = {
    name: _printed(rules)
    for name, rules in {
        "pytomography": (
            Printed(f"{FIGURES}/t_PETGATE_DIP.ipynb", "pet", "PET", 1, (0, 1)),
            Printed(f"{FIGURES}/t_PETGATE_LM.ipynb", "pet", "PET", 1, (0, 2)),
            Printed(f"{FIGURES}/t_dicommultibed.ipynb", "nuclear", "PET", 1, (0,)),
            Printed(f"{FIGURES}/t_dicommultibed.ipynb", "nuclear", "PET", 0, (2,), (0.52, 0.0, 1.0, 0.47)),
            Printed(f"{FIGURES}/t_dicommultibed.ipynb", "spect", "PET", 1, (3,)),
            Printed(f"{FIGURES}/t_dicommultibed.ipynb", "spect", "PET", 0, (4,)),
            Printed(f"{FIGURES}/t_uncertainty_spect.ipynb", "spect", "PET", 0, (0,)),
            Printed(f"{FIGURES}/t_quantitative.ipynb", "spect", "PET", 0, (1,)),
            Printed(f"{FIGURES}/t_siminddata.ipynb", "nuclear", "PET", 0, (1, 2, 3)),
            Printed(f"{FIGURES}/t_siminddata.ipynb", "spect", "PET", 1, (5,)),
        ),
        "datscans": (
            Printed("notebook.ipynb", "spect", "PET", 1, places("2 14")),
            Printed("notebook.ipynb", "spect", "PET", 0, places("0 5 20 28"), LEFT_PANEL),
        ),
        "weizmann": (
            Printed("workshop/advanced/diffusion_imaging.ipynb", "mri", "MRI", 1, places("0-3 5")),
            Printed("workshop/advanced/diffusion_imaging.ipynb", "mri", "MRI", 0, (4,)),
            Printed("workshop/advanced/Predicting_age_with_machine_learning.ipynb", "mri", "MRI", 1, (1,)),
            Printed("workshop/advanced/Predicting_age_with_machine_learning.ipynb", "chart", places=places("2 5 11")),
            Printed("workshop/advanced/machine_learning_keras.ipynb", "mri", "MRI", 1, (0, 2)),
            Printed("workshop/advanced/machine_learning_nilearn.ipynb", "mri", "MRI", 1, (0, 1, 4)),
            Printed("workshop/advanced/machine_learning_preparation.ipynb", "mri", "MRI", 1, places("0 3 5 6 8")),
            Printed("workshop/data/image_manipulation_nibabel.ipynb", "mri", "MRI", 0, (0, 1)),
            Printed(f"{NIPYPE}/advanced_create_interfaces.ipynb", "mri", "MRI", 1, (0, 5)),
            Printed(f"{NIPYPE}/basic_import_workflows.ipynb", "mri", "MRI", 1, (1,)),
            Printed(f"{NIPYPE}/basic_interfaces.ipynb", "mri", "MRI", 1, (5,)),
            Printed(f"{NIPYPE}/basic_iteration.ipynb", "mri", "MRI", 1, (1, 3)),
            Printed(f"{NIPYPE}/basic_workflow.ipynb", "mri", "MRI", 1, (0, 9)),
            Printed(f"{NIPYPE}/example_1stlevel.ipynb", "mri", "MRI", 1, (1, 12)),
            Printed(f"{NIPYPE}/example_2ndlevel.ipynb", "mri", "MRI", 1, (2,)),
            Printed(f"{NIPYPE}/example_normalize.ipynb", "mri", "MRI", 1, (2, 4)),
            Printed(f"{NIPYPE}/example_preprocessing.ipynb", "mri", "MRI", 1, (3,)),
            Printed(f"{NIPYPE}/handson_analysis.ipynb", "mri", "MRI", 1, (2,)),
            Printed(f"{NIPYPE}/handson_preprocessing.ipynb", "mri", "MRI", 1, (3, 7)),
            Printed(f"{NIPYPE}/basic_graph_visualization.ipynb", "diagram", places=(0, 3)),
            Printed("workshop/prerequisites/intro_statistics.ipynb", "chart", places=(1, 7)),
            Printed("workshop/prerequisites/python_visualization_for_data.ipynb", "chart", places=(5, 7)),
        ),
        "dmrimaps": (
            Printed("Examples/site-oxford-PM/DTI.ipynb", "mri", "MRI", 1, (0,)),
            Printed("Examples/site-oxford-PM/Pre-processing.ipynb", "mri", "MRI", 1, (0,)),
        ),
        "dmrinetwork": (
            Printed("Diffusion_MRI_Brain_Network_Analysis.ipynb", "mri", "MRI", 1, (0, 1, 2)),
            Printed("Diffusion_MRI_Brain_Network_Analysis.ipynb", "chart", "", 1, (6, 7)),
        ),
        "radialrecon": (
            Printed("python/rrsg_cgreco/step_by_step_recon.ipynb", "mri", "MRI", 0, (9, 12)),
            Printed("python/rrsg_cgreco/step_by_step_recon.ipynb", "mri", "MRI", 1, (13,)),
            Printed("python/rrsg_cgreco/step_by_step_recon.ipynb", "chart", places=(2, 5)),
        ),
        "timescales": (
            Printed("notebooks/fig04to05.ipynb", "render3d", "", 1, (0, 2)),
            Printed("notebooks/fig04to05.ipynb", "mri", "MRI", 0, (1,)),
        ),
    }.items()
}
