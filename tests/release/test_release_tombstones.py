"""Tombstones: who gets one, for how long, and what a release does with them and with its losses."""

from dataclasses import replace
from pathlib import Path

import pytest
from release_rows import PROVENANCE, SETTINGS, release, synthetic

from rocov2.errors import CheckError, ConfigError
from rocov2.release.expectations import Expectations, read_expectations
from rocov2.release.tombstones import Fate, Tombstone, bury, read_tombstones, write_tombstones

OLD = Tombstone("PMC1", "retracted", "2026-09-01", "PMC1.1: a title")


@pytest.mark.parametrize(
    ("fates", "old", "expected"),
    [
        (
            {"PMC1": Fate("licence", "PMC1.1: CC BY-ND")},
            {},
            Tombstone("PMC1", "licence", "2026-09-02", "PMC1.1: CC BY-ND"),
        ),
        ({"PMC1": Fate("retracted", "new words")}, {"PMC1": OLD}, OLD),
        ({"PMC1": Fate("gone", "not listed")}, {"PMC1": OLD}, OLD),
        ({"PMC1": Fate("licence", "x")}, {"PMC1": OLD}, Tombstone("PMC1", "licence", "2026-09-02", "x")),
        ({}, {"PMC1": OLD}, OLD),
        ({"PMC1": None}, {"PMC1": OLD}, None),
        ({}, {}, None),
    ],
)
def test_an_article_that_was_released_gets_keeps_or_loses_its_tombstone(fates, old, expected):
    assert bury(["PMC1"], [], fates, old, "2026-09-02") == ([expected] if expected else [])


def test_an_article_that_is_released_or_never_was_has_none():
    assert bury(["PMC1"], ["PMC1"], {"PMC1": Fate("gone", ""), "PMC2": Fate("gone", "")}, {"PMC1": OLD}, "x") == []


def test_they_are_sorted_by_number_and_read_back(tmp_path: Path):
    fates = {f"PMC{n}": Fate("gone", 'a "quoted", cell\x1b[2J') for n in (10, 9, 100)}
    stones = bury(list(fates), [], fates, {}, "2026-09-02")
    write_tombstones(tmp_path, stones)
    assert [stone.pmcid for stone in stones] == ["PMC9", "PMC10", "PMC100"]
    assert list(read_tombstones(tmp_path).values()) == stones
    assert "\x1b" not in (tmp_path / "tombstones.csv").read_text()


@pytest.mark.parametrize(
    "text", ["", "PMCID\n", "PMCID,Reason,Date,Detail\nPMC1,tired,2026,\n", "PMCID,Reason,Date,Detail\nx,gone,,\n"]
)
def test_a_damaged_file_is_an_error(tmp_path: Path, text: str):
    (tmp_path / "tombstones.csv").write_text(text)
    with pytest.raises(CheckError, match="damaged"):
        read_tombstones(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "max_lost_share = 2",
        "max_lost_share = true",
        "tolerated_losses = -1",
        "other = 1",
        "minimums = 3",
        "[minimums]\nsample = 1",
        "[minimums]\ntrain = 'x'",
        "[",
    ],
)
def test_expectations_that_mean_nothing_are_refused(tmp_path: Path, text: str):
    (tmp_path / "e.toml").write_text(text)
    with pytest.raises(ConfigError):
        read_expectations(tmp_path / "e.toml")


def test_expectations_are_read(tmp_path: Path):
    (tmp_path / "e.toml").write_text(
        'max_lost_share = 0.2\ntolerated_losses = 5\n[minimums]\ntrain = 7\n"modality.CT" = 1\n'
    )
    assert read_expectations(tmp_path / "e.toml") == Expectations({"train": 7, "modality.CT": 1}, 0.2, 5)


@pytest.mark.parametrize(
    ("share", "tolerated", "passes"), [(0.1, 0, False), (0.6, 0, True), (0.0, 40, True), (1.0, 0, True)]
)
def test_a_release_may_lose_so_much_of_the_last_one(tmp_path: Path, share: float, tolerated: int, passes: bool):
    settings = replace(SETTINGS, max_lost_share=share, tolerated_losses=tolerated)
    release(tmp_path / "release", *synthetic(80, tmp_path / "store"), settings=settings)
    fewer = synthetic(40, tmp_path / "store")
    if passes:
        assert release(tmp_path / "release", *fewer, settings=settings).counts["samples"] == 40
        return
    with pytest.raises(CheckError, match=r"TOO_MANY_LOST.* 40 do not .40 of 80 samples"):
        release(tmp_path / "release", *fewer, settings=settings)
    changed = {**PROVENANCE, "preset": "open"}
    assert release(tmp_path / "release", *fewer, settings=settings, provenance=changed).counts["samples"] == 40
