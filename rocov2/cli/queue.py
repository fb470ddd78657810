"""`queue`: figures that the models are unsure of, for a curator to look at, the least sure first."""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pyarrow.parquet as pq

from rocov2.cli.options import AS_JSON, WORK
from rocov2.engine.checkpoint import drops_path, table_path
from rocov2.engine.selection import live_shards
from rocov2.errors import UsageError
from rocov2.stages.regions import doubted_region, seen_region
from rocov2.tables import Figure, Sample, Score

COLUMNS = ("figure_id", "question", "score", "fate", "modality", "caption")
SCORES = (
    *("figure_id", "radiology_score", "compound_score", "modality", "modality_score"),
    *("image_region", "image_region_score"),
)
CAPTION_LENGTH = 200


@click.command()
@WORK
@click.option("--low", type=click.FloatRange(0, 1), default=0.2, show_default=True, help="Below it a no is sure.")
@click.option("--high", type=click.FloatRange(0, 1), default=0.8, show_default=True, help="Above it a yes is sure.")
@click.option(
    "--modality-below", type=click.FloatRange(0, 1), default=0.6, show_default=True, help="Modalities less sure."
)
@click.option(
    "--region-above",
    type=click.FloatRange(0),
    default=0.95,
    show_default=True,
    help="X-ray regions this sure; 2 for none.",
)
@AS_JSON
def queue(work: Path, low: float, high: float, modality_below: float, region_above: float, as_json: bool) -> None:
    """List figures whose radiology, compound or modality score is uncertain, the least sure first.

    X-rays come too whose image surely shows a body region that the caption does not name, though it names others.
    Prints CSV, or with --json one object a line. What a curator decides about modality goes into the overrides
    (data/overrides/README.md); about radiology and compound the thresholds of `filter` decide.
    """
    shards = live_shards(work) if work.is_dir() else []
    if not shards:
        raise UsageError(f"{work} holds no selection", "give --work the folder of a build, or run rocov2 build")
    rows = [row for shard in shards for row in unsure(work, shard, (low, high), modality_below, region_above)]
    rows.sort(key=lambda row: (row.pop("distance"), row["figure_id"]))
    if as_json:
        for row in rows:
            print(json.dumps(row))
        return
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def unsure(
    work: Path, shard: str, band: tuple[float, float], modality_below: float, region_above: float
) -> Iterator[dict[str, Any]]:
    """Yield a row for each uncertain score of a shard; `distance` is how far it lies from the middle of its band."""
    path = table_path(work, Score, shard)
    if not path.exists():
        return
    captions, fates = captions_of(work, shard), fates_of(work, shard)
    for row in pq.read_table(path, columns=list(SCORES)).to_pylist():
        figure_id = row["figure_id"]
        asked = [*questions(row, band, modality_below), *doubts(row, captions.get(figure_id, ""), band, region_above)]
        for question, score, distance in asked:
            yield {
                "figure_id": figure_id,
                "question": question,
                "score": score,
                "fate": fates.get(figure_id, "not filtered yet"),
                "modality": row["modality"],
                "caption": " ".join(captions.get(figure_id, "").split())[:CAPTION_LENGTH],
                "distance": distance,
            }


def questions(
    row: dict[str, Any], band: tuple[float, float], modality_below: float
) -> Iterator[tuple[str, float, float]]:
    """Yield what is uncertain about a figure: the question, the score, and its distance from the least sure.

    Modality is asked only of what may be radiology: the other pictures have none.
    """
    for name in ("radiology", "compound"):
        score = row[f"{name}_score"]
        if band[0] <= score <= band[1]:
            yield name, score, round(abs(score - sum(band) / 2), 4)
    if row["radiology_score"] >= band[0] and row["modality_score"] < modality_below:
        yield "modality", row["modality_score"], row["modality_score"]


def doubts(
    row: dict[str, Any], caption: str, band: tuple[float, float], region_above: float
) -> Iterator[tuple[str, float, float]]:
    """Yield the region that an X-ray surely shows where its caption names others: the surest come first."""
    seen = seen_region(row["modality"], row["image_region"], row["image_region_score"], region_above)
    if row["radiology_score"] >= band[0] and doubted_region(caption, seen):
        score = row["image_region_score"]
        yield f"region {row['image_region']}", score, round(1 - score, 4)


def captions_of(work: Path, shard: str) -> dict[str, str]:
    """Return figure id -> caption as the article has it."""
    table = pq.read_table(table_path(work, Figure, shard), columns=["figure_id", "caption"])
    return dict(zip(table["figure_id"].to_pylist(), (text or "" for text in table["caption"].to_pylist()), strict=True))


def fates_of(work: Path, shard: str) -> dict[str, str]:
    """Return figure id -> `sample`, or the reason for which `filter` dropped it."""
    path, drops = table_path(work, Sample, shard), drops_path(work, Sample, shard)
    if not path.exists() or not drops.exists():
        return {}
    kept = pq.read_table(path, columns=["figure_id"])["figure_id"].to_pylist()
    dropped = pq.read_table(drops, columns=["key", "reason"]).to_pylist()
    return {row["key"]: row["reason"] for row in dropped} | dict.fromkeys(kept, "sample")
