"""`fetch`: the images of a release, of the published set, or of a list, verified, with a report of each.

`fetch --release DIR` · `fetch rocov2` · `fetch LIST...` (the same as `fetch list LIST...`)
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import pyarrow as pa
import pyarrow.parquet as pq

from rocov2.cli.fetching import Work, bring
from rocov2.cli.options import AS_JSON, Group, said_here
from rocov2.downloads.columns import Columns
from rocov2.downloads.items import Item
from rocov2.downloads.keeper import Wishes
from rocov2.downloads.lists import read_lists
from rocov2.downloads.published import SPLITS
from rocov2.downloads.shards import PER_SHARD
from rocov2.downloads.zenodo import RECORD_URL
from rocov2.errors import UsageError
from rocov2.net import BadKey, check_key

COLUMNS = ["sample_id", "file", "source_key", "md5", "sha256"]
PATH = click.Path(path_type=Path)
Command = TypeVar("Command", bound=Callable[..., Any])


class Words(Group):
    """`fetch --release DIR` is `fetch release`, and what is no word of ours is a list."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the word in front that the user left out."""
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            is_release = any(word.partition("=")[0] == "--release" for word in args)
            args = ["release" if is_release else "list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Words, options_metavar="", subcommand_metavar="--release DIR | rocov2 | LIST... [OPTIONS]")
def fetch() -> None:
    """Download images, each verified: of a release, of the published ROCOv2, or of a list.

    `--release DIR` is a release of ours, by digest; `rocov2` the published set; LIST a CSV or Parquet file with
    PMCIDs and file names, labels or captions, or a list of ROCO 2018. What is there is not fetched again; a report of
    every image stands in fetch_report.csv. Exit 5 when some are not there: the same command tries them again.
    """


def network(command: Command) -> Command:
    """Give a command the options of a download."""
    for option in reversed(_NETWORK):
        command = option(command)
    return command


_NETWORK = (
    click.option(
        "--source",
        envvar="ROCOV2_SOURCE",
        default=lambda: said_here("source", "pmc"),
        show_default="pmc, or as rocov2.toml says",
        help="Where the images are.",
    ),
    click.option("--connections", type=click.IntRange(1, 200), default=16, show_default=True, help="At a time."),
    click.option("--rate", type=click.FloatRange(0, min_open=True), help="Requests a second.  [default: 50 for pmc]"),
    click.option("--timeout", type=click.FloatRange(1), default=30, show_default=True, help="Seconds without a byte."),
    click.option(
        "--format",
        "form",
        type=click.Choice(["folder", "webdataset"]),
        default="folder",
        show_default=True,
        help="A file an image, or tar shards of image and json.",
    ),
    click.option(
        "--per-shard", type=click.IntRange(1), default=PER_SHARD, show_default=True, help="Images a tar shard."
    ),
    click.option("--again", is_flag=True, help="Ask again also for what was gone or changed last time."),
    AS_JSON,
)


@fetch.command(name="release")
@click.option("--release", type=PATH, required=True, help="A release folder with samples.parquet.")
@click.option("--out", type=PATH, help="Folder to fill.  [default: the release folder]")
@network
def release_(release: Path, out: Path | None, again: bool, as_json: bool, **net: Any) -> None:
    """Download the images of a release of ours, by digest."""
    bring(Work(read_samples(release), out or release, Wishes(again=again), as_json, **net))


@fetch.command(name="rocov2")
@click.option("--out", type=PATH, default=Path("rocov2-published"), show_default=True, help="Folder to fill.")
@click.option("--split", "splits", type=click.Choice(SPLITS), multiple=True, help="Only this split; may be repeated.")
@click.option("--no-images", is_flag=True, help="The CSV files only.")
@click.option("--keep-archives", is_flag=True, help="Keep the zips after unpacking.")
@click.option("--record-url", default=RECORD_URL, show_default=True, help="The record's JSON.")
@click.option("--timeout", type=click.FloatRange(1), default=60, show_default=True, help="Seconds without a byte.")
@AS_JSON
def rocov2_(splits: tuple[str, ...], no_images: bool, **more: Any) -> None:
    """Download the published ROCOv2 as its record lists it, verified, unpacked and counted.

    Half a download goes on where it broke off. Rows without an image, and images without a row, stand in strays.csv.
    """
    from rocov2.cli.fetching_published import PublishedWork, bring_published  # noqa: PLC0415 - the other lists need none

    bring_published(PublishedWork(splits=splits, with_images=not no_images, **more))


@fetch.command(name="list")
@click.argument("lists", metavar="LIST...", type=PATH, nargs=-1, required=True)
@click.option("--out", type=PATH, default=Path("images"), show_default=True, help="Folder to fill.")
@click.option("--captions", type=PATH, multiple=True, help="File of id and caption; may be repeated.")
@click.option("--check-captions", is_flag=True, help="Compare captions with the articles' (needs their XML).")
@click.option("--pmcid-column", default="", help="Column of the PMCID.")
@click.option("--file-column", default="", help="Column of the image's file name in the article.")
@click.option("--label-column", default="", help="Column of the figure's label, e.g. Figure 2.")
@click.option("--caption-column", default="", help="Column of the caption.")
@click.option("--id-column", default="", help="Column of the id that names the image here.")
@network
def list_(lists: tuple[Path, ...], out: Path, again: bool, as_json: bool, **more: Any) -> None:
    """Download the figures that lists name.

    A LIST is dlinks.txt or licences.txt of ROCO 2018 (or the folder of it), license_information.csv of the published
    set with --captions, or any CSV or Parquet file with a PMCID and a file name, a label or a caption a row. Columns
    with usual names are found by themselves.
    """
    columns = Columns(*(more.pop(f"{kind}_column") for kind in ("pmcid", "file", "label", "caption", "id")))
    wishes = Wishes(check_captions=more.pop("check_captions"), again=again)
    items = read_lists(lists, columns, more.pop("captions"))
    bring(Work(items, out, wishes, as_json, **more))


def read_samples(release: Path) -> list[Item]:
    """Return the samples of a release as items; UsageError where there are none, or one names a file outside."""
    path = release / "samples.parquet"
    try:
        with pq.ParquetFile(path) as file:  # not read_table: it imports pandas and a third of a second
            if missing := sorted(set(COLUMNS) - set(file.schema_arrow.names)):
                raise UsageError(f"{path} has no column {missing[0]}", "give a release folder with its samples.parquet")
            rows: list[dict[str, str]] = file.read(columns=list(COLUMNS)).to_pylist()
        return [
            Item(
                item_id=row["sample_id"],
                name=row["file"],
                source_key=row["source_key"],
                md5=row["md5"],
                sha256=row["sha256"],
                target=check_key(row["file"]),
            )
            for row in rows
        ]
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise UsageError(f"{path}: {error}"[:300], "give a release folder with its samples.parquet") from error
    except BadKey as error:
        raise UsageError(
            f"{path} names a file outside the release: {error.message}", "do not use this release"
        ) from error
