"""WebDataset tar shards as an output: a sample is an image and a `.json`, both under its key; no clock enters them.

Images are staged as files and packed when the run is over, a fixed number of the list's items a shard. A shard tells by
itself what it holds, so the next run packs again only those whose samples changed.
"""

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rocov2.downloads.items import Item, Outcome
from rocov2.downloads.output import Folder
from rocov2.errors import UsageError, refused
from rocov2.images.store import write_whole

PER_SHARD = 2000
NOTE = "shards.json"
_NAME = re.compile(r"[\w-]+-\d{5}\.tar")


@dataclass(frozen=True, slots=True)
class _Member:
    """An image inside a shard: where its bytes are, and the SHA-256 that its JSON states."""

    shard: Path
    offset: int
    size: int
    sha256: str

    def read(self) -> bytes:
        with self.shard.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.size)


class Shards:
    """`<folder>-00000.tar` under `root`; what is not packed yet waits in `home/staged`."""

    def __init__(self, root: Path, home: Path, items: Sequence[Item], per_shard: int = PER_SHARD) -> None:
        self.root = root
        self.items = items
        self.per_shard = per_shard
        self._staged = Folder(home / "staged")
        self._members: dict[str, _Member] = {}
        _require_list(home / NOTE, items, per_shard)
        for shard in sorted(root.glob("*.tar")):
            if _NAME.fullmatch(shard.name):
                self._members |= _read_shard(shard)

    def size(self, file: str, sha256: str) -> int:
        """Hash the image, staged or in its shard."""
        if size := self._staged.size(file, sha256):
            return size
        member = self._members.get(_key(file))
        is_right = member is not None and member.sha256 == sha256 == hashlib.sha256(member.read()).hexdigest()
        return member.size if member and is_right else 0

    def put(self, file: str, body: bytes) -> None:
        """Stage an image."""
        self._staged.put(file, body)

    def finish(self, outcomes: Mapping[str, Outcome]) -> None:
        """Pack every shard whose samples are not the ones that it holds, and let go what was staged for it."""
        folders: dict[str, list[Item]] = {}
        for item in self.items:
            folders.setdefault(str(PurePosixPath(item.target or item.name).parent), []).append(item)
        for folder, items in folders.items():
            stem = "images" if folder == "." else folder.replace("/", "-")
            for number, start in enumerate(range(0, len(items), self.per_shard)):
                chosen = [(item, outcomes.get(item.item_id)) for item in items[start : start + self.per_shard]]
                here = [(item, outcome) for item, outcome in chosen if outcome and outcome.is_here]
                self._settle(self.root / f"{stem}-{number:05}.tar", here)

    def _settle(self, shard: Path, samples: list[tuple[Item, Outcome]]) -> None:
        wanted = {_key(outcome.file): outcome.sha256 for _, outcome in samples}
        held = {key: member.sha256 for key, member in self._members.items() if member.shard == shard}
        staged = [self._staged.root / outcome.file for _, outcome in samples]
        if wanted and (wanted != held or any(path.is_file() for path in staged)):
            try:
                self._pack(shard, samples)
            except OSError as error:
                raise refused(shard, error) from error
        for path in staged:
            path.unlink(missing_ok=True)

    def _pack(self, shard: Path, samples: list[tuple[Item, Outcome]]) -> None:
        part = shard.with_name(f"{shard.name}.{os.getpid()}-0.part")
        with part.open("wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                for item, outcome in samples:
                    key, extension = _key(outcome.file), outcome.file.rpartition(".")[2]
                    _add(tar, f"{key}.{extension}", self._bytes(outcome))
                    _add(tar, f"{key}.json", _json(item, outcome))
            file.flush()
            os.fsync(file.fileno())
        part.replace(shard)

    def _bytes(self, outcome: Outcome) -> bytes:
        staged = self._staged.root / outcome.file
        return staged.read_bytes() if staged.is_file() else self._members[_key(outcome.file)].read()


def _require_list(note: Path, items: Sequence[Item], per_shard: int) -> None:
    """Raise UsageError where the shards are of another list or cut: packing would lose what they hold."""
    ids = "\n".join([str(per_shard), *(item.item_id for item in items)])
    digest = hashlib.sha256(ids.encode("utf-8", "replace")).hexdigest()
    if note.is_file() and note.read_text().strip() != digest:
        raise UsageError(f"{note.parents[1]} holds shards of another list or cut", "give another --out")
    write_whole(str(note), f"{digest}\n".encode(), 0o644)


def _read_shard(shard: Path) -> dict[str, _Member]:
    """Return key -> image of a shard of ours; what cannot be read counts as absent, and is packed again."""
    places: dict[str, tuple[int, int]] = {}
    found: dict[str, _Member] = {}
    try:
        with tarfile.open(shard, "r:") as tar:
            for info in tar:
                key, _, extension = info.name.rpartition(".")
                if extension != "json":
                    places[key] = (info.offset_data, info.size)
                elif key in places and (content := tar.extractfile(info)):
                    found[key] = _Member(shard, *places[key], json.loads(content.read())["sha256"])
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError):
        return {}
    return found


def _key(file: str) -> str:
    """Return the name that a sample's members share: the path without extension, free of dots, which would end it."""
    return file.rpartition(".")[0].replace(".", "_")


def _json(item: Item, outcome: Outcome) -> bytes:
    names = ("source_key", "md5", "sha256", "license_code", "matched_by")
    fields = {"id": item.item_id, "caption": item.caption, **{name: getattr(outcome, name) for name in names}}
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o644
    tar.addfile(info, io.BytesIO(content))
