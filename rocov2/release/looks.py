"""Look at the pictures of a dataset that is audited: their digests, and which of them are look-alikes."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from rocov2.engine.parallel import map_in_order
from rocov2.images.decode import BadImage, decode
from rocov2.images.duplicates import cluster
from rocov2.images.prints import fingerprint
from rocov2.release.audit import Corpus

MAX_FILE_BYTES = 64 << 20

Paths = Iterable[Path | None]


def with_looks(corpus: Corpus, watched: Callable[[Paths], Paths] = iter) -> Corpus:
    """The corpus with the digest of each of its `files` and the cluster of look-alikes that its picture is in.

    Pictures are compared as the stage `filter` does it: through another size, compression, crop or margin. `watched`
    may count the files as they go by. What is no picture has no cluster, and is named in `unreadable`.
    """
    looks = list(map_in_order(_look, watched(corpus.files), min(8, os.cpu_count() or 1)))
    seen = [place for place, (_, print_) in enumerate(looks) if print_]
    clusters: list[str | None] = [None] * len(looks)
    for place, label in zip(seen, cluster([looks[place][1] for place in seen]).tolist(), strict=True):
        clusters[place] = str(seen[label])
    blind = [
        name
        for name, file, (_, print_) in zip(corpus.ids, corpus.files, looks, strict=True)
        if file is not None and not print_
    ]
    return replace(corpus, digests=[digest for digest, _ in looks], clusters=clusters, unreadable=blind)


def _look(path: Path | None) -> tuple[str | None, str]:
    """SHA-256 and fingerprint of an image file; None and nothing where there is no such thing."""
    if path is None:
        return None, ""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return None, ""
        body = path.read_bytes()
    except OSError:
        return None, ""
    digest = hashlib.sha256(body).hexdigest()
    try:
        return digest, fingerprint(decode(body).rgb)
    except BadImage:
        return digest, ""


def images_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files of a folder of images, by their name without its ending; sorted, links and hidden files left out."""
    for path in sorted(folder.glob("*.*")):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            yield path.stem, path
