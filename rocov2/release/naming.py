"""Names of what is released: sample ids and image files, from article and figure alone. Pure.

`ROCOv2_PMC10009416_fig2` is figure `fig2` of PMC10009416, in whatever version and split. A name that had to be
altered to be safe ends in a hash of the original; a name that merely looks as if it did gets one too, so
that altered and plain names never meet.
"""

import hashlib
import re

from rocov2.errors import RocoError

PREFIX = "ROCOv2"

EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp", "gif": "gif", "tiff": "tif"}
"""File extension of each image format."""

_FIGURE_ID = re.compile(r"(PMC\d+)\.\d+/(.+)", re.DOTALL)
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_HASHED = re.compile(r"(?:.*-)?[0-9a-f]{10}", re.DOTALL)
_LONGEST = 64


def sample_id(figure_id: str) -> str:
    """ID of a figure in every release, safe as a file name: letters, digits, `_` and `-` only, at most 100 characters.

    Two figures of one article share an ID only when their own ids differ in nothing but case (and then the
    ID too differs in case), or by a collision of 40 bits of SHA-256. Raises RocoError for what is no figure_id.
    """
    match = _FIGURE_ID.fullmatch(figure_id)
    if match is None:
        raise RocoError(f"{figure_id!r} is not a figure_id", "it should read PMC<digits>.<version>/<figure>")
    pmcid, local = match.groups()
    name = _UNSAFE.sub("-", local)
    if name != local or len(name) > _LONGEST or _HASHED.fullmatch(name):
        digest = hashlib.sha256(local.encode()).hexdigest()[:10]
        name = "-".join(part for part in (name[:_LONGEST].strip("-"), digest) if part)
    return f"{PREFIX}_{pmcid}_{name}"


def image_file(split: str, sample: str, image_format: str) -> str:
    """Path of a sample's image inside the release, e.g. `train/ROCOv2_PMC10009416_fig2.jpg`.

    Raises RocoError for a format that no release holds.
    """
    if image_format not in EXTENSIONS:
        raise RocoError(f"{sample}: images of format {image_format!r} are not released", "drop it in an earlier stage")
    return f"{split}/{sample}.{EXTENSIONS[image_format]}"
