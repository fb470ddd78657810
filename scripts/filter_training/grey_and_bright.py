"""Repositories for what is grey, or bright on black, and not radiology: photographs treated by courses, cells and nuclei, cortices
drawn in strips, stars, craters, radar and satellite pictures, electron microscopy. Rules as in `collections`; all was looked at."""

from filter_training.more_collections import places
from filter_training.repositories import Files, Repository

HYPERSPY = "v2.0/_images/*.*"
CLIJ = "md/**/*.*"
NAPARI = "docs/**/*.*"


def _named(folder: str, names: str, label: str, compound: int = 0) -> tuple[Files, ...]:
    """Files of one folder by their names, without the endings."""
    return tuple(Files(f"{folder}/{name}.*", label, compound=compound) for name in names.split())


CORTICES = (
    Repository(
        "danjgale/surfplot",
        "surfplot",
        "BSD-3-Clause",
        (
            Files(
                "docs/**/*.png", "render3d", compound=1, places=places("0 2 5 8-10 12 16 17 19 22 23 25 27 29 30 33")
            ),
            Files("docs/**/*.png", "render3d", places=places("26 34")),
        ),
    ),
    Repository(
        "MICA-MNI/ENIGMA",
        "enigma",
        "BSD-3-Clause",
        (
            Files("**/*.*", "render3d", compound=1, places=places("7 9-11 13 14 17 19 21 23-25 30")),
            Files("**/*.*", "chart", places=places("18 20")),
            Files("**/*.*", "chart", compound=-1, places=places("4 8 15")),
            Files("**/*.*", "table", places=places("0 1 16")),
        ),
    ),
    Repository(
        "MICA-MNI/BrainSpace",
        "brainspace",
        "BSD-3-Clause",
        (
            Files(
                "**/*.*",
                "render3d",
                compound=1,
                places=places("0 6 7 10 12-14 17 18 20 21 23-25 27 29 32 34 35"),
            ),
            Files("**/*.*", "chart", places=places("1 4 19 22 26")),
            Files("**/*.*", "chart", compound=-1, places=places("3 36")),
        ),
    ),
)
CELLS = (
    Repository(
        "clij/clij2-docs",
        "clijdocs",
        "BSD-3-Clause",
        (
            Files(
                CLIJ,
                "microscopy",
                places=places("17 25 37 53 54 63 69 71 72 75-77 87-91 198-200 205 208 220 251 255 276 277"),
            ),
            Files(CLIJ, "microscopy", compound=1, places=(64,)),
            Files(CLIJ, "mask", places=places("26 39 66 99 101 107 137 240 244 256 259 278 283")),
            Files(CLIJ, "nonrad_mixed", places=places("177 192 243 267")),
            *_named("images", "meshes workflow_intermediate*", "microscopy", 1),
            *_named("images", "dialogs interactiveCylinder* screenshot_3doc* example", "screenshot", -1),
            *_named("src/main/resources", "motion_correction* IXMtest_A01_s1_w16", "microscopy"),
            *_named("src/main/resources", "pixel_cat", "natural"),
        ),
    ),
    Repository(
        "AllenCell/aics-segmentation",
        "aics",
        "Allen Institute Software License (non-commercial)",
        (
            Files("aicssegmentation/assets/thumbnails/*_pre.png", "microscopy"),
            Files("aicssegmentation/assets/thumbnails/*_post.png", "mask"),
            Files("aicssegmentation/assets/diagrams/*.png", "diagram", step=8),
        ),
    ),
    Repository(
        "BiAPoL/Bio-image_Analysis_with_Python",
        "biapolcourse",
        "CC BY 4.0",
        (
            Files("04_image_segmentation/data/BBBC007_batch/images/*.tif", "microscopy"),
            Files("04_image_segmentation/data/BBBC007_batch/annotations/*.tif", "mask"),
            *_named("04_image_segmentation/data", "IXMtest_A02_s9", "microscopy"),
            *_named("*/data", "cropped_raw_image* 0bf4b1*", "microscopy"),
            *_named("*/data", "membrane_labels nuclei_labels", "mask"),
            *_named("*/images", "hela_cells_screens*", "microscopy"),
            *_named(
                "*/images", "export_notebooks01 export_notebooks09 napari-assistant04 napari-assistant07", "screenshot"
            ),
            *_named("*/images", "napari-assistant10 napari-assistant13 napari-assistant17", "screenshot"),
        ),
    ),
    Repository(
        "MouseLand/suite2p",
        "suite2p",
        "GPL-3",
        (
            Files("docs/_static/*.*", "nonrad_mixed", compound=1, places=places("0 2 4 13 14 16 17")),
            Files("docs/_static/*.*", "screenshot", compound=-1, places=places("1 8-11 15")),
        ),
    ),
    Repository(
        "flatironinstitute/CaImAn",
        "caiman",
        "GPL-2",
        (
            *_named(
                "docs/img", "benchmarking* fftcorrelation* motionefficacity* pwrigidcorrection*", "nonrad_mixed", 1
            ),
            *_named("docs/img", "onlinecnmf* onlycnmf* quickintro* evaluationcomponent*", "diagram", 1),
            *_named("docs/img", "GUI_img", "screenshot", -1),
            *_named("demos/notebooks/images", "rigidcorrection normcorre_workflow cnmf_workflow", "diagram", 1),
        ),
    ),
    Repository(
        "napari/docs",
        "naparidocs",
        "BSD-3-Clause",
        (
            Files(
                NAPARI,
                "screenshot",
                places=places("5 10 14 16 52 56 57 67 75 83 94 113 121 125 127 150 158 161 170 178"),
            ),
        ),
    ),
    Repository(
        "BioimageAnalysisCoreWEHI/napari_lattice",
        "lattice",
        "GPL-3",
        (
            *_named("docs/images/neutrophil", "neutrophil_roi*", "microscopy"),
            *_named("docs/images", "003_open_image* 005_deskewed* 007_quick_deskew* 010_deconvolution*", "screenshot"),
            *_named("docs/images", "014_crop_draw_roi*", "screenshot"),
            *_named("docs/images", "workflow_result*", "mask"),
            *_named("docs/images/*", "quick_deskew_off*", "screenshot"),
        ),
    ),
)
SKY_AND_GROUND = (
    Repository(
        "cagricibuk/lunar-crater-detection",
        "lunarcraters",
        "no licence file",
        (Files("resources/sample_images/*.*", "natural"),),
    ),
    Repository(
        "WHU-SGG-RS-Pro-Group/SAR-despeckling-codes-for-SAR-DCNN-SAR-PNP-and-SAR-RDCP",
        "satellites",
        "no licence file",
        (Files("**/QuickBird/PAN/*.tif", "natural"), Files("SAR_RDCP_github/results/*PNP*", "natural")),
    ),
    Repository(
        "ASFHyP3/hyp3-docs",
        "radardocs",
        "BSD-3-Clause",
        (
            *_named("docs/images", "landsat-false-color* sar-optical-fusion* sentinel-1-rtc* s1b_hole*", "map_mixed"),
            *_named(
                "docs/images", "seasonal-change* water-mask log-difference* dem-coverage* cop-missing*", "map_mixed"
            ),
            *_named("docs/images", "pixel-spacing*", "map_mixed", 1),
            *_named("docs/images", "SAR_band_types baseline_asf* sar_distortions* phase_diff*", "diagram"),
            *_named("docs/images", "opera-rtc-vertex-static-id opera-vis-worldview* aria-gunw-frame-sb*", "screenshot"),
        ),
    ),
    Repository(
        "dstndstn/astrometry.net",
        "astrometry",
        "BSD-3-Clause, GPL-3 as a whole",
        (
            Files("demo/*.*", "natural"),
            *_named("doc", "cut usnob", "natural"),
            *_named("doc", "quads1b quads3b", "diagram"),
        ),
    ),
)
MATERIALS = (
    Repository(
        "hyperspy/hyperspy-doc",
        "hyperspydoc",
        "no licence file (HyperSpy: GPL-3)",
        (
            Files(HYPERSPY, "screenshot", compound=-1, places=places("0 2 4 5 7 8 37 39 41 94")),
            Files(
                HYPERSPY,
                "nonrad_mixed",
                places=places("10 11 29 38 78 82 84 85 99 102 112 126 130 146 164 186 204 72"),
            ),
            Files(HYPERSPY, "nonrad_mixed", compound=1, places=places("9 21 22 27 35 47-49 52 63 86")),
            Files(HYPERSPY, "nonrad_mixed", compound=-1, places=(221,)),
            Files(HYPERSPY, "microscopy", places=(53,)),
            Files(HYPERSPY, "render3d", places=(45,)),
        ),
    ),
    Repository(
        "LiberTEM/LiberTEM",
        "libertem",
        "MIT",
        (
            Files("**/*.*", "nonrad_mixed", compound=1, places=places("18-21 78")),
            Files("**/*.*", "nonrad_mixed", places=(17,)),
            Files("**/*.*", "screenshot", compound=-1, places=places("14 22 35 59 76")),
        ),
    ),
    Repository(
        "soft-matter/trackpy-examples",
        "trackpy",
        "BSD-3-Clause or CC BY 3.0",
        (
            Files("sample_data/brightfield/*.png", "microscopy", step=50),
            Files("sample_data/bulk_water/*.png", "microscopy", step=300),
            Files("sample_data/foam/*.*", "natural", step=9),
        ),
    ),
)
PHOTOGRAPHS = (
    Repository(
        "tonyfu97/Digital-Image-Processing",
        "lighthouse",
        "no licence file",
        (
            Files(
                "**/*.*",
                "natural",
                places=places("1 8 9 11 25 27 48 60 61 63 92 93 102 109 111 130 182-184 186-189 191 192 198-200")
                + places("204 207 415 417 422 427 430"),
            ),
            Files("**/*.*", "mask", places=places("16 18 22 26 36 94 103 208")),
            Files("**/*.*", "nonrad_mixed", places=places("43 45 70 79")),
            Files("**/*.*", "nonrad_mixed", compound=1, places=places("96 101 126 142 387")),
        ),
    ),
    Repository(
        "DheerendraRathor/Digital-Image-Processing",
        "assignments",
        "no licence file",
        (
            Files("**/*.*", "nonrad_mixed", places=places("3 4 6 7 10 11 19-21 25 27 63 64 69 73")),
            Files("**/*.*", "nonrad_mixed", compound=1, places=places("5 65 66 68")),
            Files("**/*.*", "microscopy", places=places("12 22-24")),
            Files("**/*.*", "natural", places=places("35 75-77")),
        ),
    ),
    Repository(
        "shubhlohiya/CS663-Digital-Image-Processing",
        "assignmentsmore",
        "no licence file",
        (
            Files("**/*.*", "natural", places=places("11 24-27 29 34 35 70 72 77 80 85")),
            Files("**/*.*", "nonrad_mixed", places=places("17 51 54 74 79 119-121 128 129 135 155 156")),
            Files("**/*.*", "nonrad_mixed", compound=1, places=places("15 19 37 39 41 52 53 63 65 110 113 139")),
            Files("**/*.*", "mask", places=places("78")),
            Files("**/*.*", "microscopy", compound=1, places=(12,)),
        ),
    ),
    Repository(
        "PacktPublishing/Hands-On-Image-Processing-with-Python",
        "handsonbook",
        "MIT",
        (
            *_named("images", "einstein elephant_g lena_g parrot_gray clock clock2 coins", "natural"),
            *_named("images", "fingerprint horse-dog dynasaur tagore", "mask"),
            *_named("images", "circles chess triangle_circle", "diagram"),
        ),
    ),
    Repository(
        "Utkarsh-Deshmukh/Fingerprint-Enhancement-Python",
        "fingerprints",
        "BSD-2-Clause",
        (Files("images/*.jpg", "natural"), Files("enhanced/*.jpg", "mask")),
    ),
)
GREY_AND_BRIGHT = CORTICES + CELLS + SKY_AND_GROUND + MATERIALS + PHOTOGRAPHS
