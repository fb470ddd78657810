"""UMLS release files (MRCONSO, MRSTY, MRRANK, MRREL; plain or gzip) streamed into terms and relations of body parts.

Columns as the UMLS Reference Manual lists them. MRCONSO is read once, a CUI's rows at a time, so memory does not
grow with it; MRSTY is held, eight bytes a row, and of MRREL what relates two body parts.
"""

from array import array
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path

import numpy as np

from rocov2.concepts.assertion import ANATOMY
from rocov2.concepts.rows import text_lines
from rocov2.concepts.terms import Term, is_cui
from rocov2.errors import ConfigError

# MRCONSO columns
_CUI, _LAT, _TS, _STT, _ISPREF, _SAB, _TTY, _STR, _SUPPRESS = 0, 1, 2, 4, 6, 11, 12, 14, 16
_N_COLUMNS = 18
# MRREL columns up to RELA, the last that is read, and SUPPRESS
_CUI1, _REL, _CUI2, _RELA, _REL_SUPPRESS = 0, 3, 4, 7, 14
_N_REL_COLUMNS = 16
_CUI_LENGTH = 8
_NAMED = 20
# "CUI2 is REL (RELA) of CUI1": where CUI2 is what is above, and where it is the part
_ABOVE = frozenset({"PAR", "inverse_isa", "has_part"})
_BELOW = frozenset({"CHD", "isa", "part_of"})


@dataclass(frozen=True, slots=True)
class RrfRules:
    """Which rows of a UMLS release become terms; an empty set lets everything through."""

    languages: frozenset[str] = frozenset({"ENG"})
    sources: frozenset[str] = frozenset()
    excluded_sources: frozenset[str] = frozenset()
    excluded_types: frozenset[str] = frozenset()
    suppression: frozenset[str] = frozenset({"N"})
    semantic_types: frozenset[str] = frozenset()


def read_rrf(folder: Path, rules: RrfRules | None = None) -> Iterator[Term]:
    """Yield the terms of the UMLS release in `folder` (or its META subfolder) that `rules` let through.

    The preferred name of a CUI is its best atom: by MRRANK where there is one, else the atom flagged P, PF, Y.
    ConfigError names a missing file, the file and line of a row with too few columns, and, at the end, what the rules
    name and no row has.
    """
    rules = rules or RrfRules()
    folder = meta_folder(folder)
    types = _Types(_find(folder, "MRSTY.RRF", required=True))
    ranks = _ranks(_find(folder, "MRRANK.RRF", required=False))
    rows = _rows(_find(folder, "MRCONSO.RRF", required=True), _N_COLUMNS - 1)
    sought = _Sought(rules)
    for cui, group in groupby(rows, key=lambda row: row[_CUI]):
        tuis = types.of(cui)
        atoms = sought.seen(group)
        if rules.semantic_types and rules.semantic_types.isdisjoint(tuis):
            continue
        yield from _concept_terms(cui, ";".join(tuis), [row for row in atoms if _wanted(row, rules)], ranks)
    sought.require_met(folder)


class _Sought:
    """The languages, sources and term types that the rules name and no row has had yet, and what rows have instead."""

    def __init__(self, rules: RrfRules) -> None:
        self._left = {
            _LAT: set(rules.languages),
            _SAB: {*rules.sources, *rules.excluded_sources},
            _TTY: set(rules.excluded_types),
        }
        self._others: dict[int, set[str]] = {place: set() for place in self._left}

    def seen(self, rows: Iterable[list[str]]) -> list[list[str]]:
        """Return the rows, having looked at them as long as something is left."""
        atoms = list(rows)
        for place, left in self._left.items():
            if left:
                found = {row[place] for row in atoms}
                left.difference_update(found)
                self._others[place] |= found
        return atoms

    def require_met(self, folder: Path) -> None:
        """Raise ConfigError for a name that no row has: what it was to let in, or to keep out, is not as meant."""
        for place, what in ((_LAT, "language"), (_SAB, "source"), (_TTY, "term type")):
            for name in sorted(self._left[place]):
                others = sorted(self._others[place])
                near = get_close_matches(name, others, n=1)
                advice = f"Did you mean {near[0]}?" if near else f"There are {', '.join(others[:_NAMED])}."
                raise ConfigError(f"no row of MRCONSO in {folder} has the {what} {name!r}", advice)


