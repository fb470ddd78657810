import gzip
import hashlib
import json

import pytest

from rocov2.errors import SourceError
from rocov2.net import METER, BadKey, open_source
from rocov2.pmc.inventory import (
    article_keys,
    download_shards,
    list_versions,
    newest_manifest,
    read_inventory,
    read_manifest,
)
from tests.fakepmc import REPORTS, STAMP, Bucket, Fault, serve

COLUMNS = ("Bucket", "Key", "LastModifiedDate", "ETag")


@pytest.fixture
def bucket(tmp_path):
    made = Bucket(tmp_path / "bucket")
    for number in range(1, 8):
        made.add_article(f"PMC{number}", version=1 + number % 2)
    made.write_inventory(STAMP)
    return made


def rows(paths, columns=COLUMNS):
    return [row for batch in article_keys(read_inventory(paths, columns)) for row in batch.to_pylist()]


def shard(path, lines):
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    return [path]


def test_the_newest_report_is_read_whole(bucket, tmp_path):
    with serve(bucket.root) as server:
        source = open_source(server.url)
        manifest = newest_manifest(source)
        found = rows(download_shards(source, manifest, tmp_path / "kept"), manifest.columns)
    assert manifest.stamp == STAMP
    assert {row["key"]: row["etag"] for row in found} == bucket.etags
    assert {(row["number"], row["version"]) for row in found} == {(n, 1 + n % 2) for n in range(1, 8)}


def test_a_report_without_a_manifest_is_passed_over(bucket):
    bucket.write_inventory("2026-09-02T01-00Z", manifest=False)
    assert newest_manifest(open_source(str(bucket.root))).stamp == STAMP
    bucket.write_inventory("2026-09-03T01-00Z")
    assert newest_manifest(open_source(str(bucket.root))).stamp == "2026-09-03T01-00Z"


def test_no_inventory_at_all_is_said_so(tmp_path):
    with pytest.raises(SourceError, match="no inventory"):
        newest_manifest(open_source(str(tmp_path)))


def test_shards_that_are_here_are_not_fetched_again(bucket, tmp_path):
    source = open_source(str(bucket.root))
    manifest = newest_manifest(source)
    paths = download_shards(source, manifest, tmp_path / "kept")
    paths[1].write_bytes(b"damaged")
    before, told = METER.snapshot(), []
    assert download_shards(source, manifest, tmp_path / "kept", told.append) == paths
    assert (METER.snapshot() - before).requests == 1
    assert told == [one.size for one in manifest.files]
    assert read_manifest((paths[0].parent / "manifest.json").read_bytes(), STAMP) == manifest
    assert not list(tmp_path.rglob("*.part"))


def test_a_damaged_shard_is_fetched_again_and_never_kept_damaged(bucket, tmp_path):
    with serve(bucket.root, [Fault("truncate", match="-0.csv.gz", times=1)]) as server:
        source = open_source(server.url)
        paths = download_shards(source, newest_manifest(source), tmp_path / "kept")
    assert len(rows(paths)) == 7
    bucket.put(f"{REPORTS}/data/{STAMP}-0.csv.gz", b"other bytes")
    with pytest.raises(SourceError):
        download_shards(source := open_source(str(bucket.root)), newest_manifest(source), tmp_path / "again")
    assert not (tmp_path / "again" / STAMP / "0000.csv.gz").exists()


def test_the_order_of_columns_is_read_from_the_manifest(tmp_path):
    paths = shard(tmp_path / "a.gz", ['"abc","metadata/PMC5.2.json"'])
    assert rows(paths, ("ETag", "Key")) == [{"number": 5, "version": 2, "key": "metadata/PMC5.2.json", "etag": "abc"}]


def test_only_article_jsons_are_kept_and_encoded_keys_are_decoded(tmp_path):
    keys = [
        "metadata/PMC1.1.json", "metadata%2FPMC2.319.json", "metadata/PMC3.json",
        "metadata/PMCx.1.json", "PMC4.1/PMC4.1.json", "metadata/PMC05.1.json", "metadata/PMC5.1.json.bak",
        "metadata/a+b%C3%BC.json", "metadata/../PMC6.1.json",
    ]  # fmt: skip
    found = rows(shard(tmp_path / "a.gz", [f'"b","{key}","t","{"0" * 32}"' for key in keys]))
    assert [row["key"] for row in found] == ["metadata/PMC1.1.json", "metadata/PMC2.319.json"]


def test_an_empty_shard_has_no_rows(tmp_path):
    assert rows(shard(tmp_path / "a.gz", [])) == []


@pytest.mark.parametrize(
    "body", [b"not gzip", gzip.compress(b'"a","b"\n', mtime=0), gzip.compress(b'"a","b","c","d"\n' * 99, mtime=0)[:-20]]
)
def test_a_file_that_is_no_shard_is_said_so(tmp_path, body):
    (tmp_path / "a.gz").write_bytes(body)
    with pytest.raises(SourceError, match="not an inventory shard"):
        rows([tmp_path / "a.gz"])


@pytest.mark.parametrize(
    "change",
    [
        {"fileFormat": "ORC"},
        {"fileSchema": "Bucket, Key"},
        {"fileSchema": None},
        {"files": None},
        {"files": [{"key": "../../etc/passwd", "size": 1, "MD5checksum": "0" * 32}]},
        {"files": [{"key": "inventory-reports/a", "size": "x", "MD5checksum": "0" * 32}]},
        {"files": [{"key": "inventory-reports/a", "size": 1, "MD5checksum": "short"}]},
    ],
    ids=str,
)
def test_a_manifest_that_is_not_understood_stops_the_run(change):
    good = {"fileFormat": "CSV", "fileSchema": ", ".join(COLUMNS), "files": []}
    read_manifest(json.dumps(good).encode(), STAMP)
    with pytest.raises(SourceError):
        read_manifest(json.dumps(good | change).encode(), STAMP)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000])
def test_a_manifest_that_is_no_json_stops_the_run(body):
    with pytest.raises(SourceError):
        read_manifest(body, STAMP)


def test_the_versions_of_one_article_take_one_request(bucket):
    bucket.add_article("PMC1", version=10)
    bucket.add_article("PMC11")
    with serve(bucket.root) as server:
        source = open_source(server.url)
        found = list_versions(source, "PMC1").to_pylist()
        assert list_versions(source, "PMC99").num_rows == 0
    assert [(row["number"], row["version"]) for row in found] == [(1, 10), (1, 2)]
    assert found[0]["etag"] == hashlib.md5((bucket.root / "metadata/PMC1.10.json").read_bytes()).hexdigest()
    assert len(server.log) == 2


def test_a_pmcid_that_is_none_is_refused(bucket):
    for pmcid in ("1234", "PMC", "PMC1/../", "PMC0", "PMC1."):
        with pytest.raises(BadKey):
            list_versions(open_source(str(bucket.root)), pmcid)
