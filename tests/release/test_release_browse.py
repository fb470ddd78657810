"""Browsing: searches that find what a plain loop finds, pages that ask nothing of anyone, a server for one machine."""

import http.client
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from release_rows import release, synthetic

from rocov2.errors import ConfigError, UsageError
from rocov2.net.loopback import Answer, open_server
from rocov2.release.browse.catalogue import Catalogue, Wanted, catalogue_of
from rocov2.release.browse.library import Library
from rocov2.release.browse.pages import PAGE
from rocov2.release.report.gather import read_release
from tests.pipeline.runs import command, environment
from tests.release.report_pages import Page, made_release
from tests.release.test_report_page import EVIL


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("catalogue")
    return catalogue_of(read_release(release(folder / "release", *synthetic(120, folder / "store")).folder))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("library")
    made_release(folder / "release", 60, title=EVIL, journal=EVIL, caption=f"Peculiar {EVIL} finding", label=EVIL)
    return Library(folder / "release")


def page_of(library: Library, path: str, **query: str) -> str:
    return library.answer(path, query).body.decode()


words = st.sampled_from(
    ("axial", "LIVER", "mass in", "C0040405", "C9000003", "PMC1000007", "PMC100000", "zebra", "ct im")
)


@given(st.lists(words, max_size=3), st.sampled_from(("", "CT", "US")), st.sampled_from(("", "train", "test")))
def test_a_search_finds_what_a_plain_loop_finds(catalogue, asked, modality, split) -> None:
    text = " ".join(f'"{word}"' if " " in word else word for word in asked)
    found = catalogue.find(Wanted(text, {"modality": modality, "split": split}))
    names = catalogue.release.names
    expected = []
    for place, row in enumerate(catalogue.release.samples.to_pylist()):
        parts = [row["sample_id"], row["pmcid"], *row["cuis"], row["journal"], row["caption"]]
        whole = " ".join([*parts, *(names[cui] for cui in row["cuis"])]).lower()
        codes = {row["pmcid"], *row["cuis"]}
        hits = (w in codes if re.fullmatch(r"PMC\d+|C\d{7}", w) else w.lower() in whole for w in asked)
        if all(hits) and modality in ("", row["modality"]) and split in ("", row["split"]):
            expected.append(place)
    assert found == expected


@given(st.text(max_size=400))
def test_any_text_can_be_searched_for(catalogue: Catalogue, text: str) -> None:
    assert len(catalogue.find(Wanted(text))) <= catalogue.release.size


def test_pages_show_each_sample_once(library: Library) -> None:
    pages = [page_of(library, "/", page=str(number)) for number in (1, 2, 3)]
    shown = [found for page in pages for found in re.findall(r"<code>(ROCOv2_[^<]+)</code>", page)]
    assert shown == library.release.samples["sample_id"].to_pylist()
    assert "60 of 60 images, 1 to 24 shown" in pages[0]
    assert f"page 3 of {-(-60 // PAGE)}" in pages[2]


@pytest.mark.parametrize("page", ["0", "-3", "99", "9" * 40, "x", "٣"])
def test_a_page_that_is_not_there_is_the_nearest_that_is(library: Library, page: str) -> None:
    assert re.search(r"page [13] of 3", page_of(library, "/", page=page))


def test_words_that_were_found_are_marked_and_hostile_ones_do_not_run(library: Library) -> None:
    page = page_of(library, "/", q='peculiar "finding"')
    assert re.findall("<mark>(.*?)</mark>", page) == ["Peculiar", "finding"]
    for text in (page, page_of(library, "/", q=EVIL), page_of(library, "/sample/ROCOv2_PMC100_fig1")):
        tags = Page(text)
        assert not [name for name, _ in tags.elements if name in ("script", "iframe", "object", "svg")]
        assert not [a for _, given_ in tags.elements for a in given_ if a.startswith("on") or a == "style"]


