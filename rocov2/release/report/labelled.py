"""The concept lists of the samples as numbers: frequencies, what stands together, and what train has seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rocov2.release.report.gather import Release

_CHUNK = 20_000
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Labels:
    """One entry an assigned concept: `owner` is the sample's row, `code` a place in `cuis`; manual or automatic."""

    cuis: Sequence[str]
    owner: Numbers
    code: Numbers
    is_manual: npt.NDArray[np.bool_]
    samples: int

    def sizes(self, manual_too: bool = True) -> Numbers:
        """Concepts of each sample."""
        chosen = self.owner if manual_too else self.owner[~self.is_manual]
        return np.bincount(chosen, minlength=self.samples)

    def counts(self) -> Numbers:
        """Images of each of `cuis` as an automatic concept."""
        return np.bincount(self.code[~self.is_manual], minlength=len(self.cuis))

    def top(self, most: int) -> list[int]:
        """Codes of the most frequent automatic concepts; equals in the order of their CUIs."""
        counts = self.counts()
        order = np.lexsort((np.array(self.cuis, dtype=str), -counts)) if len(self.cuis) else np.array([], np.int64)
        return [int(code) for code in order[:most] if counts[code]]

    def together(self, codes: Sequence[int]) -> Numbers:
        """How many images have both of two automatic concepts, for every two of `codes`; the diagonal counts each."""
        place = np.full(len(self.cuis) + 1, -1, np.int64)
        place[list(codes)] = np.arange(len(codes))
        chosen = ~self.is_manual & (place[self.code] >= 0)
        owner, column = self.owner[chosen], place[self.code[chosen]]
        found = np.zeros((len(codes), len(codes)))
        for start in range(0, self.samples, _CHUNK):
            inside = (owner >= start) & (owner < start + _CHUNK)
            block = np.zeros((min(_CHUNK, self.samples - start), len(codes)), np.float32)
            block[owner[inside] - start, column[inside]] = 1
            found += block.T @ block
        return found.astype(np.int64)


def labels_of(release: Release) -> Labels:
    """The concepts of a release: of the list of a sample the manual ones stand first."""
    lists = release.samples["cuis"].combine_chunks()
    manual = _numbers(pc.list_value_length(release.samples["cuis_manual"]))
    sizes = _numbers(pc.list_value_length(lists))
    encoded = pc.list_flatten(lists).dictionary_encode()
    owner = np.repeat(np.arange(release.size), sizes)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return Labels(encoded.dictionary.to_pylist(), owner, _numbers(encoded.indices), place < manual[owner], release.size)


def _numbers(column: pa.Array) -> Numbers:
    return np.asarray(
        column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy(), dtype=np.int64
    )


def surprising(labels: Labels, most: int = 12, among: int = 150, least: int = 3) -> list[tuple[int, int, int, float]]:
    """Pairs that stand together more often than chance: (code, code, images, times as often), the most images first.

    Among the `among` most frequent concepts and in at least `least` images; ordered by images times log2(lift), the
    weight of the pair in their mutual information.
    """
    codes = labels.top(among)
    counts = labels.together(codes)
    single = np.diag(counts)
    expected = np.outer(single, single) / max(labels.samples, 1)
    rows, columns = np.nonzero(np.tril(counts >= least, -1))
    lift = counts[rows, columns] / expected[rows, columns]
    weight = counts[rows, columns] * np.log2(np.maximum(lift, 1e-9))
    order = np.lexsort((columns, rows, -weight))[:most]
    return [
        (codes[rows[i]], codes[columns[i]], int(counts[rows[i], columns[i]]), float(lift[i]))
        for i in order
        if lift[i] > 1
    ]


@dataclass(frozen=True, slots=True)
class Coverage:
    """A split's concepts: distinct and assigned, and how many of each train has too."""

    distinct: int
    distinct_in_train: int
    assigned: int
    assigned_in_train: int


def coverage(labels: Labels, in_split: npt.NDArray[np.bool_], in_train: npt.NDArray[np.bool_]) -> Coverage:
    """What of a split's concepts stands in train; the masks have one entry a sample."""
    here = np.bincount(labels.code[in_split[labels.owner]], minlength=len(labels.cuis))
    known = np.bincount(labels.code[in_train[labels.owner]], minlength=len(labels.cuis)) > 0
    return Coverage(int((here > 0).sum()), int(((here > 0) & known).sum()), int(here.sum()), int(here[known].sum()))
