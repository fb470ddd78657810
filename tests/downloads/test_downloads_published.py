"""`fetch rocov2` from a loopback record: verified, resumed, unpacked safely, counted, strays named."""

import csv
import hashlib
import io
import json
import stat
import zipfile

import pytest

from tests.fakepmc import Bucket, Fault, jpeg, serve
from tests.pipeline.runs import rocov2

SPLITS = {"train": 4, "valid": 2, "test": 2}


def image_id(split, number):
    return f"ROCOv2_2023_{split}_{number:06}"


def table(header, *rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()


def archive(members):
    """A zip of (name or ZipInfo, bytes)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in members:
            made.writestr(name, body)
    return file.getvalue()


def published():
    """The files of a small published set, with one stray row in the training concepts, as the real one has."""
    files = {"cui_mapping.csv": table(["CUI", "Canonical name"], ["C0040405", "CT"])}
    licences = []
    for split, count in SPLITS.items():
        ids = [image_id(split, number) for number in range(1, count + 1)]
        images = [(f"{split}/{name}.jpg", jpeg(len(split) * 10 + n)) for n, name in enumerate(ids)]
        files[f"{split}_images.zip"] = archive([(f"{split}/", b""), *images, (f"__MACOSX/{split}/._x.jpg", b"x")])
        files[f"{split}_captions.csv"] = table(["ID", "Caption"], *([name, "a, caption"] for name in ids))
        concepts = [*ids, *([image_id(split, 99)] if split == "train" else [])]
        files[f"{split}_concepts.csv"] = table(["ID", "CUIs"], *([name, "C0037005"] for name in concepts))
        files[f"{split}_concepts_manual.csv"] = table(["ID", "CUIs"], *([name, ""] for name in ids))
        licences += [[name, "PMC1", "CC BY", ""] for name in ids]
    files["license_information.csv"] = table(["ID", "PMCID", "Attribution", "Link"], *licences)
    return files


def entry(name, body, **changes):
    link = f"https://zenodo.org/api/files/b0/{name}"
    md5 = hashlib.md5(body).hexdigest()
    return {"key": name, "size": len(body), "checksum": f"md5:{md5}", "links": {"self": link}, **changes}


def record(bucket, files, entries=None):
    for name, body in files.items():
        bucket.put(f"api/files/b0/{name}", body)
    entries = [entry(name, body) for name, body in files.items()] if entries is None else entries
    bucket.put("api/records/1", json.dumps({"id": 1, "files": entries}).encode())


@pytest.fixture
def bucket(tmp_path):
    return Bucket(tmp_path / "bucket")


def fetch(tmp_path, server, *words, code=0):
    url = f"{server.url}/api/records/1"
    said = rocov2("fetch", "rocov2", "--out", tmp_path / "out", "--record-url", url, "--json", *words, code=code)
    return json.loads(said) if said.startswith("{") else said


def names(tmp_path):
    return {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}


def test_the_published_set_comes_whole_counted_and_with_its_strays(bucket, tmp_path):
    files = published()
    record(bucket, files)
    with serve(bucket.root) as server:
        said = fetch(tmp_path, server)
    assert said["fetched"] == len(files)
    assert said["counts"]["train"] == {"images": 4, "captions": 4, "concepts": 5, "concepts_manual": 4}
    assert said["published_images"] == {"train": 59958, "valid": 9904, "test": 9927}
    strays = (tmp_path / "out" / "strays.csv").read_text().splitlines()
    assert "train_concepts.csv,ROCOv2_2023_train_000099,row without an image" in strays
    assert len(strays) == 1 + 1 + 3, "the header, the stray row, and a leftover in each archive"
    assert f"valid/{image_id('valid', 2)}.jpg" in names(tmp_path)
    assert not any(name.endswith(".zip") for name in names(tmp_path))


def test_the_second_run_asks_for_the_record_alone_and_restores_only_what_was_lost(bucket, tmp_path):
    record(bucket, published())
    with serve(bucket.root) as server:
        fetch(tmp_path, server)
        asked = len(server.log)
        assert set(fetch(tmp_path, server)) == {"already there", "counts", "published_images", "strays"}
        assert len(server.log) == asked + 1
        (tmp_path / "out" / "test" / f"{image_id('test', 1)}.jpg").unlink()
        (tmp_path / "out" / "cui_mapping.csv").write_text("rot")
        assert fetch(tmp_path, server)["fetched"] == 2


def test_splits_and_images_can_be_left_out(bucket, tmp_path):
    record(bucket, published())
    with serve(bucket.root) as server:
        said = fetch(tmp_path, server, "--split", "valid", "--no-images")
        kept = {name for name in names(tmp_path) if name.endswith(".csv")}
        fetch(tmp_path, server, "--split", "test", "--keep-archives")
    assert said["counts"] == {"valid": {"captions": 2, "concepts": 2, "concepts_manual": 2}}
    assert {"valid_captions.csv", "license_information.csv"} <= kept
    assert not any(name.startswith(("train", "test")) for name in kept)
    assert {"test_images.zip", f"test/{image_id('test', 1)}.jpg"} <= names(tmp_path)


def test_faults_are_repaired_and_what_stays_away_is_named_and_tried_again(bucket, tmp_path):
    record(bucket, published())
    faults = [
        Fault("truncate", times=2, match="zip"),
        Fault("reset", times=1),
        Fault("status", match="cui", status=404),
    ]
    with serve(bucket.root, faults) as server:
        said = fetch(tmp_path, server, code=5)
    assert (said["gone"], said["fetched"]) == (1, len(published()) - 1)
    with serve(bucket.root) as server:
        assert fetch(tmp_path, server)["fetched"] == 1


def link_member():
    info = zipfile.ZipInfo("train/link.jpg")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, b"/etc/passwd"


@pytest.mark.parametrize(
    "member",
    [
        ("../../evil.jpg", b"x"),
        ("/srv/evil.jpg", b"x"),
        ("train/..\\evil.jpg", b"x"),
        ("C:/evil.jpg", b"x"),
        link_member(),
        ("train/bomb.jpg", bytes(30 << 20)),
        ("other/ROCOv2_2023_train_000001.jpg", b"twin"),
    ],
    ids=["climbs", "absolute", "backslash", "drive", "link", "bomb", "twin"],
)
def test_a_hostile_archive_is_refused_before_anything_is_written(bucket, tmp_path, member):
    files = {"train_images.zip": archive([(f"train/{image_id('train', 1)}.jpg", jpeg()), member])}
    record(bucket, files)
    with serve(bucket.root) as server:
        said = rocov2(
            "fetch", "rocov2", "--out", tmp_path / "out", "--record-url", f"{server.url}/api/records/1", code=4
        )
    assert "no sound archive" in said
    assert not (tmp_path / "out" / "train").exists()
    assert not (tmp_path / "evil.jpg").exists()


@pytest.mark.parametrize("damage", [b"no zip at all", archive([("train/a.jpg", jpeg())])[:-30]], ids=["text", "cut"])
def test_an_archive_that_is_none_is_told_apart_from_a_bug(bucket, tmp_path, damage):
    record(bucket, {"train_images.zip": damage})
    with serve(bucket.root) as server:
        assert "no sound archive" in fetch_words(tmp_path, server)


def fetch_words(tmp_path, server):
    return rocov2("fetch", "rocov2", "--out", tmp_path / "out", "--record-url", f"{server.url}/api/records/1", code=4)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>no json</html>",
        b"[]",
        b"{}",
        b'{"files": []}',
        json.dumps({"files": [entry("../x.csv", b"")]}).encode(),
        json.dumps({"files": [entry("x.csv", b"", checksum="sha1:00")]}).encode(),
        json.dumps({"files": [entry("x.csv", b"", size=-1)]}).encode(),
        json.dumps({"files": [entry("x.csv", b"", links={"self": "ftp://x/a b\r\nHost: y"})]}).encode(),
    ],
    ids=["html", "list", "no files", "empty", "climbs", "checksum", "size", "link"],
)
def test_a_record_that_is_none_stops_before_anything_is_fetched(bucket, tmp_path, body):
    bucket.put("api/records/1", body)
    with serve(bucket.root) as server:
        fetch_words(tmp_path, server)
    assert len(server.log) == 1
    assert not (tmp_path / "out").exists()


def test_a_record_that_is_not_there_says_what_to_check(bucket, tmp_path):
    with serve(bucket.root) as server:
        words = ("--record-url", f"{server.url}/none", "--out", tmp_path / "out")
        assert "next: check the source or the URL" in rocov2("fetch", "rocov2", *words, code=4)


def test_a_disk_that_is_too_small_is_told_before_the_download(bucket, tmp_path):
    record(bucket, {}, [entry("train_images.zip", b"", size=190 << 30)])
    with serve(bucket.root) as server:
        said = rocov2("fetch", "rocov2", "--out", tmp_path / "o", "--record-url", f"{server.url}/api/records/1", code=5)
    assert "GB are needed" in said
    assert len(server.log) == 1
