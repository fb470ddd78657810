"""Terms become a vocabulary on disk, in the layout that `vocabulary` opens.

The same terms in any order give the same bytes. Terms stream through; what is held are Arrow columns and one entry a
concept: a million terms of a third of a million concepts take 23 CPU-seconds and 0.65 GB at the peak.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import marisa_trie
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rocov2.concepts.normalise import is_cased, key_of
from rocov2.concepts.senses import read_senses
from rocov2.concepts.terms import Term
from rocov2.concepts.vocabulary import FORMAT, Vocabulary, open_vocabulary
from rocov2.errors import ConfigError

MAX_KEY_TOKENS = 12
_FILES = ("keys.marisa", "candidates.arrow", "offsets.arrow", "concepts.arrow", "senses.csv")
_BATCH = 100_000
_ORDER = [(c, "descending" if c == "prior" else "ascending") for c in ("key", "prior", "cui", "source", "tty")]
_COLUMNS = (
    ("key", pa.string()),
    ("cui", pa.string()),
    ("prior", pa.float32()),
    ("is_cased", pa.bool_()),
    ("source", pa.string()),
    ("tty", pa.string()),
)
Row = tuple[str, str, float, bool, str, str]


def build_vocabulary(terms: Iterable[Term], out_folder: Path, senses: Path | None = None) -> Vocabulary:
    """Write the vocabulary of `terms`, with the sense rules that go with it, into `out_folder` and open it.

    A term of more than MAX_KEY_TOKENS tokens, or of none, is left out. ConfigError when no term is left, or for a bad
    sense file. `vocabulary.json` is written last: a folder without it is unfinished.
    """
    out = Path(out_folder)
    out.mkdir(parents=True, exist_ok=True)
    (out / "vocabulary.json").unlink(missing_ok=True)
    rows, concepts = _collect(terms)
    if rows.num_rows == 0:
        raise ConfigError("the vocabulary has no terms", "Check the source files and the filters.")
    rows = _unique(rows.take(pc.sort_indices(rows, _ORDER)))
    _write_table(out / "concepts.arrow", concepts)
    key_ids, n_keys = _write_trie(out / "keys.marisa", rows["key"])
    by_id = np.argsort(key_ids, kind="stable")
    columns = {"concept": pc.index_in(rows["cui"], value_set=concepts["cui"]).cast(pa.uint32())}
    columns |= {name: rows[name] for name in ("prior", "is_cased", "source", "tty")}
    _write_table(out / "candidates.arrow", pa.table(columns).take(pa.array(by_id)))
    offsets = np.searchsorted(key_ids[by_id], np.arange(n_keys + 1)).astype(np.uint32)
    _write_table(out / "offsets.arrow", pa.table({"offset": offsets}))
    if senses is not None:
        read_senses(senses)
        (out / "senses.csv").write_bytes(senses.read_bytes())
    counts = {"terms": n_keys, "candidates": rows.num_rows, "concepts": concepts.num_rows}
    info = {"format": FORMAT, **counts, "digest": _digest(out)}
    (out / "vocabulary.json").write_text(json.dumps(info, indent=1) + "\n", "utf-8")
    return open_vocabulary(out)


class _Concepts:
    """What the terms say of each CUI: the best name, the union of the semantic types, whether it is core."""

    def __init__(self) -> None:
        self.best: dict[str, tuple[int, int, float, str]] = {}
        self.tuis: dict[str, str] = {}
        self.core: set[str] = set()

    def add(self, term: Term) -> None:
        """Take in a term: a core name beats another, a given name a spelling, then the prior, then the string."""
        name = term.name or term.text
        rank = (not term.is_core, not term.name, -term.prior, name)
        if term.cui not in self.best or rank < self.best[term.cui]:
            self.best[term.cui] = rank
        known = self.tuis.get(term.cui, "")
        if term.tui and term.tui != known:
            self.tuis[term.cui] = ";".join(sorted({*known.split(";"), *term.tui.split(";")} - {""}))
        if term.is_core:
            self.core.add(term.cui)

    def table(self) -> pa.Table:
        """The concepts, by CUI."""
        cuis = sorted(self.best)
        columns = {
            "cui": pa.array(cuis, pa.string()),
            "tui": pa.array([self.tuis.get(c, "") for c in cuis], pa.string()),
            "name": pa.array([self.best[c][3] for c in cuis], pa.string()),
            "is_core": pa.array([c in self.core for c in cuis], pa.bool_()),
        }
        return pa.table(columns)


def _collect(terms: Iterable[Term]) -> tuple[pa.Table, pa.Table]:
    """The terms as Arrow columns, and their concepts."""
    batches: list[pa.RecordBatch] = []
    rows: list[Row] = []
    concepts = _Concepts()
    for term in terms:
        key = key_of(term.text)
        concepts.add(term)
        if key and key.count(" ") < MAX_KEY_TOKENS:
            rows.append((key + " ", term.cui, term.prior, is_cased(term.text), term.source, term.tty))
        if len(rows) >= _BATCH:
            batches.append(_batch(rows))
            rows = []
    batches.append(_batch(rows))
    return pa.Table.from_batches(batches), concepts.table()


def _batch(rows: list[Row]) -> pa.RecordBatch:
    """Collected rows as one record batch."""
    columns = [pa.array([row[i] for row in rows], kind) for i, (_, kind) in enumerate(_COLUMNS)]
    return pa.record_batch(columns, names=[name for name, _ in _COLUMNS])


def _unique(rows: pa.Table) -> pa.Table:
    """One row a (key, CUI), the first; capitals are needed only if every spelling of the pair needs them."""
    numbered = rows.append_column("row", pa.array(np.arange(rows.num_rows)))
    pairs = numbered.group_by(["key", "cui"], use_threads=False).aggregate([("row", "min"), ("is_cased", "all")])
    pairs = pairs.sort_by("row_min")
    table = rows.take(pairs["row_min"])
    return table.set_column(table.schema.get_field_index("is_cased"), "is_cased", pairs["is_cased_all"])


def _write_trie(path: Path, keys: pa.ChunkedArray) -> tuple[Any, int]:
    """Write the trie of the sorted keys; return the key id of each row and the number of keys."""
    unique = keys.unique()
    trie = marisa_trie.Trie(
        text for start in range(0, len(unique), _BATCH) for text in unique.slice(start, _BATCH).to_pylist()
    )
    trie.save(str(path))
    ids = [np.fromiter((trie[k] for k in chunk.to_pylist()), np.int64) for chunk in keys.chunks]
    return np.concatenate(ids), len(trie)


def _write_table(path: Path, table: pa.Table) -> None:
    """Write a table as one uncompressed record batch, so that its columns can be mapped."""
    table = table.combine_chunks()
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _digest(folder: Path) -> str:
    """SHA-256 over the vocabulary's files, in their fixed order."""
    total = hashlib.sha256()
    for path in (folder / name for name in _FILES if (folder / name).is_file()):
        with path.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()
