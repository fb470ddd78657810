"""Train the caption model of the stage `screen` and write `data/models/screen.bin`.

    python scripts/train_screen.py --articles DIR [--data ../shared/data] [--out data/models/screen.bin]

Reads captions from the development data beside the checkout and the figures of real articles (DIR is its
`articles/jats.tar.xz`, unpacked). Prints what it trained on, the calibration, and the threshold at which a fifth of the
figures of the training articles pass, out of fold. `bench_screen.py` reports, on what this script leaves out.
"""

import csv
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import click
import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from rocov2.captions import screen
from rocov2.captions.modality import modality_cues
from rocov2.jats.figures import read_figures
from rocov2.jats.front import read_front
from rocov2.jats.source import BadArticle
from rocov2.tables import Figure

ROOT = Path(__file__).resolve().parents[1]
BITS = 17
FOLDS = 5
NON_RADIOLOGY_WEIGHT = (
    0.2  # ROCO 2018's non-radiology captions are few kinds of photographs, and some are scans after all
)
STRENGTH = 1.0  # inverse of the L2 penalty
FETCHED = 0.2  # of the training articles' figures pass at the proposed threshold; the budget is 0.25
GRAPHIC = re.compile(rb'<graphic\b[^>]*?href="([^"]+)"')


@dataclass(frozen=True)
class Words:
    """The words around one figure, whether it is radiology, its source, and the group it is split by."""

    row: screen.Row
    is_radiology: bool
    source: str
    group: str


@dataclass(frozen=True)
class Fit:
    """A linear model before it is rounded to bytes."""

    weights: np.ndarray
    bias: float


def captions(data: Path, source: str) -> list[Words]:
    """Read one source of captions: rocov2, medpix, roco-radiology, roco-photo (train) or roco-other (validation)."""
    name, column, wanted = {
        "rocov2": ("rocov2_valid_captions.csv", "Caption", {}),
        "medpix": ("medpix_captions.csv", "caption", {}),
        "roco-radiology": ("roco2018_captions.csv", "caption", {"split": "validation", "kind": "radiology"}),
        "roco-photo": ("roco2018_captions.csv", "caption", {"split": "train", "kind": "non-radiology"}),
        "roco-other": ("roco2018_captions.csv", "caption", {"split": "validation", "kind": "non-radiology"}),
    }[source]
    with (data / "captions" / name).open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if all(row[key] == value for key, value in wanted.items())]
    radiology = source not in {"roco-photo", "roco-other"}
    groups = [row.get("pmc_file", "").split("_")[0] or row.get("case") or row.get("ID", "") for row in rows]
    return [
        Words((row[column], "", "", ()), radiology, source, group)
        for row, group in zip(rows, groups, strict=True)
        if row[column].strip()
    ]


def article_figures(folder: Path) -> Iterator[tuple[str, str, Figure]]:
    """Yield (article, title, first panel) of each figure of the articles in a folder."""
    for path in sorted(folder.glob("*.xml")):
        xml = path.read_bytes()
        names = {match.decode("utf-8", "replace") for match in GRAPHIC.findall(xml)}
        article_id = f"{path.stem}.1"
        media = {f"{article_id}/{name if Path(name).suffix else name + '.jpg'}": "" for name in names}
        media |= {f"{article_id}/{name}.jpg": "" for name in names}
        try:
            title = read_front(xml).title
            rows = [row for row in read_figures(xml, article_id, media) if isinstance(row, Figure) and not row.panel]
        except BadArticle:
            continue
        yield from ((path.stem, title, row) for row in rows)


def articles(folder: Path) -> list[Words]:
    """Read the figures of real articles; all count as not radiology, though a few are (3.7 % name a modality)."""
    return [
        Words((row.caption, row.label, f"{title} {row.section}", row.mentions), False, "articles", article)
        for article, title, row in article_figures(folder)
    ]


def part_of(group: str, parts: int) -> int:
    """Assign a group to one of so many parts, by hash, for ever."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") % parts


def in_training(words: Words) -> bool:
    """Say whether the shipped model may see a row: the rest is for reports.

    ROCOv2 valid, ROCO 2018's non-radiology train captions that name no modality, and half of the articles.
    """
    if words.source == "roco-photo":
        return not modality_cues(words.row[0])
    return words.source == "rocov2" or (words.source == "articles" and part_of(words.group, 2) == 0)


@cache
def _word(word: str) -> tuple[tuple[int, float], ...]:
    return tuple((screen.bucket(name, (1 << BITS) - 1), value) for name, value in screen.word_features(word))


def matrix(texts: Sequence[str]) -> sp.csr_matrix:
    """Return the features of texts, a row a text, exactly as `screen.logit` weighs them."""
    starts, columns, values = [0], [], []
    for text in texts:
        words = screen.tokens(text)
        distinct = dict.fromkeys(words)
        norm = screen.length_norm(len(distinct))
        for word in distinct:
            for column, value in _word(word):
                columns.append(column)
                values.append(value * norm)
        for pair in dict.fromkeys(pairwise(words)):
            columns.append(screen.bucket(screen.pair_feature(*pair), (1 << BITS) - 1))
            values.append(screen.PAIR_VALUE * norm)
        starts.append(len(columns))
    found = sp.csr_matrix((values, columns, starts), shape=(len(texts), 1 << BITS), dtype=np.float64)
    found.sum_duplicates()
    return found


def own_text(words: Words) -> str:
    """Return the text that a figure is judged by first: its label and caption."""
    return f"{words.row[1]} {words.row[0]}"


def fit(rows: Sequence[Words]) -> Fit:
    """Fit an L2-penalised logistic regression on the captions."""
    weights = [NON_RADIOLOGY_WEIGHT if row.source.startswith("roco-") and not row.is_radiology else 1.0 for row in rows]
    model = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=300, random_state=0)
    model.fit(matrix([own_text(row) for row in rows]), [row.is_radiology for row in rows], sample_weight=weights)
    return Fit(model.coef_[0], float(model.intercept_[0]))


def logits(model: Fit, texts: Sequence[str]) -> np.ndarray:
    """Return the model's logits of texts."""
    return np.asarray(matrix(texts) @ model.weights + model.bias)


