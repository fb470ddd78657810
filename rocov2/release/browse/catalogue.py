"""An index over the rows of a release: words, CUIs and PMCIDs to rows; 80,000 rows take tenths of a second."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from rocov2.release.report.gather import Release

MOST_WORDS = 12
LONGEST = 300

_WORD = re.compile(r'"([^"]+)"|(\S+)')
_CODE = re.compile(r"pmc\d{1,10}|c\d{7}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: words that all must occur, and values of columns, empty for any."""

    text: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    def words(self) -> list[str]:
        """The words of the text in lower case, MOST_WORDS at most; what stands in quotes is one."""
        found = _WORD.findall(self.text[:LONGEST].lower())
        return [" ".join((quoted or word).split()) for quoted, word in found][:MOST_WORDS]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A release and, for each row, its ids, journal, concepts and caption as one text in lower case."""

    release: Release
    texts: pa.ChunkedArray

    def find(self, wanted: Wanted) -> list[int]:
        """Rows that are wanted, in the order of the release. A CUI or a PMCID is meant whole, other words anywhere."""
        mask = pa.scalar(True)
        for word in wanted.words():
            sought = f" {word} " if _CODE.fullmatch(word) else word
            mask = pc.and_(mask, pc.match_substring(self.texts, sought))
        for name, value in wanted.columns.items():
            if value:
                mask = pc.and_(mask, pc.equal(pc.fill_null(self.release.samples[name], ""), value))
        if isinstance(mask, pa.Scalar):
            return list(range(self.release.size))
        found: list[int] = pc.indices_nonzero(mask).to_pylist()
        return found

    def row_of(self, sample_id: str) -> int | None:
        """The row of a sample, None where there is no such sample."""
        found = pc.index(self.release.samples["sample_id"], sample_id).as_py()
        return None if found < 0 else int(found)


def catalogue_of(release: Release) -> Catalogue:
    """Index a release."""
    samples = release.samples
    parts = [
        pc.fill_null(samples["sample_id"], ""),
        pc.fill_null(samples["pmcid"], ""),
        pc.binary_join(samples["cuis"], " "),
        pc.fill_null(samples["journal"], ""),
        _names(release),
        pc.fill_null(samples["caption"], ""),
    ]
    whole = pc.binary_join_element_wise(*parts, " ")
    spaced = pc.binary_join_element_wise("", pc.replace_substring_regex(whole, r"\s+", " "), "", " ")
    return Catalogue(release, pc.utf8_lower(spaced))


def _names(release: Release) -> pa.Array:
    """The names of each row's concepts, joined."""
    lists = release.samples["cuis"].combine_chunks()
    known = pa.array(list(release.names), pa.string())
    places = pc.index_in(lists.flatten(), value_set=known)
    names = pc.fill_null(pa.array(list(release.names.values()), pa.string()).take(places), "")
    sizes = pc.fill_null(pc.list_value_length(lists), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(sizes).cast(pa.int32())])
    return pc.binary_join(pa.ListArray.from_arrays(offsets, names), "; ")
