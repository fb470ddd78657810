"""`export RELEASE --format F --out DIR`: a release in the layout that a library expects."""

import json
from pathlib import Path

import click
from tqdm import tqdm

from rocov2.cli.options import AS_JSON
from rocov2.release.export import FORMATS, export_release
from rocov2.release.export_output import ExportSettings


@click.command()
@click.argument("release", metavar="RELEASE", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "kind", type=click.Choice(list(FORMATS)), required=True, help="Layout to write.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to fill: new, empty, or begun.")
@click.option(
    "--shard-mb",
    type=click.IntRange(min=1),
    default=500,
    show_default=True,
    help="Megabytes of images a shard (parquet, hf, webdataset).",
)
@click.option("--link", is_flag=True, help="Hard links, not copies, of single images (imagefolder, coco-captions).")
@AS_JSON
def export(release: Path, kind: str, out: Path, shard_mb: int, link: bool, as_json: bool) -> None:
    """Write a release in the layout that a library expects, image bytes untouched.

    An export that was stopped goes on where it was; one that is whole is left alone.
    """
    settings = ExportSettings(shard_mb * 1_000_000, link)
    with tqdm(unit=" samples", disable=None) as bar:
        done = export_release(release, kind, out, settings, bar.update)
    if as_json:
        print(json.dumps({"samples": done.samples, "written": done.written, "files": dict(done.files)}, indent=1))
    elif done.written:
        print(f"{done.samples:,} samples in {out} as {kind}: {done.written:,} files written")
    else:
        print(f"{done.samples:,} samples were in {out} as {kind} already: nothing to do")
