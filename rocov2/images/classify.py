"""Decoded pictures -> compound, radiology, modality and X-ray region scores, panel letters and boxes, a hash.

The models are three frozen backbones (int8) and small heads, run by onnxruntime on one thread, one picture at
a time: a score depends on the picture alone, never on its batch. Nothing here applies a threshold of use;
scores are rounded to four decimals.
"""

import hashlib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from rocov2.errors import ConfigError
from rocov2.images.decode import Picture
from rocov2.images.layout import (
    MIDDLE_SIDE_PX,
    WIDE_SIDE_PX,
    content_fractions,
    cut_out,
    largest_boxes,
    panel_boxes,
    seam_profiles,
    square_of,
)
from rocov2.images.letters import read_letters
from rocov2.images.prints import fingerprint

MODALITIES = ("CT", "MRI", "XRAY", "US", "ANGIO", "PET", "COMBINED")
REGIONS = ("CHEST", "CRANIUM", "SPINE", "PELVIS", "UPPER", "LOWER", "BREAST", "OTHER")
MAPS = ("low", "mid", "deep")
BOXES_FROM_SCORE = 0.3
PANELS = 4  # how many panels of a figure are looked at by themselves, the largest
DOUBT = 4.0  # log-odds of radiology within which they are
DIGITS = 4
CAPTION_WEIGHT = 0.5
CAPTION_LOGIT_CAP = 4.0
CUE_FLOOR = 0.01
LETTER_RUNS = 2
"""Kinds of runs of panel letters that count by a weight of their own: two letters, and three or more."""


@dataclass(frozen=True)
class Models:
    """Open sessions and the calibration of their answers; one for each worker."""

    backbone: Any
    wide: Any
    middle: Any
    kind: Any
    compound: Any
    seams: Any
    region: Any
    letters: Any
    calibration: Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class ImageScores:
    """What the pixels say. `modality_scores` follows MODALITIES, sums to 1 and takes radiology for granted.

    `panel_boxes` holds x0 y0 x1 y1 of each panel as fractions of width and height, in reading order: one
    box, the picture without its margins, unless the compound score is 0.3 or more. `region_scores` follows REGIONS,
    sums to 1 and takes an X-ray for granted. `panel_letters` are those read in the picture, `ABC` say, or empty.
    """

    compound_score: float
    panel_boxes: tuple[float, ...]
    radiology_score: float
    modality_scores: tuple[float, ...]
    phash: str
    region_scores: tuple[float, ...] = ()
    panel_letters: str = ""


def load_models(folder: Path) -> Models:
    """Open the weights that `folder`/models.toml names, after checking their SHA-256.

    Loading takes about 0.1 s: keep the result for the life of a worker. Raises ConfigError for a missing
    file, a wrong digest or settings that cannot be read.
    """
    path = folder / "models.toml"
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
        names = ("backbone", "wide", "middle", "kind", "compound", "seams", "region", "letters")
        sessions = {name: _session(folder, settings[name]) for name in names}
        calibration = {name: tuple(map(float, values)) for name, values in settings["calibration"].items()}
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        advice = "restore data/models from the repository, or run scripts/train_filters.py"
        raise ConfigError(f"the image models in {folder} cannot be read: {error!r}", advice) from error
    return Models(**sessions, calibration=calibration)


def _session(folder: Path, entry: Mapping[str, str]) -> Any:
    body = (folder / entry["file"]).read_bytes()
    if hashlib.sha256(body).hexdigest() != entry["sha256"]:
        raise ValueError(f"{entry['file']} is not the file that models.toml names")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(body, options, providers=["CPUExecutionProvider"])


def score_images(models: Models, images: Sequence[Picture]) -> list[ImageScores]:
    """Scores of each picture, in order; equal pictures have equal scores whatever else is in the list."""
    return [_score(models, image) for image in images]


def _score(models: Models, image: Picture) -> ImageScores:
    square = square_of(image.rgb)
    maps = _maps(models.backbone, square)
    both = maps | _maps(models.wide, square_of(image.rgb, WIDE_SIDE_PX), "wide_")
    region = models.region.run(["region"], both)[0]
    kind = _kind(models, image.rgb, both)
    letters = read_letters(models.letters, image.rgb).letters
    compound_score = _compound_score(models, compound_logit(models, square, maps), letters)
    boxes = boxes_of(models, image.rgb, compound_score)
    if len(boxes) > 4 and in_doubt(float(kind[0]), models.calibration["radiology"]):
        kind = with_panels(kind, [_kind_of(models, cut_out(image.rgb, box)) for box in largest_boxes(boxes, PANELS)])
    content = content_fractions(image.rgb)
    return ImageScores(
        compound_score=compound_score,
        panel_boxes=boxes or tuple(round(value, DIGITS) for value in content),
        radiology_score=_calibrated(models, "radiology", float(kind[0])),
        modality_scores=_shares(kind[1:].astype(np.float64) * models.calibration["modality"][0]),
        phash=fingerprint(image.rgb, content),
        region_scores=_shares(region[0].astype(np.float64) * models.calibration["region"][0]),
        panel_letters=letters,
    )


