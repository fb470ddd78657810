"""Checks: each finds its own fault in an otherwise good release, and says which rows."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from release_rows import SETTINGS, release, synthetic

from rocov2.errors import CheckError, ConfigError
from rocov2.release.assemble import Assembled, assemble
from rocov2.release.check import Check, Failure, check_files, check_samples, counts, failure, require
from rocov2.release.placing import SplitPolicy, check_placement
from rocov2.release.rows import SAMPLES_SCHEMA
from rocov2.release.verify import verify_release

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Assembled:
    return assemble(synthetic(50, tmp_path_factory.mktemp("store"))[0], SplitPolicy())


def failed(good: Assembled, rows: Rows, **minimums: int) -> dict[Check, tuple[str, ...]]:
    samples = pa.Table.from_pylist(rows, schema=SAMPLES_SCHEMA)
    return {f.check: f.examples for f in check_samples(samples, good.names, SETTINGS.licenses, minimums)}


def test_a_good_release_passes(good: Assembled) -> None:
    assert failed(good, good.samples.to_pylist(), samples=50, train=1) == {}


def other_split(rows: Rows, unit: str) -> None:
    rows[0]["split"], rows[-1]["split"], rows[-1][unit] = "train", "test", rows[0][unit]


TWO = ["C0040405", "C0024485"]
FAULTS: dict[Check, Callable[[Rows], object]] = {
    Check.INCOMPLETE_ROW: lambda rows: rows[0].update(sha256=None),
    Check.ARTICLE_IN_TWO_SPLITS: lambda rows: other_split(rows, "pmcid"),
    Check.CLUSTER_IN_TWO_SPLITS: lambda rows: other_split(rows, "cluster_id"),
    Check.IMAGE_IN_TWO_SPLITS: lambda rows: other_split(rows, "sha256"),
    Check.SAMPLE_TWICE: lambda rows: rows[0].update(sample_id=rows[1]["sample_id"].lower()),
    Check.UNKNOWN_SPLIT: lambda rows: rows[0].update(split="dev", pmcid="PMC1", cluster_id="x"),
    Check.LICENSE_NOT_ALLOWED: lambda rows: rows[0].update(license_code="CC BY-ND"),
    Check.BLANK_CAPTION: lambda rows: rows[0].update(caption=" \u00a0"),
    Check.MALFORMED_CUI: lambda rows: rows[0]["cuis"].append("C12"),
    Check.UNNAMED_CUI: lambda rows: rows[0]["cuis"].append("C7777777"),
    Check.CUI_TWICE: lambda rows: rows[0]["cuis"].append(rows[0]["cuis"][0]),
    Check.TWO_MODALITIES: lambda rows: rows[0].update(
        cuis=["C0040405", "C0024485"], cuis_manual=["C0040405", "C0024485"]
    ),
}


@pytest.mark.parametrize("check", FAULTS, ids=lambda check: check.name)
def test_each_check_finds_its_fault(good: Assembled, check: Check) -> None:
    rows = good.samples.to_pylist()
    FAULTS[check](rows)
    assert check in failed(good, rows)


def test_every_check_is_tested() -> None:
    others = {Check.MISSING_IMAGE, Check.FILES_DIFFER, Check.TOO_FEW, Check.TOO_MANY_LOST}
    assert {*FAULTS, *others, Check.PIN_BROKEN, Check.AHEAD_OF_TIME} == set(Check)


def test_manual_concepts_that_do_not_stand_first_are_found(good: Assembled) -> None:
    rows = good.samples.to_pylist()
    row = next(r for r in rows if len(r["cuis"]) > len(r["cuis_manual"]))
    row["cuis"].reverse()
    assert failed(good, rows) == {Check.CUI_TWICE: (row["sample_id"],)}


def test_an_expectation_that_is_missed_is_told_with_both_numbers(good: Assembled) -> None:
    found = failed(good, good.samples.to_pylist(), samples=51, test=0)
    assert found == {Check.TOO_FEW: ("samples: 50 of 51",)}


def test_an_unknown_expectation_is_refused(good: Assembled) -> None:
    with pytest.raises(ConfigError, match="unknown expectation 'trian'"):
        failed(good, good.samples.to_pylist(), trian=1)


def test_counts_name_every_split_and_modality(good: Assembled) -> None:
    found = counts(good.samples)
    assert found["train"] + found["valid"] + found["test"] == found["samples"] == 50
    assert sum(n for name, n in found.items() if name.startswith("modality.")) == 50


def test_an_error_names_each_failure_its_sentence_and_examples() -> None:
    with pytest.raises(CheckError, match=r"1 check failed(.|\n)*BLANK_CAPTION: no caption .*; 4 do not \(a, b, c\)"):
        require(failure(Check.BLANK_CAPTION, ["d", "c", "b", "a"]))
    require([])


@pytest.mark.parametrize(
    ("check", "step"), [(Check.TOO_FEW, "rocov2 status"), (Check.TOO_MANY_LOST, "max_lost_share=1")]
)
def test_a_check_of_the_whole_release_says_what_to_do_about_it(check: Check, step: str) -> None:
    with pytest.raises(CheckError) as caught:
        require([Failure(check, 1, ("samples: 0 of 1",))])
    assert step in caught.value.advice
    assert "why ID" not in caught.value.advice


def test_files_without_rows_and_rows_without_files_are_found(tmp_path: Path) -> None:
    tables, store = synthetic(10, tmp_path / "store")
    folder = release(tmp_path / "release", tables, store).folder
    samples = assemble(tables, SplitPolicy()).samples
    assert check_files(folder, samples) == []
    (folder / "valid" / "stray.jpg").write_text("")
    (folder / samples["file"][0].as_py()).unlink()
    assert [f.count for f in check_files(folder, samples)] == [2]


def test_verify_names_what_is_damaged_absent_and_extra(tmp_path: Path) -> None:
    folder = release(tmp_path / "release", *synthetic(10, tmp_path / "store")).folder
    assert verify_release(folder) == []
    (folder / "README.md").write_text("")
    (folder / "cui_mapping.csv").unlink()
    (folder / "notes.txt").write_text("")
    assert verify_release(folder) == [
        "cui_mapping.csv: absent",
        "notes.txt: not part of the release",
        "README.md: damaged",
    ]


def test_verify_does_not_follow_checksums_out_of_the_release(tmp_path: Path) -> None:
    folder = release(tmp_path / "release", *synthetic(3, tmp_path / "store")).folder
    with (folder / "SHA256SUMS").open("a") as file:
        file.write(f"{'0' * 64}  ../../etc/passwd\nnonsense\n")
    assert len([p for p in verify_release(folder) if p.endswith("not a checksum of a file of the release")]) == 2


def test_verify_of_something_else_says_so(tmp_path: Path) -> None:
    assert verify_release(tmp_path)[0].endswith("is no release: it lacks SHA256SUMS or manifest.json")
    shutil.rmtree(tmp_path)
    assert len(verify_release(tmp_path)) == 1


def checked(policy: SplitPolicy, bounds: tuple[str, str] | None) -> dict[Check, tuple[str, ...]]:
    rows = [("PMC1", "train", "2010-01-01"), ("PMC2", "valid", "2016"), ("PMC3", "test", "2001")]
    samples = pa.Table.from_pylist([dict(zip(("pmcid", "split", "published_on"), row, strict=True)) for row in rows])
    return {failure.check: failure.examples for failure in check_placement(samples, policy, bounds)}


def test_what_a_pin_promises_is_checked() -> None:
    pinned = {"PMC1": "valid", "PMC2": "valid", "PMC3": "train", "PMC9": "test"}
    assert checked(SplitPolicy(pinned=pinned), None) == {Check.PIN_BROKEN: ("PMC1 in train, pinned to valid",)}


def test_a_new_article_that_is_too_young_for_its_split_is_found() -> None:
    assert checked(SplitPolicy(), ("2009-06-01", "2016-12-31")) == {Check.AHEAD_OF_TIME: ("PMC1", "PMC2")}
    assert checked(SplitPolicy(), ("2011-01-01", "2017-01-01")) == {}
    assert checked(SplitPolicy(previous={"PMC1": "train"}), ("2009-06-01", "2017-01-01")) == {}
