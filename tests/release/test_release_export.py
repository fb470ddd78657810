"""Exports: each layout holds the same samples and image bytes, the same each time, and goes on where it was."""

import hashlib
import json
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from release_rows import SETTINGS, release, synthetic

from rocov2.errors import CheckError, ConfigError, IncompleteError, UsageError
from rocov2.release.export import FORMATS, export_release
from rocov2.release.export_output import ExportSettings
from rocov2.release.export_source import Release, _survey, open_release
from rocov2.release.export_tables import KEPT
from rocov2.release.rows import SPLITS

COUNT = 150
SMALL = ExportSettings(shard_bytes=2_000)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    return release(folder / "release", *synthetic(COUNT, folder / "store")).folder


@pytest.fixture(scope="module")
def rows(made: Path) -> list[dict]:
    return pq.read_table(made / "samples.parquet").to_pylist()


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def of_split(rows: list[dict], split: str) -> list[dict]:
    return [row for row in rows if row["split"] == split]


def shard_tables(folder: Path, name: str) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in sorted((folder / "data").glob(f"{name}-*.parquet"))])


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_release_gives_the_same_bytes_and_a_second_run_does_nothing(made: Path, tmp_path: Path, kind: str):
    first = export_release(made, kind, tmp_path / "one", SMALL)
    export_release(made, kind, tmp_path / "two", SMALL)
    assert first.samples == COUNT
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    assert export_release(made, kind, tmp_path / "one", SMALL).written == 0
    assert json.loads((tmp_path / "one" / "export.json").read_text())["complete"] is True


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_that_was_stopped_goes_on_and_keeps_what_was_whole(made: Path, tmp_path: Path, kind: str):
    class StoppedError(Exception):
        pass

    left = [COUNT * 2 // 3]

    def stop(samples: int) -> None:
        left[0] -= samples
        if left[0] < 0:
            raise StoppedError

    export_release(made, kind, tmp_path / "whole", SMALL)
    with pytest.raises(StoppedError):
        export_release(made, kind, tmp_path / "cut", SMALL, stop)
    before = {n: (tmp_path / "cut" / n).stat().st_ino for n in bytes_of(tmp_path / "cut") if "/." not in f"/{n}"}
    export_release(made, kind, tmp_path / "cut", SMALL)
    assert bytes_of(tmp_path / "cut") == bytes_of(tmp_path / "whole")
    kept = [n for n, inode in before.items() if (tmp_path / "cut" / n).stat().st_ino == inode]
    assert sorted(kept) == sorted(set(before) - {"export.json"})


@pytest.mark.parametrize("kind", FORMATS)
def test_what_was_cut_short_or_removed_is_written_again(made: Path, tmp_path: Path, kind: str):
    export_release(made, kind, tmp_path / "out", SMALL)
    before = bytes_of(tmp_path / "out")
    big, gone = sorted((n for n in before if n != "export.json"), key=lambda n: -len(before[n]))[:2]
    (tmp_path / "out" / big).write_bytes(before[big][:-1])
    (tmp_path / "out" / gone).unlink()
    assert export_release(made, kind, tmp_path / "out", SMALL).written == 2
    assert bytes_of(tmp_path / "out") == before


@pytest.mark.parametrize(("kind", "valid"), [("parquet", "valid"), ("hf", "validation")])
def test_parquet_shards_hold_every_column_and_the_bytes(made: Path, rows: list[dict], tmp_path: Path, kind, valid):
    export_release(made, kind, tmp_path, SMALL)
    assert len(list((tmp_path / "data").glob("train-*"))) > 2
    for split, name in (("train", "train"), ("valid", valid), ("test", "test")):
        table = shard_tables(tmp_path, name).to_pylist()
        wanted = of_split(rows, split)
        assert [{n: row[n] for n in KEPT} for row in table] == [{n: row[n] for n in KEPT} for row in wanted]
        images = [row["image"]["bytes"] if kind == "hf" else row["image"] for row in table]
        assert [hashlib.sha256(image).hexdigest() for image in images] == [row["sha256"] for row in wanted]


def test_a_row_group_holds_at_most_100_rows_and_images_are_not_compressed_again(made: Path, tmp_path: Path):
    export_release(made, "hf", tmp_path, ExportSettings())
    footer = pq.read_metadata(next((tmp_path / "data").glob("train-*")))
    assert [footer.row_group(g).num_rows for g in range(footer.num_row_groups)] == [100, footer.num_rows - 100]
    columns = {footer.row_group(0).column(c).path_in_schema: footer.row_group(0).column(c) for c in range(5)}
    assert columns["image.bytes"].compression == "UNCOMPRESSED"
    assert columns["sample_id"].compression == "ZSTD"


def test_tar_shards_hold_image_json_and_caption_of_each_sample_and_no_clock(made: Path, rows: list[dict], tmp_path):
    export_release(made, "webdataset", tmp_path, SMALL)
    found = []
    for path in sorted(tmp_path.glob("train-*.tar")):
        with tarfile.open(path) as tar:
            members = tar.getmembers()
            assert {(m.mtime, m.uid, m.gid, m.uname, m.mode) for m in members} == {(0, 0, 0, "", 0o644)}
            found += [(m.name, tar.extractfile(m).read()) for m in members]
    for row, (image, facts, text) in zip(of_split(rows, "train"), zip(*[iter(found)] * 3, strict=True), strict=True):
        assert [image[0], facts[0], text[0]] == [f"{row['sample_id']}.{end}" for end in ("jpg", "json", "txt")]
        assert hashlib.md5(image[1]).hexdigest() == row["md5"]
        assert json.loads(facts[1]) == {name: row[name] for name in KEPT}
        assert text[1].decode() == row["caption"]


def test_zips_hold_the_published_layout_and_the_csv_files_are_the_releases(made: Path, rows: list[dict], tmp_path):
    export_release(made, "published", tmp_path, SMALL)
    for split in SPLITS:
        with zipfile.ZipFile(tmp_path / f"{split}_images.zip") as archive:
            assert archive.namelist() == [row["file"] for row in of_split(rows, split)]
            assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert all(archive.read(name) == (made / name).read_bytes() for name in archive.namelist())
    for path in tmp_path.glob("*.csv"):
        assert path.read_bytes() == (made / path.name).read_bytes()


def test_image_folders_have_a_line_of_metadata_an_image_whose_types_never_change(made, rows, tmp_path):
    export_release(made, "imagefolder", tmp_path, SMALL)
    kinds = set()
    for split, name in (("train", "train"), ("valid", "validation"), ("test", "test")):
        lines = [json.loads(line) for line in (tmp_path / name / "metadata.jsonl").read_text().splitlines()]
        assert [line["sample_id"] for line in lines] == [row["sample_id"] for row in of_split(rows, split)]
        assert [line["cuis"] for line in lines] == [";".join(row["cuis"]) for row in of_split(rows, split)]
        assert {line["file_name"] for line in lines} | {"metadata.jsonl"} == {
            p.name for p in (tmp_path / name).iterdir()
        }
        kinds |= {tuple((key, type(value)) for key, value in line.items()) for line in lines}
    assert len(kinds) == 1
    assert {kind for _, kind in next(iter(kinds))} <= {str, int, float}


def test_coco_annotations_join_and_number_images_over_all_splits(made: Path, rows: list[dict], tmp_path: Path):
    export_release(made, "coco-captions", tmp_path, SMALL)
    numbers = []
    for split, name in (("train", "train"), ("valid", "val"), ("test", "test")):
        coco = json.loads((tmp_path / "annotations" / f"captions_{name}.json").read_text())
        texts = {note["image_id"]: note["caption"] for note in coco["annotations"]}
        licenses = {item["id"]: (item["name"], item["url"]) for item in coco["licenses"]}
        for image, row in zip(coco["images"], of_split(rows, split), strict=True):
            assert (image["sample_id"], texts[image["id"]]) == (row["sample_id"], row["caption"])
            assert licenses[image["license"]] == (row["license_code"], row["license_url"])
            assert (tmp_path / name / image["file_name"]).read_bytes() == (made / row["file"]).read_bytes()
            numbers.append(image["id"])
    assert sorted(numbers) == list(range(1, COUNT + 1))


def test_links_share_the_releases_bytes_and_copies_do_not(made: Path, rows: list[dict], tmp_path: Path):
    export_release(made, "coco-captions", tmp_path / "copy", SMALL)
    export_release(made, "coco-captions", tmp_path / "link", ExportSettings(2_000, link=True))
    row = of_split(rows, "train")[0]
    assert (tmp_path / "link" / row["file"]).samefile(made / row["file"])
    assert not (tmp_path / "copy" / row["file"]).samefile(made / row["file"])


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("count", [0, 1])
def test_empty_splits_make_an_export_all_the_same(tmp_path: Path, kind: str, count: int):
    made = release(tmp_path / "r", *synthetic(count, tmp_path / "s"), settings=replace(SETTINGS, minimums={})).folder
    done = export_release(made, kind, tmp_path / "out", SMALL)
    assert done.samples == count
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == (count if kind in ("imagefolder", "coco-captions") else 0)


@pytest.mark.parametrize("change", ["format", "cut", "release"])
def test_another_export_in_the_folder_is_refused_and_left_alone(made: Path, tmp_path: Path, change: str):
    export_release(made, "parquet", tmp_path / "out", SMALL)
    before = bytes_of(tmp_path / "out")
    other = release(tmp_path / "r", *synthetic(20, tmp_path / "s")).folder if change == "release" else made
    kind, cut = ("hf" if change == "format" else "parquet"), ExportSettings(4_000) if change == "cut" else SMALL
    with pytest.raises(UsageError, match="another release, format or cut"):
        export_release(other, kind, tmp_path / "out", cut)
    assert bytes_of(tmp_path / "out") == before


def test_a_folder_that_is_not_ours_is_refused(made: Path, tmp_path: Path):
    (tmp_path / "thesis").write_text("mine")
    for out, words in ((tmp_path, "no export of ours"), (tmp_path / "thesis", "not a folder"), (made / "x", "inside")):
        with pytest.raises(UsageError, match=words):
            export_release(made, "parquet", out, SMALL)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis"]


def test_a_damaged_record_is_an_error_not_a_fresh_start(made: Path, tmp_path: Path):
    export_release(made, "parquet", tmp_path, SMALL)
    (tmp_path / "export.json").write_text('{"files": 1')
    with pytest.raises(UsageError, match="is damaged"):
        export_release(made, "parquet", tmp_path, SMALL)


def test_two_processes_do_not_write_one_export(made: Path, tmp_path: Path):
    def again(_: int) -> None:
        with pytest.raises(IncompleteError, match="another process"):
            export_release(made, "parquet", tmp_path / "out", SMALL)

    export_release(made, "parquet", tmp_path / "out", SMALL, again)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return release(tmp_path / "release", *synthetic(30, tmp_path / "store")).folder


@pytest.mark.parametrize("kind", FORMATS)
def test_an_absent_image_stops_with_the_way_to_get_it(small: Path, tmp_path: Path, kind: str):
    next((small / "train").iterdir()).unlink()
    with pytest.raises(IncompleteError, match="lacks 1 of its images") as raised:
        export_release(small, kind, tmp_path / "out", SMALL)
    assert f"rocov2 fetch --release {small}" in raised.value.advice


def test_an_image_whose_bytes_changed_is_never_exported(small: Path, tmp_path: Path):
    path = next((small / "train").iterdir())
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(bytes(len(content)))
    with pytest.raises(IncompleteError, match=f"{path.name} is damaged"):
        export_release(small, "imagefolder", tmp_path / "out", SMALL)
    assert not list((tmp_path / "out").rglob(path.name))


@pytest.mark.parametrize("file", ["samples.parquet", "license_information.csv"])
def test_a_damaged_table_of_the_release_is_an_error(small: Path, tmp_path: Path, file: str):
    (small / file).write_bytes((small / file).read_bytes() + b"x")
    with pytest.raises(CheckError):
        export_release(small, "parquet", tmp_path / "out", SMALL)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "train/../x.jpg", "valid/a.exe", "train\\x.jpg"])
