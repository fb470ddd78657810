"""`drops.parquet` read as a stream: counts, a bounded sample of each reason, scores, and what a drop is a copy of."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rocov2.errors import CheckError
from rocov2.release.report.gather import ADVICE

BINS = 40
"""Columns of a histogram of scores, from 0 to 1."""

NEAREST = {"not_radiology": True, "compound": False}
"""Reasons whose drops nearest to the threshold are kept: whether the highest scores are the nearest."""

SCORED = ("not_radiology_words", "not_radiology", "compound", "compound_caption")
_COPIES = ("duplicate", "near_duplicate")
_BATCH = 1 << 16
_NEAREST_KEPT = 12
_SCORE = r"^score (?P<score>[01]\.[0-9]+)$"
_KEPT = r"^(?P<keeper>\S+) is kept$"


@dataclass(slots=True)
class HeldBack:
    """What was held back: keys are (stage, reason); examples are (key, detail), evenly spaced over the file."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    scores: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    nearest: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    copies: Counter[str] = field(default_factory=Counter)

    def of(self, *reasons: str) -> int:
        """Drops for any of the reasons, in all stages."""
        return sum(count for (_, reason), count in self.counts.items() if reason in reasons)


def read_drops(folder: Path, examples: int) -> HeldBack:
    """Read the drops of a release twice, in batches: memory grows with the reasons and the copies, not with the rows.

    `examples` is how many rows of a reason are kept. Raises CheckError when the file is damaged.
    """
    found = HeldBack()
    try:
        for batch in _batches(folder, ["stage", "reason"]):
            for row in batch.group_by(["stage", "reason"]).aggregate([([], "count_all")]).to_pylist():
                found.counts[row["stage"], row["reason"]] += row["count_all"]
        seen: Counter[tuple[str, str]] = Counter()
        for batch in _batches(folder, ["stage", "reason", "key", "detail"]):
            for kind, rows in _by_kind(batch):
                _take_examples(found, kind, rows, (seen[kind], examples))
                seen[kind] += rows.num_rows
                _take_scores(found, kind[1], rows)
                _take_copies(found, kind[1], rows)
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise CheckError(f"the release in {folder} is damaged: {error}", ADVICE) from error
    return found


def _batches(folder: Path, columns: list[str]) -> Iterator[pa.Table]:
    with pq.ParquetFile(folder / "drops.parquet") as file:
        for batch in file.iter_batches(batch_size=_BATCH, columns=columns):
            yield pa.Table.from_batches([batch]).select(columns)


def _by_kind(batch: pa.Table) -> Iterator[tuple[tuple[str, str], pa.Table]]:
    joined = pc.binary_join_element_wise(batch["stage"], batch["reason"], "\x1f").combine_chunks().dictionary_encode()
    codes = joined.indices.to_numpy()
    for code, name in enumerate(joined.dictionary.to_pylist()):
        stage, _, reason = name.partition("\x1f")
        yield (stage, reason), batch.take(pa.array(np.flatnonzero(codes == code)))


def _take_examples(found: HeldBack, kind: tuple[str, str], rows: pa.Table, place: tuple[int, int]) -> None:
    """Keep the rows whose number within their kind is one of `wanted` evenly spaced ones."""
    before, wanted = place
    count = found.counts[kind]
    chosen = np.arange(count) if count <= wanted else np.arange(wanted) * count // wanted
    here = chosen[(chosen >= before) & (chosen < before + rows.num_rows)] - before
    picked = rows.select(["key", "detail"]).take(pa.array(here)).to_pylist()
    found.examples.setdefault(kind, []).extend((row["key"], row["detail"]) for row in picked)


def _take_scores(found: HeldBack, reason: str, rows: pa.Table) -> None:
    if reason not in SCORED:
        return
    parts = pc.extract_regex(rows["detail"], _SCORE).combine_chunks()
    keys = rows["key"].filter(pc.is_valid(parts))
    scores = pc.struct_field(parts.drop_null(), "score").cast(pa.float64()).to_numpy(zero_copy_only=False)
    found.scores[reason] = found.scores.get(reason, np.zeros(BINS, np.int64)) + binned(scores)
    if reason in NEAREST:
        sign = -1 if NEAREST[reason] else 1
        order = np.argsort(sign * scores, kind="stable")[:_NEAREST_KEPT]
        here = zip(scores[order].tolist(), keys.take(pa.array(order)).to_pylist(), strict=True)
        merged = sorted([*found.nearest.get(reason, []), *here], key=lambda pair: (sign * pair[0], pair[1]))
        found.nearest[reason] = merged[:_NEAREST_KEPT]


def _take_copies(found: HeldBack, reason: str, rows: pa.Table) -> None:
    if reason in _COPIES:
        parts = pc.extract_regex(rows["detail"], _KEPT).combine_chunks().drop_null()
        found.copies.update(pc.struct_field(parts, "keeper").to_pylist())


def binned(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Counts of scores in BINS equal bins from 0 to 1; what is outside enters the first or the last."""
    return np.histogram(np.clip(scores, 0, 1), bins=BINS, range=(0, 1))[0].astype(np.int64)
