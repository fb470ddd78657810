"""`why ID`: one article or figure through every stage, with the reason where it was dropped."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rocov2.cli.options import AS_JSON, WORK, clean_text
from rocov2.cli.pipeline import saved
from rocov2.engine.checkpoint import drops_path, read_stamp, table_path
from rocov2.engine.selection import live_shards
from rocov2.engine.stage import Stage, table_name
from rocov2.errors import UsageError
from rocov2.release.naming import sample_id
from rocov2.tables import Selected

KEYS = ("figure_id", "article_id", "pmcid")


@click.command()
@click.argument("name", metavar="ID")
@WORK
@AS_JSON
def why(name: str, work: Path, as_json: bool) -> None:
    """Follow an article (PMC123 or PMC123.1), a figure (PMC123.1/fig2) or a sample (ROCOv2_...) through the stages."""
    stages = saved(work).stages
    shards = live_shards(work)
    wanted = plain(name) if not name.startswith("ROCOv2_") else figure_of(work, shards, name)
    found = [row for stage in stages for shard in shards for row in events(work, stage, shard, wanted)]
    if not found and not any(selected(work, shard, wanted) for shard in shards):
        raise UsageError(
            f"{clean_text(name)} is not among the selected articles", "look at rocov2 status, or select it"
        )
    if not found and (other := seen_version(work, stages, shards, wanted)):
        raise UsageError(f"no stage has seen {clean_text(name)}, but {other}", f"give {other}, or the PMCID alone")
    if found and "/" in wanted and not any(row["event"] == "dropped" or "/" in row["key"] for row in found):
        article = wanted.partition("/")[0]
        raise UsageError(f"no stage has seen a figure {clean_text(name)}", f"rocov2 why {article} names its figures")
    if as_json:
        print(json.dumps(found, indent=1))
        return
    for row in found:
        what = f"dropped: {row['reason']}  {row['detail']}" if row["event"] == "dropped" else shown(row["row"])
        print(clean_text(f"{row['stage']:9}{row['key']:34}{what}"))
    if not found:
        print(f"{clean_text(name)} is selected, and no stage has come to it yet")


def seen_version(work: Path, stages: Sequence[Stage], shards: list[str], wanted: str) -> str:
    """Return the version of the wanted article that a stage has seen, empty for none."""
    pmcid = wanted.partition("/")[0].partition(".")[0]
    keys = (row["key"] for stage in stages[:1] for shard in shards for row in events(work, stage, shard, pmcid))
    return str(next(keys, ""))


def figure_of(work: Path, shards: list[str], sample: str) -> str:
    """Return the figure id behind a sample id."""
    for shard in shards:
        path = work / "figures" / f"{shard}.parquet"
        if path.exists():
            for figure_id in pq.read_table(path, columns=["figure_id"])["figure_id"].to_pylist():
                if sample_id(figure_id) == sample:
                    return str(figure_id)
    raise UsageError(f"{clean_text(sample)} is no sample of this work folder", "give a sample_id of samples.parquet")


def selected(work: Path, shard: str, wanted: str) -> bool:
    """Say whether a shard was to hold the article."""
    column = pq.read_table(table_path(work, Selected, shard), columns=["pmcid"])["pmcid"]
    return wanted.partition("/")[0].partition(".")[0] in column.to_pylist()


def events(work: Path, stage: Stage, shard: str, wanted: str) -> Iterator[dict[str, Any]]:
    """Yield what one stage did in one shard with the article or figure."""
    path, drops = table_path(work, stage.output, shard), drops_path(work, stage.output, shard)
    if read_stamp(path) is None or not drops.exists():
        return
    table = pq.read_table(path)
    key = next(column for column in KEYS if column in table.column_names)
    for row in table.filter(matches(table[key], wanted)).to_pylist():
        yield {"stage": stage.name, "table": table_name(stage.output), "event": "kept", "key": row[key], "row": row}
    table = pq.read_table(drops)
    for row in table.filter(matches(table["key"], wanted)).to_pylist():
        yield {"stage": stage.name, "table": table_name(stage.output), "event": "dropped", **row}


def matches(column: Any, wanted: str) -> Any:
    """Return which ids are the wanted one or stand below it: an article's versions, its figures, a figure's panels."""
    article, _, figure = wanted.partition("/")
    whole = re.escape(article) + ("" if "." in article else r"(\.[0-9]+)?")
    return pc.match_substring_regex(column, f"^{whole}(/{re.escape(figure) + '(:[0-9]+)?' if figure else '.*'})?$")


def plain(name: str) -> str:
    """Return an id as the tables write it: `pmc123`, `123` and `PMC123/` are all PMC123."""
    found = re.fullmatch(r"(?:pmc)?([0-9].*?)/?", name, re.IGNORECASE)
    return f"PMC{found[1]}" if found else name


def shown(row: dict[str, Any]) -> str:
    """Return the telling columns of a row on one line."""
    skipped = {
        *KEYS,
        "source_md5",
        "media_keys",
        "media_md5s",
        "md5",
        "sha256",
        "vocabulary",
        "xml_md5",
        "metadata_etag",
    }
    parts = [
        f"{key}={str(value)[:60]}" for key, value in row.items() if key not in skipped and value not in (None, "", [])
    ]
    return " ".join(parts)[:400]
