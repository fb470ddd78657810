"""Terms become a vocabulary on disk, in the layout that `vocabulary` opens.

The same terms in any order give the same bytes. Terms stream through `columns`, their keys through a file; once the
trie has numbered the keys, everything that is sorted is a number. `scripts/bench_vocabulary.py` measures it.
"""

import hashlib
import json
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import marisa_trie
import numpy as np
import pyarrow as pa

from rocov2.concepts.columns import Numbers, Rows, collect, numbers, starts
from rocov2.concepts.senses import read_senses
from rocov2.concepts.terms import Term
from rocov2.concepts.vocabulary import FORMAT, Vocabulary, open_vocabulary
from rocov2.errors import ConfigError

_FILES = ("keys.marisa", "candidates.arrow", "offsets.arrow", "concepts.arrow", "senses.csv", "parts.arrow")
_KEYS = "keys.part"


def build_vocabulary(
    terms: Iterable[Term], out_folder: Path, senses: Path | None = None, parts: Iterable[tuple[str, str]] = ()
) -> Vocabulary:
    """Write the vocabulary of `terms`, with the sense rules that go with it, into `out_folder` and open it.

    `parts` are relations (part, whole) of body parts, by CUI. A term of more than MAX_KEY_TOKENS tokens, or of none, is
    left out. ConfigError when no term is left, or for a bad CUI or sense file. `vocabulary.json` is written last: a
    folder without it is unfinished.
    """
    out = Path(out_folder)
    out.mkdir(parents=True, exist_ok=True)
    (out / "vocabulary.json").unlink(missing_ok=True)
    try:
        counts = _write_columns(terms, out)
    finally:
        (out / _KEYS).unlink(missing_ok=True)
    if senses is not None:
        read_senses(senses)
        (out / "senses.csv").write_bytes(senses.read_bytes())
    _write_parts(out / "parts.arrow", parts)
    info = {"format": FORMAT, **counts, "digest": _digest(out)}
    (out / "vocabulary.json").write_text(json.dumps(info, indent=1) + "\n", "utf-8")
    return open_vocabulary(out)


def _write_columns(terms: Iterable[Term], out: Path) -> dict[str, int]:
    """Write the trie and the Arrow files; return how many keys, candidates and concepts there are."""
    with (out / _KEYS).open("w", encoding="utf-8", newline="\n") as keys:
        rows, concepts = collect(terms, keys)
    if not len(rows):
        raise ConfigError("the vocabulary has no terms", "Check the source files and the filters.")
    cuis, table = concepts.table()
    del concepts
    _write_table(out / "concepts.arrow", table)
    n_concepts = table.num_rows
    del table
    key_ids, n_keys = write_trie(out / "keys.marisa", out / _KEYS, rows.hashes)
    candidates, key_ids = _candidates(rows, key_ids, cuis)
    del rows
    _write_table(out / "candidates.arrow", candidates)
    offsets = np.searchsorted(key_ids, np.arange(n_keys + 1)).astype(np.uint32)
    _write_table(out / "offsets.arrow", pa.table({"offset": offsets}))
    return {"terms": n_keys, "candidates": candidates.num_rows, "concepts": n_concepts}


def write_trie(path: Path, lines: Path, hashes: "array[int]") -> tuple[Numbers, int]:
    """Write the trie of the keys on `lines`; return the key id of each line and the number of keys.

    Each key goes in once, at the first line of its hash; a key whose hash another has is missed, seen to be missing,
    and goes in with the others the second time.
    """
    known = numbers(hashes)
    is_first = np.zeros(len(known), bool)
    is_first[np.unique(known, return_index=True)[1]] = True
    missing: set[str] = set()
    while True:
        trie = marisa_trie.Trie(_once(lines, is_first, sorted(missing)))
        ids = np.fromiter((trie.get(key, -1) for key in _keys(lines)), np.int64, len(known))
        lost = np.flatnonzero(ids < 0)
        if not len(lost):
            break
        missing.update(key for key in _keys(lines) if key not in trie)
    trie.save(str(path))
    return ids.astype(np.uint32), len(trie)


def _keys(lines: Path) -> Iterator[str]:
    """The keys of a file of keys, each followed by a blank."""
    with lines.open(encoding="utf-8", newline="\n") as stream:
        for line in stream:
            yield line[:-1] + " "


def _once(lines: Path, is_first: Numbers, missing: list[str]) -> Iterator[str]:
    """The keys on the first line of each hash, and the missing ones."""
    for key, wanted in zip(_keys(lines), is_first, strict=True):
        if wanted:
            yield key
    yield from missing


def _candidates(rows: Rows, key_ids: Numbers, cuis: Numbers) -> tuple[pa.Table, Numbers]:
    """One candidate a (key, CUI), by key id and from the best prior down, and the key id of each.

    Of several rows of a pair the best prior counts, then source and term type by name; capitals are needed only if
    every one of them needs them.
    """
    below = -numbers(rows.priors)
    source, tty = (
        codes.ranks()[numbers(column)]
        for codes, column in ((rows.sources, rows.source_codes), (rows.ttys, rows.tty_codes))
    )
    cui = numbers(rows.cuis)
    order = np.lexsort((tty, source, below, cui, key_ids))
    first = starts(key_ids[order].astype(np.uint64) << 32 | cui[order])
    cased = np.logical_and.reduceat(numbers(rows.cased)[order], first)
    order = order[first]
    by_prior = np.lexsort((cui[order], below[order], key_ids[order]))
    order = order[by_prior]
    columns: dict[str, Any] = {
        "concept": pa.array(np.searchsorted(cuis, cui[order]).astype(np.uint32)),
        "prior": pa.array(-below[order]),
        "is_cased": pa.array(cased[by_prior]),
        "source": pa.array(sorted(rows.sources.of), pa.string()).take(pa.array(source[order])),
        "tty": pa.array(sorted(rows.ttys.of), pa.string()).take(pa.array(tty[order])),
    }
    return pa.table(columns), key_ids[order]


def _write_parts(path: Path, parts: Iterable[tuple[str, str]]) -> None:
    """Write the relations as numbers of CUIs, sorted, each once; no file without any."""
    path.unlink(missing_ok=True)
    packed = array("Q", (int(part[1:]) << 32 | int(whole[1:]) for part, whole in parts))
    if packed:
        pairs = np.unique(numbers(packed))
        columns = {"part": (pairs >> 32).astype(np.uint32), "whole": (pairs & 0xFFFFFFFF).astype(np.uint32)}
        _write_table(path, pa.table(columns))


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
