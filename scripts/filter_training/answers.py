"""Logits of heads that never saw a source -> the file that bench_filters.py reports from.

Each fold's scores are calibrated on the answers of the other folds, so that calibration is judged on pictures that
it was not fitted on.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from filter_training.calibrate import platt, sigmoid, softmax, temperature
from filter_training.features import View
from filter_training.manifest import FOLDS, Row
from filter_training.montage import join

Array = np.ndarray


def write_answers(path: Path, views: list[View], rows: list[Row], logits: dict[str, Array]) -> None:
    """Write `clean` pictures and two-panel `joins` with truths and nested scores, as arrays without pickles."""
    places = {kind: np.array([n for n, view in enumerate(views) if view.kind == kind]) for kind in ("clean", "join")}
    scores = nested(views, rows, logits)
    arrays: dict[str, Array] = {}
    for name, kind in (("clean", "clean"), ("joins", "join")):
        chosen = places[kind]
        members = [rows[views[place].members[0]] for place in chosen]
        for column in ("path", "source", "family", "label", "group"):
            arrays[f"{name}.{column}"] = np.array([getattr(row, column) for row in members])
        arrays[f"{name}.is_figure"] = np.array([row.is_figure for row in members], dtype=np.int8)
        for column in ("radiology", "modality", "compound", "fold"):
            arrays[f"{name}.{column}"] = np.array([getattr(views[place], column) for place in chosen])
        for column, values in scores.items():
            arrays[f"{name}.{column}"] = values[chosen]
        if "looked_at" in logits:
            arrays[f"{name}.looked_at"] = logits["looked_at"][chosen]
    arrays["joins.gutter"] = np.array([has_gutter(views[place]) for place in places["join"]], dtype=np.int8)
    np.savez(path, **arrays)  # type: ignore[arg-type]


def places_to_calibrate(views: list[View], rows: list[Row], name: str) -> Array:
    """The clean pictures with a label for a task; for compound only figures, where half have several panels as in
    articles: single slices of data sets would pull every score down."""
    return np.array(
        [
            place
            for place, view in enumerate(views)
            if view.kind == "clean"
            and getattr(view, name) >= 0
            and (name != "compound" or rows[view.members[0]].is_figure)
        ]
    )


def raw_answers(logits: dict[str, Array]) -> dict[str, Array]:
    """Logits by question, of the heads that answered."""
    raw = {}
    if "kind" in logits:
        raw |= {"radiology": logits["kind"][:, 0], "modality": logits["kind"][:, 1:]}
    if "compound" in logits:
        raw["compound"] = logits["compound"]
    return raw


def nested(views: list[View], rows: list[Row], logits: dict[str, Array]) -> dict[str, Array]:
    """Scores of every view, each fold calibrated on the clean pictures of the others.

    `radiology_whole_score` is without a look at panels; `radiology_alone_score` by maps without the source alone.
    """
    fold = np.array([view.fold for view in views])
    scores = {}
    for name, values in raw_answers(logits).items():
        found = np.zeros(values.shape)
        for number in range(FOLDS):
            inside = fold == number
            others, truth = _others(views, rows, name, inside)
            if name == "modality":
                found[inside] = softmax(temperature(values[others], truth) * values[inside])
            else:
                slope, offset = platt(values[others], truth)
                found[inside] = sigmoid(slope * values[inside] + offset)
        scores["modality_scores" if name == "modality" else f"{name}_score"] = found
    for name, values, learned in further_answers(logits):
        scores[f"radiology_{name}_score"] = found = np.full(len(fold), np.nan)
        for number in range(FOLDS):
            others, truth = _others(views, rows, "radiology", fold == number)
            slope, offset = platt(learned[others], truth)
            found[fold == number] = sigmoid(slope * values[fold == number] + offset)
    return scores


def further_answers(logits: dict[str, Array]) -> Iterator[tuple[str, Array, Array]]:
    """Other logits of radiology, where there are any, by name, and the ones that their calibration is fitted on."""
    if "whole" in logits:
        yield "whole", logits["whole"], logits["whole"]
    if "alone" in logits:
        yield "alone", logits["alone"], logits["kind"][:, 0]


def _others(views: list[View], rows: list[Row], name: str, inside: Array) -> tuple[Array, Array]:
    """Places to calibrate on outside a fold, and their labels."""
    places = places_to_calibrate(views, rows, name)
    places = places[~inside[places]]
    return places, np.array([getattr(views[place], name) for place in places])


def has_gutter(view: View) -> bool:
    """Whether a two-panel join has one: drawn again with blank panels, as its pictures play no part in that."""
    rng = np.random.default_rng([view.seed, *view.members])
    plan = (1, 2) if rng.random() < 0.7 else (2, 1)
    montage = join([Image.new("RGB", (64, 64))] * 2, *plan, rng, plain=True)
    return any(start < end for start, end in montage.columns + montage.rows)
