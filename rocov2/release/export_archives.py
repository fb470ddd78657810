"""Archive exports: WebDataset tar shards, and the zips of the published layout. No clock and no owner enters them."""

import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rocov2.release.export_output import Job
from rocov2.release.export_source import Shard
from rocov2.release.export_tables import KEPT, shard_name
from rocov2.release.rows import SPLITS

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PUBLISHED = ("captions", "concepts", "concepts_manual")


def write_webdataset(job: Job) -> None:
    """`{split}-00000-of-00007.tar`: of each sample its image, `.json` with every column, `.txt` with the caption."""
    for shard in job.release.shards(job.settings.shard_bytes):
        name = f"{shard_name(job, shard)}.tar"
        if job.output.is_whole(name):
            job.advance(shard.rows)
            continue
        with job.output.part(name) as part, tarfile.open(part, "w", format=tarfile.PAX_FORMAT) as tar:
            for member, content in _members(job, shard):
                tar.addfile(_tar_info(member, len(content)), io.BytesIO(content))


def write_published(job: Job) -> None:
    """`{split}_images.zip` with `{split}/ID.ext` inside, and the CSV files of the release as they are."""
    for split in SPLITS:
        name, shard = f"{split}_images.zip", job.release.whole(split)
        if job.output.is_whole(name):
            job.advance(shard.rows)
        else:
            with job.output.part(name) as part:
                _write_zip(job, shard, part)
        for kind in _PUBLISHED:
            job.copy(f"{split}_{kind}.csv")


def _members(job: Job, shard: Shard) -> Iterator[tuple[str, bytes]]:
    for row in job.release.rows(shard):
        key, extension = row["sample_id"], row["file"].rpartition(".")[2]
        yield f"{key}.{extension}", job.release.image(row)
        yield f"{key}.json", as_json(row).encode()
        yield f"{key}.txt", row["caption"].encode()
        job.advance(1)


def as_json(row: dict[str, Any], **more: Any) -> str:
    """A row as one line of JSON: `more`, then the exported columns in their order."""
    return json.dumps({**more, **{name: row[name] for name in KEPT}}, ensure_ascii=False)


def _tar_info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, 0, 0o644
    return info


def _write_zip(job: Job, shard: Shard, path: Path) -> None:
    """Stored, not deflated: images do not get smaller. Zip64 where it is needed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for row in job.release.rows(shard):
            info = zipfile.ZipInfo(row["file"], _EPOCH)
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, job.release.image(row))
            job.advance(1)
