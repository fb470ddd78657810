"""Repositories for sheets of slices as neuroimaging tools draw them, scintigrams of many organs, PET over CT and films of bones,
and for what stands beside them there: surfaces, drawn bones, charts. Rules as in `collections`; all of it was looked at."""

from filter_training.more_collections import places
from filter_training.repositories import Files, Repository

AFNI = "tutorials/auto_image/**/*.*"
PREPARED = "tutorials/fatcat_prep/media/**/*.*"
MACAQUES = (
    "qc_02_orig_inp+mask.sag",
    "img_nmt2.0symss_charmL1.cor",
    "img_nmt1.3_brainmask.[as]*",
    "img_nmt1.3ss_d99atlas.axi",
    "img_nmt2.0symss_sarmL1.[as]*",
)
SURFACES = ("both_smoothwm", "collayer.000[14]", "colop.0002", "surfview.000[08]", "surfview.001[13]")
NOTES = "notes/**/*.*"
CARDS = "images/*.*"
FIGURES = "episodes/fig/**/*.*"
PNG_FIGURES = "episodes/fig/**/*.png"
ABOUT_BIDS = "CC BY 4.0 (lesson)"


def _grid(
    place: int, corner: tuple[float, float], size: tuple[float, float], rows: int, columns: int
) -> tuple[Files, ...]:
    """The panels of a scintigram's sheet: `rows` by `columns` of one size and step from a corner, each a picture of its own."""
    left, top = corner
    width, height = size
    return tuple(
        Files(
            CARDS,
            "nuclear",
            "PET",
            places=(place,),
            within=(left + width * column, top + height * row, left + width * (column + 1), top + height * (row + 1)),
        )
        for row in range(rows)
        for column in range(columns)
    )


def _fused(place: int, corners: tuple[tuple[float, float, float, float], ...]) -> tuple[Files, ...]:
    return tuple(Files(CARDS, "petct", "COMBINED", places=(place,), within=corner) for corner in corners)


