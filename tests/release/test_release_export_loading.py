"""Each export of the bundled sample is loaded by its own library; those that are not installed are skipped."""

import hashlib
import inspect
import json
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from rocov2.release.export import FORMATS
from rocov2.release.export_tables import KEPT
from tests.pipeline.runs import rocov2

HUB = {"train": "train", "valid": "validation", "test": "test"}
os.environ.setdefault("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="module")
def exports(built, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    for kind in FORMATS:
        rocov2("export", built[0] / "release", "--format", kind, "--out", folder / kind)
    return folder


@pytest.fixture(scope="module")
def rows(built) -> dict[str, dict]:
    return {row["sample_id"]: row for row in pq.read_table(built[0] / "release" / "samples.parquet").to_pylist()}


def sizes(rows) -> dict[str, int]:
    splits = [HUB[row["split"]] for row in rows.values()]
    return {name: splits.count(name) for name in HUB.values() if name in splits}


@pytest.mark.parametrize("kind", ["hf", "imagefolder"])
def test_datasets_loads_the_folder_with_an_image_feature_and_untouched_bytes(exports, rows, tmp_path, kind):
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(str(exports / kind), cache_dir=str(tmp_path), verification_mode="all_checks")
    assert {name: len(part) for name, part in loaded.items()} == sizes(rows)
    assert isinstance(loaded["train"].features["image"], datasets.Image)
    for part in loaded.values():
        row = part[0]
        wanted = rows[row["sample_id"]]
        assert row["image"].size == (wanted["width_px"], wanted["height_px"])
        assert row["caption"] == wanted["caption"]
        for raw in part.cast_column("image", datasets.Image(decode=False)):
            content = raw["image"]["bytes"] or Path(raw["image"]["path"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == rows[raw["sample_id"]]["sha256"]


@pytest.mark.parametrize("kind", ["hf", "parquet"])
def test_datasets_reads_every_column_as_it_was(exports, rows, tmp_path, kind):
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(str(exports / kind), cache_dir=str(tmp_path))
    assert {name: len(part) for name, part in loaded.items()} == sizes(rows)
    for part in loaded.values():
        for row in part.remove_columns("image"):
            assert row == {name: rows[row["sample_id"]][name] for name in KEPT}


def test_datasets_streams_the_hub_layout(exports, rows):
    datasets = pytest.importorskip("datasets")
    streamed = datasets.load_dataset(str(exports / "hf"), streaming=True)
    assert [len(list(streamed[name])) for name in sizes(rows)] == list(sizes(rows).values())


def test_datasets_loads_the_tar_shards_though_their_image_formats_differ(exports, rows, tmp_path):
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(str(exports / "webdataset"), cache_dir=str(tmp_path))
    assert {name: len(part) for name, part in loaded.items()} == sizes(rows)
    row = loaded["train"][0]
    assert row["json"]["cuis"] == rows[row["__key__"]]["cuis"]
    assert [kind for kind in ("jpg", "png", "webp", "gif", "tif") if row.get(kind)] == [
        rows[row["__key__"]]["file"].rpartition(".")[2]
    ]


def test_webdataset_reads_image_json_and_caption(exports, rows):
    webdataset = pytest.importorskip("webdataset")
    found = []
    for path in sorted((exports / "webdataset").glob("*.tar")):
        for sample in webdataset.WebDataset(str(path), shardshuffle=False):
            row = rows[sample["__key__"]]
            assert hashlib.sha256(sample[row["file"].rpartition(".")[2]]).hexdigest() == row["sha256"]
            assert json.loads(sample["json"])["figure_id"] == row["figure_id"]
            assert sample["txt"].decode() == row["caption"]
            found.append(sample["__key__"])
    assert sorted(found) == sorted(rows)


def test_the_coco_tools_read_the_annotations(exports, rows):
    coco = pytest.importorskip("pycocotools.coco")
    found = []
    for split in ("train", "val", "test"):
        captions = coco.COCO(str(exports / "coco-captions" / "annotations" / f"captions_{split}.json"))
        for image in captions.loadImgs(captions.getImgIds()):
            notes = captions.loadAnns(captions.getAnnIds(image["id"]))
            assert [note["caption"] for note in notes] == [rows[image["sample_id"]]["caption"]]
            found.append(image["sample_id"])
    assert sorted(found) == sorted(rows)


def test_croissant_validates_and_its_records_are_the_samples(exports, rows):
    mlcroissant = pytest.importorskip("mlcroissant")
    dataset = mlcroissant.Dataset(str(exports / "hf" / "croissant.json"))
    assert dataset.metadata.ctx.issues.errors == set()
    assert dataset.metadata.ctx.issues.warnings == set()
    records = list(dataset.records("samples"))
    assert sorted(record["samples/sample_id"].decode() for record in records) == sorted(rows)
    row = rows[records[0]["samples/sample_id"].decode()]
    assert records[0]["samples/image"].size == (row["width_px"], row["height_px"])
    assert [cui.decode() for cui in records[0]["samples/cuis"]] == row["cuis"]


@pytest.mark.parametrize("kind", FORMATS)
def test_the_hub_reads_the_cards_head(exports, rows, kind):
    hub = pytest.importorskip("huggingface_hub")
    head = hub.DatasetCard.load(exports / kind / "README.md").data.to_dict()
    assert head["license"] == "other"
    assert head["license_link"].startswith("https://")
    named = [item["split"] for item in head.get("configs", [{"data_files": []}])[0]["data_files"]]
    assert named == (list(sizes(rows)) if kind in ("hf", "parquet", "webdataset", "imagefolder") else [])
    documented = set(inspect.signature(hub.DatasetCardData).parameters) | {"license_name", "license_link"}
    assert head.keys() <= documented | {"configs", "dataset_info", "tags"}
    if kind == "hf":
        stated = {item["name"]: item["num_examples"] for item in head["dataset_info"]["splits"]}
        assert stated == sizes(rows)


def test_the_features_of_the_cards_head_are_those_that_load(exports, tmp_path):
    datasets = pytest.importorskip("datasets")
    hub = pytest.importorskip("huggingface_hub")
    head = hub.DatasetCard.load(exports / "hf" / "README.md").data.to_dict()
    loaded = datasets.load_dataset(str(exports / "hf"), cache_dir=str(tmp_path), split="train")
    stated = [(f["name"], f.get("dtype") or f"list of {f['sequence']}") for f in head["dataset_info"]["features"]]
    kinds = {name: getattr(kind, "dtype", None) for name, kind in loaded.features.items()}
    found = [(name, kinds[name] or f"list of {kind.feature.dtype}") for name, kind in loaded.features.items()]
    assert stated == [(name, "image" if name == "image" else kind) for name, kind in found]


def test_pandas_reads_the_plain_parquet(exports, rows):
    pandas = pytest.importorskip("pandas")
    table = pandas.read_parquet(exports / "parquet" / "data")
    assert sorted(table["sample_id"]) == sorted(rows)
    assert hashlib.sha256(table["image"][0]).hexdigest() == rows[table["sample_id"][0]]["sha256"]


def test_the_command_says_what_it_did_and_that_nothing_is_left_to_do(built, exports, tmp_path):
    words = ("export", built[0] / "release", "--format", "hf")
    said = json.loads(rocov2(*words, "--out", tmp_path / "new", "--shard-mb", 1, "--json"))
    assert said["samples"] == len(pq.read_table(built[0] / "release" / "samples.parquet"))
    assert any(name.startswith("data/train-00000-of-0000") for name in said["files"])
    assert "nothing to do" in rocov2(*words, "--out", exports / "hf")


def test_the_command_refuses_what_it_cannot_do_with_the_codes_of_the_readme(built, exports, tmp_path):
    rocov2("export", built[0] / "work", "--format", "hf", "--out", tmp_path / "x", code=2)
    rocov2("export", built[0] / "release", "--format", "hf", "--out", exports / "parquet", code=2)
    rocov2("export", built[0] / "release", "--format", "tfrecord", "--out", tmp_path / "x", code=2)
    assert not (tmp_path / "x").exists()
