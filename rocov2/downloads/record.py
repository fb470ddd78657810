"""The files of a Zenodo record -> a folder with the published set: CSVs beside each other, images under their split.

An archive is removed once its images are unpacked; `.fetch/<archive>.json` remembers what came out of which MD5, so
that the next run neither downloads nor unpacks what is there.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rocov2.downloads.items import FETCHED, THERE, Item, Outcome, lost
from rocov2.downloads.published import is_archive
from rocov2.downloads.unpack import Unpacked, unpack
from rocov2.errors import IncompleteError, refused
from rocov2.images.store import write_whole
from rocov2.net import HttpClient, ObjectError, Remote, download

Advance = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the set goes: its folder, the folder of notes inside it, and whether archives stay."""

    folder: Path
    home: Path
    keep_archives: bool = False


def bring_files(client: HttpClient, remotes: list[Remote], place: Place, advance: Advance) -> Iterator[Outcome]:
    """Yield an outcome for each file, once it is there, verified and (an archive) unpacked.

    IncompleteError when the disk has too little room or refuses; SourceError for an archive that is not sound.
    """
    missing = [remote for remote in remotes if not is_there(place, remote)]
    require_room(place, missing)
    for remote in remotes:
        if remote not in missing:
            advance(remote.size)
            yield _outcome(remote, THERE)
            continue
        path = place.folder / remote.name
        try:
            if not _is_whole(path, remote):
                download(client, remote, path, advance)
        except ObjectError as error:
            yield lost(Item(remote.name, remote.name), error)
            continue
        except OSError as error:
            raise refused(path, error) from error
        if is_archive(remote.name):
            _open(place, remote)
        yield _outcome(remote, FETCHED)


def is_there(place: Place, remote: Remote) -> bool:
    """Say whether a file has its size and MD5, or for an archive, whether its images are all there."""
    if not is_archive(remote.name):
        return _is_whole(place.folder / remote.name, remote)
    note = _note(place, remote)
    if note is None:
        return False
    folder = _split_folder(place, remote)
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()} if folder.is_dir() else {}
    return all(sizes.get(name) == size for name, size in note.sizes.items())


def require_room(place: Place, missing: list[Remote]) -> None:
    """Raise IncompleteError where the disk cannot hold what is missing: files, and archives unpacked beside them."""
    needed = 0
    for remote in missing:
        part = place.folder / f"{remote.name}.part"
        begun = part.stat().st_size if part.is_file() else 0
        needed += remote.size * (1 + is_archive(remote.name)) - begun
    free = shutil.disk_usage(place.folder).free
    if needed > free:
        raise IncompleteError(
            f"{place.folder}: {needed / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free",
            "free space, or leave out some with --split or --no-images",
        )


def strays_of(place: Place, remotes: list[Remote]) -> list[tuple[str, str]]:
    """Return archive and name of the members that are no images and stayed in their archive."""
    notes = ((remote.name, _note(place, remote)) for remote in remotes if is_archive(remote.name))
    return [(name, stray) for name, note in notes if note for stray in note.strays]


def _open(place: Place, remote: Remote) -> None:
    """Unpack an archive, note what came out, and let it go."""
    archive = place.folder / remote.name
    done = unpack(archive, _split_folder(place, remote))
    note = json.dumps({"md5": remote.md5, "sizes": done.sizes, "strays": done.strays})
    write_whole(str(place.home / f"{remote.name}.json"), note.encode(), 0o644)
    if not place.keep_archives:
        archive.unlink()


def _note(place: Place, remote: Remote) -> Unpacked | None:
    try:
        note = json.loads((place.home / f"{remote.name}.json").read_bytes())
        return Unpacked(note["sizes"], note["strays"]) if note["md5"] == remote.md5 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _split_folder(place: Place, remote: Remote) -> Path:
    return place.folder / remote.name.removesuffix("_images.zip")


def _is_whole(path: Path, remote: Remote) -> bool:
    if not path.is_file() or path.stat().st_size != remote.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest() == remote.md5


def _outcome(remote: Remote, word: str) -> Outcome:
    name, size = remote.name, remote.size
    return Outcome(name, word, file=name, source_key=remote.target, md5=remote.md5, size_bytes=size)