def compound_logit(models: Models, square: NDArray[np.uint8], maps: Mapping[str, Any]) -> float:
    """What the compound head answers; `maps` are what the first backbone makes of `square`, a picture as it sees it."""
    return float(models.compound.run(["compound"], {**maps, "profiles": seam_profiles(square)[None]})[0][0])


def boxes_of(models: Models, rgb: NDArray[np.uint8], compound_score: float) -> tuple[float, ...]:
    """Boxes of the panels of a picture, as `panel_boxes` finds them; none where the compound score is under 0.3."""
    if compound_score < BOXES_FROM_SCORE:
        return ()
    return panel_boxes(rgb, lambda region: _seams(models, region))


def _kind_of(models: Models, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    both = _maps(models.backbone, square_of(rgb)) | _maps(models.wide, square_of(rgb, WIDE_SIDE_PX), "wide_")
    return _kind(models, rgb, both)


def _kind(models: Models, rgb: NDArray[np.uint8], both: dict[str, Any]) -> NDArray[np.float32]:
    """Logits of radiology and of each modality; `both` is what the first two backbones make of the picture."""
    seen = both | _maps(models.middle, square_of(rgb, MIDDLE_SIDE_PX), "middle_")
    return np.asarray(models.kind.run(["kind"], seen)[0][0], dtype=np.float32)


def in_doubt(logit: float, calibration: Sequence[float]) -> bool:
    """Whether the radiology of a whole figure is open enough to look at its panels, which takes a look each."""
    return abs(calibration[0] * logit + calibration[1]) < DOUBT


def with_panels(whole: NDArray[np.float32], panels: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Logits of a figure that was also looked at panel by panel: the mean of its own and of its panels' mean."""
    found: NDArray[np.float32] = (whole + np.mean(panels, axis=0, dtype=np.float32)) / 2
    return found


def _maps(backbone: Any, square: NDArray[np.uint8], prefix: str = "") -> dict[str, Any]:
    """What a backbone makes of a square picture, by the names that the heads know it by."""
    found = backbone.run(list(MAPS), {"pixels": square[None]})
    return {prefix + name: values for name, values in zip(MAPS, found, strict=True)}


def _seams(models: Models, region: NDArray[np.uint8]) -> NDArray[np.float32]:
    logits = models.seams.run(["seams"], {"profiles": seam_profiles(square_of(region))[None]})[0]
    return np.asarray(logits[0], dtype=np.float32)


def _calibrated(models: Models, name: str, logit: float) -> float:
    slope, offset = models.calibration[name]
    return round(_sigmoid(slope * logit + offset), DIGITS)


def _compound_score(models: Models, logit: float, letters: str) -> float:
    """What the head says of the pixels, and the panel letters read: each run adds its weight to the log-odds."""
    slope, offset = models.calibration["compound"]
    weights = (0.0, *models.calibration["letters"])
    return round(_sigmoid(slope * logit + offset + weights[letter_run(letters)]), DIGITS)


def letter_run(letters: str) -> int:
    """Which weight letters count by: 1 for two of them, 2 for more, 0 for none."""
    return min(max(len(letters) - 1, 0), LETTER_RUNS)


def _sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))


def _logit(score: float) -> float:
    kept = max(1e-6, min(1.0 - 1e-6, score))
    return math.log(kept / (1.0 - kept))


def _shares(logits: NDArray[np.float64]) -> tuple[float, ...]:
    powers = np.exp(logits - logits.max())
    return tuple(round(float(value), DIGITS) for value in powers / powers.sum())


def fuse(
    scores: ImageScores, caption_radiology_score: float | None, cues: Mapping[str, float] | None
) -> tuple[float, tuple[float, ...]]:
    """Radiology score and modality scores (in the order of MODALITIES) from image and caption together.

    The image's log-odds take half of the caption's, which are cut at 4 so that no caption overrules clear
    pixels. `cues` gives the caption's probability of each modality it names; none or empty leaves the
    image's answer. The image's modality scores are multiplied by cue + 0.01 and scaled to sum to 1: of the
    values tried it gave captioned pictures of a source not trained on the best likelihood (data/models/README.md).
    The weight of the caption's radiology score is set by hand: no captions of other pictures were at hand to fit it.
    """
    radiology = scores.radiology_score
    if caption_radiology_score is not None:
        shift = max(-CAPTION_LOGIT_CAP, min(CAPTION_LOGIT_CAP, _logit(caption_radiology_score)))
        radiology = round(_sigmoid(_logit(radiology) + CAPTION_WEIGHT * shift), DIGITS)
    if not cues or not any(cues.get(name, 0.0) > 0.0 for name in MODALITIES):
        return radiology, scores.modality_scores
    products = [
        (own + 1e-4) * (cues.get(name, 0.0) + CUE_FLOOR)
        for name, own in zip(MODALITIES, scores.modality_scores, strict=True)
    ]
    return radiology, tuple(round(product / sum(products), DIGITS) for product in products)
