"""Large files: whatever breaks them off, the rest comes, and only the file that is stated gets its name."""

import hashlib

import pytest

from rocov2.errors import IncompleteError
from rocov2.net import HttpClient, Mismatch, Missing, NetSettings, Remote, Unavailable, download
from tests.fakepmc import Bucket, Fault, serve

BODY = bytes(range(256)) * 5000
QUICK = NetSettings(connections=1, backoff_s=0.005, timeout_s=2, attempts=3)


def remote(body=BODY, **changes):
    return Remote(
        **{"name": "a.zip", "target": "/a.zip", "size": len(body), "md5": hashlib.md5(body).hexdigest(), **changes}
    )


@pytest.fixture
def root(tmp_path):
    Bucket(tmp_path / "bucket").put("a.zip", BODY)
    return tmp_path / "bucket"


def run(url, path, wanted=None):
    """Download and return how far the progress went."""
    told = []
    client = HttpClient(url, QUICK)
    try:
        download(client, wanted or remote(), path, told.append)
    finally:
        client.close()
    return sum(told)


def begun(path, body, etag=""):
    path.with_name("a.zip.part").write_bytes(body)
    if etag:
        path.with_name("a.zip.part.etag").write_text(etag)


def test_a_file_comes_whole_and_leaves_nothing_beside_it(root, tmp_path):
    with serve(root) as server:
        assert run(server.url, tmp_path / "out" / "a.zip") == len(BODY)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {"a.zip": BODY}


@pytest.mark.parametrize("kind", ["truncate", "reset", "hang", "status", "error_body", "html"])
def test_what_breaks_off_goes_on_where_it_was(root, tmp_path, kind):
    with serve(root, [Fault(kind, times=2)]) as server:
        assert run(server.url, tmp_path / "a.zip") == len(BODY)
    assert (tmp_path / "a.zip").read_bytes() == BODY
    if kind == "truncate":
        assert [status for _, _, status in server.log] == [200, 206, 206]


def test_a_part_of_an_earlier_run_is_not_fetched_again(root, tmp_path):
    begun(tmp_path / "a.zip", BODY[:900_000], f'"{hashlib.md5(BODY).hexdigest()}"')
    with serve(root) as server:
        assert run(server.url, tmp_path / "a.zip") == len(BODY)
    assert [status for _, _, status in server.log] == [206]
    assert (tmp_path / "a.zip").read_bytes() == BODY


@pytest.mark.parametrize("etag", ["", '"another"'])
@pytest.mark.parametrize("part", [b"rot" * 999, BODY + b"too long", b"x" * len(BODY)], ids=["rot", "long", "full"])
def test_a_part_of_another_file_is_fetched_anew(root, tmp_path, etag, part):
    begun(tmp_path / "a.zip", part, etag)
    with serve(root) as server:
        assert run(server.url, tmp_path / "a.zip") == len(BODY)
    assert (tmp_path / "a.zip").read_bytes() == BODY


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (remote(md5="0" * 32), Mismatch),
        (remote(size=len(BODY) - 5), Unavailable),
        (remote(size=len(BODY) + 5), Unavailable),
        (remote(target="/b.zip"), Missing),
    ],
    ids=["md5", "longer", "shorter", "missing"],
)
def test_another_file_than_stated_never_gets_the_name(root, tmp_path, wanted, error):
    with serve(root) as server, pytest.raises(error):
        run(server.url, tmp_path / "a.zip", wanted)
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.parametrize(
    "location", ["http://localhost:9/a.zip", "https://127.0.0.1/a.zip", "//evil.example/a", "ftp://x/"]
)
def test_a_redirect_to_another_host_is_not_followed(root, tmp_path, location):
    with serve(root, [Fault("redirect", location=location)]) as server, pytest.raises(Unavailable, match="redirect"):
        run(server.url, tmp_path / "a.zip")


def test_a_redirect_within_the_host_is_followed_but_not_for_ever(root, tmp_path):
    with serve(root, [Fault("redirect", match="old", location="/a.zip")]) as server:
        run(server.url, tmp_path / "a.zip", remote(target="/old"))
    with serve(root, [Fault("redirect", location="/a.zip")]) as server, pytest.raises(Unavailable, match="redirects"):
        run(server.url, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == BODY


def test_a_server_that_is_down_for_good_is_unavailable_and_keeps_the_part(root, tmp_path):
    begun(tmp_path / "a.zip", BODY[:1000])
    with serve(root, [Fault("status")]) as server, pytest.raises(Unavailable, match="503"):
        run(server.url, tmp_path / "a.zip")
    assert (tmp_path / "a.zip.part").read_bytes() == BODY[:1000]


def test_a_disk_that_refuses_says_so(root, tmp_path):
    (tmp_path / "a.zip.part").mkdir()
    with serve(root) as server, pytest.raises(IncompleteError, match=r"a\.zip\.part"):
        run(server.url, tmp_path / "a.zip", remote(size=1 << 30))
