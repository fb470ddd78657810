"""What an inventory lists, as sorted arrays: 24 bytes an article version instead of a Python row.

An ETag that is an MD5, as nearly all are, is kept as its 16 bytes; another one by its own MD5, with the text beside.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rocov2.tables import Selected

IntArray = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

VERSION_BITS = 20
PIECE = 500_000
ETAG_LENGTH = 32
_NO_DIGIT = 255
_DIGITS = np.full(256, _NO_DIGIT, np.uint8)
_DIGITS[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)


@dataclass(frozen=True)
class Listing:
    """Article versions sorted by PMCID number and version, as one inventory (`stamp`) lists them.

    `keys` is number << 20 | version; `high` and `low` are the halves of the ETag; `odd` has the text of ETags
    that are no MD5, by their halves.
    """

    stamp: str
    keys: IntArray
    high: Words
    low: Words
    odd: dict[tuple[int, int], str]

    @cached_property
    def first(self) -> Places:
        """Position of the first version of each article; found piece by piece, for the memory's sake."""
        found, last = [np.empty(0, np.int32)], -1
        for start in range(0, len(self.keys), PIECE):
            numbers = self.keys[start : start + PIECE] >> VERSION_BITS
            is_first = np.concatenate([[numbers[0] != last], numbers[1:] != numbers[:-1]])
            found.append((np.flatnonzero(is_first) + start).astype(np.int32))
            last = int(numbers[-1])
        return np.concatenate(found)

    def numbers(self) -> IntArray:
        """PMCID number of each article, ascending."""
        return self.keys[self.first] >> VERSION_BITS

    def span(self, numbers: IntArray) -> tuple[IntArray, IntArray]:
        """For each PMCID number, where its versions begin and end; the same place twice for one that is not listed."""
        return (
            np.searchsorted(self.keys, numbers << VERSION_BITS),
            np.searchsorted(self.keys, (numbers + 1) << VERSION_BITS),
        )

    def up_to(self, number: int) -> "Listing":
        """The listing without articles above a PMCID number."""
        end = int(np.searchsorted(self.keys, (number + 1) << VERSION_BITS))
        return Listing(self.stamp, self.keys[:end], self.high[:end], self.low[:end], self.odd)

    def rows(self, starts: Places) -> Iterator[Selected]:
        """Yield the articles whose first versions stand at `starts`."""
        for start in starts.tolist():
            number = int(self.keys[start]) >> VERSION_BITS
            end = int(np.searchsorted(self.keys, (number + 1) << VERSION_BITS))
            yield Selected(
                f"PMC{number}",
                tuple(
                    f"metadata/PMC{number}.{int(key) & ((1 << VERSION_BITS) - 1)}.json" for key in self.keys[start:end]
                ),
                tuple(self.etags(start, end)),
                self.stamp,
            )

    def etags(self, start: int = 0, end: int | None = None) -> Iterator[str]:
        """Yield the ETags of the rows from `start` to `end`."""
        for high, low in zip(self.high[start:end].tolist(), self.low[start:end].tolist(), strict=True):
            odd = self.odd.get((high, low)) if self.odd else None
            yield f"{high:016x}{low:016x}" if odd is None else odd


def read_listing(
    batches: Iterable[pa.RecordBatch], stamp: str, wanted: IntArray | None = None, limit: int | None = None
) -> Listing:
    """Gather batches of columns `number`, `version` and `etag` into a listing.

    Only the articles of `wanted` (sorted PMCID numbers) are kept, and of those the `limit` lowest. Batches are cut as
    they come: a small selection from nine million rows needs little memory.
    """
    gathered = _Gathered(stamp)
    for batch in batches:
        if wanted is not None:
            batch = batch.filter(pa.array(_isin(batch.column("number").to_numpy(), wanted)))  # noqa: PLW2901
        gathered.add(batch)
        if limit and gathered.size > 4 * limit + 100_000:
            gathered.restart(lowest(gathered.sorted(), limit))
    listing = gathered.sorted()
    return lowest(listing, limit) if limit else listing


