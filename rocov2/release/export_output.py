"""The folder that an export fills: each file is written beside its place and renamed, and what is whole is kept.

`export.json` is the record: what is exported (format, release, settings), and size and SHA-256 of each finished file.
It is renewed after every file, so that an export that was stopped goes on where it was.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rocov2.engine.lock import locked
from rocov2.errors import CheckError, UsageError
from rocov2.release.export_source import Release
from rocov2.release.files import link_or_copy, sha256_of, write_json

RECORD = "export.json"


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """How an export is cut: bytes of images a shard; `link` makes hard links of single images instead of copies."""

    shard_bytes: int = 500_000_000
    link: bool = False


@dataclass(slots=True)
class Output:
    """The folder of an export and the record of its finished files."""

    folder: Path
    made_of: Mapping[str, Any]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    written: int = 0

    def is_whole(self, name: str) -> bool:
        """Whether a file of this export was finished before and still has its size."""
        path = self.folder / name
        return name in self.files and path.is_file() and path.stat().st_size == self.files[name]["size_bytes"]

    @contextmanager
    def part(self, name: str) -> Iterator[Path]:
        """Yield the path to write a file at; when that went well it is synced, renamed into its place and recorded."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = _beside(path)
        part.unlink(missing_ok=True)
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        self.files[name] = {"sha256": sha256_of(part), "size_bytes": part.stat().st_size}
        part.replace(path)
        self.written += 1
        self.record(complete=False)

    def text(self, name: str, content: str) -> None:
        """Write a small file of text, unless it already stands there as it should."""
        data = content.encode()
        if self.is_whole(name) and self.files[name]["sha256"] == hashlib.sha256(data).hexdigest():
            return
        with self.part(name) as part:
            part.write_bytes(data)

    def has_image(self, name: str, size: int) -> bool:
        """Whether an image has its place already; its size is what tells, as it is renamed only when it is whole."""
        path = self.folder / name
        return path.is_file() and path.stat().st_size == size

    def image(self, name: str, content: bytes, source: Path | None) -> None:
        """Give an image its place: a hard link to `source`, else a copy. Not recorded one by one, nor synced."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = _beside(path)
        part.unlink(missing_ok=True)
        if source is None:
            part.write_bytes(content)
        else:
            link_or_copy(source, part)
        part.replace(path)
        self.written += 1

    def record(self, complete: bool) -> None:
        """Write the record, beside its place and renamed."""
        part = _beside(self.folder / RECORD)
        write_json(part, {**self.made_of, "files": self.files, "complete": complete})
        part.replace(self.folder / RECORD)


@dataclass(frozen=True, slots=True)
class Job:
    """What a writer is given: the release, where it goes, what splits are called there, settings, a call a row done."""

    release: Release
    output: Output
    names: Mapping[str, str]
    settings: ExportSettings
    advance: Callable[[int], object]

    def copy(self, name: str) -> None:
        """Copy a file of the release as it is; CheckError when it is not what the manifest states."""
        stated = self.release.manifest["files"].get(name, {})
        if not self.output.is_whole(name) or self.output.files[name]["sha256"] != stated.get("sha256"):
            with self.output.part(name) as part:
                content = _read(self.release.folder / name)
                if hashlib.sha256(content).hexdigest() != stated.get("sha256"):
                    raise CheckError(
                        f"{self.release.folder / name} is damaged or absent", "restore the release, or build it again"
                    )
                part.write_bytes(content)


@contextmanager
def opened(folder: Path, release: Path, made_of: Mapping[str, Any]) -> Iterator[Output]:
    """The output folder, locked for this process, with what an earlier run of the same export finished.

    Raises UsageError when the folder stands inside the release, holds another export, or something else altogether;
    IncompleteError when another process is at work in it.
    """
    if folder.resolve().is_relative_to(release.resolve()):
        raise UsageError(f"{folder} is inside the release", "give --out a folder outside it")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", "give --out a new or an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    with locked(os.open(folder, os.O_RDONLY), f"another process is exporting into {folder}"):
        output = Output(folder, made_of, _finished(folder, made_of))
        output.record(complete=False)
        yield output
        output.record(complete=True)


def _finished(folder: Path, made_of: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Files that the record lists; none where the folder is empty."""
    if not (folder / RECORD).is_file():
        if any(path.name != _beside(folder / RECORD).name for path in folder.iterdir()):
            raise UsageError(f"{folder} is not empty and no export of ours", "give --out a new or an empty folder")
        return {}
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        files: dict[str, dict[str, Any]] = record.pop("files")
        record.pop("complete")
    except (ValueError, KeyError, AttributeError) as error:
        raise UsageError(f"{folder / RECORD} is damaged: {error!r}", "give --out a new or an empty folder") from error
    if record != json.loads(json.dumps(made_of)):
        raise UsageError(
            f"{folder} holds an export of another release, format or cut", "give --out another folder, or empty it"
        )
    return files


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
