"""Repositories for OCT of retinas, planar scintigraphy and ultrasound of muscle, which few sources show. Rules as in `collections`; all
of it was looked at. Most OCT is of two large public data sets that many repositories sample: those are one family (see `manifest`)."""

from filter_training.more_collections import places
from filter_training.repositories import Files, Repository

CLINIC = "images/services/Original/Gammagrama_{}_img.jpg"


def _frames(name: str, left: float, top: float, across: float, down: float) -> tuple[Files, ...]:
    """Eight square frames of a sheet, three a row; the first starts at `left` and `top`, the next at `across` and `down` from it."""
    corners = [(left + across * (n % 3), top + down * (n // 3)) for n in range(8)]
    return tuple(
        Files(CLINIC.format(name), "nuclear", "PET", within=(x + 0.008, y, x + 0.26, y + 0.186)) for x, y in corners
    )


EYES_AND_TRACERS = (
    Repository("Liamours/bs80k-bone_region-bounding_box", "bonesheets", "no licence file (BS-80K)", series="sheets"),
    Repository(
        "estrada59/mednuc_webpage_php",
        "gammaclinic",
        "no licence file",
        (
            Files(CLINIC.format("Oseo"), "nuclear", "PET", within=(0.142, 0.083, 0.489, 0.893)),
            Files(CLINIC.format("Oseo"), "nuclear", "PET", within=(0.497, 0.083, 0.849, 0.893)),
            Files(CLINIC.format("Tiroideo"), "nuclear", "PET", within=(0.046, 0.121, 0.975, 0.781)),
            *_frames("Renal", 0.048, 0.152, 0.307, 0.2175),
            *_frames("Hepatoesplenico", 0.054, 0.154, 0.309, 0.22),
        ),
    ),
    Repository(
        "akulistus/oct-segmentation-model",
        "octlesions",
        "no licence file (data set of Kermany et al.: CC BY 4.0)",
        (Files("annotation/YOLO-style-annotations-raw/train/images/*.jpg", "oct", step=3),),
    ),
    Repository(
        "Parvthy24/MACULAR-EDEMA-DETECTION",
        "octtinted",
        "no licence file (data set of Kermany et al.: CC BY 4.0)",
        (Files("Dataset/*.jpg", "oct"),),
    ),
    Repository(
        "suhailnajeeb/retinal-oct-classify",
        "octsamples",
        "MIT (data set of Kermany et al.: CC BY 4.0)",
        (Files("*.jpeg", "oct"),),
    ),
    Repository(
        "krzyk87/OCTDL",
        "octexamples",
        "Apache-2.0",
        (Files("paper_docs/examples/**/*.jp*g", "oct"),),
    ),
    Repository(
        "ashkan-abbasi66/OCT-denoising-package",
        "octnoise",
        "no licence file (Duke University)",
        (Files("Datasets/dt1_Bioptigen_SDOCT/*/*.tif", "oct", step=5),),
    ),
    Repository(
        "justinengelmann/Choroidalyzer", "octchoroids", "no licence file", (Files("example_data/*.png", "oct"),)
    ),
    # Screenshots of a viewer, in which slices are square or wide; two are slices alone.
    Repository(
        "Subhajit135/Choroidal-Thickness-From-OCT-images",
        "octviewer",
        "no licence file",
        (
            Files("data/*.png", "oct", places=places("0-20 22 26 34-38"), within=(0.3, 0.05, 0.84, 0.92)),
            Files("data/*.png", "oct", places=places("21 24-25 27-33"), within=(0.17, 0.31, 0.98, 0.71)),
            Files("data/*.png", "oct", places=places("23 39")),
        ),
    ),
    Repository(
        "forihuelaespina/OCT-Tools",
        "octant",
        "GPL-3",
        (Files("sampleImages/*.*", "oct", places=(0, 2, 3, 5, 6, 7)),),
    ),
    # Layered as retinas are: without these, OCT takes ultrasound of muscle along.
    Repository("njcronin/DL_Track", "fascicles", "Apache-2.0", (Files("apo_images/*.tif", "us", "US", step=10),)),
)
