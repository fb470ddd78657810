"""Print one table about the image filters: accuracy on sources not trained on, look-alikes, speed, and what was asked.

    python scripts/bench_filters.py ANSWERS [--models data/models] [--sheet errors.png] [--volume FILE...]
        [--captions FILE MANIFEST] [--regions ANSWERS] [--letters READ] [--corpus N] [--only PART]... [--folder IMAGES]

ANSWERS is the `cross_validated.npz` that train_filters.py leaves in its scratch folder: for every training picture the
answer of heads that never saw its source, calibrated on the answers of the other folds. Nothing else about accuracy is
reported, so training sources cannot flatter; what a run of train_filters.py did not train has no lines. Parts: accuracy,
letters, look-alikes, speed, million, sheet; with --regions, the `region_answers.npz` beside it, also regions;
with --letters, the `letters_read.npz` of train_letters.py, how letters are read and what they add to compound. The sheet shows pictures that may not be passed on: look at it, write down what it
teaches, and do not commit it. The parts look-alikes and million ask no heads: with --folder, ANSWERS may be the
manifest of the pictures in it. Look-alikes are reported on every other picture; those between were looked at when the
bars were set.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from filter_bench.answers import Answers, all_lines, lines_without, read_answers, units
from filter_bench.captioned import captioned_lines
from filter_bench.letters import letter_lines
from filter_bench.lookalikes import Original, million_lines, planted_lines, series_lines
from filter_bench.read_letters import reading_lines
from filter_bench.regions import region_lines
from filter_bench.speed import speed_lines
from filter_bench.worst import contact_sheet
from filter_training.collections import REPOSITORIES
from filter_training.manifest import read_rows
from filter_training.volumes import read_volume

from rocov2.images.decode import decode
from rocov2.images.prints import fingerprint

PARTS = ("accuracy", "regions", "letters", "look-alikes", "speed", "million", "sheet")
ORIGINALS, TIMED, KINDS_OF_SPECTRA, LETTERED = 2000, 400, 3000, 200
FILMS = ("angioframes", "xangio", "coronarytool", "dsamatlab", "muscleus", "fascicles", "jointcourse", "mipturns")
STACKS = ("trunkct", "lungwindow", "skullct", "edemaoct")
Line = tuple[str, str, str, str]


def main() -> None:
    """Measure the parts asked for and print them as one Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("answers", type=Path)
    parser.add_argument("--folder", type=Path, help="pictures that ANSWERS, then a CSV, is the manifest of")
    parser.add_argument("--models", type=Path, default=Path("data/models"))
    parser.add_argument("--sheet", type=Path, default=Path("errors.png"))
    parser.add_argument("--volume", type=Path, nargs="*", default=[], help="NIfTI files whose slices must stay apart")
    parser.add_argument("--captions", type=Path, nargs=2, help="captions by image name, and the manifest (CSV, gzip)")
    parser.add_argument("--regions", type=Path, help="what train_filters.py leaves about body regions")
    parser.add_argument("--letters", type=Path, help="what train_letters.py leaves about panel letters")
    parser.add_argument("--corpus", type=int, default=1_000_000, help="fingerprints to cluster in the part million")
    parser.add_argument("--only", action="append", choices=PARTS)
    options = parser.parse_args()
    print("| part | measured | asked | found (95 % interval) |\n|---|---|---|---|")
    for part, what, asked, found in lines(options, frozenset(options.only or PARTS)):
        print(f"| {part} | {what} | {asked} | {found} |", flush=True)


def lines(options: argparse.Namespace, parts: frozenset[str]) -> Iterator[Line]:
    """Yield the lines of all parts."""
    answers = pictures_in(options.folder, options.answers) if options.folder else read_answers(options.answers)
    paths = [Path(str(path)) for path in answers.clean["path"]]
    if "accuracy" in parts:
        yield from all_lines(answers)
        yield from lines_without(answers, [repository.source for repository in REPOSITORIES])
        if options.captions:
            yield from captioned_lines(answers.clean, *options.captions)
    if "regions" in parts and options.regions:
        yield from region_lines(options.regions)
    if "letters" in parts and options.letters:
        yield from reading_lines(answers, options.letters)
    if "letters" in parts:
        yield from letter_lines(options.models, pairs_of(answers.clean))
    if "look-alikes" in parts:
        yield from planted_lines(originals_of(answers.clean))
        yield from series_lines([read_volume(path) for path in options.volume])
    if "speed" in parts:
        yield from speed_lines(options.models, [path.read_bytes() for path in paths[:: max(1, len(paths) // TIMED)]])
    if "million" in parts:
        some = paths[:: max(1, len(paths) // KINDS_OF_SPECTRA)]
        yield from million_lines([fingerprint(decode(path.read_bytes()).rgb) for path in some], options.corpus)
    if "sheet" in parts:
        count = contact_sheet(answers.clean, options.sheet)
        yield "errors", "most confident, on the sheet", "40", f"{count}: {options.sheet}"


def pictures_in(folder: Path, manifest: Path) -> Answers:
    """The pictures of a manifest as answers without scores."""
    rows = read_rows(folder, manifest)
    columns = ("path", "source", "group", "radiology", "compound")
    return Answers({name: np.array([getattr(row, name) for row in rows]) for name in columns}, {})


def pairs_of(rows: dict[str, np.ndarray]) -> list[tuple[Path, Path]]:
    """LETTERED pairs of neighbours, both single radiology pictures of one source, spread evenly."""
    places = np.flatnonzero((rows["radiology"] == 1) & (rows["compound"] == 0))
    pairs = [(i, j) for i, j in pairwise(places) if rows["source"][i] == rows["source"][j]]
    chosen = pairs[:: max(1, len(pairs) // LETTERED)][:LETTERED]
    return [(Path(str(rows["path"][i])), Path(str(rows["path"][j]))) for i, j in chosen]


def originals_of(rows: dict[str, np.ndarray]) -> list[Original]:
    """Single radiology pictures, every other one, as only such are compared in a build.

    None rendered from a volume, no frames of one film or slices of one stack: there neighbours are alike by making.
    """
    rendered = [repository.source for repository in REPOSITORIES if repository.series]
    fit = (rows["radiology"] == 1) & (rows["compound"] != 1) & ~np.isin(rows["source"], [*rendered, *FILMS, *STACKS])
    places = np.flatnonzero(fit)
    chosen = places[1 :: max(2, len(places) // ORIGINALS)]
    groups = units(rows)
    return [Original(Path(str(rows["path"][i])).read_bytes(), str(groups[i])) for i in chosen]


if __name__ == "__main__":
    main()
