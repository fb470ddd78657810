import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.pmc import article
from rocov2.pmc.article import BadRecord, Media, gate, read_article_json
from rocov2.tables import Drop
from tests.fakepmc import Bucket

KEY = "metadata/PMC7.2.json"
OPEN = frozenset({"CC0", "CC BY"})


@pytest.fixture
def record(tmp_path):
    """Read the JSON of PMC7.2 with some fields changed."""

    def read(**overrides):
        version = overrides.pop("at", 2)
        bucket = Bucket(tmp_path / "bucket")
        article_id = bucket.add_article("PMC7", version, media={"a.jpg": b"a", "b c+d%ü.tif": b"b"})
        fields = bucket.read_json(article_id) | overrides
        bucket.write_json(article_id, {name: value for name, value in fields.items() if value is not ...})
        key = f"metadata/PMC7.{version}.json"
        return read_article_json((bucket.root / key).read_bytes(), key)

    return read


def test_every_field_is_read(record):
    read = record()
    assert (read.article_id, read.pmcid, read.number, read.version) == ("PMC7.2", "PMC7", 7, 2)
    assert (read.pmid, read.doi, read.license_code) == (30_000_002, "10.1234/pmc7", "CC BY")
    assert read.title == "Article PMC7"
    assert read.xml_key == "PMC7.2/PMC7.2.xml"
    assert len(read.xml_md5) == 32
    assert [media.key for media in read.media] == ["PMC7.2/a.jpg", "PMC7.2/b c+d%ü.tif"]
    assert read.is_open_access
    assert not read.is_retracted


def test_yes_and_no_and_numbers_in_quotes_are_read(record):
    read = record(is_retracted="yes", is_pmc_openaccess="no", pmid="123", version="2")
    assert (read.is_retracted, read.is_open_access, read.pmid) == (True, False, 123)


def test_absent_fields_that_may_be_absent_are(record):
    read = record(pmid=None, doi=None, license_code=None, media_urls=..., pdf_url=..., is_manuscript=..., citation=...)
    assert (read.pmid, read.doi, read.license_code, read.media, read.is_manuscript) == (None, None, "", (), False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("is_retracted", "maybe"), ("is_retracted", 1), ("is_retracted", ...), ("is_pmc_openaccess", None),
        ("title", ["a"]), ("pmid", 1.5), ("pmid", True), ("pmid", -1), ("media_urls", "s3://x"), ("media_urls", [1]),
        ("license_code", {}),
    ],
)  # fmt: skip
def test_a_field_of_another_kind_is_not_absorbed(record, field, value):
    with pytest.raises(BadRecord) as raised:
        record(**{field: value})
    assert raised.value.reason == article.BAD_FIELD


@pytest.mark.parametrize(("field", "value"), [("pmcid", "PMC8"), ("version", 1), ("pmcid", "7"), ("version", None)])
def test_a_json_that_lies_about_its_key_is_refused(record, field, value):
    with pytest.raises(BadRecord) as raised:
        record(**{field: value})
    assert raised.value.reason == article.KEY_MISMATCH


@pytest.mark.parametrize(
    "key",
    [
        "metadata/PMC7.json",
        "PMC7.2/x.json",
        "metadata/PMC07.2.json",
        "metadata/../PMC7.2.json",
        "",
        "metadata/PMC7.2.json\n",
    ],
)
def test_a_key_that_is_no_article_json_is_refused(key):
    with pytest.raises(BadRecord) as raised:
        read_article_json(b"{}", key)
    assert raised.value.reason == article.BAD_KEY


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"<Error/>", b"\xff\xfe", b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"]
)
def test_what_is_no_json_object_is_refused(body):
    with pytest.raises(BadRecord) as raised:
        read_article_json(body, KEY)
    assert raised.value.reason == article.NOT_JSON


def test_hosts_and_buckets_in_urls_are_ignored(record):
    md5 = "AB" * 16
    read = record(
        media_urls=[f"s3://evil.example/PMC7.2/a?b.jpg?md5={md5}", "s3://x/PMC7.2/c.jpg", "s3://x/PMC7.2/d.jpg?md5="]
    )
    assert read.media == (Media("PMC7.2/a?b.jpg", md5.lower()), Media("PMC7.2/c.jpg", ""), Media("PMC7.2/d.jpg", ""))


@pytest.mark.parametrize(
    "url",
    [
        "s3://b/PMC7.1/a.jpg", "s3://b/PMC8.2/a.jpg", "s3://b/PMC7.2/../PMC8.1/a.jpg", "s3://b/PMC7.2/..\\a.jpg",
        "PMC7.2/a.jpg", "https://b/PMC7.2/a.jpg", "file:///etc/passwd", "s3://b//PMC7.2/a.jpg", "s3://b/PMC7.2/a\0.jpg",
        "s3://b/PMC7.2/", "",
    ],
)  # fmt: skip
def test_a_media_url_that_climbs_is_refused_and_costs_only_itself(record, url):
    read = record(media_urls=[url, "s3://b/PMC7.2/good.jpg"])
    assert [media.key for media in read.media] == ["PMC7.2/good.jpg"]
    assert len(read.refused) == 1


def test_an_xml_url_that_climbs_costs_the_article(record):
    with pytest.raises(BadRecord) as raised:
        record(xml_url="s3://b/PMC8.1/PMC8.1.xml?md5=" + "0" * 32)
    assert raised.value.reason == article.BAD_KEY


def test_a_media_file_named_twice_counts_once(record):
    assert len(record(media_urls=["s3://b/PMC7.2/a.jpg", "s3://b/PMC7.2/a.jpg"]).media) == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_json_is_a_record_or_a_reason(value):
    fields = value if isinstance(value, dict) else {"media_urls": value}
    with pytest.raises(BadRecord) as raised:
        read_article_json(json.dumps(fields).encode(), KEY)
    assert raised.value.reason in article.REASONS


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_with_a_reason(body):
    with pytest.raises(BadRecord):
        read_article_json(body, KEY)


def test_a_bad_record_crosses_processes_with_its_reason():
    copy = pickle.loads(pickle.dumps(BadRecord("bad_key", "seen")))  # noqa: S301 - our own bytes
    assert (copy.reason, copy.detail) == ("bad_key", "seen")


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        ({"is_retracted": True}, "retracted"),
        ({"is_pmc_openaccess": False}, "not_open_access"),
        ({"license_code": None}, "licence"),
        ({"license_code": "CC BY-NC"}, "licence"),
        ({"license_code": "TDM"}, "licence"),
        ({"is_historical_ocr": True}, "ocr"),
        ({"xml_url": ...}, "no_xml"),
    ],
)
def test_what_may_not_be_used_is_dropped_with_its_reason(record, overrides, reason):
    dropped = gate([record(**overrides)], OPEN)
    assert isinstance(dropped, Drop)
    assert (dropped.key, dropped.reason) == ("PMC7.2", reason)


def test_versions_are_compared_as_numbers(record):
    chosen = gate([record(at=9), record(at=319), record(at=10)], OPEN)
    assert chosen.version == 319


def test_a_published_version_is_preferred_to_a_later_manuscript(record):
    assert gate([record(at=1), record(at=2, is_manuscript=True)], OPEN).version == 1
    assert gate([record(at=1, is_historical_ocr=True), record(at=2, is_manuscript=True)], OPEN).version == 2


def test_no_older_version_stands_in_for_a_retracted_or_tightened_one(record):
    assert gate([record(at=1), record(at=2, is_retracted=True)], OPEN).reason == "retracted"
    assert gate([record(at=1), record(at=2, license_code="CC BY-ND")], OPEN).reason == "licence"
