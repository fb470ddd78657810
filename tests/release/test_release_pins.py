"""Pins: the splits of another set as its files have them, and a release that keeps to them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from release_rows import SETTINGS, release, synthetic

from rocov2.errors import CheckError, ConfigError
from rocov2.release.assemble import ReleaseTables
from rocov2.release.pins import read_pins
from rocov2.release.rows import SPLITS
from rocov2.release.strategies import latest

Made = tuple[ReleaseTables, Callable[[str], Path]]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return synthetic(120, tmp_path / "store")


def written(folder: Path, text: str) -> Path:
    (folder / "pin.csv").write_text(text, encoding="utf-8")
    return folder / "pin.csv"


@pytest.mark.parametrize(
    ("text", "pins"),
    [
        ("PMCID,Split\nPMC1,train\nPMC2,test\n", {"PMC1": "train", "PMC2": "test"}),
        ("\ufeffsplit,pmcid\nvalidation,PMC1.2\nval,7\n", {"PMC1": "valid", "PMC7": "valid"}),
        (
            "ID,PMCID,Attribution,Link\nROCOv2_2023_train_000001,PMC9,x,y\nROCOv2_2023_test_000004,PMC9,x,y\n"
            "ROCOv2_2023_train_060164,,,\n",
            {"PMC9": "test"},
        ),
    ],
)
def test_pins_are_read_and_strays_pin_nothing(tmp_path: Path, text: str, pins: dict[str, str]) -> None:
    assert read_pins(written(tmp_path, text)) == pins


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lacks the column PMCID"),
        ("ID,Caption\nROCOv2_2023_train_000001,x\n", "lacks the column PMCID"),
        ("PMCID,Split\n", "names no article"),
        ("PMCID,Split\nPMC1,dev\n", r"row 2: 'PMC1,dev' is no PMCID with a split"),
        ("PMCID,Split\nPMC1,train\nPMC2\n", r"row 3"),
        ("ID,PMCID\nROCOv2_PMC1_f1,PMC1\n", r"row 2"),
        ("PMCID,Split\n../x,train\n", r"row 2"),
    ],
)
def test_a_list_that_would_leave_an_article_unpinned_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_pins(written(tmp_path, text))


def test_a_list_that_is_not_there_is_a_matter_of_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        read_pins(tmp_path / "absent.csv")


def test_the_splits_of_one_release_pin_another(tmp_path: Path, made: Made) -> None:
    one = release(tmp_path / "one", *made, settings=replace(SETTINGS, salt="one")).folder
    pinned = read_pins(one / "splits.csv")
    two = release(tmp_path / "two", *made, settings=replace(SETTINGS, salt="two", pinned=pinned)).folder
    assert (two / "splits.csv").read_bytes() == (one / "splits.csv").read_bytes()
    assert json.loads((two / "manifest.json").read_text())["split"]["pinned_articles"] == len(pinned)
    assert f"{len(pinned)} articles are pinned to another set" in (two / "README.md").read_text()


def test_a_pin_that_an_earlier_release_breaks_stops_the_release(tmp_path: Path, made: Made) -> None:
    folder = release(tmp_path / "release", *made).folder
    trained = pq.read_table(folder / "samples.parquet", filters=[("split", "=", "train")])["pmcid"][0].as_py()
    with pytest.raises(CheckError, match=rf"PIN_BROKEN(.|\n)*{trained} in train, pinned to test"):
        release(folder, *made, settings=replace(SETTINGS, pinned={trained: "test"}))


def test_a_release_by_date_trains_on_the_past_and_grows_into_test(tmp_path: Path) -> None:
    small, big = synthetic(150, tmp_path / "store"), synthetic(300, tmp_path / "store")
    by_date = replace(SETTINGS, split="date")
    folder = release(tmp_path / "release", *small, settings=by_date).folder
    first = json.loads((folder / "manifest.json").read_text())["split"]
    release(folder, *big, settings=by_date)
    assert json.loads((folder / "manifest.json").read_text())["split"] == first
    table = pq.read_table(folder / "samples.parquet", columns=["split", "published_on"]).to_pylist()
    days = {s: [latest(row["published_on"]) for row in table if row["split"] == s] for s in SPLITS}
    assert max(days["train"]) < first["valid_from"] <= min(days["valid"]) <= max(days["valid"]) < first["test_from"]
    assert first["test_from"] <= min(days["test"])
    assert f"train is older than {first['valid_from']}" in (folder / "README.md").read_text()


def test_a_release_by_date_does_not_stand_on_one_by_hash(tmp_path: Path, made: Made) -> None:
    folder = release(tmp_path / "release", *made).folder
    before = (folder / "manifest.json").read_bytes()
    with pytest.raises(ConfigError, match="the last release was split otherwise"):
        release(folder, *made, settings=replace(SETTINGS, split="date"))
    assert (folder / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("method", ["stratified", "date"])
def test_every_way_to_split_gives_the_same_bytes_again(tmp_path: Path, made: Made, method: str) -> None:
    chosen = replace(SETTINGS, split=method)
    sums = [(release(tmp_path / "r", *made, settings=chosen).folder / "SHA256SUMS").read_text() for _ in range(2)]
    assert sums[0] == sums[1]
    assert (release(tmp_path / "s", *made, settings=chosen).folder / "SHA256SUMS").read_text() == sums[0]
