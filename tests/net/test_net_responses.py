"""One answer at a time, read off a stream that may say anything."""

import http.client
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.net.responses import Response

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n4;a=b\r\n and\r\n0\r\nTrailer: x\r\n\r\n"


def read(data):
    """Return the response and its whole body."""
    response = Response(io.BytesIO(data))
    pieces = []
    while piece := response.read1(5):
        pieces.append(piece)
    return response, b"".join(pieces)


@pytest.mark.parametrize(
    ("data", "body", "is_read"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP/1.1", b"body", True),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\ncontent-length:7\r\n\r\nat last", b"at last", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (b"HTTP/1.0 200 OK\n\nto the end", b"to the end", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbroken", b"broken", False),
        (CHUNKED, b"body and", True),
    ],
)
def test_a_body_is_read_to_the_end_that_its_answer_states(data, body, is_read):
    response, got = read(data)
    assert (got, response.is_read) == (body, is_read)


@pytest.mark.parametrize(("line", "closes"), [("Connection: close", True), ("X: y", False)])
def test_the_server_says_whether_the_connection_goes_on(line, closes):
    response, _ = read(f"HTTP/1.1 200 OK\r\n{line}\r\nETag: a\r\nETag: b\r\nContent-Length: 0\r\n\r\n".encode())
    assert (response.will_close, response.getheader("etag"), response.getheader("no")) == (closes, "a", None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbroken off",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
        CHUNKED.replace(b"4\r\n", b"-4\r\n"),
        CHUNKED.replace(b"4\r\n", b"3\r\n"),
        CHUNKED.partition(b" and")[0],
    ],
)
def test_an_answer_that_makes_no_sense_is_an_error_of_the_network(data):
    with pytest.raises((http.client.HTTPException, OSError)):
        read(data)


@given(st.one_of(st.binary(), st.binary().map(lambda data: b"HTTP/1.1 200 OK\r\n" + data)))
def test_any_bytes_are_an_answer_or_an_error_of_the_network(data):
    try:
        _, body = read(data)
    except (http.client.HTTPException, OSError):
        return
    assert body in data or b"chunked" in data.lower()
