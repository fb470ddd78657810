"""Where images go: a folder of files; `shards` is the other way."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from rocov2.downloads.items import Outcome
from rocov2.images.store import write_whole


class Output(Protocol):
    """Takes images by their path; several threads may put at once."""

    def size(self, file: str, sha256: str) -> int:
        """Return the bytes that the image has if it is there and the right one, else 0."""

    def put(self, file: str, body: bytes) -> None:
        """Keep an image; IncompleteError when the disk refuses."""

    def finish(self, outcomes: Mapping[str, Outcome]) -> None:
        """Bring what is here, by item_id, into its last shape."""


class Folder:
    """One file an image, at its path under `root`: under its final name it is whole.

    That holds after a kill. A power cut may take what the system had not written yet, even soon after the end: `size`
    hashes what it finds, so that the same command tells and fetches it again.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def size(self, file: str, sha256: str) -> int:
        """Hash the file, if it is there."""
        path = self.root / file
        if not path.is_file():
            return 0
        with path.open("rb") as opened:
            return opened.tell() if hashlib.file_digest(opened, "sha256").hexdigest() == sha256 else 0

    def put(self, file: str, body: bytes) -> None:
        """Write beside the final name, rename."""
        write_whole(f"{self.root}/{file}", body, 0o644, synced=False)

    def finish(self, outcomes: Mapping[str, Outcome]) -> None:
        """Nothing is left to do."""
