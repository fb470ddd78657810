"""Concept rows turned into the concept lists of the samples, by the published policy: manual first, no CUI twice."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rocov2.errors import RocoError

KINDS = ("modality", "anatomy", "direction", "concept")
"""Kinds of concept in the order of the published lists; all but the last are manual."""

MODALITY_CODES = {
    "C0040405": "CT",
    "C0024485": "MRI",
    "C1306645": "XRAY",
    "C0041618": "US",
    "C0002978": "ANGIO",
    "C0032743": "PET",
}
"""Modality of each of the six modality concepts of the published set."""


@dataclass(frozen=True, slots=True)
class ConceptLists:
    """Columns in the order of the samples, one list a sample, and the names of the concepts used."""

    cuis: pa.Array
    cuis_manual: pa.Array
    cui_origins: pa.Array
    modality: pa.Array
    names: pa.Table


def concept_lists(concepts: pa.Table, figure_ids: pa.Array) -> ConceptLists:
    """Gather the `concepts` rows of `figure_ids` into lists: modality, anatomy, direction, then the rest as it stands.

    Of a CUI that a figure has twice the first stays. `modality` is the code of the first modality concept, null
    without one. `names` holds `CUI` and `Canonical name` of all that is used, sorted; of several names
    for a CUI the first of the alphabet. Raises RocoError for an unknown kind.
    """
    sample = pc.index_in(concepts["figure_id"], value_set=figure_ids)
    kept = concepts.filter(pc.is_valid(sample)).combine_chunks()
    rank = pc.index_in(kept["kind"], value_set=pa.array(KINDS))
    if rank.null_count:
        unknown = kept.filter(pc.is_null(rank))["kind"][0].as_py()
        raise RocoError(f"a concept is of an unknown kind {unknown!r}", f"kinds are {', '.join(KINDS)}")
    owner, ranks = _numbers(pc.drop_null(sample)), _numbers(rank)
    order = np.lexsort((ranks, owner))
    order = order[_first_of_each(owner[order], kept["cui"].take(pa.array(order)))]
    manual = order[ranks[order] < KINDS.index("concept")]
    size = len(figure_ids)
    return ConceptLists(
        cuis=_lists(kept["cui"], order, owner, size),
        cuis_manual=_lists(kept["cui"], manual, owner, size),
        cui_origins=_lists(kept["origin"], order, owner, size),
        modality=_modalities(kept["cui"], order[ranks[order] == 0], owner, size),
        names=_names(kept),
    )


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _first_of_each(owner: npt.NDArray[np.int64], cuis: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Places of the first row of each (sample, CUI), in order."""
    codes = _numbers(pc.index_in(cuis, value_set=pc.unique(cuis)))
    return np.sort(np.unique(owner * (len(codes) + 1) + codes, return_index=True)[1])


def _lists(column: pa.ChunkedArray, rows: npt.NDArray[np.int64], owner: npt.NDArray[np.int64], size: int) -> pa.Array:
    offsets = np.concatenate(([0], np.cumsum(np.bincount(owner[rows], minlength=size)))).astype(np.int32)
    values = column.take(pa.array(rows)).combine_chunks()
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _modalities(
    cuis: pa.ChunkedArray, rows: npt.NDArray[np.int64], owner: npt.NDArray[np.int64], size: int
) -> pa.Array:
    codes: list[str | None] = [None] * size
    for row, cui in zip(rows, cuis.take(pa.array(rows)).to_pylist(), strict=True):
        codes[owner[row]] = codes[owner[row]] or MODALITY_CODES.get(cui)
    return pa.array(codes, pa.string())


def _names(concepts: pa.Table) -> pa.Table:
    grouped = concepts.group_by("cui", use_threads=False).aggregate([("name", "min")]).sort_by("cui")
    return pa.table({"CUI": grouped["cui"], "Canonical name": grouped["name_min"]})
