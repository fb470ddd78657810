"""Take training pictures for thin classes from clones of public repositories: images and a manifest of them.

    python scripts/gather_filter_images.py CLONES OUT

CLONES holds one folder a repository, named owner+name (see filter_training/collections.py and what it imports for
the list, the licences and what is taken); those that are missing are named and left out. OUT gets JPEG files and manifest.csv, as
train_filters.py takes them; slices in DICOM need pydicom. The pictures keep their owners' terms: use them, do not pass them on.
"""

import argparse
import csv
import sys
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from filter_training.collections import REPOSITORIES, pictures_of
from filter_training.repositories import Repository, Taken

HEADER = [
    "path",
    "class",
    "modality",
    "is_radiology",
    "is_compound",
    "source",
    "license",
    "group",
    "width",
    "height",
    "note",
]
LONG_SIDE_PX = 512


def main() -> None:
    """Write the pictures and their manifest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clones", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    rows = []
    for repository in REPOSITORIES:
        clone = options.clones / repository.name.replace("/", "+")
        if not clone.is_dir():
            print(f"{repository.name}: no clone in {options.clones}, left out", file=sys.stderr)
            continue
        rng = np.random.default_rng(list(repository.source.encode()))
        for place, taken in enumerate(pictures_of(repository, clone, rng)):
            rows.append(saved(options.out, repository, place, taken))
        print(f"{repository.source}: {sum(row['source'] == repository.source for row in rows)} pictures", flush=True)
    with (options.out / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def saved(out: Path, repository: Repository, place: int, taken: Taken) -> dict[str, str]:
    """Write one picture as JPEG and return its manifest row."""
    image = taken.image
    image.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX))
    path = out / repository.source / f"{place:04d}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, "JPEG", quality=88)
    values = (
        *(path.relative_to(out).as_posix(), taken.label, taken.modality, taken.radiology, taken.compound),
        *(repository.source, repository.license, taken.group, image.width, image.height),
        f"origin {repository.name}:{taken.group}",
    )
    return dict(zip(HEADER, map(str, values), strict=True))


if __name__ == "__main__":
    main()
