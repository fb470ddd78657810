import re
import shutil
import subprocess

import pytest

from rocov2.release.report.page import write_report
from tests.release.report_pages import made_release
from tests.release.test_report_page import EVIL, EVIL_DROPS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine to open the page in")


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    place = tmp_path_factory.mktemp("browser")
    made_release(place / "release", 30, EVIL_DROPS, title=EVIL, journal=EVIL, caption=f"Peculiar {EVIL} finding")
    write_report(place / "release", place / "report.html")

    def look(at=""):
        words = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={place / 'profile'}",
                 "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom",
                 f"file://{place / 'report.html'}{at}"]  # fmt: skip
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
        said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        return done.stdout, said

    return look


def test_the_page_obeys_its_own_policy_and_says_nothing_to_the_console(opened):
    page, said = opened()
    assert said == []
    assert "30 found, 1 to 20 shown" in page
    assert "page 1 of 2" in page


def test_a_link_that_searches_finds_and_marks(opened):
    page, said = opened("#q=peculiar%20finding")
    assert said == []
    assert "1 found, 1 to 1 shown" in page
    assert re.findall("<mark>(.*?)</mark>", page) == ["Peculiar", "finding"]


def test_hostile_words_do_not_run(opened):
    page, _ = opened("#q=owned")
    assert re.search("<title>(.*?)</title>", page)[1].startswith("ROCOv2 rebuilt")
    assert "<img src=x" not in page


def test_a_link_to_a_reason_unfolds_it(opened):
    page, _ = opened("#drops-screen-own-rights")
    assert re.search(r'id="drops-screen-own-rights"[^>]* open', page)