def test_a_page_asks_for_nothing_from_elsewhere(library: Library) -> None:
    answer = library.answer("/sample/ROCOv2_PMC100_fig1", {})
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; img-src 'self' data:; style-src 'sha256-")
    sources = [given_["src"] for _, given_ in Page(answer.body.decode()).elements if "src" in given_]
    assert sources == ["/picture/1024/ROCOv2_PMC100_fig1"]


def test_a_sample_shows_all_that_is_known_and_its_neighbours(catalogue: Catalogue) -> None:
    library = Library(catalogue.release.folder)
    rows = library.release.samples.to_pylist()
    row = next(r for r in rows if sum(o["pmcid"] == r["pmcid"] for o in rows) > 1 and r["cuis"])
    page = page_of(library, f"/sample/{row['sample_id']}")
    for words_ in (row["figure_id"], row["attribution"].split(".")[0], *row["cuis"], "More of this article"):
        assert str(words_) in page


@pytest.mark.parametrize(
    "path", ["/sample/absent", "/picture/256/absent", "/picture/9999/ROCOv2_PMC100_fig1", "/x", ""]
)
def test_what_is_not_there_is_404(library: Library, path: str) -> None:
    assert library.answer(path, {}).status == 404


def test_pictures_are_those_of_the_release_and_small(library: Library) -> None:
    answer = library.answer("/picture/256/ROCOv2_PMC100_fig1", {})
    assert (answer.status, answer.kind, answer.body[8:12]) == (200, "image/webp", b"WEBP")
    (library.release.folder / library.release.samples["file"][5].as_py()).unlink()
    assert library.answer(f"/picture/256/{library.release.samples['sample_id'][5].as_py()}", {}).status == 404


def test_what_is_no_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Library(tmp_path)


@contextmanager
def served(answering) -> Iterator[int]:
    with open_server(answering, 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def ask(port: int, path: str, method: str = "GET", host: str = "") -> tuple[int, dict[str, str], bytes]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    link.request(method, path, headers={"Host": host} if host else {})
    reply = link.getresponse()
    return reply.status, dict(reply.getheaders()), reply.read()


def test_the_server_answers_this_machine_and_no_other_name() -> None:
    with served(lambda path, query: Answer(f"{path} {dict(query)}".encode())) as port:
        status, headers, body = ask(port, "/a%20b?q=x%26y&q=z")
        assert (status, body) == (200, b"/a b {'q': 'z'}")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert ask(port, "/", host="evil.example")[0] == 421
        assert ask(port, "/", host=f"localhost:{port}")[0] == 200
        assert ask(port, "/", "HEAD")[2] == b""
        assert ask(port, "/", "POST")[0] == 501
        assert ask(port, "/" + "x" * 3000)[0] == 414
        assert ask(port, "/?" + "&".join("a=b" for _ in range(50)))[0] == 400


def test_the_server_listens_on_the_loopback_address_only() -> None:
    with open_server(lambda path, query: Answer(b""), 0) as server:
        assert server.server_address[0] == "127.0.0.1"
        with pytest.raises(ConfigError, match="cannot listen"):
            open_server(lambda path, query: Answer(b""), server.server_address[1])


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine to open the page in")
def test_a_browser_shows_a_page_and_its_pictures_without_complaint(library: Library, tmp_path: Path) -> None:
    with served(library.answer) as port:
        words = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
                 "--enable-logging=stderr", "--virtual-time-budget=3000", "--dump-dom",
                 f"http://127.0.0.1:{port}/?q=peculiar"]  # fmt: skip
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    assert "1 of 60 images, 1 to 1 shown" in done.stdout
    assert library.picture.cache_info().currsize >= 1


def test_the_command_serves_until_it_is_interrupted(library: Library) -> None:
    words = command("browse", library.release.folder)
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment(), text=True) as running:
        try:
            assert running.stdout is not None
            address = running.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
            assert b"60 of 60 images" in ask(int(address.rstrip("/").rpartition(":")[2]), "/")[2]
            running.send_signal(signal.SIGINT)
            assert running.wait(20) == 0
        finally:
            running.kill()
