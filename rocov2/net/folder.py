"""A folder that holds a bucket's keys as files, seen as a source: the sample, or a mirror of one's own."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rocov2.errors import SourceError
from rocov2.net.meter import METER
from rocov2.net.source import GONE_ADVICE, Fetched, Listed, Mismatch, Missing, TooLarge, Unavailable, check_key


class FolderSource:
    """Objects are files under `root`, their ETag is their MD5, listings walk the folder."""

    def __init__(self, root: Path, connections: int = 4) -> None:
        if not root.is_dir():
            raise SourceError(f"{root} is not a folder", "give an existing folder, an http(s) URL, sample or pmc")
        self.root = root
        self.connections = connections

    def get(self, key: str, *, max_bytes: int, md5: str = "", sha256: str = "") -> Fetched:
        """Read one file of at most `max_bytes`; raises Missing, TooLarge, Mismatch, BadKey, Unavailable."""
        path = self.root / check_key(key)
        try:
            if not path.is_file():
                raise Missing(f"{key}: no such object", GONE_ADVICE)
            with path.open("rb") as file:
                body = file.read(max_bytes + 1)
        except OSError as error:
            raise Unavailable(f"{key}: {error.strerror}", "check the folder's permissions") from error
        if len(body) > max_bytes:
            raise TooLarge(f"{key}: over the limit of {max_bytes} bytes", "")
        digest = hashlib.md5(body).hexdigest()
        METER.add(requests=1, received=len(body))
        if md5 and digest != md5.lower():
            raise Mismatch(f"{key}: MD5 {digest} instead of {md5}", "")
        if sha256 and hashlib.sha256(body).hexdigest() != sha256.lower():
            raise Mismatch(f"{key}: another SHA-256 than {sha256}", "")
        return Fetched(body, digest, digest)

    def list(self, prefix: str) -> Iterator[Listed]:
        """Yield the files whose key starts with `prefix`, in the order of keys (UTF-8 bytes, as S3 does)."""
        METER.add(requests=1)
        for key in sorted(self._keys(prefix), key=str.encode):
            path = self.root / key
            info = path.stat()
            modified = datetime.fromtimestamp(info.st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            yield Listed(key, info.st_size, hashlib.md5(path.read_bytes()).hexdigest(), modified)

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the folders one level below `prefix`, each with a '/' at its end."""
        METER.add(requests=1)
        folder, _, start = prefix.rpartition("/")
        base = self._base(folder)
        if base is not None:
            names = sorted(path.name for path in base.iterdir() if path.is_dir() and path.name.startswith(start))
            yield from (f"{folder}/{name}/" if folder else f"{name}/" for name in names)

    def close(self) -> None:
        """Nothing is held open."""

    def _base(self, folder: str) -> Path | None:
        base = self.root / check_key(folder) if folder else self.root
        return base if base.is_dir() else None

    def _keys(self, prefix: str) -> Iterator[str]:
        folder, _, start = prefix.rpartition("/")
        base = self._base(folder)
        if base is None:
            return
        for entry in base.iterdir():
            if entry.name.startswith(start):
                paths = entry.rglob("*") if entry.is_dir() else iter([entry])
                yield from (path.relative_to(self.root).as_posix() for path in paths if path.is_file())