def test_a_release_that_names_files_outside_itself_is_refused(small: Path, tmp_path: Path, name: str):
    table = pq.read_table(small / "samples.parquet")
    files = pa.array([name] * table.num_rows)
    pq.write_table(table.set_column(table.column_names.index("file"), "file", files), small / "samples.parquet")
    manifest = json.loads((small / "manifest.json").read_text())
    digest = hashlib.sha256((small / "samples.parquet").read_bytes()).hexdigest()
    manifest["files"]["samples.parquet"]["sha256"] = digest
    (small / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UsageError, match="names an image"):
        export_release(small, "parquet", tmp_path / "out", SMALL)


@pytest.mark.parametrize("manifest", [None, "", "[]", "{}", '{"counts": 1}'])
def test_what_is_no_release_is_a_usage_error(tmp_path: Path, manifest: str | None):
    (tmp_path / "r").mkdir()
    if manifest is not None:
        (tmp_path / "r" / "manifest.json").write_text(manifest)
    with pytest.raises(UsageError, match="no release"):
        export_release(tmp_path / "r", "parquet", tmp_path / "out", SMALL)
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_a_configuration_error(made: Path):
    with pytest.raises(ConfigError, match="/proc"):
        export_release(made, "parquet", Path("/proc/nowhere/out"), SMALL)


@pytest.mark.parametrize("cut", [1, 500, 2_000, 10**9])
def test_shards_cover_each_split_once_and_in_order(made: Path, rows: list[dict], cut: int):
    opened = open_release(made)
    for split in SPLITS:
        shards = [shard for shard in opened.shards(cut) if shard.split == split]
        assert [s.number for s in shards] == list(range(shards[0].count))
        found = [row["sample_id"] for shard in shards for row in opened.rows(shard)]
        assert found == [row["sample_id"] for row in of_split(rows, split)]


def test_a_shard_is_found_in_whatever_row_group_it_starts(made: Path, rows: list[dict], small: Path):
    pq.write_table(pq.read_table(made / "samples.parquet"), small / "samples.parquet", row_group_size=7)
    assert pq.read_metadata(small / "samples.parquet").num_row_groups > 20
    sizes, groups, _ = _survey(small)
    opened = Release(small, {}, "", sizes, groups)
    found = [r["sample_id"] for s in opened.shards(700) if s.split == "train" for r in opened.rows(s)]
    assert found == [row["sample_id"] for row in of_split(rows, "train")]
