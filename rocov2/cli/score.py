"""`score PATH...`: the scores of anyone's images, by the code of the stage `score`."""

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import pandas as pd
from tqdm import tqdm

from rocov2.cli.options import AS_JSON
from rocov2.config import data_folder
from rocov2.errors import IncompleteError, UsageError
from rocov2.images.decode import BadImage, decode
from rocov2.images.inspect import Refused, inspect
from rocov2.stages.score import ScoreParams, score_picture

ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff"}
MAX_BYTES, MAX_PIXELS = 64 << 20, 100_000_000
SKIPPED = ("figure_id", "article_id", "fingerprint")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--captions", type=click.Path(exists=True, path_type=Path), help="CSV of file name (or path) and caption."
)
@AS_JSON
def score(paths: tuple[Path, ...], captions: Path | None, as_json: bool) -> None:
    """Score images, or all images of folders: compound, panel boxes, radiology, modalities, X-ray region, hash.

    Prints CSV, or with --json one JSON object a line.
    """
    words = read_captions(captions) if captions else {}
    files = list(images_under(paths))
    unreadable = 0
    writer: Any = None
    for path in tqdm(files, unit=" images", disable=None):
        row = score_file(path, words)
        unreadable += "error" in row
        if as_json:
            print(json.dumps(row))
            continue
        if writer is None:
            writer = csv.DictWriter(sys.stdout, [*columns(), "error"], lineterminator="\n")
            writer.writeheader()
        writer.writerow({name: " ".join(map(str, v)) if isinstance(v, tuple) else v for name, v in row.items()})
    if unreadable:
        raise IncompleteError(f"{unreadable} of {len(files)} files could not be scored", "see the column error")


def columns() -> list[str]:
    """Return the columns of a scored row: the path, and those of the table `scores`."""
    from rocov2.tables import Score  # noqa: PLC0415 - for its field names only

    return ["path", *(name for name in Score.__dataclass_fields__ if name not in SKIPPED)]


def images_under(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files named, and the image files of the folders named, in order."""
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.suffix.lower() in ENDINGS)
        else:
            yield path


def score_file(path: Path, words: dict[str, str]) -> dict[str, Any]:
    """Return the row of one file; with a column `error` alone when it is no image that can be scored."""
    params = ScoreParams(models=data_folder() / "models", screen_model=data_folder() / "models" / "screen.bin")
    try:
        if path.stat().st_size > MAX_BYTES:
            return {"path": str(path), "error": f"over {MAX_BYTES} bytes"}
        body = path.read_bytes()
        picture = decode(body, inspect(body, MAX_PIXELS).format)
    except OSError as error:
        return {"path": str(path), "error": error.strerror or str(error)}
    except (Refused, BadImage) as error:
        return {"path": str(path), "error": f"{error.reason}: {error.detail}"}
    caption = words.get(str(path), words.get(path.name, words.get(path.stem)))
    row = asdict(score_picture(params, path.name, caption, picture))
    return {"path": str(path), **{name: value for name, value in row.items() if name not in SKIPPED}}


def read_captions(path: Path) -> dict[str, str]:
    """Return file name -> caption: the first two columns of a CSV with a header line."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, usecols=[0, 1])
    except (OSError, ValueError) as error:
        raise UsageError(f"--captions {path}: {error}", "give a UTF-8 CSV of file name and caption") from error
    return dict(zip(table.iloc[:, 0], table.iloc[:, 1], strict=True))