def lowest(listing: Listing, limit: int, others: IntArray | None = None) -> Listing:
    """The listing cut to the `limit` lowest PMCIDs of its articles and `others` together."""
    numbers = listing.numbers()
    if others is not None:
        numbers = np.union1d(numbers, others)
    return listing if len(numbers) <= limit else listing.up_to(int(numbers[limit - 1]))


class _Gathered:
    """Three columns that grow in place: pieces that are joined later would leave the memory twice as large."""

    def __init__(self, stamp: str) -> None:
        self.stamp = stamp
        self.keys: IntArray = np.empty(0, np.int64)
        self.high: Words = np.empty(0, np.uint64)
        self.low: Words = np.empty(0, np.uint64)
        self.odd: dict[tuple[int, int], str] = {}
        self.size = 0

    def add(self, batch: pa.RecordBatch) -> None:
        start, self.size = self.size, self.size + batch.num_rows
        if self.size > len(self.keys):
            for column in (self.keys, self.high, self.low):
                column.resize(self.size + self.size // 16, refcheck=False)
        here = slice(start, self.size)
        self.keys[here] = (batch.column("number").to_numpy() << VERSION_BITS) | batch.column("version").to_numpy()
        self.high[here], self.low[here] = packed(batch.column("etag"), self.odd)

    def restart(self, listing: Listing) -> None:
        self.size = len(listing.keys)
        self.keys, self.high, self.low = listing.keys.copy(), listing.high.copy(), listing.low.copy()

    def sorted(self) -> Listing:
        """Sort what was added, which must be the last use of it; a key listed twice counts once."""
        for column in (self.keys, self.high, self.low):
            column.resize(self.size, refcheck=False)
        order = np.argsort(self.keys).astype(np.int32)
        for column in (self.keys, self.high, self.low):
            column[:] = column[order]
        if (self.keys[1:] == self.keys[:-1]).any():
            is_first = np.concatenate([[True], self.keys[1:] != self.keys[:-1]])
            self.keys, self.high, self.low = self.keys[is_first], self.high[is_first], self.low[is_first]
        return Listing(self.stamp, self.keys, self.high, self.low, self.odd)


def packed(etags: pa.StringArray, odd: dict[tuple[int, int], str]) -> tuple[Words, Words]:
    """Return the halves of each ETag, and note in `odd` the text of those that are no MD5."""
    digits = np.zeros((len(etags), ETAG_LENGTH), np.uint8)
    is_long = pc.equal(pc.binary_length(etags), ETAG_LENGTH).to_numpy(zero_copy_only=False)
    plain = etags if is_long.all() else etags.filter(pa.array(is_long))
    digits[is_long] = _DIGITS[_characters(plain).reshape(-1, ETAG_LENGTH)]
    halves = np.ascontiguousarray((digits[:, ::2] << 4) | (digits[:, 1::2] & 15)).view(">u8").astype(np.uint64)
    for row in np.flatnonzero(~is_long | (digits == _NO_DIGIT).any(axis=1)).tolist():
        text = etags[row].as_py()
        digest = hashlib.md5(f"odd {text}".encode()).digest()
        halves[row] = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")
        odd[int(halves[row, 0]), int(halves[row, 1])] = text
    return np.ascontiguousarray(halves[:, 0]), np.ascontiguousarray(halves[:, 1])


def _characters(texts: pa.StringArray) -> npt.NDArray[np.uint8]:
    """The bytes of all texts, one after the other."""
    if not len(texts):
        return np.array([], np.uint8)
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]


def _isin(numbers: IntArray, wanted: IntArray) -> Mask:
    """Whether each number is in the sorted array `wanted`."""
    places = np.searchsorted(wanted, numbers)
    return (
        np.asarray(wanted[np.minimum(places, len(wanted) - 1)] == numbers)
        if len(wanted)
        else np.zeros(len(numbers), bool)
    )
