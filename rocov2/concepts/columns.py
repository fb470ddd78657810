"""Terms streamed into compact columns: what is held of a term is two dozen bytes, its key goes to a file.

Codes stand for what repeats (sources, term types, semantic types), numbers for CUIs, so that eight million terms fit
into a few hundred megabytes before anything is sorted.
"""

from array import array
from collections.abc import Iterable
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rocov2.concepts.normalise import is_cased, key_of
from rocov2.concepts.terms import Term, is_cui
from rocov2.errors import ConfigError

Numbers = npt.NDArray[Any]
MAX_KEY_TOKENS = 12
_BATCH = 100_000


class Codes:
    """Texts numbered as they come."""

    def __init__(self) -> None:
        self.of: dict[str, int] = {}

    def code(self, text: str) -> int:
        """The number of a text."""
        return self.of.setdefault(text, len(self.of))

    def ranks(self) -> Numbers:
        """For each number, the place of its text among the sorted texts."""
        order = sorted(self.of)
        ranks = np.empty(len(order), np.uint32)
        ranks[[self.of[text] for text in order]] = np.arange(len(order))
        return ranks


class Rows:
    """The (key, CUI) rows as columns; row n has the key on line n of the key file, and `hashes[n]` of it."""

    def __init__(self) -> None:
        self.hashes, self.cuis, self.priors, self.cased = array("q"), array("I"), array("f"), array("B")
        self.source_codes, self.tty_codes = array("I"), array("I")
        self.sources, self.ttys = Codes(), Codes()

    def add(self, key: str, cui: int, term: Term) -> None:
        """Take in a term under its key."""
        self.hashes.append(hash(key))
        self.cuis.append(cui)
        self.priors.append(term.prior)
        self.cased.append(is_cased(term.text))
        self.source_codes.append(self.sources.code(term.source))
        self.tty_codes.append(self.ttys.code(term.tty))

    def __len__(self) -> int:
        return len(self.cuis)


class Concepts:
    """What the terms say of each CUI: the best name, the union of the semantic types, whether it is core.

    A core name beats another, a given name a spelling, then the prior decides, then the string. Terms of one CUI that
    come one after the other make one row, so that a UMLS release makes one row a concept.
    """

    def __init__(self) -> None:
        self._cuis, self._tuis = array("I"), array("I")
        self._not_core, self._not_given, self._below = array("B"), array("B"), array("d")
        self._types = Codes()
        self._chunks: list[pa.Array] = []
        self._names: list[str] = []
        self._open = (-1, -1)
        self._best = (True, True, 0.0, "")

    def add(self, cui: int, term: Term) -> None:
        """Take in a term."""
        rank = (not term.is_core, not term.name, -term.prior, term.name or term.text)
        this = (cui, self._types.code(term.tui))
        if this != self._open:
            self._close()
            self._open, self._best = this, rank
        elif rank < self._best:
            self._best = rank

    def _close(self) -> None:
        cui, tui = self._open
        if cui < 0:
            return
        self._cuis.append(cui)
        self._tuis.append(tui)
        not_core, not_given, below, name = self._best
        self._not_core.append(not_core)
        self._not_given.append(not_given)
        self._below.append(below)
        self._names.append(name)
        if len(self._names) >= _BATCH:
            self._chunks.append(pa.array(self._names, pa.string()))
            self._names = []

    def table(self) -> tuple[Numbers, pa.Table]:
        """The CUIs as numbers, sorted, and the concepts in their order: cui, tui, name, is_core. Ends the taking in."""
        self._close()
        self._open = (-1, -1)
        names = pa.chunked_array([*self._chunks, pa.array(self._names, pa.string())])
        self._chunks, self._names = [], []
        columns = (("cui", self._cuis), ("core", self._not_core), ("given", self._not_given), ("below", self._below))
        table = pa.table({name: pa.array(numbers(column)) for name, column in columns} | {"name": names})
        order = pc.sort_indices(table, [(name, "ascending") for name in table.column_names]).to_numpy()
        cuis = numbers(self._cuis)[order]
        first = starts(cuis)
        best = order[first]
        found = {
            "cui": _cui_texts(cuis[first]),
            "tui": self._unions(cuis[first]),
            "name": names.take(pa.array(best)),
            "is_core": pa.array(numbers(self._not_core)[best] == 0),
        }
        return cuis[first], pa.table(found)

    def _unions(self, cuis: Numbers) -> pa.Array:
        """The semantic types of each of the sorted CUIs, sorted and joined with ';'."""
        unions = Codes()
        canonical = [unions.code(_union(text.split(";"))) for text in self._types.of]
        types = np.array(canonical, np.uint32)[numbers(self._tuis)]
        pairs = np.unique(numbers(self._cuis).astype(np.uint64) << 32 | types)
        codes = (pairs & 0xFFFFFFFF).astype(np.uint32)
        begins = np.searchsorted(pairs >> 32, cuis)
        ends = np.append(begins[1:], len(pairs))
        chosen = codes[begins]
        known = list(unions.of)
        for row in np.flatnonzero(ends - begins > 1).tolist():
            several = [known[code] for code in codes[begins[row] : ends[row]].tolist()]
            chosen[row] = unions.code(_union(";".join(several).split(";")))
        return pa.array(list(unions.of), pa.string()).take(pa.array(chosen))


def _union(types: Iterable[str]) -> str:
    return ";".join(sorted({*types} - {""}))


def collect(terms: Iterable[Term], keys: TextIO) -> tuple[Rows, Concepts]:
    """Stream terms into columns, and their keys, one a line, into `keys`.

    A term of more than MAX_KEY_TOKENS tokens, or of none, gives its concept a name and no row. ConfigError for what is
    not a CUI.
    """
    rows, concepts = Rows(), Concepts()
    for term in terms:
        if not is_cui(term.cui):
            raise ConfigError(f"{term.cui!r} of the term {term.text!r} is not a CUI", "A CUI is C and seven digits.")
        cui = int(term.cui[1:])
        concepts.add(cui, term)
        key = key_of(term.text)
        if key and key.count(" ") < MAX_KEY_TOKENS:
            rows.add(key, cui, term)
            keys.write(key + "\n")
    return rows, concepts


def starts(column: Numbers) -> Numbers:
    """Where each run of equal values of a sorted column begins."""
    return np.flatnonzero(np.append(True, column[1:] != column[:-1])) if len(column) else np.empty(0, np.int64)


def numbers(column: "array[int] | array[float]") -> Numbers:
    """A column as numpy sees it, not copied."""
    return np.frombuffer(column, column.typecode) if column else np.empty(0, column.typecode)


def _cui_texts(cuis: Numbers) -> pa.ChunkedArray:
    """CUIs as text, a batch at a time."""
    batches = (cuis[start : start + _BATCH].tolist() for start in range(0, len(cuis), _BATCH))
    return pa.chunked_array([pa.array([f"C{cui:07d}" for cui in batch], pa.string()) for batch in batches], pa.string())
