"""Compare the linker with the published labels and with other linkers, in one run.

    python scripts/bench_concepts.py            # every linker of concept_peers.py that this Python has

On the annotated captions of the development data beside the checkout (../shared/data): strict micro precision, recall
and F1 with a bootstrap interval over captions, the paired difference of ours from it, how many denied and doubted
concepts are given out, and captions per CPU-second on the valid split. `bench` is one small vocabulary that is the same
for every linker (ours reads it with its own rules for names and senses), `open` the one that ships. Predictions are cut
to the annotated vocabulary.

Then what each source of terms adds to the vocabulary that ships, and what a second pass; and, as figures to watch only, the agreement of the
preset `published` with the automatic concepts of the valid split, and of modality, region and view, read from the
caption alone, with the manual ones.
"""

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from concept_peers import Elsewhere, Predict, longest_match, mmlite, phrase_matcher, quickumls, speed

from rocov2.captions.modality import MODALITIES, body_region, modality_cues, view
from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.curated import IMAGING_PROCEDURES, MODALITY_CUIS, PUBLISHED, FigureFacts, curate_concepts
from rocov2.concepts.forms import DERIVED, expand_terms
from rocov2.concepts.linker import Linker
from rocov2.concepts.second_pass import SecondPass
from rocov2.concepts.shipped import NAMES, OWN, build_shipped, shipped_terms
from rocov2.concepts.terms import Term, read_terms_csv
from rocov2.concepts.vocabulary import Vocabulary
from rocov2.concepts.words import words

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data" / "vocabulary"
REGIONS = words("C0817096 C0037303 C0023216 C0000726 C0030797 C1140618 C0037949 C0006141")
DIRECTIONS = words("C1999039 C1996865 C0205129 C0205106")
INJURIES = words("C0016658 C0012691 C0009938")
PRESENT = frozenset({"present"})
RESAMPLES = 2000


@dataclass(frozen=True)
class Row:
    """A line of the table: who, how it is made, and on which vocabulary."""

    name: str
    make: Callable[[], Predict]


