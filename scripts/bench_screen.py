"""Print what the caption screen keeps and spares, beside a baseline of rules, on what its training left out.

    python scripts/bench_screen.py --articles DIR [--data ../shared/data] [--leave-one-out]

A curve a scorer: recall of radiology captions (ROCO 2018 validation, MedPix, and synthetic compounds of a
radiology caption and another figure's) against the share of figures of held-out real articles whose image
would be fetched. `--leave-one-out` trains anew without each source of radiology captions in turn and reports on that
source. DIR is `articles/jats.tar.xz` of the development data beside the checkout, unpacked.
"""

import csv
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from train_screen import ROOT, Words, articles, captions, in_training, train

from rocov2.captions.modality import REGION_NAMES, VIEW_NAMES, body_region, caption_radiology_score, modality_cues, view
from rocov2.captions.screen import ScreenModel, load_screen_model, screen_score, screen_scores

THRESHOLDS = (0.02, 0.03, 0.035, 0.04, 0.05, 0.07, 0.1, 0.2, 0.3, 0.5)
RECALLS = (0.95, 0.98, 0.99, 0.995)
VAGUE_WORDS = 6
XRAY = "C1306645"
MODALITY_CUIS = {
    "C0040405": "CT",
    XRAY: "XRAY",
    "C0024485": "MRI",
    "C0041618": "US",
    "C0002978": "ANGIO",
    "C0032743": "PET",
    "": "COMBINED",
}
Scorer = Callable[[Sequence[Words]], np.ndarray]


def rules_score(words: Words) -> float:
    """Score by rules alone: 1 for a modality in the caption, 0.6 around it, then by how little it says."""
    caption, _, title, mentions = words.row
    if modality_cues(caption):
        return 1.0
    if any(modality_cues(sentence) for sentence in (title, *mentions)):
        return 0.6
    return 0.4 / (1.0 + len(caption.split()) / VAGUE_WORDS)


def by_rules(rows: Sequence[Words]) -> np.ndarray:
    """Score rows with the rules."""
    return np.array([rules_score(row) for row in rows])


def by_model(body: bytes) -> Scorer:
    """Return the scorer of a model file."""
    model = load_screen_model(body)
    return lambda rows: np.array(screen_scores(model, [row.row for row in rows]))


def compounds(radiology: Sequence[Words], other: Sequence[Words], count: int = 1500) -> list[Words]:
    """Join a radiology caption and one of another figure as panels A and B, in either order."""
    chance = random.Random(5)
    made = []
    for one, two in zip(chance.choices(radiology, k=count), chance.choices(other, k=count), strict=True):
        first, second = (one, two) if chance.random() < 0.5 else (two, one)
        made.append(Words((f"(A) {first.row[0]} (B) {second.row[0]}", "", "", ()), True, "compounds", one.group))
    return made


def without_context(rows: Sequence[Words]) -> list[Words]:
    """Keep the captions alone."""
    return [Words((row.row[0], row.row[1], "", ()), row.is_radiology, row.source, row.group) for row in rows]


def interval(kept: np.ndarray, groups: Sequence[str]) -> str:
    """Return a share with its 95 % interval from 500 resamplings of whole groups (articles)."""
    names, inverse = np.unique(groups, return_inverse=True)
    hits, sizes = np.bincount(inverse, weights=kept), np.bincount(inverse)
    draws = np.random.default_rng(0).integers(0, len(names), (500, len(names)))
    low, high = np.percentile(hits[draws].sum(axis=1) / sizes[draws].sum(axis=1), (2.5, 97.5))
    return f"{kept.mean():.3f} ({low:.3f}-{high:.3f})"


def threshold_table(scorer: Scorer, sets: dict[str, Sequence[Words]]) -> None:
    """Print the share of each set at or above each threshold."""
    print(f"{'min_score':>9}  " + "  ".join(f"{name:>22}" for name in sets))
    scores = {name: scorer(rows) for name, rows in sets.items()}
    for threshold in THRESHOLDS:
        cells = [interval(scores[name] >= threshold, [row.group for row in rows]) for name, rows in sets.items()]
        print(f"{threshold:>9}  " + "  ".join(f"{cell:>22}" for cell in cells))


def recall_table(scorers: dict[str, Scorer], radiology: Sequence[Words], other: Sequence[Words]) -> None:
    """Print the share of other figures fetched at given recalls; ties at the threshold are all fetched."""
    print(f"{'recall':>8}  " + "  ".join(f"{name:>16}" for name in scorers))
    scores = {name: (np.sort(scorer(radiology)), scorer(other)) for name, scorer in scorers.items()}
    for recall in RECALLS:
        row = []
        for found, rest in scores.values():
            row.append(float((rest >= found[int(len(found) * (1 - recall))]).mean()))
        print(f"{recall:>8}  " + "  ".join(f"{share:>16.3f}" for share in row))


def leave_one_out(data: Path, folder: Path, held: Sequence[Words]) -> None:
    """Train without one source of radiology captions at a time and report on that source."""
    sources = ("rocov2", "roco-radiology", "medpix")
    rest = [row for row in [*captions(data, "roco-photo"), *articles(folder)] if in_training(row)]
    for left_out in sources:
        rows = [row for source in sources if source != left_out for row in captions(data, source)]
        scorer = by_model(train([*rows, *rest])[0])
        print(f"\nwithout {left_out}: recall of {left_out}, share of held-out figures fetched")
        recall_table({"model": scorer, "rules": by_rules}, captions(data, left_out), held)


