"""Train the recogniser of panel letters, fit what letters count for the compound score, and export both.

    python scripts/train_letters.py ANSWERS [--out data/models] [--scratch .data/letters] [--pictures 4000]

ANSWERS is the `cross_validated.npz` of a run of train_filters.py that trained compound: it names the training pictures and their
folds, and holds the answers that letters are added to. Needs, beside rocov2: torch, onnx, and fonts: DejaVu and Liberation
under /usr/share/fonts/truetype. DejaVu Serif is never trained on, so that bench_filters.py can judge with it.

Steps: draw letters over pictures of one panel and cut out what glyphs.py finds of them and of the pictures themselves
(kept in --scratch, as the networks are), fit a small network on it, read the letters of every picture by a network that never saw its fold, and those of figures with letters of known text
(`letters_read.npz` in --scratch, which bench_filters.py reports from), fit the weights of runs of two and of more on paper
and web figures, export letters.onnx and name it in models.toml.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

if {"-h", "--help"} & set(sys.argv[1:]):  # before the imports, which need what this tells of
    print(__doc__.strip())
    sys.exit()

from filter_training.export import write_settings
from filter_training.glyph_drawing import font_files, patches_of
from filter_training.glyph_head import as_session, export_letters, fit_letters
from filter_training.letter_weights import fit_weights, read_all, write_read
from filter_training.lettered import read_drawn

PATCHES, READ = "patches.npz", "letters_read.npz"
HALVES = 2
Array = np.ndarray


def main() -> None:
    """Train and write the recogniser and the weights of letters."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("answers", type=Path)
    parser.add_argument("--out", type=Path, default=Path("data/models"))
    parser.add_argument("--scratch", type=Path, default=Path(".data/letters"))
    parser.add_argument("--pictures", type=int, default=4000, help="pictures to draw letters on")
    options = parser.parse_args()
    options.scratch.mkdir(parents=True, exist_ok=True)
    rows = clean_rows(options.answers)
    patches, classes, folds = drawn(options.scratch / PATCHES, rows, options.pictures)
    halves = []
    for half in range(HALVES):
        others = folds % HALVES != half
        halves.append(as_session(fitted(options.scratch / f"letters{half}.onnx", patches[others], classes[others])))
    whole = fitted(options.scratch / "letters.onnx", patches, classes)
    read = read_all(rows, halves)
    write_read(options.scratch / READ, rows, read, read_drawn(rows, halves))
    (options.out / whole.name).write_bytes(whole.read_bytes())
    write_settings(options.out, {"letters": fit_weights(rows, read)})
    print(f"letters.onnx written to {options.out}; now run scripts/bench_filters.py --letters {options.scratch / READ}")


def fitted(path: Path, patches: Array, classes: Array) -> Path:
    """A network fitted once."""
    if not path.exists():
        export_letters(path, fit_letters(patches, classes))
    return path


def clean_rows(path: Path) -> dict[str, Array]:
    """The columns of the clean pictures."""
    with np.load(path) as found:
        return {name.removeprefix("clean."): found[name] for name in found.files if name.startswith("clean.")}


def drawn(path: Path, rows: dict[str, Array], pictures: int) -> tuple[Array, Array, Array]:
    """Patches, their classes and the folds of their pictures, drawn once: pictures of one panel, spread evenly."""
    if not path.exists():
        places = np.flatnonzero(rows["compound"] == 0)
        chosen = places[np.linspace(0, len(places) - 1, min(pictures, len(places))).astype(int)]
        fonts = font_files()
        patches, classes, folds = [], [], []
        for place in chosen:
            for patch, number in patches_of(Path(str(rows["path"][place])), fonts, np.random.default_rng([7, place])):
                patches.append((patch * 255).astype(np.uint8))
                classes.append(number)
                folds.append(rows["fold"][place])
        np.savez(path, patches=np.stack(patches), classes=np.array(classes), folds=np.array(folds))
    with np.load(path) as found:
        return found["patches"], found["classes"], found["folds"]


if __name__ == "__main__":
    main()
