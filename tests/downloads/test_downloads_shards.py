"""`--format webdataset`: shards that the library reads, the same bytes however many runs it took."""

import csv
import io
import json
import tarfile

import pytest

from tests.fakepmc import Bucket, Fault, jpeg, serve
from tests.pipeline.runs import rocov2


@pytest.fixture
def bucket(tmp_path):
    made = Bucket(tmp_path / "bucket")
    made.add_article("PMC1", media={f"x.{n}.jpg": jpeg(n) for n in range(5)})
    return made


@pytest.fixture
def listed(tmp_path):
    with (tmp_path / "l.csv").open("w", newline="") as file:
        rows = [[f"i.{n}", "PMC1", f"x.{n}.jpg", f"caption {n} é"] for n in range(5)]
        csv.writer(file).writerows([["id", "pmcid", "file", "caption"], *rows])
    return tmp_path / "l.csv"


def fetch(listed, out, url, *words, code=0):
    options = ("--format", "webdataset", "--per-shard", "2", "--source", url, "--json")
    return rocov2("fetch", listed, "--out", out, *options, *words, code=code)


def shards(out):
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.tar"))}


def members(body):
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        return {info.name: (info, tar.extractfile(info).read()) for info in tar}


def test_a_sample_is_an_image_and_its_json_and_nothing_tells_the_time(bucket, listed, tmp_path):
    fetch(listed, tmp_path / "out", bucket.root)
    held = shards(tmp_path / "out")
    assert list(held) == ["images-00000.tar", "images-00001.tar", "images-00002.tar"]
    first = members(held["images-00000.tar"])
    assert list(first) == ["i_0.jpg", "i_0.json", "i_1.jpg", "i_1.json"]
    assert first["i_0.jpg"][1] == jpeg(0)
    assert json.loads(first["i_0.json"][1])["caption"] == "caption 0 é"
    assert {(info.mtime, info.uid, info.uname, info.mode) for info, _ in first.values()} == {(0, 0, "", 0o644)}
    assert not list((tmp_path / "out" / ".fetch").rglob("*.jpg"))


def test_a_run_with_faults_and_its_repair_give_the_bytes_of_one_good_run(bucket, listed, tmp_path):
    fetch(listed, tmp_path / "whole", bucket.root)
    with serve(bucket.root, [Fault("reset", match=r"x\.[14]")]) as server:
        fetch(listed, tmp_path / "out", server.url, code=5)
    before = shards(tmp_path / "out")
    assert list(before) == ["images-00000.tar", "images-00001.tar"]
    with serve(bucket.root) as server:
        assert json.loads(fetch(listed, tmp_path / "out", server.url)) == {"fetched": 2, "already there": 3}
        assert {path for _, path, _ in server.log if path.endswith("jpg")} == {"/PMC1.1/x.1.jpg", "/PMC1.1/x.4.jpg"}
    assert shards(tmp_path / "out") == shards(tmp_path / "whole")


def test_a_damaged_shard_is_packed_anew(bucket, listed, tmp_path):
    fetch(listed, tmp_path / "out", bucket.root)
    good = shards(tmp_path / "out")
    for name, place in (("images-00000.tar", 600), ("images-00001.tar", 0)):
        body = bytearray(good[name])
        body[place] ^= 0xFF
        (tmp_path / "out" / name).write_bytes(body)
    assert json.loads(fetch(listed, tmp_path / "out", bucket.root)) == {"fetched": 3, "already there": 2}
    assert shards(tmp_path / "out") == good


def test_another_list_does_not_overwrite_the_shards(bucket, listed, tmp_path):
    fetch(listed, tmp_path / "out", bucket.root)
    before = shards(tmp_path / "out")
    listed.write_text("id,pmcid,file\nother,PMC1,x.0.jpg\n")
    fetch(listed, tmp_path / "out", bucket.root, code=2)
    assert shards(tmp_path / "out") == before


def test_the_library_reads_the_shards(bucket, listed, tmp_path):
    webdataset = pytest.importorskip("webdataset")
    fetch(listed, tmp_path / "out", bucket.root)
    samples = list(webdataset.WebDataset(sorted(map(str, (tmp_path / "out").glob("*.tar"))), shardshuffle=False))
    assert [sample["__key__"] for sample in samples] == [f"i_{n}" for n in range(5)]
    assert [sample["jpg"] for sample in samples] == [jpeg(n) for n in range(5)]