def caption_quality(model: ScreenModel, radiology: Sequence[Words], other: Sequence[Words]) -> None:
    """Print AUC, balanced accuracy at 0.5 and ECE (ten bins, both classes weighted alike) of the score of one image."""
    truth = np.array([1] * len(radiology) + [0] * len(other))
    scores = np.array([caption_radiology_score(model, words.row[0]) for words in [*radiology, *other]])
    weights = np.where(truth == 1, 1 / len(radiology), 1 / len(other))
    bins = np.minimum((scores * 10).astype(int), 9)
    mass, said, seen = (np.bincount(bins, weights * value, 10) for value in (np.ones(len(truth)), scores, truth))
    ece = np.abs(said - seen).sum() / mass.sum()
    auc, balanced = roc_auc_score(truth, scores), balanced_accuracy_score(truth, scores >= 0.5)
    print(f"\ncaption_radiology_score on {len(radiology)} + {len(other)} captions: ", end="")
    print(f"AUC {auc:.3f}, balanced accuracy {balanced:.3f}, ECE {ece:.3f}")


def cue_table(data: Path) -> None:
    """Print how the words on modality, region and view agree with the manual concepts, on rows of odd number."""
    with (data / "captions" / "rocov2_valid_captions.csv").open(newline="", encoding="utf-8") as lines:
        texts = {row["ID"]: row["Caption"] for row in csv.DictReader(lines) if int(row["ID"][-6:]) % 2}
    with (data / "captions" / "rocov2_valid_concepts_manual.csv").open(newline="", encoding="utf-8") as lines:
        manual = {row["ID"]: row["CUIs"].split(";") for row in csv.DictReader(lines) if row["ID"] in texts}
    films = [name for name in texts if manual[name][0] == XRAY]
    kinds: dict[str, tuple[list[str], Callable[[str], str | None], set[str]]] = {
        "modality": (list(texts), _modality, set(MODALITY_CUIS)),
        "X-ray region": (films, lambda text: (body_region(text) or [None])[0], set(REGION_NAMES)),
        "X-ray view": (films, lambda text: (view(text) or [None])[0], set(VIEW_NAMES)),
    }
    print("\nwords against ROCOv2's manual concepts, captions of odd number (cues tuned mostly on even ones)")
    for kind, (names, said, codes) in kinds.items():
        truth = {name: next((cui for cui in manual[name] if cui in codes), None) for name in names}
        found = {name: said(texts[name]) for name in names}
        both = [name for name in names if found[name] is not None and truth[name] is not None]
        right = sum(found[name] == truth[name] for name in both)
        share = sum(found[name] is not None for name in names) / len(names)
        agreed = f"right in {right / len(both):.3f} of {len(both)} with both"
        print(f"{kind:>13}: said of {share:.3f} of {len(names)}; {agreed}")


def _modality(text: str) -> str | None:
    """Return the concept of the modality that the words name most; '' for a combined one."""
    cues = modality_cues(text)
    return (
        next(cui for cui, name in MODALITY_CUIS.items() if name == max(cues, key=lambda key: cues[key]))
        if cues
        else None
    )


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path, exists=True), default=ROOT.parent / "shared" / "data")
@click.option("--articles", "folder", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--model", type=click.Path(path_type=Path, exists=True), default=ROOT / "data" / "models" / "screen.bin")
@click.option("--leave-one-out", "again", is_flag=True, help="Also train without each source of radiology captions.")
def main(data: Path, folder: Path, model: Path, again: bool) -> None:
    """Print the curves."""
    held = [row for row in articles(folder) if not in_training(row)]
    roco, medpix = captions(data, "roco-radiology"), captions(data, "medpix")
    scorer = by_model(model.read_bytes())
    sets = {"ROCO 2018 radiology": roco, "MedPix": medpix, "compounds": compounds(roco, held)}
    print("share at or above the threshold, with 95 % intervals over articles; no set was trained on")
    spared = {"figures, in context": held, "figures, caption alone": without_context(held)}
    photographs = {"ROCO 2018 other": captions(data, "roco-other")}
    threshold_table(scorer, sets | spared | photographs)
    for name, radiology in sets.items():
        print(f"\n{name}: share of the {len(held)} held-out article figures fetched, in context")
        recall_table({"model": scorer, "rules": by_rules}, radiology, held)
    named = {name: (by_rules(rows) >= 1).mean() for name, rows in (sets | spared).items()}
    print("\ncaptions that name a modality: " + ", ".join(f"{name} {share:.3f}" for name, share in named.items()))
    loaded = load_screen_model(model.read_bytes())
    start = time.process_time()
    for row in held:
        screen_score(loaded, *row.row)
    print(f"{len(held) / (time.process_time() - start):.0f} figures a CPU-second with their mentions, cold start")
    caption_quality(loaded, roco, photographs["ROCO 2018 other"])
    cue_table(data)
    if again:
        leave_one_out(data, folder, held)


if __name__ == "__main__":
    main()
