"""Compare the linker with the published labels and with other linkers, in one run.

    python scripts/bench_concepts.py                      # ours, spaCy PhraseMatcher, QuickUMLS when it is installed

On the annotated captions of the development data beside the checkout (../shared/data): strict micro precision, recall
and F1 with a bootstrap interval over captions, the paired difference from the published labels, how many denied and
doubted concepts are given out, and captions per CPU-second on the valid split. `bench` is one small vocabulary that is
the same for every linker (ours reads it with its own rules for names and senses), `open` the one that ships.
Predictions are cut to the annotated vocabulary.

Then, as a regression figure only: the agreement of the preset `published` with the automatic concepts of the valid
split.
"""

import argparse
import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.curated import IMAGING_PROCEDURES, PUBLISHED, FigureFacts, curate_concepts
from rocov2.concepts.forms import expand_terms
from rocov2.concepts.linker import Linker
from rocov2.concepts.shipped import build_shipped
from rocov2.concepts.terms import Term, read_terms_csv
from rocov2.concepts.vocabulary import Vocabulary
from rocov2.concepts.words import words

ROOT = Path(__file__).resolve().parents[1]
REGIONS = words("C0817096 C0037303 C0023216 C0000726 C0030797 C1140618 C0037949 C0006141")
DIRECTIONS = words("C1999039 C1996865 C0205129 C0205106")
INJURIES = words("C0016658 C0012691 C0009938")
RESAMPLES = 2000
# a caption -> the CUIs that a linker gives out for it
Predict = Callable[[str, str], set[str]]


@dataclass(frozen=True)
class Gold:
    """The annotated captions: what is present, and what is named but denied or doubted."""

    ids: list[str]
    captions: list[str]
    present: list[set[str]]
    denied: list[set[str]]
    doubted: list[set[str]]
    ignored: list[frozenset[str]]


def read_csv(path: Path) -> list[list[str]]:
    """The rows of a CSV file below its header."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))[1:]


class Truth:
    """The annotated captions with the rules by which they are scored (ANNOTATION.md beside them)."""

    def __init__(self, folder: Path) -> None:
        self.same = {row[0]: row[1] for row in read_csv(folder / "equivalents.csv")}
        names = [*read_csv(folder / "rocov2_cui_names.csv"), *read_csv(folder / "rocov2_cui_names_missing.csv")]
        self.vocabulary = frozenset(row[0] for row in names) | INJURIES
        lines = (folder / "annotated_valid100.jsonl").read_text("utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
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


def ours(vocabulary: Vocabulary, statuses: frozenset[str]) -> Predict:
    """Our linker as a prediction: the concepts whose mention has one of the statuses."""
    linker = Linker(vocabulary)
    return lambda figure, text: {m.cui for m in linker.link_caption(figure, text) if m.status in statuses}


def phrase_matcher(terms: Iterable[Term]) -> Predict:
    """spaCy's PhraseMatcher on lower-case text: every match, no ranking, no assertion."""
    import spacy
    from spacy.matcher import PhraseMatcher

    pipeline = spacy.blank("en")
    matcher = PhraseMatcher(pipeline.vocab, attr="LOWER")
    by_cui: dict[str, list[str]] = {}
    for term in terms:
        by_cui.setdefault(term.cui, []).append(term.text)
    for cui, texts in by_cui.items():
        matcher.add(cui, [pipeline.make_doc(text) for text in texts])

    def predict(_: str, text: str) -> set[str]:
        document = pipeline.make_doc(text)
        return {pipeline.vocab.strings[match] for match, _, _ in matcher(document)}

    return predict


def quickumls(folder: Path, threshold: float, work: Path) -> Predict:
    """QuickUMLS on a blank English pipeline: the best candidate of each span. ImportError when it is not installed."""
    import os

    import spacy
    from quickumls import QuickUMLS, install

    spacy.load = lambda *_, **__: spacy.blank("en")
    stop_words = work / "nltk" / "corpora" / "stopwords"
    stop_words.mkdir(parents=True, exist_ok=True)
    (stop_words / "english").write_text("\n".join(words("a an the of and or in on with for to is was at by from")))
    os.environ["NLTK_DATA"] = str(work / "nltk")
    import nltk

    nltk.data.path.insert(0, str(work / "nltk"))
    index = work / "quickumls"
    if not index.is_dir():
        index.mkdir()
        arguments, sys.argv = sys.argv, ["install", "-L", "-d", "unqlite", str(folder), str(index)]
        install.main()
        sys.argv = arguments
    matcher = QuickUMLS(str(index), threshold=threshold, accepted_semtypes=None)

    def predict(_: str, text: str) -> set[str]:
        return {max(found, key=lambda c: (c["similarity"], c["cui"]))["cui"] for found in matcher.match(text)}

    return predict


def speed(predict: Predict, captions: list[str]) -> float:
    """Captions per CPU-second, after a warm-up on the first hundred."""
    for caption in captions[:100]:
        predict("", caption)
    start = time.process_time()
    for caption in captions:
        predict("", caption)
    return len(captions) / (time.process_time() - start)


