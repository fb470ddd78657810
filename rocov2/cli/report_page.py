"""`report RELEASE`: a release as one HTML page that opens from disk."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from rocov2.cli.options import AS_JSON
from rocov2.release.report.page import ROWS, write_report

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("release", type=FOLDER)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="File to write.",
)
@click.option("--previous", type=FOLDER, help="Another release, to say what changed since.")
@click.option(
    "--rows", type=click.IntRange(1, 20_000), default=ROWS, show_default=True, help="Samples that the page can search."
)
@AS_JSON
def report(release: Path, out: Path, previous: Path | None, rows: int, as_json: bool) -> None:
    """Write one self-contained HTML page about a release: charts, galleries, drops and a search box."""
    made = write_report(release, out, previous, rows)
    if as_json:
        print(json.dumps({**asdict(made), "path": str(made.path)}, indent=1))
        return
    print(
        f"{made.path}: {made.size_bytes / 1e6:.1f} MB, {made.pictures} pictures, "
        f"{made.searchable} of {made.samples} samples can be searched"
    )
    if made.pictures_lost:
        print(f"{made.pictures_lost} images could not be read from {release}")
