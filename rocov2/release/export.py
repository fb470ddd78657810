"""Export a release to the layout that a library expects: streamed, resumable, image bytes untouched."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rocov2.errors import IMPOSSIBLE, REFUSALS, ConfigError, UsageError, unwritable
from rocov2.release.croissant import croissant
from rocov2.release.export_archives import write_published, write_webdataset
from rocov2.release.export_card import export_card
from rocov2.release.export_folders import write_coco, write_imagefolder
from rocov2.release.export_output import ExportSettings, Job, opened
from rocov2.release.export_source import open_release
from rocov2.release.export_tables import write_hf, write_parquet_export

VERSION = 1
"""Goes up when the same release would be exported to other bytes."""

_OURS = {"train": "train", "valid": "valid", "test": "test"}
_HUB = {"train": "train", "valid": "validation", "test": "test"}
_COCO = {"train": "train", "valid": "val", "test": "test"}


@dataclass(frozen=True, slots=True)
class Format:
    """A format: who writes it, and what it calls our splits."""

    write: Callable[[Job], None]
    names: Mapping[str, str]


FORMATS = {
    "published": Format(write_published, _OURS),
    "parquet": Format(write_parquet_export, _OURS),
    "webdataset": Format(write_webdataset, _HUB),
    "hf": Format(write_hf, _HUB),
    "imagefolder": Format(write_imagefolder, _HUB),
    "coco-captions": Format(write_coco, _COCO),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What was done: samples exported, files written now (none when all was there), bytes of the recorded files."""

    folder: Path
    samples: int
    written: int
    files: Mapping[str, int]


def export_release(
    folder: Path,
    kind: str,
    out: Path,
    settings: ExportSettings,
    advance: Callable[[int], object] = lambda _: None,
) -> Exported:
    """Export the release in `folder` as the format `kind` into the folder `out`; `advance` hears of samples done.

    A file that an earlier run finished is kept; the same release, format and settings give the same bytes. Raises
    UsageError (no release, or `out` holds something else), CheckError (the release is damaged), IncompleteError
    (images are absent, another process is at work in `out`, or the disk is full), ConfigError (`out` cannot be).
    """
    if kind not in FORMATS:
        raise UsageError(f"there is no format {kind}", f"choose one of {', '.join(FORMATS)}")
    release = open_release(folder)
    made_of = {
        "kind": "rocov2 export",
        "format": kind,
        "version": VERSION,
        "samples_sha256": release.digest,
        "snapshot_on": release.manifest.get("snapshot_on", ""),
        "shard_bytes": settings.shard_bytes,
    }
    try:
        with opened(out, folder, made_of) as output:
            job = Job(release, output, FORMATS[kind].names, settings, advance)
            FORMATS[kind].write(job)
            _write_words(job, kind)
    except OSError as error:
        if error.errno in REFUSALS | IMPOSSIBLE:
            raise unwritable(error.filename or out, error) from error
        raise ConfigError(f"{error.filename or out}: {error.strerror}", "name another --out folder") from error
    files = {name: int(file["size_bytes"]) for name, file in sorted(output.files.items())}
    return Exported(out, sum(map(len, release.sizes.values())), output.written, files)


def _write_words(job: Job, kind: str) -> None:
    """What goes with the samples: names of concepts, credits, metadata, card."""
    for name in ("cui_mapping.csv", "license_information.csv"):
        job.copy(name)
    if kind == "hf":
        shards = {name: file for name, file in job.output.files.items() if name.endswith(".parquet")}
        metadata = croissant(job.release.manifest, shards)
        job.output.text("croissant.json", json.dumps(metadata, ensure_ascii=False, indent=2) + "\n")
    job.output.text("README.md", export_card(job, kind))
