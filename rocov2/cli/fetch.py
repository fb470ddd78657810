"""`fetch --release DIR`: the images of a release, from the source, each held to the digest that the release states."""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from rocov2.cli.options import AS_JSON, clean_text
from rocov2.cli.pipeline import net_settings
from rocov2.config import BuildSettings
from rocov2.errors import ConfigError, IncompleteError, UsageError
from rocov2.images.fetch import FETCH_FAILED, MISSING, ImageLimits, ImageRequest, fetch_images
from rocov2.images.store import Store
from rocov2.net import BadKey, check_key, open_source
from rocov2.release.files import link_or_copy
from rocov2.tables import Drop, Image

FETCHED, THERE, GONE, CHANGED, FAILED = "fetched", "already there", "gone", "changed", "failed"
COLUMNS = ["sample_id", "file", "source_key", "md5", "sha256"]
REPORT = "fetch_report.csv"


@click.command()
@click.option(
    "--release", type=click.Path(path_type=Path), required=True, help="A release folder with samples.parquet."
)
@click.option("--source", envvar="ROCOV2_SOURCE", default="pmc", show_default=True, help="Where the images are.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to fill.  [default: the release folder]")
@click.option(
    "--connections", type=click.IntRange(1, 200), default=16, show_default=True, help="Connections at a time."
)
@AS_JSON
def fetch(release: Path, source: str, out: Path | None, connections: int, as_json: bool) -> None:
    """Download the images of a release, by digest.

    What is there already is not fetched again; a report of every image stands in fetch_report.csv.
    """
    samples = read_samples(release)
    folder = out or release
    settings = net_settings(BuildSettings(source=source, connections=connections))
    opened = open_source(source, settings=settings)
    outcomes = []
    try:
        for outcome in tqdm(fill(folder, samples, opened), total=len(samples), unit=" images", disable=None):
            outcomes.append(outcome)
    finally:
        opened.close()
    write_report(folder, outcomes)
    counts = Counter(word for _, word, _ in outcomes)
    print(json.dumps(dict(counts)) if as_json else ", ".join(f"{word} {count}" for word, count in counts.items()))
    left = sum(counts[word] for word in (GONE, CHANGED, FAILED))
    if left:
        raise IncompleteError(
            f"{left} of {len(samples)} images are not there", f"see {folder / REPORT}; run again for `failed`"
        )


def read_samples(release: Path) -> list[dict[str, str]]:
    """Return the rows of a release's samples.parquet; UsageError where there is none, or it names a file outside."""
    path = release / "samples.parquet"
    try:
        rows: list[dict[str, str]] = pq.read_table(path, columns=COLUMNS).to_pylist()
        for row in rows:
            check_key(row["file"])
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise UsageError(f"{path}: {error}"[:300], "give a release folder with its samples.parquet") from error
    except BadKey as error:
        raise UsageError(
            f"{path} names a file outside the release: {error.message}", "do not use this release"
        ) from error
    return rows


def fill(folder: Path, samples: list[dict[str, str]], source: Any) -> Iterator[tuple[str, str, str]]:
    """Yield (sample_id, outcome, detail) for each sample, after its image has its place in the folder."""
    home = folder / ".incoming"
    store = Store(home)
    wanted = []
    for sample in samples:
        if is_there(folder / sample["file"], sample["sha256"]):
            yield sample["sample_id"], THERE, ""
        else:
            wanted.append(sample)
    requests = (ImageRequest(sample["sample_id"], sample["source_key"], sample["md5"]) for sample in wanted)
    complete = True
    for sample, result in zip(wanted, fetch_images(requests, source, store, ImageLimits()), strict=True):
        word, detail = settle(folder, sample, result, store)
        complete = complete and word != FAILED
        yield sample["sample_id"], word, detail
    if complete:
        shutil.rmtree(home, ignore_errors=True)


def is_there(path: Path, sha256: str) -> bool:
    """Say whether the image is in its place, with the right bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def settle(folder: Path, sample: dict[str, str], result: Image | Drop, store: Store) -> tuple[str, str]:
    """Give a fetched image its place, or say what is the matter."""
    if isinstance(result, Drop):
        words = {MISSING: GONE, FETCH_FAILED: FAILED}
        return words.get(result.reason, CHANGED), f"{result.reason}: {result.detail}"
    if result.sha256 != sample["sha256"]:
        return CHANGED, f"SHA-256 {result.sha256}"
    path = folder / sample["file"]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        link_or_copy(store.path(result.md5), part)
        part.replace(path)
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror}", "free space or correct the permissions, then run again"
        ) from error
    return FETCHED, ""


def write_report(folder: Path, outcomes: list[tuple[str, str, str]]) -> None:
    """Write one row an image: sample_id, outcome, detail."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["sample_id,outcome,detail\n"]
    lines += [f'{name},{word},"{clean_text(detail).replace(chr(34), chr(39))}"\n' for name, word, detail in outcomes]
    (folder / REPORT).write_text("".join(lines), encoding="utf-8")