def agreement(vocabulary: Vocabulary, folder: Path) -> tuple[float, float]:
    """Micro recall and precision of the preset `published` against the automatic concepts of the whole valid split."""
    linker = Linker(vocabulary)
    labels = {row[0]: set(row[1].split(";")) for row in read_csv(folder / "rocov2_valid_concepts.csv")}
    manual = {row[0]: set(row[1].split(";")) - {""} for row in read_csv(folder / "rocov2_valid_concepts_manual.csv")}
    known = frozenset(cui for cuis in labels.values() for cui in cuis)
    both = given = there = 0
    for figure_id, caption in read_csv(folder / "rocov2_valid_captions.csv"):
        # any modality: what it drops is what the published tables drop
        facts = FigureFacts(figure_id, "CT" if manual[figure_id] else "COMBINED", 1.0)
        concepts = curate_concepts(facts, linker.link_caption(figure_id, caption), PUBLISHED)
        mine = {c.cui for c in concepts if c.kind == "concept"} & known - manual[figure_id]
        automatic = labels[figure_id] - manual[figure_id]
        both, given, there = both + len(mine & automatic), given + len(mine), there + len(automatic)
    return both / there, both / given


def report(name: str, counts: np.ndarray, base: np.ndarray, rate: float | None) -> None:
    """Print one line of the table."""
    picks = np.random.default_rng(0).integers(0, len(counts), (RESAMPLES, len(counts)))
    total = counts.sum(axis=0)
    difference = f1(counts[picks]) - f1(base[picks])
    line = f"{name:28} {total[0] / max(total[1], 1):.3f} {total[0] / total[2]:.3f} {f1(counts):.3f}"
    line += f" {interval(f1(counts[picks]))}  {f1(counts) - f1(base):+.3f} {interval(difference):17}"
    line += f"  {int(total[3]):3} {int(total[4]):3}"
    print(line + (f"  {rate:9,.0f}" if rate else "          -"), flush=True)


def main() -> int:
    """Build the vocabularies, run every linker, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--captions", type=int, default=3000, help="captions of the valid split to time (default 3000)")
    arguments = parser.parse_args()
    folder, bench = arguments.shared / "captions", arguments.shared / "vocabulary" / "benchmark"
    truth = Truth(folder)
    published = {row[0]: set(row[1].split(";")) for row in read_csv(folder / "rocov2_valid_concepts.csv")}
    base = truth.counts(lambda figure, _: published[figure])
    timed = [row[1] for row in read_csv(folder / "rocov2_valid_captions.csv")][: arguments.captions]
    senses = ROOT / "data" / "vocabulary" / "senses.csv"
    with tempfile.TemporaryDirectory() as work:
        vocabularies = {
            "bench": build_vocabulary(expand_terms(read_terms_csv(bench / "vocab.csv")), Path(work) / "bench", senses),
            "open": build_shipped(ROOT / "data" / "vocabulary", Path(work) / "open"),
        }
        print(f"{len(truth.ids)} annotated captions, {int(base.sum(axis=0)[2])} concepts present, ", end="")
        print(f"{sum(map(len, truth.denied))} denied, {sum(map(len, truth.doubted))} doubted")
        head = "P     R     F1    95 % interval   against published          denied, doubted given  captions/CPU-s"
        print(f"{'':28} {head}")
        report("published labels", base, base, None)
        everything = frozenset({"present", "negated", "uncertain", "historical"})
        rows: list[tuple[str, Callable[[], Predict]]] = []
        for name, vocabulary in vocabularies.items():
            rows.append((f"rocov2, {name}", lambda v=vocabulary: ours(v, frozenset({"present"}))))
        rows += [
            ("rocov2, open, no assertion", lambda: ours(vocabularies["open"], everything)),
            ("PhraseMatcher, bench", lambda: phrase_matcher(read_terms_csv(bench / "vocab.csv"))),
            ("PhraseMatcher, open", lambda: phrase_matcher(vocabulary_terms(vocabularies["open"]))),
            ("QuickUMLS 0.7, bench", lambda: quickumls(bench, 0.7, Path(work))),
            ("QuickUMLS 0.9, bench", lambda: quickumls(bench, 0.9, Path(work))),
        ]
        for name, make in rows:
            try:
                predict = make()
            except ImportError as error:
                print(f"{name:28} not run: {error}")
                continue
            report(name, truth.counts(predict), base, speed(predict, timed))
        recall, precision = agreement(vocabularies["open"], folder)
        print(
            f"agreement with the automatic concepts, preset published: recall {recall:.3f}, precision {precision:.3f}"
        )
    return 0


def vocabulary_terms(vocabulary: Vocabulary) -> Iterable[Term]:
    """The keys of a vocabulary as terms of their best concept."""
    for key, candidates in vocabulary.forms():
        yield Term(candidates[0].cui, key)


if __name__ == "__main__":
    sys.exit(main())
