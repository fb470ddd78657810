"""`release` writes the last step again, and `release --verify` proves it from its ingredients or names what differs."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

from tests.pipeline.runs import contents, rocov2


@pytest.fixture
def copy(built, tmp_path):
    """A copy of the built sample that a test may change."""
    shutil.copytree(built[0], tmp_path / "copy")
    return tmp_path / "copy"


def verify(folder, code=0, release=None):
    words = ("release", "--work", folder / "work", "--verify", release or folder / "release", "--json")
    return json.loads(rocov2(*words, code=code))


def failure(folder, code, *words):
    return rocov2("release", "--work", folder / "work", "--verify", folder / "release", *words, code=code)


def test_the_sample_is_what_its_manifest_says(copy):
    before = contents(copy / "release")
    assert verify(copy) == {"release": str(copy / "release"), "differences": [], "notes": []}
    assert contents(copy / "release") == before
    assert not list((copy / "work").glob(".verify-*"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("train_captions.csv", "train_captions.csv: 1 rows differ (ROCOv2_"),
        ("README.md", "README.md: 1 rows differ (line 3)"),
        ("license_information.csv", "license_information.csv: 1 rows differ (ROCOv2_"),
    ],
)
def test_a_changed_file_is_named_with_its_row(copy, name, said):
    path = copy / "release" / name
    lines = path.read_text().splitlines(keepends=True)
    lines[2] = lines[2].rstrip("\n") + "!\n"
    path.write_text("".join(lines))
    assert verify(copy, code=6)["differences"][0].startswith(said)


def test_what_a_release_remembers_is_held_to_its_checksums(copy):
    path = copy / "release" / "splits.csv"
    path.write_text(path.read_text() + "PMC99999999,test\n")
    assert verify(copy, code=6)["differences"] == [
        "SHA256SUMS: 2 rows differ (manifest.json, splits.csv)",
        "manifest.json: 1 rows differ (files)",
        "splits.csv: damaged",
    ]
    path.write_text("PMCID,Split\nPMC1,dev\n")
    assert f"{path.parent} is damaged" in failure(copy, 6)


def test_a_caption_changed_in_the_table_and_in_its_checksum_is_still_found(copy):
    path = copy / "release" / "samples.parquet"
    table = pq.read_table(path)
    captions = table["caption"].to_pylist()
    captions[0] += " Not so."
    place = table.schema.get_field_index("caption")
    pq.write_table(table.set_column(place, table.schema.field("caption"), [captions]), path)
    found = verify(copy, code=6)["differences"]
    assert found[-1] == f"samples.parquet: 1 rows differ ({table['sample_id'][0].as_py()})"


def test_images_that_are_lost_swapped_or_added_are_named(copy):
    first, second, *_ = sorted((copy / "release" / "train").iterdir())
    first.unlink()
    shutil.copyfile(second, copy / "release" / "test" / "more.jpg")
    second.unlink()
    second.write_bytes(b"x")
    assert verify(copy, code=6)["differences"] == [
        "test/more.jpg: not part of the release",
        f"train/{first.name}: absent",
        f"train/{second.name}: other bytes",
    ]


def test_a_checkpoint_that_is_not_there_any_more_is_named(copy):
    path = next((copy / "work" / "captions").glob("[!_]*.parquet"))
    path.unlink()
    assert f"an ingredient is missing: the checkpoint clean {path.stem} (" in failure(copy, 3)


def test_an_image_that_the_store_lost_is_named(copy):
    row = pq.read_table(copy / "release" / "samples.parquet").to_pylist()[0]
    next((copy / "work" / "store").rglob(row["md5"])).unlink()
    assert f"1 images, such as that of {row['sample_id']} (MD5 {row['md5']})" in failure(copy, 3)


def test_a_work_folder_that_went_on_does_not_prove_an_older_release(copy):
    shutil.copytree(copy / "release", copy / "older")
    words = ("--source", "sample", "--work", copy / "work", "--release", copy / "release")
    rocov2("build", *words, "-p", "clean.min_words=4", "-p", "curate.preset=published")
    assert verify(copy)["differences"] == []
    assert "an ingredient is missing: the checkpoint" in rocov2(
        "release", "--work", copy / "work", "--verify", copy / "older", code=3
    )


def test_the_release_is_written_again_with_another_split(copy):
    words = ("release", "--work", copy / "work", "--release", copy / "other", "-p", "release.split=date", "--json")
    told = json.loads(rocov2(*words))
    assert sum(told["samples"].values()) == pq.read_metadata(copy / "release" / "samples.parquet").num_rows
    assert json.loads((copy / "other" / "manifest.json").read_text())["split"]["method"] == "date"
    assert verify(copy, release=copy / "other")["differences"] == []


def test_what_stands_is_left_as_it_is(copy):
    before = contents(copy / "release")
    words = ("release", "--work", copy / "work", "--release", copy / "release", "--json")
    assert [json.loads(rocov2(*words))["is_unchanged"] for _ in range(2)] == [False, True]
    assert contents(copy / "release") == before


def test_a_pinned_release_is_proven_while_its_pins_are_there(copy):
    (copy / "pins.csv").write_text("PMCID,Split\nPMC99000001,test\nPMC99000002,valid\n")
    words = ("--source", "sample", "--work", copy / "work", "--release", copy / "pinned")
    rocov2("build", *words, "-p", f"release.pin={copy / 'pins.csv'}")
    assert str(copy) not in (copy / "pinned" / "manifest.json").read_text()
    assert verify(copy, release=copy / "pinned")["differences"] == []
    (copy / "pins.csv").write_text("PMCID,Split\nPMC99000001,test\n")
    said = rocov2("release", "--work", copy / "work", "--verify", copy / "pinned", code=3)
    assert "an ingredient is missing: the set that the release is pinned to" in said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--work", "absent"), 2, "absent is no folder"),
        (("--verify", "work"), 6, "work has no manifest.json"),
        (("--verify", "release", "-p", "release.split=date"), 2, "--verify takes all settings from the manifest"),
        (("-p", "filter.min_side_px=3"), 3, "there is no setting filter.min_side_px"),
        (("-p", "release.split=random"), 3, "'random' is no way to split"),
        (("-p", "release.pin=absent.csv"), 3, "cannot read absent.csv"),
        (("-p", "release.valid_from=2020-01-01"), 3, "are no bounds of a split by date"),
        (("--release", "work"), 2, "would replace the work folder"),
    ],
)
def test_what_cannot_be_done_is_said(built, words, code, said):
    assert said in rocov2("release", *words, code=code, cwd=built[0])


def test_checkpoints_that_are_out_of_date_are_not_released(copy):
    next((copy / "work" / "concepts").glob("[!_]*.parquet")).unlink()
    assert "curate" in rocov2("release", "--work", copy / "work", "--release", copy / "other", code=5)
    assert not (copy / "other").exists()
