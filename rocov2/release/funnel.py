"""Count what each stage kept and dropped: the funnel of the dataset card and of the manifest."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from rocov2.release.rows import DROPS_SCHEMA
from rocov2.release.tombstones import Fate


@dataclass(frozen=True, slots=True)
class History:
    """What the stages did: rows that each kept, in the order of the pipeline, and all drops, one table after the other.

    The drops have the columns of `ReleasedDrop` and are read once, so that they may come from a generator. `fates` is
    what is known of articles that were released before (see `tombstones.bury`). `ties` has pairs of PMCIDs: an article
    that lost look-alikes, and the one whose look-alike was kept in their place. `checkpoints` names what all this was
    read from, by fingerprint.
    """

    kept: Mapping[str, int]
    drops: Iterable[pa.Table]
    fates: Mapping[str, Fate | None] = field(default_factory=dict)
    ties: Sequence[tuple[str, str]] = ()
    checkpoints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of the funnel: rows kept, and rows dropped by reason (the most frequent first)."""

    stage: str
    kept: int
    dropped: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """The step as the manifest writes it."""
        return {"stage": self.stage, "kept": self.kept, "dropped": dict(self.dropped)}


@dataclass(slots=True)
class Tally:
    """Counts the drops that pass through it."""

    found: Counter[tuple[str, str]] = field(default_factory=Counter)

    def passing(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """Yield the tables unchanged, counting stage and reason of their rows."""
        for table in tables:
            drops = table.select(DROPS_SCHEMA.names)
            grouped = drops.group_by(["stage", "reason"]).aggregate([([], "count_all")]).to_pylist()
            for row in grouped:
                self.found[row["stage"], row["reason"]] += row["count_all"]
            yield drops

    def steps(self, kept: Mapping[str, int]) -> list[Step]:
        """One step a stage, in the order of `kept`; a stage that only dropped comes last, with nothing kept."""
        stages = [*kept, *sorted({stage for stage, _ in self.found} - set(kept))]
        return [Step(stage, kept.get(stage, 0), self._reasons(stage)) for stage in stages]

    def _reasons(self, stage: str) -> dict[str, int]:
        reasons = [(reason, count) for (name, reason), count in self.found.items() if name == stage]
        return dict(sorted(reasons, key=lambda r: (-r[1], r[0])))
