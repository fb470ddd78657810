"""The open vocabulary that ships: files of `data/vocabulary` become terms, and those a built vocabulary.

concepts.csv        every CUI of the published dataset and the injuries it lacks: name, semantic type, our own terms
open_terms.tsv.gz   names and synonyms of open ontologies, joined to CUIs (written by scripts/build_vocabulary.py)
compounds.csv       forms that stand for several concepts together ("splenomegaly")
rules.csv           drop, add, rename, prefer
senses.csv          when an ambiguous form means which concept
body_parts.csv      which body part is a part or a kind of which (written by scripts/build_body_parts.py)
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.forms import expand_terms
from rocov2.concepts.hierarchy import read_body_parts
from rocov2.concepts.rows import open_text
from rocov2.concepts.senses import read_senses
from rocov2.concepts.terms import ALL_OF, Term, apply_rules, is_cui, read_rules, read_terms_csv
from rocov2.concepts.vocabulary import Vocabulary, open_vocabulary
from rocov2.errors import ConfigError

_FILES = ("concepts.csv", "compounds.csv", "open_terms.tsv.gz", "rules.csv", "senses.csv", "body_parts.csv")
OWN = "ROCOV2-OWN"
NAMES = "ROCOV2"
# below our own terms and names: where one spelling has several concepts, the listed one comes first
_OPEN_PRIOR = 0.85


def read_concepts(path: Path) -> Iterator[Term]:
    """Yield the terms of a concepts file `cui,name,tui,terms` (terms separated by '|'), all of them core."""
    with open_text(path) as stream:
        rows = csv.DictReader(stream)
        for row in rows:
            cui, name, tui = row["cui"], row["name"], row["tui"]
            if not is_cui(cui) or not name:
                raise ConfigError(f"{path}:{rows.line_num}: no CUI or no name", "Each row is cui,name,tui,terms.")
            yield Term(cui, name, tui, name, NAMES, "PN", 0.96, True)
            for text in filter(None, row["terms"].split("|")):
                yield Term(cui, text, tui, name, OWN, "SY", 1.0, True)


def shipped_terms(folder: Path, extra: Iterable[Term] = ()) -> Iterator[Term]:
    """Yield every term of the open vocabulary in `folder`, with `extra` ones (a UMLS release), after the rules."""
    ontologies = folder / "open_terms.tsv.gz"
    terms = chain(
        expand_terms(read_concepts(folder / "concepts.csv")),
        _compound_terms(folder),
        _sense_terms(folder),
        (replace(term, prior=_OPEN_PRIOR) for term in read_terms_csv(ontologies)) if ontologies.is_file() else (),
        extra,
    )
    rules = folder / "rules.csv"
    return apply_rules(terms, read_rules(rules) if rules.is_file() else ())


def _compound_terms(folder: Path) -> Iterator[Term]:
    """Yield a term for each concept of a form that stands for several together (compounds.csv: `form,cuis,reason`).

    ConfigError names file, line and CUI of a concept that concepts.csv lacks.
    """
    known = {term.cui for term in read_concepts(folder / "concepts.csv")}
    path = folder / "compounds.csv"
    with open_text(path) as stream:
        rows = csv.DictReader(stream)
        for row in rows:
            for cui in row["cuis"].split(";"):
                if cui not in known:
                    raise ConfigError(f"{path}:{rows.line_num}: {cui!r} is not in concepts.csv", "Use a CUI of it.")
                yield Term(cui, row["form"], source=OWN, tty=ALL_OF, prior=1.0)


def _sense_terms(folder: Path) -> Iterator[Term]:
    """Yield a term for each form and concept that a sense rule speaks of, so that the rule can choose it."""
    concepts = {term.cui: term for term in read_concepts(folder / "concepts.csv") if term.tty == "PN"}
    for rules in read_senses(folder / "senses.csv").values():
        for rule in rules:
            if rule.cui in concepts:
                known = concepts[rule.cui]
                yield Term(rule.cui, rule.form, known.tui, known.name, OWN, "SY", 0.95, True)


def shipped_parts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the relations (part, whole) of the open hierarchy of body parts in `folder`, where there is one."""
    path = folder / "body_parts.csv"
    return read_body_parts(path) if path.is_file() else iter(())


def build_shipped(
    folder: Path, out: Path, extra: Iterable[Term] = (), parts: Iterable[tuple[str, str]] = ()
) -> Vocabulary:
    """Build the open vocabulary of `folder` into `out` and open it; `extra` and `parts` are a UMLS release's."""
    terms = shipped_terms(folder, extra)
    return build_vocabulary(terms, out, folder / "senses.csv", chain(shipped_parts(folder), parts))


def shipped_vocabulary(folder: Path, cache: Path) -> Vocabulary:
    """Open the open vocabulary, built below `cache` under the digest of its source files the first time."""
    total = hashlib.sha256()
    for name in _FILES:
        path = folder / name
        total.update(name.encode() + (path.read_bytes() if path.is_file() else b""))
    out = cache / total.hexdigest()[:16]
    if (out / "vocabulary.json").is_file():
        return open_vocabulary(out)
    return build_shipped(folder, out)