def folds_of(rows: Sequence[Words]) -> np.ndarray:
    """Assign each row to a fold; a group stays together."""
    return np.array([part_of(f"fold {row.group}", FOLDS) for row in rows])


def fold_models(rows: Sequence[Words]) -> list[Fit]:
    """Fit a model for each fold, on the rows of the others."""
    folds = folds_of(rows)
    return [fit([row for row, there in zip(rows, folds, strict=True) if there != fold]) for fold in range(FOLDS)]


def out_of_fold(rows: Sequence[Words], models: Sequence[Fit]) -> np.ndarray:
    """Return a logit for each row from the model that saw no row of its group."""
    found = np.zeros(len(rows))
    for fold, model in enumerate(models):
        held = np.flatnonzero(folds_of(rows) == fold)
        found[held] = logits(model, [own_text(rows[i]) for i in held])
    return found


def scores_out_of_fold(rows: Sequence[Words], models: Sequence[Fit], body: bytes) -> np.ndarray:
    """Return the whole screen score of each row, context included, from the model that saw no row of its group."""
    about = json.loads(body.partition(b"\n")[0])
    lines = (about["slope"], about["offset"], about["caption_slope"], about["caption_offset"])
    found = np.zeros(len(rows))
    for fold, model in enumerate(models):
        held = np.flatnonzero(folds_of(rows) == fold)
        loaded = screen.load_screen_model(packed(model, lines, {}))
        found[held] = screen.screen_scores(loaded, [rows[i].row for i in held])
    return found


def calibrate(radiology: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Return (slope, offset) of the logistic line through two sets of logits that count alike."""
    values = np.concatenate([radiology, other])[:, None]
    line = LogisticRegression(C=1e6, class_weight="balanced")
    line.fit(values, np.r_[np.ones(len(radiology)), np.zeros(len(other))])
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def packed(model: Fit, lines: tuple[float, float, float, float], about: dict[str, object]) -> bytes:
    """Round the weights to signed bytes and put the model file together."""
    scale = float(np.abs(model.weights).max()) / 127.0
    names = ("slope", "offset", "caption_slope", "caption_offset")
    head = {"format": screen.FORMAT, "bits": BITS, "scale": scale, "bias": model.bias}
    head |= {name: round(value, 6) for name, value in zip(names, lines, strict=True)} | about
    return json.dumps(head).encode() + b"\n" + np.round(model.weights / scale).astype(np.int8).tobytes()


def train(rows: Sequence[Words]) -> tuple[bytes, list[Fit]]:
    """Train on rows; return the model file and the models of the folds."""
    models = fold_models(rows)
    held = out_of_fold(rows, models)
    sources = np.array([row.source for row in rows])
    radiology = np.array([row.is_radiology for row in rows])
    lines = calibrate(held[radiology], held[sources == "articles"])
    caption_lines = calibrate(held[radiology], held[sources == "roco-photo"])
    counts = {str(name): int(count) for name, count in zip(*np.unique(sources, return_counts=True), strict=True)}
    return packed(fit(rows), (*lines, *caption_lines), {"trained_on": counts}), models


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path, exists=True), default=ROOT.parent / "shared" / "data")
@click.option("--articles", "folder", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "data" / "models" / "screen.bin")
def main(data: Path, folder: Path, out: Path) -> None:
    """Train, write the model, propose a threshold."""
    rows = [*captions(data, "rocov2"), *captions(data, "roco-photo"), *articles(folder)]
    rows = [row for row in rows if in_training(row)]
    body, models = train(rows)
    out.write_bytes(body)
    scores = scores_out_of_fold(rows, models, body)
    radiology = np.array([row.is_radiology for row in rows])
    figures = np.sort(scores[[row.source == "articles" for row in rows]])[::-1]
    threshold = figures[int(len(figures) * FETCHED)]
    print(json.loads(body.partition(b"\n")[0]))
    print(
        f"{len(body)} bytes; out of fold, {FETCHED:.0%} of the training articles' figures score above {threshold:.4f},"
    )
    print(f"and {(scores[radiology] >= threshold).mean():.4f} of the radiology captions")


if __name__ == "__main__":
    main()
