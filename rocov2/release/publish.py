"""Put a finished folder in a release's place, so that whoever looks finds the old release or the new one, whole.

Beside the release `NAME` stand, only while it is being replaced:
`.NAME.new-PID` being written, locked by its writer · `.NAME.old` the last release, for the moment between two
renames · `.NAME.gone` the last release being deleted.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from rocov2.engine.lock import locked
from rocov2.errors import ConfigError, UsageError, refusals
from rocov2.release.files import sync_folder

MANIFEST = "manifest.json"


def recover(target: Path) -> None:
    """Heal what an interrupted run left beside `target`: the last release is put back, unfinished ones are removed.

    Raises IncompleteError when another process is writing this release at the moment.
    """
    target = target.resolve()
    if not target.parent.is_dir():
        return
    for unfinished in sorted(target.parent.glob(f".{_escaped(target.name)}.new-*")):
        with _locked(unfinished, target):
            shutil.rmtree(unfinished)
    old, gone = _beside(target, "old"), _beside(target, "gone")
    shutil.rmtree(gone, ignore_errors=True)
    if old.exists() and target.exists():
        old.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
    elif old.exists():
        old.rename(target)


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A new folder beside `target`, locked by this process; removed again unless `publish` took it.

    Raises UsageError when `target` is something that no release made, ConfigError when nothing can be written there,
    IncompleteError when the disk is full before all is.
    """
    target = target.resolve()
    require_replaceable(target)
    recover(target)
    folder = _beside(target, f"new-{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
    except OSError as error:
        raise ConfigError(
            f"cannot write beside {target}: {error.strerror}", "choose another --release folder"
        ) from error
    with _locked(folder, target), refusals(target):
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def publish(folder: Path, target: Path) -> None:
    """Put the staged `folder` in the place of `target`: two renames and the removal of what was there."""
    target = target.resolve()
    old, gone = _beside(target, "old"), _beside(target, "gone")
    for path in sorted(p for p in folder.iterdir() if p.is_dir()):
        sync_folder(path)
    sync_folder(folder)
    try:
        if target.exists():
            target.rename(old)
        folder.rename(target)
    except OSError as error:
        if old.exists() and not target.exists():
            old.rename(target)
        if error.errno not in (errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EPERM):
            raise
        raise ConfigError(f"cannot replace {target}: {error.strerror}", "a mount point cannot be a release") from error
    sync_folder(target.parent)
    if old.exists():
        old.rename(gone)
        shutil.rmtree(gone)


def require_replaceable(target: Path) -> None:
    """Raise UsageError when `target` exists and is neither empty nor a release, or cannot be, as below a file."""
    above = next((path for path in target.absolute().parents if path.exists()), target)
    if not above.is_dir():
        raise UsageError(f"{target} cannot be made: {above} is a file", "give --release another folder")
    if target.is_dir() and (not any(target.iterdir()) or (target / MANIFEST).is_file()):
        return
    if target.exists():
        raise UsageError(f"{target} is not a release and not empty", "give --release a new or an empty folder")


def require_apart(target: Path, work: Path) -> None:
    """Raise UsageError when `target` is the work folder or holds it: a release replaces all that its folder has."""
    target, work = target.resolve(), work.resolve()
    if target == work or target in work.parents:
        raise UsageError(
            f"the release in {target} would replace the work folder {work}", "give --release another folder"
        )


def _locked(folder: Path, target: Path) -> AbstractContextManager[None]:
    """Hold the folder's lock."""
    return locked(os.open(folder, os.O_RDONLY), f"another process is writing {target} ({folder.name})")


def _beside(target: Path, suffix: str) -> Path:
    return target.with_name(f".{target.name}.{suffix}")


def _escaped(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)
