import csv
import json
import re
import threading
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from urllib.parse import parse_qs, urlsplit

import pytest

from rocov2.errors import SourceError, UsageError
from rocov2.net import NetSettings
from rocov2.pmc import search
from rocov2.pmc.search import RADIOLOGY_WORDS, Search, search_expression, search_pmcids

QUICK = NetSettings(attempts=3, backoff_s=0.001, timeout_s=2, contact="someone@example.org")
FIRST = date(2024, 1, 1)


@contextmanager
def esearch(monkeypatch, per_day, spoil=lambda number: None):
    """A fake ESearch with `per_day(day)` ids a day; `spoil(n)` may replace the n-th answer's body."""
    queries = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            queries.append(query)
            first, last = (
                date.fromisoformat(day.replace("/", "-")) for day in re.findall(r"\d{4}/\d\d/\d\d", query["term"])[-2:]
            )
            days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
            ids = [str((day - FIRST).days * 100_000 + n + 1) for day in days for n in range(per_day(day))]
            result = {"count": str(len(ids)), "idlist": ids[: min(int(query["retmax"]), 9999)]}
            body = spoil(len(queries)) or json.dumps({"esearchresult": result}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("ROCOV2_EUTILS", f"http://127.0.0.1:{server.server_port}/entrez/eutils")
    monkeypatch.setattr(search, "REQUESTS_PER_SECOND", 1000.0)
    monkeypatch.delenv("NCBI_API_KEY", raising=False)
    try:
        yield queries
    finally:
        server.shutdown()
        server.server_close()


def find(days, term="radiology", licenses=("CC BY",)):
    return list(search_pmcids(Search(term, licenses, FIRST, FIRST + timedelta(days=days - 1)), QUICK))


def test_more_than_ten_thousand_articles_are_all_found_once(monkeypatch):
    with esearch(monkeypatch, lambda day: 900 + day.day) as queries:
        found = find(31)
    assert len(found) == len(set(found)) == sum(900 + n for n in range(1, 32))
    assert all(re.fullmatch(r"PMC[0-9]+", pmcid) for pmcid in found)
    assert len(queries) == 7


def test_few_articles_take_one_request_that_says_who_asks(monkeypatch):
    with esearch(monkeypatch, lambda day: 3) as queries:
        assert len(find(10)) == 30
    (query,) = queries
    assert (query["db"], query["tool"], query["email"], query["retmode"]) == (
        "pmc",
        "rocov2",
        "someone@example.org",
        "json",
    )
    assert "[Figure/Table Caption]" in query["term"]
    assert "open_access[Filter] AND (cc_by_license[Filter]) AND 2024/01/01:2024/01/10[pmcrdat]" in query["term"]
    assert "api_key" not in query


def test_a_limit_asks_no_more_than_it_needs(monkeypatch):
    with esearch(monkeypatch, lambda day: 1000) as queries:
        stream = search_pmcids(Search("x", (), FIRST, FIRST + timedelta(days=63)), QUICK)
        assert len(list(islice(stream, 5))) == 5
        stream.close()
    assert len(queries) == 4


def test_an_api_key_is_sent_and_raises_the_pace(monkeypatch):
    with esearch(monkeypatch, lambda day: 1) as queries:
        monkeypatch.setenv("NCBI_API_KEY", "0123")
        assert find(2) == ["PMC1", "PMC100001"]
    assert queries[0]["api_key"] == "0123"


@pytest.mark.parametrize(
    "body",
    [
        b'{"error":"API rate limit exceeded","count":"4"}',
        b'{"esearchresult":{"ERROR":"Search Backend failed"}}',
        b"<html>busy</html>",
        b"[]",
        b'{"esearchresult":{"count":"1","idlist":[7]}}',
        b'{"esearchresult":{}}',
    ],
)
def test_an_error_under_http_200_is_retried_and_then_reported(monkeypatch, body):
    with esearch(monkeypatch, lambda day: 2, lambda number: body if number < 3 else None):
        assert len(find(1)) == 2
    with (
        esearch(monkeypatch, lambda day: 2, lambda number: body) as queries,
        pytest.raises(SourceError, match="ESearch"),
    ):
        find(1)
    assert len(queries) == 3


def test_fewer_ids_than_counted_are_not_accepted(monkeypatch):
    body = b'{"esearchresult":{"count":"3","idlist":["1"]}}'
    with (
        esearch(monkeypatch, lambda day: 3, lambda number: body),
        pytest.raises(SourceError, match="counts 3 and lists 1"),
    ):
        find(1)


def test_a_field_that_esearch_does_not_know_is_the_users_mistake(monkeypatch):
    body = (
        b'{"esearchresult":{"count":"0","idlist":[],"errorlist":{"phrasesnotfound":[],"fieldsnotfound":["Captoin"]}}}'
    )
    with esearch(monkeypatch, lambda day: 3, lambda number: body), pytest.raises(UsageError, match="Captoin"):
        find(1)


def test_a_day_with_too_many_articles_is_said_so(monkeypatch):
    with esearch(monkeypatch, lambda day: 10_000), pytest.raises(UsageError, match="10000 articles on 2024-01-01"):
        find(1)


def test_no_days_no_requests(monkeypatch):
    with esearch(monkeypatch, lambda day: 1) as queries:
        assert find(0) == []
    assert queries == []


def test_a_users_term_is_kept_apart_from_the_filters():
    assert search_expression("a OR b", ("CC0", "CC BY-NC")) == (
        "(a OR b) AND open_access[Filter] AND (cc0_license[Filter] OR cc_by-nc_license[Filter])"
    )
    with pytest.raises(UsageError):
        search_expression(" ", ())


def test_the_radiology_expression_finds_most_published_captions(shared):
    words = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in RADIOLOGY_WORDS), re.IGNORECASE)
    with (shared / "captions" / "rocov2_valid_captions.csv").open(encoding="utf-8") as file:
        captions = [row["Caption"] for row in csv.DictReader(file)]
    assert sum(bool(words.search(caption)) for caption in captions) / len(captions) > 0.8
