"""The words of the report for what the tables hold in codes: modalities, regions, stages, reasons."""

MODALITIES = {
    "CT": "Computed tomography",
    "MRI": "Magnetic resonance",
    "XRAY": "Plain X-ray",
    "US": "Ultrasound",
    "ANGIO": "Angiography",
    "PET": "PET, scintigraphy",
    "COMBINED": "Combined, e.g. PET/CT",
}

REGIONS = {
    "C0817096": "Chest",
    "C0037303": "Skull",
    "C0023216": "Lower extremity",
    "C0000726": "Abdomen",
    "C0030797": "Pelvis",
    "C1140618": "Upper extremity",
    "C0037949": "Spine",
    "C0006141": "Breast",
}
"""Body regions that the published set knows."""

DIRECTIONS = {
    "C1999039": "Anterior-posterior",
    "C1996865": "Postero-anterior",
    "C0205129": "Sagittal (lateral)",
    "C0205106": "Transverse (axial)",
}

STAGES = {
    "crawl": ("Articles", "open access, with a licence on the list, neither retracted nor scanned"),
    "extract": ("Figures", "every figure of their text, a row for each of its images"),
    "screen": ("Candidates", "figures whose words may be about radiology"),
    "fetch": ("Images", "downloaded and held to their digest"),
    "score": ("Scored", "seen by the image models"),
    "filter": ("Radiology", "single radiology images, one of each set of look-alikes"),
    "clean": ("Captioned", "with a clean caption in the right language"),
    "link": ("Mentions", "places in captions that name a concept"),
    "curate": ("Concepts", "concept assignments after curation"),
    "release": ("Released", "samples of this release"),
}
"""Stage -> what its rows are, and which they are."""

IMAGE_STAGES = ("extract", "screen", "fetch", "score", "filter", "clean", "release")
"""Stages whose rows are figures, so that their counts form one funnel."""

REASONS = {
    "awaits_curator": "Modality, region or view is not sure enough, or image and caption differ; the figure stays.",
    "bad_encoding": "The article's XML is not in the encoding it states.",
    "bad_key": "The article names a file outside of its own folder.",
    "compound": "More than one picture on the image, as its pixels show.",
    "compound_caption": "The caption describes several panels.",
    "drop_image": "A curator took the figure out, by a rule with a reason.",
    "duplicate": "The same image, byte for byte, is kept from another figure.",
    "fetch_failed": "The image could not be fetched; another run tries again.",
    "forbidden_doctype": "The XML brings definitions of its own that could expand without bound.",
    "graphical_abstract": "The figure is a graphical abstract.",
    "key_mismatch": "The article's record is about another article.",
    "language": "The caption is in a language that was not asked for.",
    "licence": "The licence is not on the list of this preset, or its two sources disagree.",
    "missing": "The source names an object that it does not have.",
    "near_duplicate": "A look-alike is kept from another figure.",
    "no_body": "The article has neither a body nor a figure.",
    "no_caption": "The figure has no caption.",
    "no_graphic": "The figure holds something other than an image.",
    "no_xml": "The article has no full text in XML.",
    "not_an_image": "The file is no image.",
    "not_open_access": "The article may be mined, but is not open access.",
    "not_radiology": "The image does not look like radiology.",
    "not_radiology_words": "Nothing in the caption's words suggests radiology, so the image was not fetched.",
    "not_xml": "The article's XML cannot be read.",
    "notice": "A correction, retraction or other notice, not an article.",
    "ocr": "Only scanned text.",
    "overridden": "A curator's rule changed the concepts; the image stays.",
    "override_reopened": "A curator's rule was made for another caption and waits for review; the image stays.",
    "own_rights": "The figure carries rights of its own, which the article's licence does not cover.",
    "quarantine": "The bytes do not match the digest that was promised.",
    "rare_concept": "The concept stands on too few images; the images stay.",
    "retracted": "The article has been retracted.",
    "same_id": "The sample's ID would be that of another sample.",
    "split_conflict": "Its article shares look-alikes with one of another split, so that it would leak.",
    "too_long": "Far longer than wide, or wider than long.",
    "too_short": "The caption is too short to say anything.",
    "too_small": "Too few pixels.",
    "truncated_image": "The image file ends early.",
    "unresolved_graphic": "No file of the article matches the image that the figure names.",
}
"""Reason of a drop -> one sentence; a reason that is not here speaks for itself."""


def modality_name(code: str) -> str:
    """Name of a modality code; the code itself where it is unknown."""
    return MODALITIES.get(code, code or "unknown")


def stage_name(stage: str) -> str:
    """What the rows of a stage are called."""
    return STAGES.get(stage, (stage, ""))[0]
