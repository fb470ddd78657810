"""Figures of the published ROCOv2, to compare a release with.

Rückert et al., ROCOv2: Radiology Objects in COntext Version 2, Scientific Data 11:688 (2024),
doi 10.1038/s41597-024-03496-6; files: Zenodo 10.5281/zenodo.10821435. Counts are those of the distributed CSV files.
"""

SOURCE = "Rückert et al., ROCOv2, Scientific Data 11:688 (2024)"
SOURCE_URL = "https://doi.org/10.1038/s41597-024-03496-6"

IMAGES = {"train": 59_958, "valid": 9_904, "test": 9_927}
UNIQUE_CUIS = {"train": 1_947, "valid": 1_759, "test": 1_750, "all": 1_947}
ASSIGNMENTS = {"train": 200_734, "valid": 33_509, "test": 33_874, "all": 268_117}
MEAN_CUIS = 3.360
WITHOUT_AUTOMATIC = 14_763
VALID_WORDS = {"mean": 21.9, "median": 17, "longest": 633}
"""Words of a caption of the valid split; train was not counted."""

MODALITIES = {
    "CT": 27_747,
    "XRAY": 21_997,
    "MRI": 12_657,
    "US": 11_429,
    "ANGIO": 4_799,
    "COMBINED": 728,
    "PET": 432,
}
REGIONS = {
    "C0817096": 7_388,
    "C0037303": 3_973,
    "C0023216": 3_167,
    "C0000726": 2_301,
    "C0030797": 1_573,
    "C1140618": 1_478,
    "C0037949": 1_363,
    "C0006141": 102,
}
"""X-ray images of each body region."""
DIRECTIONS = {"C1999039": 9_605, "C1996865": 4_303, "C0205129": 2_425, "C0205106": 51}
"""X-ray images of each direction."""
CONCEPTS = {
    "C0444611": 1_779,
    "C0027651": 1_705,
    "C0205207": 1_469,
    "C0018787": 1_288,
    "C0023884": 1_244,
    "C0012359": 1_084,
    "C0006104": 1_058,
    "C0032227": 1_049,
    "C0028259": 1_032,
    "C0225317": 990,
    "C0034052": 981,
    "C0006663": 926,
    "C0003483": 924,
    "C0013604": 891,
}
"""The most frequent automatic concepts."""
CONCEPT_NAMES = {
    "C0444611": "Fluid behavior",
    "C0027651": "Neoplasms",
    "C0205207": "Cystic",
    "C0018787": "Heart",
    "C0023884": "Liver",
    "C0012359": "Pathological dilatation",
    "C0006104": "Brain",
    "C0032227": "Pleural effusion",
    "C0028259": "Nodule",
    "C0225317": "Soft tissue",
    "C0034052": "Pulmonary artery",
    "C0006663": "Calcinosis",
    "C0003483": "Aorta",
    "C0013604": "Edema",
}

REMOVED = (
    ("not a single image (compound filter)", 15_315_657),
    ("not radiology", 64_831),
    ("licence", 10_392),
    ("duplicates", 2_056),
    ("captions", 1_528),
)
"""Images that each published step removed."""
