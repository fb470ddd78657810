"""The vocabulary that a run links with: built once from its sources into the work folder, named by their digest."""

import glob
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rocov2.concepts.forms import expand_terms
from rocov2.concepts.rrf import read_relations, read_rrf, release_folder
from rocov2.concepts.shipped import build_shipped
from rocov2.config import data_folder
from rocov2.engine.lock import locked
from rocov2.engine.stage import Asset
from rocov2.errors import ConfigError, IncompleteError, UsageError, refusals

FORMAT = 1
UMLS_FILES = ("MRCONSO", "MRSTY", "MRRANK", "MRREL")


def ensure_vocabulary(work: Path, umls: Path | None) -> Path:
    """Return the vocabulary folder for the bundled open terms, with the user's UMLS files when given.

    ConfigError for a folder without such files. It is built beside its place and renamed, so that a killed build leaves
    nothing that looks whole.
    """
    folder = data_folder() / "vocabulary"
    digests = [Asset("open vocabulary", folder).digest()]
    if umls is not None:
        if not umls.is_dir():
            raise ConfigError(f"--umls {umls} is not a folder", "give the META folder of a UMLS release")
        umls = release_folder(umls)
        files = [path for name in UMLS_FILES for path in sorted(umls.glob(f"{name}.RRF*"))]
        digests += [Asset(path.name, path).digest() for path in files]
    name = hashlib.sha256("\n".join([str(FORMAT), *digests]).encode()).hexdigest()[:16]
    built = work / "vocabulary" / name
    if not built.is_dir():
        terms, relations = (expand_terms(read_rrf(umls)), read_relations(umls)) if umls else ((), ())
        try:
            with beside(built) as part:
                build_shipped(folder, part, terms, relations)
                _put(part, built)
        except (FileNotFoundError, NotADirectoryError, FileExistsError) as error:
            advice = "name another folder; where no work folder is given, ROCOV2_CACHE says which"
            raise ConfigError(f"no vocabulary can be kept in {work}: {error.strerror}", advice) from error
    return built


@contextmanager
def beside(place: Path) -> Iterator[Path]:
    """Yield a new folder beside a place, to be filled and renamed; what killed builds of the place left goes first.

    The folder is locked while it is filled, and has its name only once it is: that tells it from what was left.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    for left in sorted(place.parent.glob(f".{glob.escape(place.name)}.*.part")):
        with suppress(IncompleteError, FileNotFoundError), locked(os.open(left, os.O_RDONLY), "being filled"):
            shutil.rmtree(left, ignore_errors=True)
    fresh = place.with_name(f".{place.name}.{os.getpid()}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir()
    except FileNotFoundError as error:
        raise UsageError(f"{place} cannot be made: {error.strerror}", "name another place") from error
    with refusals(place), locked(os.open(fresh, os.O_RDONLY), "being filled"):
        part = fresh.rename(place.with_name(f".{place.name}.{os.getpid()}.part"))
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _put(part: Path, built: Path) -> None:
    """Give a built vocabulary its name, unless another process was first: both are the same, by their name."""
    try:
        part.replace(built)
    except OSError:
        if not built.is_dir():
            raise


def cache_folder() -> Path:
    """Return where a vocabulary is kept for commands without a work folder: `ROCOV2_CACHE`, or the user's cache."""
    chosen = os.environ.get("ROCOV2_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return Path(chosen) / "rocov2" if chosen else Path.home() / ".cache" / "rocov2"
