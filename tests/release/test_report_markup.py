from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.release.report.charts import Bar, Columns, Series, bars, columns, dots, heatmap, short, silhouette
from rocov2.release.report.markup import Safe, article_link, clip, join, numbers, percent, plain, table, tag, text


class Reader(HTMLParser):
    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.words = [], [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data):
        self.words += data


@given(st.text())
def test_any_text_is_read_back_as_text_and_makes_no_element(words):
    read = Reader(tag("p", words, title=words))
    assert read.tags == ["p"]
    assert read.words == plain(words)
    assert read.attributes == [("title", plain(words))]


@given(st.text())
def test_any_text_can_be_written_as_utf8(words):
    text(words + "\ud800").encode("utf-8")


def test_what_is_safe_is_not_escaped_twice_and_what_is_not_always_is():
    assert join(tag("b", "a < b"), "<i>") == "<b>a &lt; b</b>&lt;i&gt;"
    assert isinstance(join("x"), Safe)


@pytest.mark.parametrize("name", ["onclick", "onerror", "style", "a b", "1x", 'x"'])
def test_handlers_styles_and_odd_names_are_refused(name):
    with pytest.raises(ValueError, match="may not be written"):
        tag("p", **{name: "1"})


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "http://x", "//x", "data:text/html,x", " https://x", "x.html"]
)
def test_addresses_are_places_in_the_page_or_https(address):
    with pytest.raises(ValueError, match="may not be"):
        tag("a", "x", href=address)


@pytest.mark.parametrize("address", ["https://x/y.png", "data:image/svg+xml;base64,AAAA", "data:image/webp;base64,A A"])
def test_pictures_are_inline_webp_only(address):
    with pytest.raises(ValueError, match="may not be"):
        tag("img", src=address)


def test_controls_and_direction_marks_do_not_reach_the_page():
    assert plain("a\x00b\x1bc\u202ed\u2066e\x9f\n") == "a\ufffdb\ufffdcde\ufffd\n"


@pytest.mark.parametrize("pmcid", ["PMC1/../x", "PMC", "PMC1\n", "PMC١", 'PMC1"'])
def test_only_a_pmcid_becomes_a_link(pmcid):
    assert "<a" not in article_link(pmcid)
    assert '<a href="https://pmc.ncbi.nlm.nih.gov/articles/PMC12/"' in article_link("PMC12", "PMC12.1/f1")


def test_shares_and_cuts_are_written_as_a_person_would():
    assert [percent(1, 3), percent(0, 3), percent(1, 9999), percent(1, 0)] == ["33.3 %", "0.0 %", "< 0.1 %", "–"]
    assert clip("abcdef", 4) == "abc…"
    assert [short(n) for n in (7, 1234, 2_500_000)] == ["7", "1.23k", "2.5M"]


def test_a_chart_shows_every_count_and_has_its_numbers_as_a_table():
    chart = columns(Columns("T", ["a", "b", "c"], [Series("x", [1, 0, 5]), Series("y", [0, 0, 1], "c1")], "kind"))
    assert chart.count("<rect") == 3
    assert "c: 5, x" in chart
    assert 'role="img" aria-label="T"' in chart
    assert "<summary>Numbers</summary>" in chart


@pytest.mark.parametrize("is_log", [True, False])
@pytest.mark.parametrize("counts", [[0], [1], [0, 0, 3], [10**9, 1], [7] * 40])
def test_columns_stay_inside_the_chart_whatever_is_counted(counts, is_log):
    chart = columns(Columns("T", ["1"] * len(counts), [Series("", counts)], is_log=is_log))
    tops = [float(value) for name, value in Reader(chart).attributes if name == "y"]
    assert all(0 <= y <= 200 for y in tops)
    assert "nan" not in chart
    assert "inf" not in chart


def test_empty_charts_are_drawn_and_do_not_divide_by_zero():
    assert dots("T", [], ("a",))
    assert dots("T", [("x", (0.0, 0.0))], ("a", "b")).count("<circle") == 2
    assert heatmap("T", [], [])
    assert silhouette("T", [("x", 0), ("y", 0)]).count("<path") == 2
    assert bars("T", [], ("a", "b"))
    assert columns(Columns("T", [], [Series("", [])]))


def test_a_bar_that_is_not_zero_is_seen_and_a_zero_is_not():
    assert bars("T", [Bar("x", (1, 0), "1"), Bar("y", (10**9,), "2")], ("a", "b")).count("<rect") == 2


def test_a_heatmap_names_each_pair_once_in_its_numbers():
    found = heatmap("T", ["liver", "cyst"], [[4, 2], [2, 3]])
    assert found.count("liver and cyst: 2 images") == 1
    assert found.count("cyst + liver") == 1


def test_a_table_is_reached_by_the_keyboard_and_has_headers():
    found = table(("a", "b"), [("<x>", "12")])
    assert 'tabindex="0"' in found
    assert '<th scope="row">&lt;x&gt;</th>' in found
    assert '<td class="num">12</td>' in found
    assert "<details" in numbers(("a",), [])
