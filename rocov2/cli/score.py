"""`score PATH...`: the scores of anyone's images, by the code of the stage `score`."""

import csv
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any

import click
from tqdm import tqdm

from rocov2.cli.captioned import read_captions
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
    "--captions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV with a header line, first a path, file name or file name without ending, then the caption.",
)
@AS_JSON
def score(paths: tuple[Path, ...], captions: Path | None, as_json: bool) -> None:
    """Score images, or all images of folders: compound, panel letters and boxes, radiology, modalities, region, hash.

    Prints CSV, or with --json one JSON object a line, with the columns of the table scores (see rocov2 tables). Of a
    folder the files named as JPEG, PNG, WebP, GIF or TIFF are taken, at any depth; links to folders are not followed.
    """
    files = list(dict.fromkeys(images_under(paths)))
    if not files:
        raise UsageError("there is no image in the folders given", f"files end in {', '.join(sorted(ENDINGS))}")
    words = captions_of(files, captions) if captions else {}
    unreadable = 0
    writer: Any = None
    for path in tqdm(files, unit=" images", disable=None):
        row = score_file(path, words.get(path))
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
    """Yield the files named, and the image files of the folders named, in order.

    A link to nothing is yielded, to be told of; folders, pipes and devices with an image's name are not. OSError for a
    folder that may not be read.
    """
    for path in paths:
        yield from _images_of(path) if path.is_dir() else [path]


def _images_of(folder: Path) -> list[Path]:
    def stop(error: OSError) -> None:
        raise error

    found = (Path(root, name) for root, _, names in os.walk(folder, onerror=stop) for name in names)
    return sorted(path for path in found if path.suffix.lower() in ENDINGS and (path.is_file() or not path.exists()))


def score_file(path: Path, caption: str | None) -> dict[str, Any]:
    """Return the row of one file; with a column `error` alone when it is no image that can be scored."""
    params = ScoreParams(models=data_folder() / "models", screen_model=data_folder() / "models" / "screen.bin")
    told = {"path": os.fsencode(path).decode("utf-8", "backslashreplace")}
    body = b""
    try:
        with path.open("rb") as file:
            body = file.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            return {**told, "error": f"over {MAX_BYTES} bytes"}
        picture = decode(body, inspect(body, MAX_PIXELS).format)
    except OSError as error:
        return {**told, "error": error.strerror or str(error)}
    except (Refused, BadImage) as error:
        return {**told, "error": f"{error.reason}: {other_file(body) or error.detail}"}
    row = asdict(score_picture(params, path.name, caption, picture))
    return {**told, **{name: value for name, value in row.items() if name not in SKIPPED}}


def other_file(body: bytes) -> str:
    """Return what people take for an image that is read and is none; empty for anything else."""
    if body[128:132] == b"DICM":
        return "a DICOM file; export its frames as PNG or JPEG"
    return "" if body else "an empty file"


def captions_of(files: list[Path], path: Path) -> dict[Path, str]:
    """Return file -> caption, found by the longest end of its path that the CSV names, or by its name without ending.

    How many files have one is told on standard error; UsageError where none has.
    """
    captions = read_captions(
        path, _columns, "header of two columns, such as file,caption", lambda name: str(PurePath(name))
    )
    found: dict[Path, str] = {}
    for file in files:
        parts = file.absolute().parts
        ends = (str(PurePath(*parts[at:])) for at in range(len(parts)))
        name = next((name for name in (str(file), *ends, file.stem) if name in captions), None)
        if name is not None:
            found[file] = captions[name]
    if not found:
        first = f"its first name is {next(iter(captions))!r}" if captions else "it has none"
        raise UsageError(f"{path} has a caption of none of the {len(files)} files; {first}", "name them as they are")
    click.echo(f"{path}: captions of {len(found)} of {len(files)} files", err=True)
    return {file: caption for file, caption in found.items() if caption.strip()}


def _columns(header: list[str]) -> tuple[int, int] | None:
    """Any header but one that is a row of a file without."""
    return (0, 1) if len(header) > 1 and PurePath(header[0]).suffix.lower() not in ENDINGS else None
