"""Two toy stages over tables of the project, small enough to follow by hand."""

from dataclasses import dataclass

from rocov2.engine.checkpoint import stamp_for, write_checkpoint
from rocov2.engine.stage import Stage
from rocov2.tables import Candidate, Drop, Sample, Selected


@dataclass(frozen=True)
class LeastNumber:
    least: int = 0
    fail_on: str = ""


def candidates(params, rows):
    for row in rows:
        if row.pmcid == params.fail_on:
            raise RuntimeError("this row breaks the stage")
        if int(row.pmcid[3:]) < params.least:
            yield Drop(row.pmcid, "too_low", f"under {params.least}")
        else:
            yield Candidate(f"{row.pmcid}.1/f1", f"{row.pmcid}.1", "k", "", 0.5)


@dataclass(frozen=True)
class Parity:
    keep_odd: bool = True


def samples(params, table):
    """Keep a candidate, or drop it, by the parity of its number: the same decision for every shard."""
    for shard in table.shards:
        for row in table.rows(shard):
            number = int(row.article_id[3:-2])
            if number % 2 and not params.keep_odd:
                yield shard, Drop(row.figure_id, "odd")
            else:
                yield shard, Sample(row.figure_id, row.article_id, row.figure_id, 1, row.article_id[:-2])


def stages(least=0, keep_odd=True, fail_on=""):
    first = Stage(
        "toy", 1, (Selected,), Candidate, candidates, LeastNumber(least, fail_on), transient=frozenset({"too_low"})
    )
    return (first, Stage("corpus", 1, (Candidate,), Sample, samples, Parity(keep_odd), corpus=True))


def select(work, **shards):
    for shard, numbers in shards.items():
        rows = [Selected(f"PMC{n}", (f"metadata/PMC{n}.1.json",), ("0" * 32,), "2026-09-01T01-00Z") for n in numbers]
        write_checkpoint(work, Selected, shard, rows, stamp_for({"stage": "selection", "numbers": list(numbers)}))
