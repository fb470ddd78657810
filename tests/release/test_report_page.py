import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise

import pyarrow.parquet as pq
import pytest

from rocov2.errors import CheckError, ConfigError, UsageError
from rocov2.release.report.page import SECTIONS, write_report
from tests.conftest import REPO
from tests.pipeline.runs import contents
from tests.release.report_pages import Page, made_release

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">'\"&<!--"
EVIL_DROPS = ((f"PMC9.1/{EVIL}", "own_rights", EVIL, "screen"), ("javascript:alert(1)", EVIL, EVIL, EVIL))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def page(place):
    made_release(place / "release")
    write_report(place / "release", place / "report.html")
    return Page(place / "report.html")


@pytest.fixture(scope="module")
def hostile(place):
    made_release(
        place / "evil", 3, EVIL_DROPS, title=EVIL, journal=EVIL, authors=[EVIL], caption=f"A {EVIL}", label=EVIL
    )
    write_report(place / "evil", place / "evil.html")
    return Page(place / "evil.html")


def test_every_section_is_there_and_the_navigation_leads_to_it(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert {name for name, _ in SECTIONS} <= set(ids)
    assert len(ids) == len(set(ids))
    links = [a["href"] for a in page.all("a") if a["href"].startswith("#") and not a["href"].startswith("#q=")]
    assert {link[1:] for link in links} <= set(ids)


def test_headings_start_at_one_and_skip_no_level(page):
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_pictures_have_words_charts_have_names_and_fields_have_labels(page):
    assert all(image["alt"] for image in page.all("img"))
    assert all(chart.get("aria-label") or chart.get("aria-hidden") == "true" for chart in page.all("svg"))
    fields = {a["id"] for tag in ("input", "select") for a in page.all(tag)}
    assert fields == {label["for"] for label in page.all("label")}
    assert page.all("html") == [{"lang": "en"}]


@pytest.mark.parametrize("name", ["page", "hostile"])
def test_nothing_is_asked_of_any_server(name, request):
    page = request.getfixturevalue(name)
    assert all(image["src"].startswith("data:image/webp;base64,") for image in page.all("img"))
    assert page.all("link") == [{"rel": "icon", "href": "data:,"}]
    loads = {"iframe", "object", "embed", "video", "audio", "source", "form", "base", "image", "use", "foreignobject"}
    assert not loads & {tag for tag, _ in page.elements}
    assert not any(
        {"srcset", "poster", "background", "ping", "style"} & set(attributes) for _, attributes in page.elements
    )
    assert not any(word in style for style in page.styles for word in ("url(", "@import", "image-set"))
    code = "".join(script for script in page.scripts if not script.startswith("{"))
    assert not re.search(r"fetch\(|XMLHttp|WebSocket|sendBeacon|import\(|innerHTML|eval\(|document\.write", code)
    assert all(a["href"][:8] in ("https://",) or a["href"].startswith("#") for a in page.all("a"))
    assert all("noopener" in a["rel"] for a in page.all("a") if a["href"].startswith("https"))


def test_the_policy_allows_the_page_s_own_style_and_scripts_and_inline_pictures_only(page):
    policy = page.all("meta")[1]["content"]
    assert page.all("meta")[1]["http-equiv"] == "Content-Security-Policy"
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
    code = [script for script in page.scripts if not script.startswith("{")]
    assert rules["default-src"] == ["'none'"]
    assert rules["img-src"] == ["data:"]
    assert rules["script-src"] == [digest(script) for script in code]
    assert rules["style-src"] == [digest(style) for style in page.styles]


def digest(content):
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def test_hostile_words_stay_words(hostile):
    assert len(hostile.all("script")) == 3
    assert not any(name.startswith("on") for _, attributes in hostile.elements for name in attributes)
    assert not any(str(a.get("href", "")).startswith("javascript") for _, a in hostile.elements)
    assert EVIL in hostile.words
    assert "<!--" not in hostile.source


def test_hostile_words_are_data_in_the_search(hostile):
    rows = hostile.rows()
    at = {name: index for index, name in enumerate(rows["columns"])}
    assert any(row[at["caption"]] == f"A {EVIL}" for row in rows["rows"])
    assert any(row[at["journal"]] == EVIL for row in rows["rows"])


def test_the_figures_of_the_page_are_those_of_the_release(page):
    assert re.search(r"12 images stand at the end; 65 rows were held back", page.words)
    assert "kept from 0.5" in page.words
    assert "kept up to 0.4" in page.words
    assert "2 figures are copies of one that was kept: 1 byte for byte, 1 look-alikes" in page.words
    assert "2 copies held back" in page.words
    assert "0 articles of this release stand in more than one" in page.words


def test_the_scores_of_the_words_are_shown_where_a_release_has_them(place, page):
    assert "Images by screen_score" in page.source
    shutil.copytree(place / "release", place / "earlier")
    samples = pq.read_table(place / "earlier" / "samples.parquet")
    pq.write_table(samples.drop_columns(["screen_score"]), place / "earlier" / "samples.parquet")
    write_report(place / "earlier", place / "earlier.html")
    assert "Images by screen_score" not in Page(place / "earlier.html").source


def test_drops_are_shown_by_reason_with_their_count_and_a_bounded_sample(page):
    assert "60not_radiology" in page.words.replace(" ", "")
    assert "25 of 60 rows" in page.words
    assert page.words.count("score 0.4100") == 1


def test_the_drops_nearest_to_the_threshold_are_listed_first(page):
    listed = page.words[page.words.index("Not quite radiology") :]
    assert listed.index("0.5900") < listed.index("0.5800")
    assert listed.index("0.4100") < listed.index("0.9100")


def test_every_picture_of_a_gallery_has_its_licence_and_credit(page):
    assert page.words.count("· credit") == len(page.all("img")) - 12
    assert "Doe Jane" in page.words


def test_the_published_figures_stand_beside_ours_with_their_source(page):
    assert "79,789" in page.words
    assert "Scientific Data 11:688 (2024)" in page.words


def test_a_release_larger_than_the_search_says_so_and_keeps_to_the_limit(place, page):
    made = write_report(place / "release", place / "few.html", rows=5)
    few = Page(place / "few.html")
    assert (made.searchable, made.samples, len(few.rows()["rows"])) == (5, 12, 5)
    assert "5 of the 12 samples" in few.words
    assert "All 12 samples" in page.words


def test_the_previous_release_is_compared_by_sample_and_by_ingredient(place, page):
    made_release(place / "older", 10, first=104)
    write_report(place / "release", place / "both.html", place / "older")
    both = Page(place / "both.html")
    assert "4 images are new, 2 are gone" in both.words
    assert re.search(r"in both releases\s*8", both.words)
    assert "+2" in both.words


def test_an_image_that_is_lost_or_no_image_is_said_and_the_page_is_whole(place, tmp_path):
    folder = made_release(tmp_path / "release", 4)
    files = sorted(path for split in ("train", "valid", "test") for path in (folder / split).iterdir())
    files[0].unlink()
    files[1].unlink()
    files[1].write_bytes(b"no image")
    made = write_report(folder, tmp_path / "r.html")
    assert made.pictures_lost > 0
    assert "could not be read" in Page(tmp_path / "r.html").words


def test_a_release_of_one_sample_has_a_page(tmp_path):
    folder = made_release(tmp_path / "release", 1, (("k", "r", "d", "s"),))
    assert write_report(folder, tmp_path / "r.html").samples == 1


def test_what_is_no_release_or_a_damaged_one_is_said_and_nothing_is_written(tmp_path):
    with pytest.raises(UsageError, match="no release"):
        write_report(tmp_path, tmp_path / "r.html")
    folder = made_release(tmp_path / "release", 2)
    (folder / "drops.parquet").write_bytes(b"PAR1")
    with pytest.raises(CheckError, match="damaged"):
        write_report(folder, tmp_path / "r.html")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "funnel": [1]}))
    with pytest.raises(CheckError, match="damaged"):
        write_report(folder, tmp_path / "r.html")
    assert not list(tmp_path.glob("*.html*"))


def test_a_page_that_cannot_be_written_leaves_nothing_behind(place, page, tmp_path):
    with pytest.raises(ConfigError, match="cannot write"):
        write_report(place / "release", tmp_path / "absent" / "r.html")


def test_a_page_below_a_file_or_inside_a_release_is_refused(place, page, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"file/r\.html: Not a directory"):
        write_report(place / "release", tmp_path / "file" / "r.html")
    before = contents(place / "release")
    with pytest.raises(UsageError, match="is inside the release"):
        write_report(place / "release", place / "release" / "README.md")
    assert contents(place / "release") == before


def test_the_same_release_gives_the_same_bytes_under_another_hash_seed_and_time_zone(place, page):
    env = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONPATH": str(REPO)}
    out = place / "again.html"
    words = [sys.executable, "-m", "rocov2", "report", str(place / "release"), "--out", str(out), "--json"]
    said = json.loads(subprocess.run(words, env=env, check=True, capture_output=True, text=True).stdout)
    assert said["samples"] == 12
    assert out.read_bytes() == (place / "report.html").read_bytes()
