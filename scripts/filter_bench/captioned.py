"""Captions of pictures that were answered -> modality by the image alone, by the words alone and by both."""

import csv
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rocov2.captions.modality import modality_cues
from rocov2.images.classify import MODALITIES, ImageScores, fuse

Line = tuple[str, str, str, str]
ORIGIN = re.compile(r"([^/]+)\.\w+$")


def captioned_lines(rows: dict[str, np.ndarray], captions: Path, manifest: Path) -> Iterator[Line]:
    """Shares that are right, over pictures with a modality whose caption names one.

    `captions` is a CSV with image (the name of the picture's origin file, without its ending) and caption.
    """
    words = captions_by_path(captions, manifest)
    right: dict[str, list[bool]] = {"image alone": [], "words alone": [], "both": []}
    for place in np.flatnonzero(rows["modality"] >= 0):
        path = "/".join(Path(str(rows["path"][place])).parts[-2:])
        cues = modality_cues(words.get(path, ""))
        if not cues:
            continue
        shares = tuple(float(share) for share in rows["modality_scores"][place])
        seen = ImageScores(0.0, (), float(rows["radiology_score"][place]), shares, "")
        told = tuple(cues.get(name, 0.0) for name in MODALITIES)
        for name, answer in (("image alone", shares), ("words alone", told), ("both", fuse(seen, None, cues)[1])):
            right[name].append(int(np.argmax(answer)) == rows["modality"][place])
    for name, hits in right.items():
        yield "modality", f"captioned pictures, {name}", "", f"{np.mean(hits):.3f}, n {len(hits)}"


def captions_by_path(captions: Path, manifest: Path) -> dict[str, str]:
    """Path in the manifest -> caption, by the name of the file that its note says it came from."""
    with captions.open(encoding="utf-8", newline="") as lines:
        texts = {record["image"]: record["caption"] for record in csv.DictReader(lines)}
    with gzip.open(manifest, "rt", encoding="utf-8", newline="") as lines:
        origins = {record["path"]: ORIGIN.search(record["note"]) for record in csv.DictReader(lines)}
    return {path: texts[name[1]] for path, name in origins.items() if name and name[1] in texts}
