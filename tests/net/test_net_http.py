import hashlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from email.utils import formatdate
from pathlib import Path

import pytest

from rocov2.errors import ConfigError, SourceError, UsageError
from rocov2.net import (
    METER,
    BadKey,
    Mismatch,
    Missing,
    NetSettings,
    TooLarge,
    Unavailable,
    check_key,
    folder_of,
    open_source,
)
from rocov2.net.http import _seconds
from tests.fakepmc import Bucket, Fault, serve

QUICK = NetSettings(backoff_s=0.01, timeout_s=0.5, max_wait_s=0.2, contact="someone@example.org")
BODY = bytes(range(256)) * 400
MD5 = hashlib.md5(BODY).hexdigest()
KEY = "PMC1.1/a b+c%ü.jpg"


@pytest.fixture
def bucket(tmp_path):
    made = Bucket(tmp_path / "bucket")
    made.put(KEY, BODY)
    return made


def get(url, key=KEY, md5=MD5, max_bytes=1 << 20):
    source = open_source(url, settings=QUICK)
    try:
        return source.get(key, max_bytes=max_bytes, md5=md5)
    finally:
        source.close()


def test_an_object_comes_whole_with_its_etag_and_md5(bucket):
    with serve(bucket.root) as server:
        fetched = get(server.url)
    assert (fetched.body, fetched.etag, fetched.md5) == (BODY, MD5, MD5)


def test_the_client_says_who_it_is_and_whom_to_write_to(bucket):
    with serve(bucket.root) as server:
        get(server.url)
    (agent,) = server.agents
    assert agent.startswith("rocov2/")
    assert "mailto:someone@example.org" in agent


def test_a_folder_gives_the_same_objects_as_the_server(bucket):
    with serve(bucket.root) as server:
        assert get(server.url) == get(str(bucket.root))


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=503, times=2),
        Fault("status", status=429, times=1, retry_after="0"),
        Fault("status", status=500, times=1),
        Fault("truncate", times=2),
        Fault("reset", times=2),
        Fault("error_body", times=2),
        Fault("html", times=1),
        Fault("hang", times=1),
    ],
    ids=lambda fault: f"{fault.kind}{fault.status}",
)
@pytest.mark.parametrize("md5", [MD5, ""])
def test_a_fault_that_passes_is_retried(bucket, fault, md5):
    with serve(bucket.root, [fault]) as server:
        assert get(server.url, md5=md5).body == BODY
    assert len(server.log) == (fault.times or 0) + 1


@pytest.mark.parametrize("kind", ["truncate", "reset", "error_body", "html", "hang", "redirect"])
def test_a_fault_that_stays_is_unavailable_and_keeps_nothing(bucket, kind):
    with serve(bucket.root, [Fault(kind)]) as server, pytest.raises(Unavailable):
        get(server.url)


def test_bytes_changed_on_the_way_are_told_from_an_object_changed_at_the_source(bucket):
    with serve(bucket.root, [Fault("corrupt", times=1)]) as server:
        assert get(server.url).body == BODY
    with serve(bucket.root) as server, pytest.raises(Mismatch):
        get(server.url, md5="0" * 32)
    assert len(server.log) == 1


def test_a_source_without_etags_proves_a_changed_object_by_giving_it_steadily(bucket):
    with serve(bucket.root, [Fault("corrupt")]) as server, pytest.raises(Mismatch):
        get(server.url)
    assert len(server.log) == QUICK.attempts


def test_an_etag_that_is_no_md5_does_not_keep_a_steady_object_away(bucket):
    with serve(bucket.root, [Fault("corrupt")]) as server:
        assert get(server.url, md5="").body[:-1] == BODY[:-1]
    assert len(server.log) == 2


def test_a_missing_object_is_missing_at_once(bucket):
    with serve(bucket.root) as server:
        for where in (server.url, str(bucket.root)):
            with pytest.raises(Missing):
                get(where, key="PMC1.1/none.jpg")
    assert [status for _, _, status in server.log] == [404]


def test_a_refusal_stops_the_run(bucket):
    with serve(bucket.root, [Fault("status", status=403)]) as server, pytest.raises(SourceError) as raised:
        get(server.url)
    assert type(raised.value) is SourceError
    assert raised.value.exit_code == 4


def test_no_more_than_the_allowed_bytes_are_read(bucket):
    with serve(bucket.root) as server:
        for where in (server.url, str(bucket.root)):
            with pytest.raises(TooLarge):
                get(where, max_bytes=len(BODY) - 1)
            assert get(where, max_bytes=len(BODY)).body == BODY


def test_a_redirect_is_never_followed(bucket):
    with serve(bucket.root) as other, serve(bucket.root, [Fault("redirect", location=f"{other.url}/{KEY}")]) as server:
        with pytest.raises(Unavailable, match="redirect"):
            get(server.url)
        assert len(server.log) == 1
        assert other.log == []


def test_many_threads_share_no_more_connections_than_allowed(bucket):
    most = 0
    with serve(bucket.root, latency_s=0.01) as server:
        source = open_source(server.url, settings=NetSettings(connections=3))

        def one(_):
            nonlocal most
            body = source.get(KEY, max_bytes=1 << 20, md5=MD5).body
            most = max(most, len(server.connections))
            return body == BODY

        with ThreadPoolExecutor(12) as pool:
            assert all(pool.map(one, range(60)))
        assert 1 <= most <= 3


