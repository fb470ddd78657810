import http.server
import threading

import pytest

from rocov2.errors import UsageError
from rocov2.net import beat, require_heartbeat_url


@pytest.fixture
def watcher():
    """Answers each GET with the next of `answers`; `asked` has the paths."""
    answers, asked = [], []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", answers, asked
    server.shutdown()


@pytest.mark.parametrize("status", [200, 201, 204])
def test_any_success_is_one_request_with_path_and_query(watcher, status):
    url, answers, asked = watcher
    answers.append(status)
    assert beat(f"{url}/a/b?c=d") == ""
    assert asked == ["/a/b?c=d"]


def test_a_passing_fault_is_tried_again(watcher):
    url, answers, asked = watcher
    answers += [503, 200]
    assert beat(url) == ""
    assert asked == ["/", "/"]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_goes_wrong_is_said_without_the_path(watcher, status):
    url, answers, asked = watcher
    answers += [status] * 3
    assert beat(f"{url}/secret") == f"127.0.0.1 answers HTTP {status}"
    assert len(asked) == 3


def test_no_one_there_is_said():
    assert beat("http://127.0.0.1:9/secret") == "127.0.0.1: ConnectionRefusedError"


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://host/x", "http://", "host/path", "http://h/a b", "http://h/\r\nX: 1", "http://[x"],
)
def test_a_url_that_is_not_http_is_refused(url):
    with pytest.raises(UsageError, match="http"):
        require_heartbeat_url(url)


@pytest.mark.parametrize("url", ["http://h", "https://h:8443/ping/0?x=%20"])
def test_an_http_url_is_taken(url):
    require_heartbeat_url(url)