MOSAICS_AND_TRACERS = (
    Repository(
        "afni/afni_doc",
        "afnidoc",
        "no licence file",
        (
            Files(AFNI, "mri", "MRI", 1, places("0 2 4 7-10 12 16 17 20-25 32 36 43 50 59-62 64 68")),
            Files(
                PREPARED,
                "mri",
                "MRI",
                1,
                places("0 2 12 19 21 39 49 51 56 67 71 83 102 131 132 136 144 146"),
            ),
            Files("tutorials/refacer/**/*.*", "mri", "MRI", 1, places("3 4")),
            Files("tutorials/rois_corr_vis/**/*.*", "mri", "MRI", 1, places("1 6 15 21 31 33")),
            Files("tutorials/rois_corr_vis/**/*.*", "mri", "MRI", places=places("25 27 29")),
            Files("helper_tutorial_rst_scripts/**/*.*", "mri", "MRI", 1, (36,)),
            *(Files(f"nonhuman/**/{name}.png", "mri", "MRI", 1) for name in MACAQUES),
            Files("SUMA/media/QT_TractCont.00*.jpg", "mri", "MRI", places=(1, 5, 10)),
            *(Files(f"SUMA/media/{name}.jpg", "render3d") for name in SURFACES),
            Files("helper_tutorial_rst_scripts/**/*.*", "render3d", places=places("40 41 43")),
            Files(PREPARED, "screenshot", places=places("23 28 62 63 64 82")),
        ),
    ),
    Repository(
        "edickie/ciftify",
        "ciftify",
        "MIT",
        (
            Files(
                "docs/demo/qc_recon_all/*/*.png",
                "mri",
                "MRI",
                1,
                places("2 4 6 8 12 18 21 22 26 28 34 37 42 48 51 53 58 64 66 72"),
            ),
            Files("docs/demo/qc_recon_all/*/*.png", "render3d", compound=1, places=places("0 9 20 29 59")),
            Files("docs/demo/qc_fmri/*/*.png", "mri", "MRI", 1, places("4 8 12 17 22")),
            Files("docs/demo/qc_fmri/*/*.png", "render3d", compound=1, places=places("0 6 16")),
        ),
    ),
    Repository("CBICA/MRISnapshot", "snapshots", "MIT", series="snapshots"),
    # What the lessons show of other tools for checking is left out.
    Repository(
        "carpentries-incubator/SDC-BIDS-sMRI",
        "lessonsmri",
        ABOUT_BIDS,
        (
            Files(PNG_FIGURES, "mri", "MRI", places=places("4 12 13 36")),
            Files(PNG_FIGURES, "mri", "MRI", 1, places("17-20 27 28 30 34 35 37 39 41 43 44 46 55 56 69 70")),
            Files(PNG_FIGURES, "render3d", places=places("42 50 52 73")),
            Files(PNG_FIGURES, "chart", places=places("7 47 48 72 75")),
            Files(PNG_FIGURES, "screenshot", places=places("1 2 8 9 11")),
            Files(PNG_FIGURES, "diagram", places=places("3 23 25")),
        ),
    ),
    Repository(
        "carpentries-incubator/SDC-BIDS-fMRI",
        "lessonfmri",
        ABOUT_BIDS,
        (
            Files(PNG_FIGURES, "mri", "MRI", 1, places("1 5-7 10 12 20 24 26 28 30-32 37 39")),
            Files(PNG_FIGURES, "chart", places=places("17-19 41")),
            Files(PNG_FIGURES, "diagram", places=places("0 4 34")),
        ),
    ),
    Repository(
        "carpentries-incubator/SDC-BIDS-dMRI",
        "lessondmri",
        ABOUT_BIDS,
        (
            Files(FIGURES, "mri", "MRI", 1, places("6 14 30 35 37 39 40 42 45")),
            Files(FIGURES, "equation", places=places("5 15-17 27 38")),
        ),
    ),
    Repository(
        "FCP-INDI/fcp-indi.github.io",
        "cpacdocs",
        "no licence file",
        (
            Files("docs/_sources/_images/*.*", "mri", "MRI", 1, places("58 59 61 88 90 92 93 96 107 110")),
            Files("docs/_sources/_images/*.*", "mri", "MRI", places=(101,)),
            Files("docs/_sources/_images/*.*", "render3d", compound=1, places=(19,)),
            Files("docs/_sources/_images/*.*", "screenshot", places=places("0 9 20 34 45 56 82 94")),
            Files("docs/_sources/_images/*.*", "diagram", places=places("10 42 85 95")),
            Files("docs/_sources/_images/*.*", "text_table", places=places("2 28 32 77")),
        ),
    ),
    Repository(
        "khanlab/hippunfold",
        "hippunfold",
        "MIT",
        (
            Files("docs/**/*.*", "mri", "MRI", 1, places("0 3 11")),
            Files("docs/**/*.*", "mri", "MRI", places=places("4 5 6")),
            Files("docs/**/*.*", "render3d", places=places("1 2 12")),
        ),
    ),
    Repository(
        "MICA-MNI/micapipe",
        "micapipe",
        "GPL-3",
        (
            Files("docs/**/*.png", "mri", "MRI", 1, places("12 23")),
            Files("docs/**/*.png", "render3d", compound=1, places=places("35 39 43 45 49 52 54 56 60 64")),
            Files("docs/**/*.png", "chart", places=places("14 24 58 62 68")),
            Files("docs/**/*.png", "diagram", places=places("8 9 15 26 27")),
        ),
    ),
    Repository(
        "scilus/scilpy",
        "scilpy",
        "MIT",
        (
            Files("docs/**/b0_mean.png", "mri", "MRI", 1),
            Files("docs/**/fa.png", "mri", "MRI", 1),
            Files("docs/**/scil*.png", "mri", "MRI", 1, (1,)),
            Files("docs/**/tractogram_math*.png", "mri", "MRI", places=(0, 2)),
            Files("docs/**/scil*.png", "diagram", places=(0, 5, 6, 7)),
        ),
    ),
    # Cards with what a medical faculty asks of scintigrams; those that name a patient are cut.
    Repository(
        "ReljaDev3/scintigrami-kartice",
        "scintcards",
        "no licence file; pictures (c) their authors",
        (
            Files(CARDS, "nuclear", "PET", places=places("0 1 9 10")),
            Files(CARDS, "nuclear", "PET", 1, places("2-6 11 14-16 18 19 22 24 30 31")),
            Files(CARDS, "spect", "PET", 1, places("7 8 17")),
            Files(CARDS, "nuclear", "PET", -1, places("23 25-27 29")),
            Files(CARDS, "chart", places=(21,)),
            *_grid(2, (0.0, 0.0), (0.5, 1.0), 1, 2),
            *_grid(3, (0.0, 0.0), (0.5, 1.0), 1, 2),
            *_grid(11, (0.0, 0.0), (0.333, 0.333), 2, 3),
            *_grid(11, (0.0, 0.667), (0.333, 0.333), 1, 2),
            *_grid(16, (0.0, 0.0), (0.5, 0.43), 1, 2),
            *_grid(16, (0.0, 0.5), (0.5, 0.43), 1, 2),
            *_grid(23, (0.0, 0.0), (0.5, 1.0), 1, 2),
            *_grid(26, (0.0, 0.0), (0.5, 0.94), 1, 2),
            *_grid(27, (0.0, 0.0), (0.5, 0.92), 1, 2),
            *_grid(29, (0.0, 0.0), (0.46, 0.85), 1, 2),
            *_grid(31, (0.0, 0.1), (0.25, 0.4), 2, 4),
            *_fused(
                12,
                (
                    (0.07, 0.08, 0.47, 0.46),
                    (0.55, 0.08, 0.95, 0.46),
                    (0.05, 0.57, 0.47, 0.96),
                    (0.56, 0.57, 0.95, 0.96),
                ),
            ),
            *_fused(13, ((0.06, 0.58, 0.5, 0.94),)),
            Files(CARDS, "ct", "CT", places=(13,), within=(0.06, 0.08, 0.5, 0.46)),
            Files(CARDS, "pet", "PET", places=(13,), within=(0.58, 0.54, 0.95, 1.0)),
        ),
    ),
    # A student's notes: films of limbs next to drawn and photographed bones.
    Repository(
        "martbern/garden",
        "mednotes",
        "no licence of the pictures (MIT is the page template's)",
        (
            Files(
                NOTES,
                "xray_bone",
                "XRAY",
                places=places(
                    "31 41 52 62 65 86 119 163 193 198 241 249 283 289 302 363 365 373 378 386 403 405 417 442"
                )
                + places("446 480 513 581 596 607 627 635 639 652 676 684 692"),
            ),
            Files(NOTES, "xray_bone", "XRAY", 1, places("46 349 350 423 445 626")),
            Files(NOTES, "nuclear", "PET", places=places("100 422 658")),
            Files(NOTES, "mri", "MRI", places=(331,)),
            Files(
                NOTES,
                "diagram",
                places=places("13 44 61 70 91 113 179 205 228 253 256 314 322 395 432 434 440 499 528 582 611"),
            ),
            Files(NOTES, "render3d", places=(636,)),
            Files(NOTES, "clinical_photo", places=places("6 73 90 109 147 160 654")),
            Files(NOTES, "ecg", places=places("428 433 641")),
            Files(NOTES, "chart", places=places("34 311 332 485 577")),
            Files(NOTES, "text_table", places=places("208 212 246")),
        ),
    ),
    Repository(
        "Maastro-CDS-Imaging-Group/PET-CT-data-pipeline", "headneck", "no licence file (HECKTOR)", series="headneck"
    ),
    Repository(
        "joytywu/PET_CT",
        "mipturns",
        "no licence file",
        (
            Files("utils/MIP-PET/MIP/*.png", "pet", "PET", step=8),
            Files("utils/image-to-coco-json-converter/dataset/*/*.jpg", "natural", step=2),
            Files("utils/image-to-coco-json-converter/dataset/*_mask/*.png", "mask", step=2),
        ),
    ),
    Repository(
        "NiftyPET/NiftyPET",
        "niftypet",
        "Apache-2.0",
        (
            Files("docs/**/*.gif", "pet", "PET"),
            Files("docs/tutorials/images/*.png", "pet", "PET", places=(10,)),
            Files("docs/tutorials/images/*.png", "chart", places=places("0 1 5 6")),
            Files("docs/logos/*.*", "logo_banner", places=places("1 2 4")),
        ),
    ),
    Repository(
        "aramis-lab/clinica",
        "clinica",
        "MIT",
        (
            Files("docs/img/**/*.*", "mri", "MRI", places=(11,)),
            Files("docs/img/**/*.*", "mri", "MRI", 1, places("12-14")),
            Files("docs/img/**/*.*", "render3d", compound=1, places=(6, 9, 10)),
        ),
    ),
    # Coronary angiograms as a detector lays them out, boxes drawn.
    Repository(
        "harithikhwan050604-ai/Coronary-Angiogram-Frame-Interpretation",
        "stenosissheets",
        "no licence file",
        (
            Files("Training/*.jpg", "angio", "ANGIO", 1, places("2-7 12")),
            Files("Preprocessed Dataset (Example)/*.bmp", "angio", "ANGIO", places=(0, 1)),
            Files("Training/*.png", "chart", places=places("0 1 4 6")),
        ),
    ),
)
