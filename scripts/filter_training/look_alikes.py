"""Repositories for what is not radiology and few sources show, or looks like it: histology, electron micrographs, sliced organs,
electrocardiograms, fundi, infrared and grey photographs. Rules as in `collections`; all of it was looked at."""

from filter_training.more_collections import places
from filter_training.repositories import Files, Repository

ATLAS = "Media/images/*.*"
ATTACHED = "attachments/*.*"

LOOK_ALIKES = (
    # Histology, electron micrographs and sliced organs, which few other sources show.
    Repository(
        "bjamturley/MedSchoolAtlas",
        "medatlas",
        "no licence file; pictures (c) their authors",
        (
            Files(ATLAS, "us", "US", places=places("244-250")),
            Files(ATLAS, "microscopy", places=places("21 22 24-26 28-30 32 33 35 89 91 93 170 173")),
            Files(
                ATLAS,
                "microscopy_histology",
                places=places(
                    "61 78 80 165 167 169 177 199 201 203 204 207 209 211-213 217 220 223-226 273 275 279 285 287 288"
                ),
            ),
            Files(ATLAS, "clinical_photo", places=places("205 206 208 214-216 218 219 221 271 276 295 296 313 327")),
        ),
    ),
    Repository(
        "princedubbo/image-fusion-toolkit",
        "infrared",
        "no licence file",
        (
            Files("**/source_images/visible-infrared/*.tif", "natural"),
            Files("**/source_images/multifocus/*.tif", "natural", step=2),
        ),
    ),
    # A doctor's notes: of electrocardiograms and fundi there was one source each.
    Repository(
        "abhinav4848/Obsidian-Medicine",
        "gpnotes",
        "no licence file; pictures (c) their authors",
        (
            Files(ATTACHED, "ecg", places=places("3 5 6 25 35 37 39 86")),
            Files(ATTACHED, "fundus", places=places("20 26-28 57 65 82")),
            Files(ATTACHED, "chart", places=places("15 21 72 78 90")),
            Files(ATTACHED, "microscopy", places=places("14 16 34 64 103 104")),
            Files(ATTACHED, "clinical_photo", places=places("7 8 42 48 49 52 54 58")),
        ),
    ),
    # Worms, beetle embryos and wings in fluorescence, faint and restored, in grey, in colours and dark on white.
    Repository(
        "CSBDeep/CSBDeep_website",
        "csbdeep",
        "no licence file (CSBDeep: BSD-3-Clause)",
        (
            Files("docs/img/overlay_figures/**/*.png", "microscopy"),
            *(Files(f"docs/img/unused/header{number}.png", "microscopy") for number in ("", "2", "3", "4")),
        ),
    ),
    Repository(
        "stardist/stardist",
        "stardist",
        "BSD-3-Clause",
        (
            Files("images/example_steps.png", "microscopy", compound=1),
            Files("images/stardist_overview*.png", "microscopy", compound=1),
            Files("images/stardist_multiclass.png", "microscopy", compound=1),
            Files("images/pretrained_example.png", "nonrad_mixed", compound=1),
            Files("images/overview_[23]d.png", "diagram", compound=1),
            *(Files(f"images/{name}.png", "screenshot") for name in ("imagej_rois", "labkit_2d_labkit", "qupath")),
        ),
    ),
)
