"""Folder exports: images as files with `metadata.jsonl` beside them, or with COCO caption annotations."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rocov2.release.card import TITLE, snapshot_on
from rocov2.release.export_output import Job
from rocov2.release.export_source import SAMPLES, Shard
from rocov2.release.export_tables import KEPT
from rocov2.release.rows import SAMPLES_SCHEMA, SPLITS

_SEPARATORS = (",", ":")


def write_imagefolder(job: Job) -> None:
    """`{split}/ID.ext` and `{split}/metadata.jsonl`: `file_name` and the columns, one line an image, flat."""
    for shard in _filled(job):
        _place_images(job, shard)
        name = f"{job.names[shard.split]}/metadata.jsonl"
        if not job.output.is_whole(name):
            rows = job.release.rows(shard)
            with job.output.part(name) as part:
                _write_lines(part, (_json(_flat(row)) + "\n" for row in rows))


def write_coco(job: Job) -> None:
    """`{split}/ID.ext` and `annotations/captions_{split}.json`, one caption an image, as the COCO tools read it.

    An image's number is its row in samples.parquet, from 1: unique over the splits, not the same in another release.
    """
    licenses, numbers = _licenses(job), _numbers(job)
    for split in SPLITS:
        shard = job.release.whole(split)
        _place_images(job, shard)
        name = f"annotations/captions_{job.names[split]}.json"
        if not job.output.is_whole(name):
            with job.output.part(name) as part:
                _write_lines(part, _coco(job, shard, licenses, numbers[split]))


def _filled(job: Job) -> Iterator[Shard]:
    return (job.release.whole(split) for split in SPLITS if job.release.sizes[split])


def _place_images(job: Job, shard: Shard) -> None:
    for row in job.release.rows(shard):
        name = f"{job.names[shard.split]}/{row['file'].split('/')[1]}"
        if not job.output.has_image(name, row["size_bytes"]):
            source = job.release.folder / row["file"] if job.settings.link else None
            job.output.image(name, job.release.image(row), source)
        job.advance(1)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose types can be guessed in any part of any split alike, which is what loaders of JSON lines do.

    A list that is empty throughout, a null, or a text that is a date would each be taken for another type somewhere:
    so lists are joined (sentences by a line feed, codes by `;`, as in the published CSV files), what is absent is the
    empty text, and of the date the year is left, as text.
    """
    flat = {"file_name": row["file"].split("/")[1]}
    for name in KEPT:
        value = row[name]
        if isinstance(value, list):
            flat[name] = ("\n" if name == "mentions" else ";").join(value)
        elif name == "published_on":
            flat["published_year"] = (value or "")[:4]
        else:
            flat[name] = str(value or "") if name in _ABSENT else value
    return flat


_ABSENT = tuple(column.name for column in SAMPLES_SCHEMA if column.nullable)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines)


def _licenses(job: Job) -> dict[tuple[str, str], int]:
    """Number of each pair of licence code and URL, from 1, in alphabetical order."""
    table = pq.read_table(job.release.folder / SAMPLES, columns=["license_code", "license_url"])
    pairs = table.group_by(table.column_names).aggregate([]).to_pylist()
    found = sorted((row["license_code"], row["license_url"] or "") for row in pairs)
    return {pair: number for number, pair in enumerate(found, start=1)}


def _numbers(job: Job) -> dict[str, list[int]]:
    """Row numbers, from 1, of the rows of each split."""
    splits = pq.read_table(job.release.folder / SAMPLES, columns=["split"])["split"].to_pylist()
    return {split: [n for n, s in enumerate(splits, start=1) if s == split] for split in SPLITS}


def _coco(job: Job, shard: Shard, licenses: dict[tuple[str, str], int], numbers: list[int]) -> Iterator[str]:
    """The JSON file in pieces: the rows are passed over twice, so that none is kept."""
    made = job.release.manifest["provenance"]
    info = {"description": TITLE, "version": str(made.get("version", "")), "date_created": snapshot_on(made)}
    named = [{"id": number, "name": code, "url": url} for (code, url), number in licenses.items()]
    yield f'{{"info":{_json(info)},\n"licenses":{_json(named)},\n"images":['
    yield from _joined(_coco_image(row, n, licenses) for row, n in zip(job.release.rows(shard), numbers, strict=True))
    yield '],\n"annotations":['
    rows = zip(job.release.rows(shard), numbers, strict=True)
    yield from _joined({"id": n, "image_id": n, "caption": row["caption"]} for row, n in rows)
    yield "]}\n"


def _coco_image(row: dict[str, Any], number: int, licenses: dict[tuple[str, str], int]) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": row["file"].split("/")[1],
        "width": row["width_px"],
        "height": row["height_px"],
        "license": licenses[row["license_code"], row["license_url"] or ""],
        "sample_id": row["sample_id"],
        "modality": row["modality"],
        "cuis": row["cuis"],
        "attribution": row["attribution"],
    }


def _joined(values: Iterable[Any]) -> Iterator[str]:
    for place, value in enumerate(values):
        yield (",\n" if place else "\n") + _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=_SEPARATORS)