def read_csv(path: Path) -> list[list[str]]:
    """The rows of a CSV file below its header."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))[1:]


class Truth:
    """The annotated captions with the rules by which they are scored (ANNOTATION.md beside them)."""

    def __init__(self, folder: Path, annotated: Path) -> None:
        self.same = {row[0]: row[1] for row in read_csv(folder / "equivalents.csv")}
        names = [*read_csv(folder / "rocov2_cui_names.csv"), *read_csv(folder / "rocov2_cui_names_missing.csv")]
        self.vocabulary = frozenset(row[0] for row in names) | INJURIES
        rows = [json.loads(line) for line in annotated.read_text("utf-8").splitlines()]
        self.ignored = [
            IMAGING_PROCEDURES | DIRECTIONS | (REGIONS if row["xray_image"] else frozenset()) for row in rows
        ]
        self.ids = [row["id"] for row in rows]
        self.captions = [row["caption"] for row in rows]
        self.present = [self.fold(set(row["present"]) - out) for row, out in zip(rows, self.ignored, strict=True)]
        self.denied = [self.fold(row["absent"]) - gold for row, gold in zip(rows, self.present, strict=True)]
        self.doubted = [self.fold(row["uncertain"]) - gold for row, gold in zip(rows, self.present, strict=True)]

    def fold(self, cuis: Iterable[str]) -> set[str]:
        """Quasi-synonyms as one."""
        return {self.same.get(cui, cui) for cui in cuis}

    def counts(self, predict: Predict) -> np.ndarray:
        """One row a caption: true positives, predicted, annotated, denied ones given out, doubted ones given out."""
        rows = []
        for i, (figure_id, caption) in enumerate(zip(self.ids, self.captions, strict=True)):
            given = self.fold((predict(figure_id, caption) & self.vocabulary) - self.ignored[i])
            gold, denied, doubted = self.present[i], self.denied[i], self.doubted[i]
            rows.append([len(given & gold), len(given), len(gold), len(given & denied), len(given & doubted)])
        return np.array(rows, float)


def f1(counts: np.ndarray) -> np.ndarray:
    """Micro F1 of summed counts, over the last axis but one."""
    total = counts.sum(axis=-2)
    return 2 * total[..., 0] / np.maximum(total[..., 1] + total[..., 2], 1)


def interval(values: np.ndarray) -> str:
    """The middle 95 % of bootstrap values."""
    low, high = np.percentile(values, [2.5, 97.5])
    return f"[{low:+.3f} {high:+.3f}]" if low < 0 else f"[{low:.3f} {high:.3f}]"


def ours(vocabulary: Vocabulary, statuses: frozenset[str] = PRESENT) -> Predict:
    """Our linker as a prediction: the concepts whose mention has one of the statuses (empty: any)."""
    linker = Linker(vocabulary)
    return lambda figure, text: {
        m.cui for m in linker.link_caption(figure, text) if not statuses or m.status in statuses
    }


def report(name: str, counts: np.ndarray, best: np.ndarray, rate: float | None) -> None:
    """Print one line of the table; `best` is what the paired difference is taken from."""
    picks = np.random.default_rng(0).integers(0, len(counts), (RESAMPLES, len(counts)))
    total = counts.sum(axis=0)
    difference = f1(best[picks]) - f1(counts[picks])
    line = f"{name:28} {total[0] / max(total[1], 1):.3f} {total[0] / total[2]:.3f} {f1(counts):.3f}"
    line += f" {interval(f1(counts[picks]))}  {f1(best) - f1(counts):+.3f} {interval(difference):17}"
    line += f"  {int(total[3]):3} {int(total[4]):3}"
    print(line + (f"  {rate:9,.0f}" if rate else "          -"), flush=True)


def linkers(bench: Path, work: Path, shared: Vocabulary, shipped: Vocabulary) -> list[Row]:
    """Every linker of the table, ours first."""
    terms = list(read_terms_csv(bench / "vocab.csv"))
    return [
        Row("rocov2, bench", lambda: ours(shared)),
        Row("rocov2, open", lambda: ours(shipped)),
        Row("rocov2, open, no assertion", lambda: ours(shipped, frozenset())),
        Row("longest match, bench", lambda: longest_match(terms)),
        Row("the same with our forms", lambda: longest_match(by_prior(expand_terms(terms)))),
        Row("PhraseMatcher, bench", lambda: phrase_matcher(terms)),
        Row("PhraseMatcher, open", lambda: phrase_matcher(vocabulary_terms(shipped))),
        Row("QuickUMLS 0.7, bench", lambda: quickumls(bench, 0.7, work)),
        Row("QuickUMLS 0.9, bench", lambda: quickumls(bench, 0.9, work)),
        Row("mmlite, bench", lambda: mmlite(bench, work)),
    ]


def by_prior(terms: Iterable[Term]) -> list[Term]:
    """Terms from the best prior down, for linkers that take the first meaning."""
    return sorted(terms, key=lambda term: -term.prior)


def vocabulary_terms(vocabulary: Vocabulary) -> Iterator[Term]:
    """The keys of a vocabulary as terms of their best concept."""
    for key, candidates in vocabulary.forms():
        yield Term(candidates[0].cui, key)


def sources(truth: Truth, best: np.ndarray, work: Path) -> None:
    """What each source of terms adds: the vocabulary that ships, built up source by source."""
    terms = list(shipped_terms(DATA))
    order = [NAMES, DERIVED, OWN, *sorted({term.source for term in terms} - {NAMES, DERIVED, OWN})]
    print("\nthe vocabulary that ships, built up (what is missing to all of it in the column of differences)")
    for i, source in enumerate(order):
        some = [term for term in terms if term.source in order[: i + 1]]
        vocabulary = build_vocabulary(some, work / f"sources{i}", DATA / "senses.csv")
        report(f"{'+ ' if i else ''}{source}, {len(some):,} terms", truth.counts(ours(vocabulary)), best, None)


def second_pass(truth: Truth, shipped: Vocabulary, best: np.ndarray) -> None:
    """What scispaCy's candidates add to the vocabulary that ships, by the least similarity."""
    print("\nthe vocabulary that ships with a second pass (without it less with it in the column of differences)")
    for least in (0.95, 0.9, 0.85, 0.8, 0.7):
        linker = SecondPass(Linker(shipped), least)
        found = {name: list(linker.link([(name, text)])) for name, text in zip(truth.ids, truth.captions, strict=True)}
        more = sum(m.origin == "second_pass" for mentions in found.values() for m in mentions)
        given = {name: {m.cui for m in mentions if m.status in PRESENT} for name, mentions in found.items()}
        report(f"{least}, {more} mentions more", truth.counts(partial(_given, given)), best, None)


def _given(given: dict[str, set[str]], figure_id: str, _: str) -> set[str]:
    """What was found for a caption before."""
    return given[figure_id]


def manual_of(caption: str, figure_id: str) -> FigureFacts:
    """What a caption alone says of modality, region and view."""
    cues = modality_cues(caption)
    modality = max(MODALITIES, key=lambda code: cues.get(code, 0.0)) if cues else ""
    return FigureFacts(figure_id, modality, cues.get(modality, 0.0), body_region(caption), view(caption))