def read_relations(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (part, whole) of MRREL.RRF in `folder` (or its META subfolder); nothing where there is no such file.

    Taken are parents and children, isa and part_of with their inverses, between two concepts that both have an
    anatomical semantic type, unless suppressed. ConfigError as for `read_rrf`.
    """
    folder = meta_folder(folder)
    path = _find(folder, "MRREL.RRF", required=False)
    if path is None:
        return
    types = _find(folder, "MRSTY.RRF", required=True)
    places = {row[0] for row in _rows(types, 2) if row[1] in ANATOMY}
    for row in _rows(path, _N_REL_COLUMNS - 1, places):
        said = row[_RELA] if row[_RELA] in _ABOVE or row[_RELA] in _BELOW else row[_REL]
        if said not in _ABOVE and said not in _BELOW:
            continue
        one, other = row[_CUI1], row[_CUI2]
        if one != other and other in places and row[_REL_SUPPRESS] == "N":
            yield (one, other) if said in _ABOVE else (other, one)


def meta_folder(folder: Path) -> Path:
    """Return where the RRF files of a release are: its META subfolder, if it has one."""
    return folder / "META" if (folder / "META").is_dir() else folder


def release_folder(folder: Path) -> Path:
    """Return `meta_folder`; ConfigError where it lacks a file that a vocabulary cannot be built without."""
    folder = meta_folder(folder)
    for name in ("MRCONSO.RRF", "MRSTY.RRF"):
        _find(folder, name, required=True)
    return folder


def _wanted(row: list[str], rules: RrfRules) -> bool:
    """Say whether the rules let an atom through."""
    return (
        (not rules.languages or row[_LAT] in rules.languages)
        and (not rules.sources or row[_SAB] in rules.sources)
        and row[_SAB] not in rules.excluded_sources
        and row[_TTY] not in rules.excluded_types
        and (not rules.suppression or row[_SUPPRESS] in rules.suppression)
    )


def _concept_terms(cui: str, tui: str, rows: list[list[str]], ranks: dict[tuple[str, str], int]) -> Iterator[Term]:
    """The atoms of one concept as terms; the prior falls from the preferred name to a plain synonym."""
    if not rows:
        return
    best = min(rows, key=lambda row: (-ranks.get((row[_SAB], row[_TTY]), 0), _flags(row), row[_STR]))
    name = best[_STR]
    for row in sorted({(row[_STR], row[_SAB], row[_TTY], _flags(row)) for row in rows}):
        text, source, tty, flags = row
        yield Term(cui, text, tui, name, source, tty, round(1.0 - 0.05 * flags, 2) if text != name else 1.0)


def _flags(row: list[str]) -> int:
    """How far an atom is from preferred: 0 for the preferred form of the preferred string, up to 3."""
    return (row[_TS] != "P") + (row[_STT] != "PF") + (row[_ISPREF] != "Y")


def _find(folder: Path, name: str, *, required: bool) -> Path | None:
    """The file of this name, plain or gzip; None when absent and not required."""
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    if required:
        raise ConfigError(f"{folder} has no {name}", "Give the folder that holds the UMLS RRF files (META).")
    return None


def _rows(path: Path | None, least: int, cuis: Container[str] | None = None) -> Iterator[list[str]]:
    """The rows of an RRF file split at '|'; with `cuis` only those that begin with one, the others unread."""
    if path is None:
        return
    for number, line in enumerate(text_lines(path), 1):
        if cuis is not None and line[:_CUI_LENGTH] not in cuis:
            continue
        row = line.rstrip("\r\n").split("|")
        if len(row) < least:
            raise ConfigError(f"{path}:{number}: {len(row)} columns, expected {least}", "The file is cut or not RRF.")
        yield row


class _Types:
    """The semantic types of each CUI: sorted numbers, the CUI in the upper half and the type's code in the lower."""

    def __init__(self, path: Path | None) -> None:
        codes: dict[str, int] = {}
        pairs = array("Q")
        for number, row in enumerate(_rows(path, 2), 1):
            if not is_cui(row[0]):
                raise ConfigError(f"{path}:{number}: {row[0]!r} is not a CUI", "The file is cut or not RRF.")
            pairs.append(int(row[0][1:]) << 32 | codes.setdefault(row[1], len(codes)))
        self._pairs = array("Q", np.unique(np.array(pairs, np.uint64)).tobytes())
        self._types = list(codes)

    def of(self, cui: str) -> tuple[str, ...]:
        """The types of a CUI, sorted; none when it has none, or is no CUI."""
        if not is_cui(cui):
            return ()
        number = int(cui[1:])
        first = bisect_left(self._pairs, number << 32)
        end = bisect_left(self._pairs, (number + 1) << 32, first)
        return tuple(sorted(self._types[pair & 0xFFFFFFFF] for pair in self._pairs[first:end]))


def _ranks(path: Path | None) -> dict[tuple[str, str], int]:
    """(source, term type) -> rank, higher is preferred; empty without MRRANK."""
    return {(row[1], row[2]): int(row[0]) for row in _rows(path, 4) if row[0].isdigit()}
