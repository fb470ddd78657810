"""Hold a published release to its own checksums."""

import re
from pathlib import Path

from rocov2.release.files import SUMS, names_of, sha256_of
from rocov2.release.publish import MANIFEST

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def verify_release(folder: Path) -> list[str]:
    """Hash every file of the release in `folder` again; one sentence for each that is damaged, absent or extra.

    An empty list means that the release is what was published.
    """
    sums = folder / SUMS
    if not sums.is_file() or not (folder / MANIFEST).is_file():
        return [f"{folder} is no release: it lacks {SUMS} or {MANIFEST}"]
    problems: list[str] = []
    expected: dict[str, str] = {}
    for number, line in enumerate(sums.read_bytes().decode("utf-8", "replace").splitlines(), start=1):
        match = _LINE.fullmatch(line)
        if match is None or _climbs(match.group(2)):
            problems.append(f"{SUMS}, line {number}: not a checksum of a file of the release")
        else:
            expected[match.group(2)] = match.group(1)
    present = names_of(folder) - {SUMS}
    problems += [f"{name}: absent" for name in sorted(expected.keys() - present)]
    problems += [f"{name}: not part of the release" for name in sorted(present - expected.keys())]
    shared = sorted(expected.keys() & present)
    return problems + [f"{name}: damaged" for name in shared if sha256_of(folder / name) != expected[name]]


def _climbs(name: str) -> bool:
    return name.startswith("/") or ".." in name.split("/") or "\\" in name
