"""Repositories for what is still answered worst: angiograms in motion, planar and cardiac scintigraphy, OCT, MR of knees and
breasts, CT of trunk and skull, renderings. Rules as in `collections`; all of it was looked at."""

from filter_training.more_collections import places
from filter_training.repositories import Files, Repository

DRAWN = "data/drive_images/*"

LATER = (
    Repository("HounaidaM/Coronary-Angiogram-Keyframes-Extraction", "coronarykeys", "no licence file", series="frames"),
    Repository(
        "ognjen217/GammaCameraSymmetry",
        "gammasymmetry",
        "no licence file",
        (
            Files(DRAWN, "pet", "PET", places=(0, 9)),
            Files(DRAWN, "us", "US", places=(1,)),
            Files(DRAWN, "mri", "MRI", places=(4, 5)),
            Files(DRAWN, "nuclear", "PET", 1, places=(7, 8)),
            Files(DRAWN, "nuclear", "PET", places=(11,)),
        ),
        series="hearts",
    ),
    Repository(
        "cyberquill/Bonescan-Enhancer",
        "bonescans",
        "no licence file",
        (Files("screenshots/*", "nuclear", "PET", -1, places=places("0 2-6")),),
    ),
    Repository("Keshav0781/OCT-Biomarker-Segmentation", "octmarkers", "MIT (pictures of two data sets)", series="oct"),
    Repository(
        "Ant-Smalls/MRNet_Assignment",
        "kneesample",
        "no licence file (MRNet: research only)",
        (Files("annotation_samples/*/*.png", "mri", "MRI", step=2),),
    ),
    Repository(
        "hoteamarian/breast-mri-unet-segmentation",
        "breastmr",
        "no licence file",
        (Files("results/**/*.png", "mri", "MRI", within=(0.03, 0.12, 0.47, 0.97)),),
    ),
    # Every slice lies on its side.
    Repository(
        "PransCh/Multi-Organ-Segmentation-of-Abdominal-CT-Scans-in-Tensorflow",
        "trunkct",
        "no licence file (BTCV)",
        (Files("Dataset/Prepared-data/3D-images/*.png", "ct", "CT", step=15, turns=3),),
    ),
    Repository(
        "LMech/Texture-Features-for-Medical-Images-Retrival",
        "lungwindow",
        "GPL-2",
        (Files("dataset/*/*.jpg", "ct", "CT", step=12),),
    ),
    Repository(
        "giuseppeegentile/FFT-Medical-Images",
        "skullct",
        "no licence file (Stanford volume data)",
        (Files("medical_images/stanford/*.jpg", "ct", "CT", places=places("3 6 9 12 18 24 27 30 36-96"), step=2),),
    ),
    Repository("neurolabusc/dcm_qa_ct", "tiltedct", "BSD-2-Clause", series="tilted"),
    Repository(
        "q349980363/AngiographicEnhancement",
        "endoscopes",
        "no licence file",
        (Files("*.*", "endoscopy_surgery", places=places("0-14")),),
    ),
    Repository(
        "pyvista/pyvista-docs-dev",
        "pyvistadocs",
        "MIT",
        (
            Files(
                "_images/*.png",
                "render3d",
                places=places("0 25 55 70 110 115 120 155 165 205 225 230 240 245 265 270 280 285 305 445 450 455 465")
                + places("470 475 500 520 530 535 540 545 555 580 585 610 630 635 640 650 655 685 690 700 705 750 755")
                + places("765 775 780 790 805 810 835 840 845 850 855 860 865 870 880 885 900 905 915 920 925"),
            ),
        ),
    ),
    Repository(
        "ranjithtkm445-blip/Fluorescence-Microscopy",
        "drugcells",
        "no licence file (BBBC021)",
        (Files("samples/*.png", "microscopy"),),
    ),
    Repository(
        "kevin-keraudren/cell-segmentation",
        "cellsheets",
        "no licence file",
        (Files("input_images/*/*.tif", "microscopy"),),
    ),
    Repository("FNNDSC/data", "wholebody", "MIT", series="wholebody"),
    Repository(
        "signal-and-image-processing-fs19/oct-image-srf-detection",
        "fluidoct",
        "no licence file",
        (
            Files("Train-Data/*/*.png", "oct", within=(0.09, 0.05, 0.96, 0.95)),
            Files("Test-Data/handout/*.png", "oct", step=4, within=(0.09, 0.05, 0.96, 0.95)),
        ),
    ),
    Repository(
        "hashirshoaeb/Retinal-Fluids-Segmentation-from-Optical-Coherence-Tomography-Images",
        "edemaoct",
        "no licence file (Duke University)",
        (Files("images/*.png", "oct", step=2),),
    ),
    Repository("webmasters777/BoneScanCEP", "bonescanribs", "no licence file (BS-80K)", series="ribs"),
)
