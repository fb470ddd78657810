"""A vocabulary on disk, opened: keys in a marisa-trie and flat Arrow columns, all memory-mapped.

    keys.marisa       key (normal tokens, each followed by a blank) -> key id
    candidates.arrow  for each key id, in order: concept row, term type, source, prior, whether capitals are needed
    offsets.arrow     first candidate of each key id, and the end
    concepts.arrow    cui, tui, name, is_core of each concept row, by CUI
    senses.csv        when an ambiguous form means which concept, if there are such rules
    parts.arrow       part and whole of each relation of body parts, as numbers of CUIs, by part, if there are any
    vocabulary.json   counts and the digest

Opening maps the files; nothing is read until it is asked for, and workers share the pages. `digest` (SHA-256 over the
files) goes into each mention.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import marisa_trie
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rocov2.concepts.normalise import key_of
from rocov2.concepts.senses import SenseRule, SenseRules, read_senses
from rocov2.errors import ConfigError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """One concept that a key may stand for."""

    cui: str
    name: str
    tui: str
    prior: float
    is_cased: bool
    is_core: bool
    source: str
    tty: str


class Vocabulary:
    """A built vocabulary, memory-mapped; cheap to open in each worker, and safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        try:
            self.info: dict[str, Any] = json.loads((folder / "vocabulary.json").read_text("utf-8"))
            if self.info.get("format") != FORMAT:
                raise ConfigError(f"{folder} is a vocabulary of another format", "Build it again.")
            self.trie = marisa_trie.Trie().mmap(str(folder / "keys.marisa"))
            self._candidates = _map_table(folder / "candidates.arrow")
            self._offsets = _map_table(folder / "offsets.arrow")["offset"].chunk(0).to_numpy()
            self._concepts = _map_table(folder / "concepts.arrow")
        except (OSError, ValueError, pa.ArrowInvalid) as error:
            advice = "Build one with `rocov2 vocabulary build`, or name none to use the open one."
            raise ConfigError(f"{folder} is not a vocabulary: {error}", advice) from error
        self.folder = folder
        self.digest: str = self.info["digest"]
        self._cache: dict[int, tuple[Candidate, ...]] = {}

    @cached_property
    def _columns(self) -> dict[str, Any]:
        table = self._candidates
        return {name: table[name].chunk(0).to_numpy(zero_copy_only=False) for name in ("concept", "prior", "is_cased")}

    @cached_property
    def _values(self) -> tuple[list[pa.Array], list[pa.Array]]:
        """The columns that are read a value at a time, of concepts and of candidates, as arrays over their pages."""
        concepts = [self._concepts[name].chunk(0) for name in ("cui", "tui", "name", "is_core")]
        return concepts, [self._candidates[name].chunk(0) for name in ("source", "tty")]

    def candidates(self, key_id: int) -> tuple[Candidate, ...]:
        """The concepts of a key, best prior first."""
        found = self._cache.get(key_id)
        if found is None:
            first, end = int(self._offsets[key_id]), int(self._offsets[key_id + 1])
            found = tuple(self._candidate(row) for row in range(first, end))
            self._cache[key_id] = found
        return found

    def _candidate(self, row: int) -> Candidate:
        columns = self._columns
        place = int(columns["concept"][row])
        of_concept, of_candidate = self._values
        cui, tui, name, is_core = (values[place].as_py() for values in of_concept)
        source, tty = (values[row].as_py() for values in of_candidate)
        prior = round(float(columns["prior"][row]), 3)
        return Candidate(cui, name, tui, prior, bool(columns["is_cased"][row]), bool(is_core), source, tty)

    def lookup(self, text: str) -> tuple[Candidate, ...]:
        """The concepts that `text` is a spelling of, whatever its case, number or hyphens; empty when there is none."""
        key_id = self.trie.get(key_of(text) + " ")
        return () if key_id is None else self.candidates(key_id)

    @cached_property
    def senses(self) -> SenseRules:
        """The sense rules that were built in; empty when there are none."""
        path = self.folder / "senses.csv"
        return read_senses(path) if path.is_file() else {}

    def wholes(self, cui: str) -> tuple[str, ...]:
        """The concepts that a body part is a part or a kind of, by the hierarchy that was built in, sorted."""
        parts, wholes = self._relations
        first, end = np.searchsorted(parts, (int(cui[1:]), int(cui[1:]) + 1))
        return tuple(f"C{whole:07d}" for whole in wholes[first:end].tolist())

    @cached_property
    def _relations(self) -> tuple[Any, Any]:
        """Part and whole of each relation of body parts, as numbers of CUIs, by part."""
        path = self.folder / "parts.arrow"
        if not path.is_file():
            return np.empty(0, np.uint32), np.empty(0, np.uint32)
        table = _map_table(path)
        return table["part"].chunk(0).to_numpy(), table["whole"].chunk(0).to_numpy()

    def relation_count(self) -> int:
        """How many relations of body parts there are."""
        return len(self._relations[0])

    def idle_senses(self) -> list[SenseRule]:
        """The sense rules about concepts that this vocabulary lacks: rules are shared, and a UMLS release has more."""
        rules = [rule for some in self.senses.values() for rule in some if rule.cui]
        column = self._concepts["cui"]
        wanted = pa.array([rule.cui for rule in rules], pa.string())
        known = frozenset(pc.filter(column, pc.is_in(column, wanted)).to_pylist())
        return [rule for rule in rules if rule.cui not in known]

    @cached_property
    def names(self) -> dict[str, tuple[str, str]]:
        """CUI -> (preferred name, semantic types)."""
        table = self._concepts.to_pydict()
        return dict(zip(table["cui"], zip(table["name"], table["tui"], strict=True), strict=True))

    def source_counts(self) -> dict[str, int]:
        """Source -> how many (spelling, concept) pairs it gave, the largest first."""
        return _counted(self._candidates["source"])

    def type_counts(self) -> dict[str, int]:
        """Semantic types, as a concept has them -> how many concepts, the largest first."""
        return _counted(self._concepts["tui"])

    def core_count(self) -> int:
        """How many concepts are core: those that the published dataset labels."""
        return int(pc.sum(self._concepts["is_core"]).as_py() or 0)

    def forms(self) -> Iterator[tuple[str, tuple[Candidate, ...]]]:
        """Every key with its candidates, in the order of the trie: for `vocabulary diff` and for tests."""
        for key, key_id in self.trie.items():
            yield key.rstrip(), self.candidates(key_id)

    def __len__(self) -> int:
        return len(self.trie)


def _counted(column: pa.ChunkedArray) -> dict[str, int]:
    """Value -> how often it stands in a column, the most frequent first."""
    counts = {str(pair["values"]): int(pair["counts"]) for pair in column.value_counts().to_pylist()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _map_table(path: Path) -> pa.Table:
    """An Arrow IPC file as a table over its mapped pages."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def open_vocabulary(folder: Path) -> Vocabulary:
    """Open a folder that build_vocabulary wrote; ConfigError when it is none."""
    return Vocabulary(Path(folder))
