"""Panel letters read by networks that never saw a picture's fold (written by train_letters.py) -> lines of the table."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from filter_training.letter_weights import fit_weights, log_odds
from filter_training.manifest import FOLDS

from filter_bench.answers import FALSE_COMPOUNDS, Answers, kept, units
from filter_bench.measure import area, balanced, calibration_error, with_interval
from rocov2.images.classify import letter_run

Array = np.ndarray
Line = tuple[str, str, str, str]
ENOUGH = 100


def reading_lines(answers: Answers, path: Path) -> Iterator[Line]:
    """How letters of known text are read, how often there are none where letters are read, and what they add."""
    with np.load(path) as found:
        read = dict(zip(found["path"].tolist(), found["letters"].tolist(), strict=True))
        drawn = {name.removeprefix("drawn."): found[name] for name in found.files if name.startswith("drawn.")}
    rows = answers.clean
    letters = np.array([read[path] for path in rows["path"].tolist()])
    yield from drawn_lines(drawn)
    yield from false_lines(rows, letters)
    yield from gain_lines(rows, letters)
    yield from join_lines(answers, letters, drawn)


def drawn_lines(drawn: dict[str, Array]) -> Iterator[Line]:
    """Shares of figures with letters drawn in all panels of which all letters are read, or two or more, or wrong ones."""
    right = np.array([t == r for t, r in zip(drawn["truth"], drawn["read"], strict=True)])
    runs = np.array([len(r) >= 2 for r in drawn["read"]])
    wrong = np.array([not t.startswith(r) for t, r in zip(drawn["truth"], drawn["read"], strict=True)])
    for name, part in (
        ("a font not trained on", drawn["unseen"]),
        ("a font trained on", ~drawn["unseen"]),
        ("two panels, a font not trained on", drawn["unseen"] & (drawn["panels"] == 2)),
    ):
        value = f"{right[part].mean():.3f}, {runs[part].mean():.3f}, {wrong[part].mean():.3f}, n {part.sum()}"
        yield "letters", f"drawn in {name}: all read, two or more read, wrong or too many", "", value


def false_lines(rows: dict[str, Array], letters: Array) -> Iterator[Line]:
    """Single pictures in which a run of two or more is read."""
    runs = np.array([letter_run(str(one)) > 0 for one in letters])
    single = rows["compound"] == 0
    radiology = single & (rows["radiology"] == 1)
    rate = with_interval(lambda r: float(runs[radiology][r].mean()), units(kept(rows, radiology)))
    value = f"{runs[radiology].sum()} of {radiology.sum()}, {rate.value:.4f} ({rate.low:.4f} to {rate.high:.4f})"
    yield "letters", "single radiology with letters read", "0.01", value
    other = single & (rows["radiology"] == 0)
    yield "letters", "other single pictures with letters read", "", f"{runs[other].sum()} of {other.sum()}"
    some = [label for label in np.unique(rows["label"]) if (single & (rows["label"] == label)).sum() >= ENOUGH]
    counts = {label: (runs[p].sum(), p.sum()) for label in some if (p := single & (rows["label"] == label)).any()}
    told = [f"{label} {hits} of {n}" for label, (hits, n) in counts.items() if hits]
    rest = ", ".join(label for label, (hits, _) in counts.items() if not hits)
    yield "letters", f"by class, of {ENOUGH} or more", "", f"{'; '.join(told)}; none of {rest}"


def with_letters(rows: dict[str, Array], letters: Array) -> Array:
    """Compound scores with the letters' weights, each fold by weights fitted on the figures of the others."""
    runs = np.array([letter_run(str(one)) for one in letters])
    odds = log_odds(rows["compound_score"])
    for fold in range(FOLDS):
        inside = rows["fold"] == fold
        odds[inside] += np.array([0.0, *fit_weights(rows, letters, ~inside)])[runs[inside]]
    return np.asarray(1 / (1 + np.exp(-odds)))


def gain_lines(rows: dict[str, Array], letters: Array) -> Iterator[Line]:
    """Area and balanced accuracy on figures without and with letters, and the difference over draws of sources."""
    figures = (rows["is_figure"] == 1) & (rows["compound"] >= 0)
    before, after = rows["compound_score"][figures], with_letters(rows, letters)[figures]
    truth, source = rows["compound"][figures], rows["source"][figures]
    runs = np.array([letter_run(str(one)) for one in letters[figures]])
    told = [f"{(truth[runs == n] == 1).sum()} of {(runs == n).sum()}" for n in (1, 2)]
    yield "letters", "paper and web figures with letters read that are compound: two, more", "", ", ".join(told)
    yield (
        "letters",
        "weights fitted on all of them: two, more",
        "",
        ", ".join(f"{w:.2f}" for w in fit_weights(rows, letters)),
    )
    for name, measure in (("AUC", area), ("balanced accuracy", balanced)):
        both = [with_interval(lambda r, s=s, m=measure: m(s[r], truth[r]), source) for s in (before, after)]
        gain = with_interval(lambda r, m=measure: m(after[r], truth[r]) - m(before[r], truth[r]), source)
        yield "letters", f"paper and web figures, {name}: without, with letters", "", f"{both[0]}; {both[1]}"
        difference = f"{gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})"
        yield "letters", f"paper and web figures, {name}: what letters add, by source", "", difference
    errors = [calibration_error(scores, truth) for scores in (before, after)]
    yield "letters", "paper and web figures, ECE: without, with letters", "", f"{errors[0]:.3f}; {errors[1]:.3f}"
    some = runs > 0
    scores = [f"{np.mean((s[some] >= 0.5) == truth[some]):.3f}" for s in (before, after)]
    yield "letters", "accuracy on those with letters read: without, with", "", f"{'; '.join(scores)}, n {some.sum()}"


def join_lines(answers: Answers, letters: Array, drawn: dict[str, Array]) -> Iterator[Line]:
    """Recall of two-panel joins at 3 % false compounds, were each lettered and read as often as those drawn in a font
    that was not trained on."""
    rows, joins = answers.clean, answers.joins
    weights = fit_weights(rows, letters)
    singles = (rows["radiology"] == 1) & (rows["compound"] == 0)
    threshold = log_odds(np.quantile(with_letters(rows, letters)[singles], 1 - FALSE_COMPOUNDS))
    for name, gutter in (("with a gutter", 1), ("without", 0)):
        odds = log_odds(joins["compound_score"][joins["gutter"] == gutter])
        part = drawn["unseen"] & (drawn["panels"] == 2) & (drawn["gutter"] == gutter)
        seen = np.mean([len(read) >= 2 for read in drawn["read"][part]])
        plain, lettered = np.mean(odds > threshold), np.mean(odds + weights[0] > threshold)
        value = f"{plain:.3f}; {seen * lettered + (1 - seen) * plain:.3f}, letters read in {seen:.3f} of {part.sum()}"
        yield (
            "letters",
            f"two-panel joins {name}, recall at 3 % false: without letters; all with letters",
            "0.85",
            value,
        )
