import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.errors import SourceError
from rocov2.net import BadKey, NetSettings, check_key, open_source
from rocov2.net.bucket import _listing
from rocov2.net.http import Reply
from tests.fakepmc import Bucket, Fault, serve

QUICK = NetSettings(backoff_s=0.01, timeout_s=0.5)


@pytest.fixture
def bucket(tmp_path):
    made = Bucket(tmp_path / "bucket")
    for key in ("PMC12.1/a.xml", "PMC12.1/b&c.jpg", "PMC12.10/a.xml", "PMC123.1/a.xml", "metadata/PMC12.1.json"):
        made.put(key, key.encode())
    return made


@pytest.mark.parametrize("prefix", ["", "PMC12.", "PMC12.1/", "PMC12.1/b", "metadata/PMC12.", "none/", "PMC9"])
def test_server_and_folder_list_alike(bucket, prefix):
    with serve(bucket.root) as server:
        there, here = (open_source(where, settings=QUICK) for where in (server.url, str(bucket.root)))
        rows = [(entry.key, entry.size, entry.etag) for entry in there.list(prefix)]
        assert rows == [(entry.key, entry.size, entry.etag) for entry in here.list(prefix)]
        assert list(there.folders(prefix)) == list(here.folders(prefix))
    assert all(key.startswith(prefix) for key, _, _ in rows)


def test_the_dot_of_a_version_prefix_matters(bucket):
    source = open_source(str(bucket.root))
    assert list(source.folders("PMC12.")) == ["PMC12.1/", "PMC12.10/"]


def test_a_listing_goes_on_after_a_thousand_keys(tmp_path):
    bucket = Bucket(tmp_path / "bucket")
    for number in range(2345):
        bucket.put(f"metadata/PMC{number + 1}.1.json", b"{}")
    with serve(bucket.root) as server:
        keys = [entry.key for entry in open_source(server.url).list("metadata/")]
    assert len(keys) == len(set(keys)) == 2345
    assert len(server.log) == 3


@pytest.mark.parametrize("kind", ["html", "error_body"])
def test_a_page_that_is_no_listing_stops_the_run(bucket, kind):
    with serve(bucket.root, [Fault(kind)]) as server, pytest.raises(SourceError):
        list(open_source(server.url, settings=QUICK).list(""))


def test_entities_in_a_listing_are_not_expanded():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><ListBucketResult><Prefix>&a;</Prefix></ListBucketResult>'
    assert (_listing(Reply(bomb, "")).findtext("Prefix") or "") == ""


@given(st.text(max_size=40))
def test_a_key_that_passes_stays_inside_its_folder(key):
    from pathlib import Path

    try:
        check_key(key)
    except BadKey:
        return
    assert (Path("/root/folder") / key).resolve().is_relative_to("/root/folder")