def test_connections_outlive_missing_and_refused_answers(bucket):
    with serve(bucket.root, [Fault("status", match="ü|%C3", times=2)]) as server:
        source = open_source(server.url, settings=QUICK)
        with pytest.raises(Missing):
            source.get("none", max_bytes=9)
        source.get(KEY, max_bytes=1 << 20)
        assert len(server.connections) == 1


def test_a_connection_that_the_server_closed_is_replaced_without_a_fault(bucket):
    before = METER.snapshot()
    with serve(bucket.root) as server:
        source = open_source(server.url, settings=QUICK)
        source.get(KEY, max_bytes=1 << 20)
        port = server.port
    with serve(bucket.root, port=port):
        assert source.get(KEY, max_bytes=1 << 20).body == BODY
    assert (METER.snapshot() - before).retries == 0


def test_the_meter_counts_requests_bytes_and_retries(bucket):
    before = METER.snapshot()
    with serve(bucket.root, [Fault("status", times=2)]) as server:
        get(server.url)
    traffic = METER.snapshot() - before
    assert (traffic.requests, traffic.bytes, traffic.retries) == (3, len(BODY), 2)


def test_a_source_that_is_down_stops_the_run_soon():
    with serve_nothing() as url:
        source = open_source(url, settings=NetSettings(attempts=1, timeout_s=0.2))
        for _ in range(20):
            with pytest.raises(Unavailable):
                source.get("a", max_bytes=9)
        with pytest.raises(SourceError, match="20 of the last 20"):
            source.get("a", max_bytes=9)


def test_a_personal_key_in_a_query_never_shows_in_an_error():
    with serve_nothing() as url:
        source = open_source(url, settings=NetSettings(attempts=1, timeout_s=0.2))
        with pytest.raises(Unavailable) as raised:
            source.client.get("/search?api_key=SECRET", max_bytes=9)
    assert "SECRET" not in str(raised.value)


@contextmanager
def serve_nothing():
    """The URL of a port on which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a/./b",
        "a//b",
        "a/",
        "a\\b",
        "a\0b",
        "a\nb",
        "C:/x",
        "a\ud800",
        "x" * 1025,
        "\x1b[2J",
    ],
)
def test_a_hostile_key_is_refused_by_every_source(bucket, key):
    with serve(bucket.root) as server:
        for where in (server.url, str(bucket.root)):
            with pytest.raises(BadKey):
                get(where, key=key)
        assert server.log == []


def test_a_key_must_lie_under_its_article():
    assert check_key("PMC1.1/a.jpg", "PMC1.1/") == "PMC1.1/a.jpg"
    for key in ("PMC1.2/a.jpg", "PMC1.1", "metadata/PMC1.1.json", "PMC1.10/a.jpg"):
        with pytest.raises(BadKey):
            check_key(key, "PMC1.1/")


def test_settings_that_cannot_be_obeyed_are_refused():
    for bad in (
        {"connections": 0},
        {"attempts": 0},
        {"timeout_s": 0},
        {"requests_per_second": 0},
        {"contact": "a\r\nb"},
    ):
        with pytest.raises(ConfigError):
            NetSettings(**bad)


def test_what_is_no_source_is_said_so(tmp_path):
    with pytest.raises(UsageError):
        open_source("")
    for where in (str(tmp_path / "none"), "http://"):
        with pytest.raises(SourceError):
            open_source(where)


def test_pmc_is_asked_at_most_fifty_times_a_second():
    source = open_source("pmc")
    assert source.client.pace.ceiling == 50
    assert source.client.url == "https://pmc-oa-opendata.s3.amazonaws.com"


def test_the_environments_proxy_is_used(bucket, monkeypatch):
    with serve(bucket.root) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        source = open_source("http://bucket.example", settings=NetSettings(attempts=1))
        with pytest.raises(Missing):
            source.get("none", max_bytes=9)
    assert proxy.log[0][1] == "http://bucket.example/none"


def test_threads_that_fail_give_their_connections_back(bucket):
    with serve(bucket.root, [Fault("reset", share=0.5)]) as server:
        source = open_source(server.url, settings=NetSettings(connections=2, backoff_s=0.001, attempts=9))
        threads = [threading.Thread(target=source.get, args=(KEY,), kwargs={"max_bytes": 1 << 20}) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)


def test_a_body_that_only_trickles_is_given_up():
    def trickle(listener):
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            while True:
                connection.sendall(b".")
                time.sleep(0.01)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=trickle, args=(listener,), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        source = open_source(url, settings=NetSettings(attempts=1, timeout_s=0.05))
        with pytest.raises(Unavailable, match="too slowly"):
            source.get("a", max_bytes=1 << 20)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [("7", 7, 7), ("soon", 0, 0), ("", 0, 0), ("Wed, 01 Jan 2020 00:00:00 GMT", 0, 0), (60, 55, 60)],
)
def test_retry_after_may_be_seconds_or_a_date(header, least, most):
    if isinstance(header, int):
        header = formatdate(time.time() + header, usegmt=True)
    assert least <= _seconds(header) <= most


@pytest.mark.parametrize(
    ("source", "folder"),
    [("pmc", None), ("sample", None), ("https://bucket.example", None), ("a/b", "a/b"), ("~/b", "/home/me/b")],
)
def test_a_source_that_is_a_folder_is_told_from_one_that_is_not(source, folder, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert folder_of(source) == (Path(folder) if folder else None)
