import pytest

from rocov2.jats.graphics import index_media, stem_of
from tests.jats.articles import article, fig, keys, one, rows


@pytest.mark.parametrize(
    ("href", "names", "found"),
    [
        ("gkr715f1", ["gkr715f1.jpg"], "gkr715f1.jpg"),
        ("pone.0000308.g001", ["pone.0000308.g001.jpg", "pone.0000308.jpg"], "pone.0000308.g001.jpg"),
        ("f1.TIF", ["f1.jpg", "f1.gif"], "f1.jpg"),
        ("f1.eps", ["F1.png"], "F1.png"),
        ("f1.gif", ["f1.gif", "f1.jpg"], "f1.gif"),
        ("f1", ["f1.gif", "f1.webp", "f1.tif"], "f1.webp"),
        ("images/f1.jpg", ["f1.jpg"], "f1.jpg"),
        ("f%201.jpg", ["f 1.jpg"], "f 1.jpg"),
        ("x-g005.webp", ["x-g005.webp"], "x-g005.webp"),
        ("f1", ["f1.mp4", "f1.pdf", "f10.jpg"], None),
        ("f1.mp4", ["f1.mp4"], None),
        ("../PMC2.1/f1", ["f2.jpg"], None),
        ("", ["f1.jpg"], None),
    ],
)
def test_a_link_is_joined_to_a_file_by_name_then_by_stem(href, names, found):
    key = index_media("PMC1.1", keys(*names)).find(href)
    assert key == (found and f"PMC1.1/{found}")


def test_the_join_does_not_depend_on_the_order_of_the_media():
    names = ["a/f1.jpg", "b/f1.jpg", "f1.png"]
    assert {index_media("PMC1.1", order).find("f1") for order in (keys(*names), keys(*reversed(names)))} == {
        "PMC1.1/a/f1.jpg"
    }


def test_only_a_known_image_extension_is_cut():
    assert [stem_of(name) for name in ("A.JPG", "a.g001", "a.tiff", "a.pdf")] == ["a", "a.g001", "a", "a.pdf"]


@pytest.mark.parametrize(
    ("graphics", "hrefs"),
    [
        ('<graphic xlink:href="f1"/><graphic xlink:href="f2" content-type="thumb"/>', ["f1"]),
        ('<graphic xlink:href="f2" specific-use="thumbnail"/><graphic xlink:href="f1"/>', ["f1"]),
        ('<graphic xlink:href="f2" specific-use="print"/><graphic xlink:href="f1" specific-use="web"/>', ["f1"]),
        ('<graphic xlink:href="f2" mime-subtype="tiff"/><graphic xlink:href="f1"/>', ["f1"]),
        ('<graphic xlink:href="f1.gif"/><graphic xlink:href="f1.jpg"/>', ["f1.gif"]),
        ('<graphic xlink:href="f1"/><graphic xlink:href="f2"/>', ["f1", "f2"]),
        ('<graphic xlink:href="f1" content-type="thumb"/>', ["f1"]),
        (
            '<alternatives><graphic xlink:href="f2" specific-use="print-only"/>'
            '<graphic xlink:href="f1" specific-use="web-only"/></alternatives>',
            ["f1"],
        ),
        ('<alternatives><graphic xlink:href="f1"/><graphic xlink:href="f2"/></alternatives>', ["f1"]),
        ('<p><graphic xlink:href="f1"/></p>', ["f1"]),
        ('<alternatives><graphic xlink:href="f1"/></alternatives><graphic xlink:href="f2"/>', ["f2", "f1"]),
    ],
)
def test_the_graphics_of_a_figure_are_ranked_and_the_rest_are_panels(graphics, hrefs):
    assert [row.href for row in rows(article(fig(graphic=graphics)))] == hrefs


def test_the_next_best_graphic_is_taken_where_the_best_has_no_file():
    graphics = '<graphic xlink:href="gone"/><graphic xlink:href="f2" content-type="thumb"/>'
    row = one(article(fig(graphic=graphics)))
    assert (row.href, row.panel_count) == ("f2", 1)


def test_a_formula_image_in_the_caption_is_never_the_figures_graphic():
    caption = 'Volume <inline-formula><inline-graphic xlink:href="f2"/></inline-formula> <graphic xlink:href="f3"/>.'
    assert [row.href for row in rows(article(fig(caption=caption)))] == ["f1"]
