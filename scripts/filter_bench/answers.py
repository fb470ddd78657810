"""The answers of heads that never saw a source (written by train_filters.py) -> lines of the table."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filter_training.manifest import ENOUGH, MODALITIES

from filter_bench.measure import area, balanced, calibration_error, f_scores, reliability, with_interval

Array = np.ndarray
BAND = (0.2, 0.8)
FALSE_COMPOUNDS = 0.03
FEW = 5
WEAK = 0.85
FOUR = ("CT", "MRI", "XRAY", "US")
Line = tuple[str, str, str, str]


@dataclass(frozen=True)
class Answers:
    """Columns of cross_validated.npz: `clean` pictures one a row, and two-panel `joins`."""

    clean: dict[str, Array]
    joins: dict[str, Array]


def read_answers(path: Path) -> Answers:
    """Read the file; scores in it were calibrated on the answers of the other folds."""
    with np.load(path) as found:
        parts: dict[str, dict[str, Array]] = {"clean": {}, "joins": {}}
        for name in found.files:
            part, _, column = name.partition(".")
            parts[part][column] = found[name]
    return Answers(**parts)


def units(rows: dict[str, Array]) -> Array:
    """What is drawn together: pictures of one group of one source."""
    return np.char.add(np.char.add(rows["source"], "/"), rows["group"])


def kept(rows: dict[str, Array], choice: Array) -> dict[str, Array]:
    """Some of the rows."""
    return {name: values[choice] for name, values in rows.items()}


def binary_lines(rows: dict[str, Array], name: str, asked: tuple[str, str]) -> Iterator[Line]:
    """Area and balanced accuracy of radiology or compound."""
    rows = kept(rows, rows[name] >= 0)
    scores, truth, group = rows[f"{name}_score"], rows[name], units(rows)
    size = f"{len(truth)} ({int(truth.sum())})"
    yield name, "AUC", asked[0], f"{with_interval(lambda r: area(scores[r], truth[r]), group)}, n {size}"
    yield name, "balanced accuracy", asked[1], str(with_interval(lambda r: balanced(scores[r], truth[r]), group))


def source_lines(rows: dict[str, Array]) -> Iterator[Line]:
    """Balanced accuracy of radiology in each source with enough pictures, the weak ones by name: by heads without the fold of a
    source, and by heads without its family alone."""
    rows = kept(rows, rows["radiology"] >= 0)
    found = by_source(rows, "radiology_score")
    yield "radiology", f"sources of {ENOUGH} or more", "", str(len(found))
    yield "radiology", f"of these under {WEAK}, an eighth of all left out", "none", _weak(found)
    if "radiology_alone_score" in rows:
        asked = kept(rows, ~np.isnan(rows["radiology_alone_score"]))
        alone, same = (by_source(asked, f"radiology{name}_score") for name in ("_alone", ""))
        yield "radiology", f"{len(alone)} of these, each left out by itself, under {WEAK}", "none", _weak(alone)
        yield "radiology", "mean over those, an eighth and each left out", "", f"{_mean(same):.3f}, {_mean(alone):.3f}"


def by_source(rows: dict[str, Array], column: str) -> dict[str, tuple[float, int]]:
    """Balanced accuracy and pictures of each source with enough of them.

    A class of fewer than FEW pictures in a source is left out of that source's mean: two or three decide nothing.
    """
    found = {}
    for source in np.unique(rows["source"]):
        part = rows["source"] == source
        truth, scores = rows["radiology"][part], rows[column][part]
        enough = np.isin(truth, [side for side in (0, 1) if (truth == side).sum() >= FEW])
        if part.sum() >= ENOUGH and enough.any():
            found[str(source)] = (balanced(scores[enough], truth[enough]), int(part.sum()))
    return found


def _weak(found: dict[str, tuple[float, int]]) -> str:
    weak = sorted((value, name, n) for name, (value, n) in found.items() if value < WEAK)
    return f"{len(weak)}: " + "; ".join(f"{s} {v:.3f} ({n})" for v, s, n in weak) if weak else "none"


def _mean(found: dict[str, tuple[float, int]]) -> float:
    return float(np.mean([value for value, _ in found.values()]))


def band_lines(rows: dict[str, Array], name: str) -> Iterator[Line]:
    """Calibration error, reliability, and what the uncertain band takes out."""
    rows = kept(rows, rows[name] >= 0)
    scores, truth, group = rows[f"{name}_score"], rows[name], units(rows)
    yield name, "ECE", "0.05", str(with_interval(lambda r: calibration_error(scores[r], truth[r]), group))
    bins = ", ".join(f"{score:.2f}: {share:.2f} ({n})" for score, share, n in reliability(scores, truth))
    yield name, "mean score: share positive (n)", "", bins
    sure = (scores < BAND[0]) | (scores > BAND[1])
    yield name, f"share within {BAND[0]} to {BAND[1]}", "", f"{1 - sure.mean():.3f}"
    yield name, "accuracy outside", "", f"{np.mean((scores[sure] >= 0.5) == truth[sure]):.3f}"


def panel_lines(rows: dict[str, Array]) -> Iterator[Line]:
    """What a look at the panels of figures in doubt brings: radiology of all pictures, and of those figures, without and with."""
    if "radiology_whole_score" not in rows:
        return
    rows = kept(rows, rows["radiology"] >= 0)
    columns = ("radiology_whole_score", "radiology_score")
    looked = kept(rows, rows["looked_at"])
    for name, part in (("all pictures", rows), (f"{len(looked['path'])} figures looked at", looked)):
        for what, measure in (("AUC", area), ("balanced accuracy", balanced)):
            found = [f"{measure(part[column], part['radiology']):.4f}" for column in columns]
            yield "radiology", f"{name}, {what}: as a whole, with panels", "", ", ".join(found)


def modality_lines(rows: dict[str, Array]) -> Iterator[Line]:
    """Macro F1 of the four large classes; F1, recall and recall by source of each class; calibration."""
    rows = kept(rows, rows["modality"] >= 0)
    truth, scores, group = rows["modality"], rows["modality_scores"], units(rows)
    found = scores.argmax(axis=1)
    four = [MODALITIES.index(name) for name in FOUR]

    def macro(r: Array) -> float:
        return float(np.mean(f_scores(found[r], truth[r], len(MODALITIES))[four]))

    yield "modality", "macro F1 " + " ".join(FOUR), "0.92", f"{with_interval(macro, group)}, n {len(truth)}"
    for place, name in enumerate(MODALITIES):
        of_class = truth == place
        families = np.unique(rows["family"][of_class])
        if len(families) < 2:
            yield "modality", f"{name} recall", "", f"cannot be judged: {len(families)} source"
            continue
        hits = found[of_class] == place
        recall = with_interval(lambda r, hits=hits: float(hits[r].mean()), group[of_class])
        f_score = f_scores(found, truth, len(MODALITIES))[place]
        asked = "0.6" if name in ("ANGIO", "PET") else ""
        yield "modality", f"{name} recall", asked, f"{recall}, F1 {f_score:.3f}, n {of_class.sum()}"
        if name not in FOUR:
            sources = rows["source"][of_class]
            each = [f"{s} {hits[sources == s].mean():.2f} ({np.sum(sources == s)})" for s in np.unique(sources)]
            yield "modality", f"{name} recall by source", "", "; ".join(each)
    best = scores.max(axis=1)
    yield "modality", "ECE of the best", "0.05", f"{calibration_error(best, (found == truth).astype(int)):.3f}"


def class_lines(rows: dict[str, Array]) -> Iterator[Line]:
    """Share of each class of picture that radiology gets right; one source is no measure."""
    rows = kept(rows, rows["radiology"] >= 0)
    right = (rows["radiology_score"] >= 0.5) == rows["radiology"]
    for label in np.unique(rows["label"]):
        part = rows["label"] == label
        families = len(np.unique(rows["family"][part]))
        if families < 2:
            yield "radiology", f"class {label}", "", f"cannot be judged: one source, n {part.sum()}"
            continue
        accuracy = with_interval(lambda r, part=part: float(right[part][r].mean()), units(kept(rows, part)))
        yield "radiology", f"class {label}", "", f"accuracy {accuracy}, n {part.sum()}, {families} sources"


def compound_lines(answers: Answers) -> Iterator[Line]:
    """Compound on figures and on everything, and two-panel joins where 3 % of the single pictures are called compound."""
    rows = answers.clean
    for name, choice in (("paper and web figures", rows["is_figure"] == 1), ("all", rows["is_figure"] >= 0)):
        asked = ("0.95", "0.88") if name != "all" else ("", "")
        for _, what, wanted, value in binary_lines(kept(rows, choice), "compound", asked):
            yield "compound", f"{name}: {what}", wanted, value
    singles = (rows["radiology"] == 1) & (rows["compound"] == 0)
    threshold = float(np.quantile(rows["compound_score"][singles], 1 - FALSE_COMPOUNDS))
    joins = answers.joins
    for name, choice in (("with a gutter", joins["gutter"] == 1), ("without", joins["gutter"] == 0)):
        hits, sources = joins["compound_score"][choice] > threshold, joins["source"][choice]
        recall = with_interval(lambda r, hits=hits: float(hits[r].mean()), sources)
        yield "compound", f"two-panel joins {name}: recall at 3 % false", "0.85", f"{recall}, n {len(hits)}"
        plain = float((joins["compound_score"][choice] >= 0.5).mean())
        yield "compound", f"two-panel joins {name}: recall at 0.5", "", f"{plain:.3f}"
    false = float((rows["compound_score"][singles] >= 0.5).mean())
    yield "compound", "single radiology called compound at 0.5", "", f"{false:.3f}, n {singles.sum()}"


def lines_without(answers: Answers, sources: list[str]) -> Iterator[Line]:
    """Radiology and macro F1 on the pictures of other sources than these."""
    if "radiology_score" not in answers.clean:
        return
    rows = kept(answers.clean, ~np.isin(answers.clean["source"], sources))
    told = [*binary_lines(rows, "radiology", ("", "")), *source_lines(rows), next(modality_lines(rows))]
    for part, what, _, found in told:
        yield part, f"without the sources added: {what}", "", found


def all_lines(answers: Answers) -> Iterator[Line]:
    """Every line about sources that were not trained on, of the heads that were trained."""
    if "radiology_score" in answers.clean:
        yield from binary_lines(answers.clean, "radiology", ("0.99", "0.96"))
        yield from source_lines(answers.clean)
        yield from panel_lines(answers.clean)
        yield from band_lines(answers.clean, "radiology")
        yield from modality_lines(answers.clean)
        yield from class_lines(answers.clean)
    if "compound_score" in answers.clean:
        yield from compound_lines(answers)
        yield from band_lines(answers.clean, "compound")
