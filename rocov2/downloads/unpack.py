"""From a zip of images to files in one folder, with every member's name, kind and size held to limits first.

Nothing is written unless the whole directory of the archive is sound: no path that climbs, no link, no name twice, no
bomb. What is no image is left in the archive and reported.
"""

import os
import stat
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from rocov2.errors import SourceError, refused
from rocov2.net import BadKey, check_key

IMAGES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff"})
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError)
_FREE = 1 << 20  # bytes that any member may have, however well it was packed


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that an archive may hold: members, bytes a member and in all, and bytes out for each byte in."""

    members: int = 500_000
    member_bytes: int = 64 << 20
    total_bytes: int = 100 << 30
    ratio: int = 50


@dataclass(slots=True)
class Unpacked:
    """Name -> size of each image now in the folder, and the members that were left in the archive."""

    sizes: dict[str, int] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)


def unpack(archive: Path, folder: Path, caps: Caps = Caps()) -> Unpacked:
    """Bring the images of `archive` into `folder` under their last names; what is there already is only checked.

    Each is renamed when whole (size and CRC); the disk is synced at the end. Raises SourceError for an archive that is
    not sound, IncompleteError when the disk refuses.
    """
    done = Unpacked()
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _members(opened, caps, done)
            folder.mkdir(parents=True, exist_ok=True)
            for name, info in members.items():
                if not _is_there(folder / name, info):
                    _write(folder / name, _read(opened, info))
                done.sizes[name] = info.file_size
    except _BROKEN as error:
        raise SourceError(f"{archive.name} is no sound archive: {error}"[:300], "delete it and fetch again") from error
    except OSError as error:
        raise refused(folder, error) from error
    os.sync()
    return done


def _members(opened: zipfile.ZipFile, caps: Caps, done: Unpacked) -> dict[str, zipfile.ZipInfo]:
    """Return the images by their last names; ValueError for an archive that is not sound."""
    infos = opened.infolist()
    total = sum(info.file_size for info in infos)
    if len(infos) > caps.members or total > caps.total_bytes:
        raise ValueError(f"{len(infos)} members of {total} bytes are over the limit")
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        _check(info, caps)
        path = PurePosixPath(info.filename)
        if info.is_dir():
            continue
        if path.suffix.lower() not in IMAGES or any(part.startswith((".", "__")) for part in path.parts):
            done.strays.append(info.filename)
            continue
        if members.setdefault(path.name, info) is not info:
            raise ValueError(f"{path.name!r} is there twice")
    return members


def _check(info: zipfile.ZipInfo, caps: Caps) -> None:
    try:
        check_key(info.orig_filename.rstrip("/"))
    except BadKey as error:
        raise ValueError(error.message) from error
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ValueError(f"{info.filename!r} is a link or a device")
    if info.flag_bits & 1 or info.compress_type not in _METHODS:
        raise ValueError(f"{info.filename!r} is encrypted or packed in an unusual way")
    if info.file_size > min(caps.member_bytes, _FREE + caps.ratio * info.compress_size):
        raise ValueError(f"{info.filename!r} would be {info.file_size} bytes out of {info.compress_size}")


def _read(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return a member's bytes; zipfile checks the CRC, and the size that was promised is all that is read."""
    with opened.open(info) as member:
        body = member.read(info.file_size + 1)
    if len(body) != info.file_size:
        raise ValueError(f"{info.filename!r} has {len(body)} bytes instead of {info.file_size}")
    return body


def _is_there(path: Path, info: zipfile.ZipInfo) -> bool:
    return path.is_file() and path.stat().st_size == info.file_size and zlib.crc32(path.read_bytes()) == info.CRC


def _write(path: Path, body: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(body)
    part.replace(path)
