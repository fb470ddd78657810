"""Other linkers behind one call, for bench_concepts.py: each gives a function from a caption to the CUIs it gives out.

All read the same benchmark vocabulary (`vocab.csv`, or MRCONSO.RRF and MRSTY.RRF beside it). Where a linker says what
is denied, that is left out. A linker that is not installed raises ImportError when it is made:

    python -m venv peers && peers/bin/pip install -c constraints.txt . quickumls unqlite nltk mmlite
    python -m venv medcat && medcat/bin/pip install pyarrow marisa-trie "medcat[spacy]"

MedCAT wants a newer numpy than ours: `Elsewhere` runs it in the Python of such a place.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from rocov2.concepts.normalise import key_of, tokenise
from rocov2.concepts.terms import Term, read_terms_csv
from rocov2.concepts.words import words

# (figure id, caption) -> the CUIs that a linker gives out for it
Predict = Callable[[str, str], set[str]]
STOP_WORDS = words("a an the of and or in on with for to is was at by from")


def first_meanings(terms: Iterable[Term]) -> dict[str, str]:
    """Key of a term -> the first concept that has it."""
    found: dict[str, str] = {}
    for term in terms:
        found.setdefault(key_of(term.text), term.cui)
    return found


def longest_match(terms: Iterable[Term]) -> Predict:
    """The longest run of words that is a term, from the left: case and plurals levelled, nothing more."""
    known = first_meanings(terms)
    longest = max(key.count(" ") for key in known) + 1

    def predict(_: str, text: str) -> set[str]:
        norms, at, found = tokenise(text).norms, 0, set()
        while at < len(norms):
            for end in range(min(len(norms), at + longest), at, -1):
                cui = known.get(" ".join(norms[at:end]))
                if cui:
                    found.add(cui)
                    at = end - 1
                    break
            at += 1
        return found

    return predict


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
    """QuickUMLS on a blank English pipeline: the best candidate of each span."""
    import spacy
    from quickumls import QuickUMLS, install

    spacy.load = lambda *_, **__: spacy.blank("en")
    stop_words = work / "nltk" / "corpora" / "stopwords"
    stop_words.mkdir(parents=True, exist_ok=True)
    (stop_words / "english").write_text("\n".join(sorted(STOP_WORDS)))
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


def mmlite(folder: Path, work: Path) -> Predict:
    """MetaMapLite's Python port without a tagger: the first concept of each span that its NegEx does not deny."""
    from mmlite.api import MetaMapLite, Settings
    from mmlite.index.build import build_index

    index = work / "mmlite"
    if not index.is_dir():
        build_index(folder / "MRCONSO.RRF", folder / "MRSTY.RRF", index)
    linker = MetaMapLite(Settings(index_directory=index, enable_postagging=False))

    def predict(_: str, text: str) -> set[str]:
        found = linker.process_text(text)
        return {entity.evs[0].concept.cui for entity in found if entity.evs and not entity.negated}

    return predict


def medcat(folder: Path, work: Path) -> Predict:
    """MedCAT without training, on a blank English pipeline: its own candidate of each span."""
    from medcat.cat import CAT
    from medcat.config import Config
    from medcat.model_creation.cdb_maker import CDBMaker
    from medcat.vocab import Vocab

    table = work / "medcat.csv"
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("cui", "name", "ontologies", "name_status", "type_ids", "description"))
        for term in read_terms_csv(folder / "vocab.csv"):
            writer.writerow((term.cui, term.text, "B", "P" if term.tty == "PN" else "A", "T047", ""))
    config = Config()
    config.general.nlp.provider = "regex"
    config.components.linking.train = False
    config.components.linking.similarity_threshold = -2
    cdb = CDBMaker(config).prepare_csvs([str(table)])
    vocab = Vocab()
    for word in sorted(STOP_WORDS):
        vocab.add_word(word, 1)
    vocab.init_cumsums()
    linker = CAT(cdb, vocab, config)

    def predict(_: str, text: str) -> set[str]:
        return {entity["cui"] for entity in linker.get_entities(text)["entities"].values()}

    return predict


def speed(predict: Predict, captions: list[str]) -> float:
    """Captions per CPU-second, after a warm-up on the first hundred."""
    for caption in captions[:100]:
        predict("", caption)
    start = time.process_time()
    for caption in captions:
        predict("", caption)
    return len(captions) / (time.process_time() - start)


class Elsewhere:
    """MedCAT's answers to some captions, and its speed on others, from another Python; ImportError without one."""

    def __init__(self, python: Path | None, bench: Path, captions: list[str], timed: list[str]) -> None:
        if python is None:
            raise ImportError("--medcat names no Python that has it")
        asked = json.dumps({"captions": captions, "timed": timed})
        command = [str(python), __file__, str(bench)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
        done = subprocess.run(command, input=asked, capture_output=True, text=True, env=environment, check=False)
        if done.returncode:
            raise ImportError(done.stderr.strip().splitlines()[-1])
        answer = json.loads(done.stdout.splitlines()[-1])
        self.rate: float = answer["rate"]
        self._given = {text: set(cuis) for text, cuis in zip(captions, answer["cuis"], strict=True)}

    def __call__(self, _: str, text: str) -> set[str]:
        """What it gave out for a caption that it was asked about."""
        return self._given[text]


def main() -> int:
    """Answer captions on standard input with MedCAT."""
    parser = argparse.ArgumentParser(description="MedCAT's answers to captions: JSON in, JSON out.")
    parser.add_argument("bench", type=Path)
    bench, asked = parser.parse_args().bench, json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as work:
        predict = medcat(bench, Path(work))
        cuis = [sorted(predict("", caption)) for caption in asked["captions"]]
        print(json.dumps({"cuis": cuis, "rate": speed(predict, asked["timed"])}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
