"""What caption and image say of an X-ray's body region, as `curate` and `queue` read it: a published one or none."""

from rocov2.captions.modality import REGION_NAMES, body_region, named_regions

# the model's names for the published regions; it has no abdomen, of which too few pictures were at hand to learn it
IMAGE_REGIONS = {
    "CHEST": "C0817096",
    "CRANIUM": "C0037303",
    "SPINE": "C0037949",
    "PELVIS": "C0030797",
    "UPPER": "C1140618",
    "LOWER": "C0023216",
    "BREAST": "C0006141",
}
Region = tuple[str, str, float]


def seen_region(modality: str, region: str, score: float, least: float) -> Region | None:
    """Return (CUI, name, score) of the region that an X-ray's pixels show; None below `least` or for no X-ray."""
    cui = IMAGE_REGIONS.get(region)
    if modality != "XRAY" or cui is None or score < least:
        return None
    return cui, REGION_NAMES[cui], score


def fused_region(caption: str, seen: Region | None) -> Region | None:
    """Return the caption's region, and the image's where the caption names none."""
    return body_region(caption) or seen


def doubted_region(caption: str, seen: Region | None) -> Region | None:
    """Return the image's region where the caption names others and not this one: a question for a curator."""
    named = named_regions(caption)
    return seen if seen and named and seen[0] not in named else None