def agreement(vocabulary: Vocabulary, folder: Path) -> None:
    """The preset `published` against the automatic concepts of the whole valid split; manual ones by captions alone."""
    linker = Linker(vocabulary)
    labels = {row[0]: set(row[1].split(";")) for row in read_csv(folder / "rocov2_valid_concepts.csv")}
    manual = {row[0]: set(row[1].split(";")) - {""} for row in read_csv(folder / "rocov2_valid_concepts_manual.csv")}
    known = frozenset(cui for cuis in labels.values() for cui in cuis)
    kinds = {
        "modality": frozenset(cui for cui, _ in MODALITY_CUIS.values()),
        "region": REGIONS,
        "view": DIRECTIONS,
        "automatic": known,
    }
    tally = {kind: np.zeros(3) for kind in kinds}
    for figure_id, caption in read_csv(folder / "rocov2_valid_captions.csv"):
        truth = manual[figure_id]
        # any modality: what it drops is what the published tables drop
        facts = FigureFacts(figure_id, "CT" if truth else "COMBINED", 1.0)
        linked = curate_concepts(facts, linker.link_caption(figure_id, caption), PUBLISHED)
        given = {c.cui for c in linked if c.kind == "concept"} & known - truth
        tally["automatic"] += _three(given, labels[figure_id] - truth)
        said = {c.cui for c in curate_concepts(manual_of(caption, figure_id), [], PUBLISHED)}
        for kind in ("modality", "region", "view"):
            tally[kind] += _three(said & kinds[kind], truth & kinds[kind])
    print("\nagreement with the published valid split, preset published, from captions alone")
    for kind, (both, given, there) in tally.items():
        print(f"{kind:12} precision {both / given:.3f}  recall {both / there:.3f}  of {int(there):,}")


def _three(given: set[str], there: set[str]) -> np.ndarray:
    """Both, given, there."""
    return np.array([len(given & there), len(given), len(there)], float)


def compare(truth: Truth, rows: list[Row], published: Predict, timed: list[str]) -> np.ndarray:
    """Print the table; returns the counts of the vocabulary that ships."""
    head = "P     R     F1    95 % interval   rocov2 bench less it       denied, doubted given  captions/CPU-s"
    print(f"{'':28} {head}")
    best = truth.counts(rows[0].make())
    report("published labels", truth.counts(published), best, None)
    found: dict[str, np.ndarray] = {}
    for row in rows:
        try:
            predict = row.make()
        except ImportError as error:
            print(f"{row.name:28} not run: {error}")
            continue
        found[row.name] = truth.counts(predict)
        report(row.name, found[row.name], best, getattr(predict, "rate", 0.0) or speed(predict, timed))
    return found["rocov2, open"]


def main() -> int:
    """Build the vocabularies, run every linker, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--annotated", type=Path, help="annotated captions  [default: annotated_valid100.jsonl]")
    parser.add_argument("--captions", type=int, default=3000, help="captions of the valid split to time (default 3000)")
    parser.add_argument("--medcat", type=Path, help="a Python that has MedCAT (see concept_peers.py)")
    arguments = parser.parse_args()
    folder, bench = arguments.shared / "captions", arguments.shared / "vocabulary" / "benchmark"
    truth = Truth(folder, arguments.annotated or folder / "annotated_valid100.jsonl")
    labels = {row[0]: set(row[1].split(";")) for row in read_csv(folder / "rocov2_valid_concepts.csv")}
    timed = [row[1] for row in read_csv(folder / "rocov2_valid_captions.csv")][: arguments.captions]
    print(f"{len(truth.ids)} annotated captions, {sum(map(len, truth.present))} concepts present, ", end="")
    print(f"{sum(map(len, truth.denied))} denied, {sum(map(len, truth.doubted))} doubted")
    with tempfile.TemporaryDirectory() as work:
        terms = expand_terms(read_terms_csv(bench / "vocab.csv"))
        shared = build_vocabulary(terms, Path(work) / "bench", DATA / "senses.csv")
        shipped = build_shipped(DATA, Path(work) / "open")
        rows = linkers(bench, Path(work), shared, shipped)
        medcat = partial(Elsewhere, arguments.medcat, bench, truth.captions, timed)
        rows.append(Row("MedCAT untrained, bench", medcat))
        best = compare(truth, rows, lambda figure, _: labels.get(figure, set()), timed)
        sources(truth, best, Path(work))
        second_pass(truth, shipped, best)
        agreement(shipped, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
