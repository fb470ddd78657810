"""A caption in; the imaging modality, X-ray body region and X-ray view that its words name out.

Rules with word boundaries, kept as tables of (value, strength, pattern) in `cues`. A strong cue names the
examination ("CT", "radiograph", "T2-weighted"), a weak one only fits it ("hypodense", "ground-glass").
Codes are the manual concepts of the published ROCOv2 set (doi 10.1038/s41597-024-03496-6).
"""

import re

from rocov2.captions import screen
from rocov2.captions.cues import COMBINED_CUES, MASKED, MODALITY_CUES, REGION_CUES, VIEW_CUES, Cue

MODALITIES = ("CT", "MRI", "XRAY", "US", "ANGIO", "PET", "COMBINED")

REGION_NAMES = {
    "C0817096": "Chest",
    "C0037303": "Bone structure of cranium",
    "C0023216": "Lower Extremity",
    "C0000726": "Abdomen",
    "C0030797": "Pelvis",
    "C1140618": "Upper Extremity",
    "C0037949": "Vertebral column",
    "C0006141": "Breast",
}

VIEW_NAMES = {
    "C1999039": "Anterior-Posterior",
    "C1996865": "Postero-Anterior",
    "C0205129": "Sagittal",
    "C0205106": "Transverse",
}

LATER = 0.45  # what a modality is worth when another one was named before it
FUSED_MINIMUM = 0.05


def modality_cues(text: str) -> dict[str, float]:
    """Return the share of the evidence for each modality that the caption's words name; they sum to 1.

    A key is one of `MODALITIES`. Empty when nothing is said. The modality that is named first counts
    most, as captions open with what the image is and go on to what it was compared with.
    """
    blanked = _blank(MASKED, text)
    found, blanked = _take_combined(blanked)
    for cue in MODALITY_CUES:
        match = cue.pattern.search(blanked)
        if match:
            found.append((match.start(), cue.value, cue.strength))
    best: dict[str, float] = {}
    named_before: set[str] = set()
    for _, value, strength in sorted(found, key=lambda item: (item[0], -item[2], item[1])):
        if value == "PET" and "COMBINED" in named_before:
            continue  # the tracer of a fused examination: "PET/CT with FDG uptake"
        worth = strength * (LATER if named_before - {value} else 1.0)
        best[value] = max(best.get(value, 0.0), worth)
        if strength >= 0.8:
            named_before.add(value)
    total = sum(best.values())
    return {name: round(best[name] / total, 4) for name in MODALITIES if best.get(name, 0.0) >= FUSED_MINIMUM}


def caption_radiology_score(model: screen.ScreenModel, text: str) -> float:
    """Return the probability, 0 to 1, that the caption of a single image describes a radiology image.

    The screen's model with a calibration of its own, against captions of other clinical images.
    """
    return screen.caption_probability(model, text)


def body_region(text: str) -> tuple[str, str, float] | None:
    """Return (CUI, name, confidence) of the body region that an X-ray's caption names, or None.

    Only meaningful when the image is an X-ray; the eight regions are the published ones.
    """
    best = _strongest(REGION_CUES, text)
    return None if best is None else (best[0], REGION_NAMES[best[0]], best[1])


def named_regions(text: str) -> frozenset[str]:
    """Return the CUIs of all body regions that a caption names, surely or not."""
    return frozenset(cue.value for cue in REGION_CUES if cue.pattern.search(text))


def view(text: str) -> tuple[str, str, float] | None:
    """Return (CUI, name, confidence) of the X-ray view that the caption names, or None.

    A lateral view is the published "Sagittal", an axial one "Transverse".
    """
    best = _strongest(VIEW_CUES, text)
    return None if best is None else (best[0], VIEW_NAMES[best[0]], best[1])


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """Overwrite what only looks like a cue, keeping the positions of the rest."""
    return pattern.sub(lambda match: " " * len(match.group()), text)


def _take_combined(text: str) -> tuple[list[tuple[int, str, float]], str]:
    """Find fused examinations first, so that PET/CT is neither PET nor CT."""
    found = []
    for cue in COMBINED_CUES:
        match = cue.pattern.search(text)
        if match:
            found.append((match.start(), cue.value, cue.strength))
            text = _blank(cue.pattern, text)
    return found, text


def _strongest(cues: tuple[Cue, ...], text: str) -> tuple[str, float] | None:
    """Choose the strongest cue; among equals the one that stands first in the text."""
    found = []
    for cue in cues:
        match = cue.pattern.search(text)
        if match:
            found.append((-cue.strength, match.start(), cue.value))
    if not found:
        return None
    strength, _, value = min(found)
    return value, -strength
