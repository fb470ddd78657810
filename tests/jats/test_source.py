import copy
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocov2.jats.figures import read_figures, read_figures_fully
from rocov2.jats.front import read_front
from rocov2.jats.graphics import stem_of
from rocov2.jats.prune import parse_pruned
from rocov2.jats.source import BadArticle
from tests.jats.articles import ID, article, cite, fig, keys, one, rows

SOUND = article(f"<sec><title>S</title><p>See {cite()}.</p>{fig()}</sec>")


def refusal(xml, **options):
    with pytest.raises(BadArticle) as caught:
        read_figures(xml, ID, keys("f1.jpg"), **options)
    assert caught.value.detail
    return caught.value.reason


def with_doctype(subset, body):
    return article(body).replace(b'"a.dtd">', f'"a.dtd" [{subset}]>'.encode())


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b"", "not_xml"),
        (b"  \n", "not_xml"),
        (b'{"error": "not here"}', "not_xml"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not_xml"),
        (b"<html><body>503</body></html>", "not_jats"),
        (SOUND.replace(b"</article>", b""), "not_xml"),
        (SOUND.replace(b"</label>", b"</lable>"), "not_xml"),
        (SOUND.replace(b"radiograph", b"\xe9clair"), "bad_encoding"),
        (b'<?xml version="1.0" encoding="klingon"?>' + SOUND, "bad_encoding"),
        (SOUND.replace(b"A chest", b"A & chest"), "not_xml"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(xml, reason):
    assert refusal(xml) == reason


def test_a_huge_article_is_refused_before_it_is_parsed():
    assert refusal(SOUND, max_bytes=100) == "too_large"


@pytest.mark.parametrize("use", ["&d;", '<bold id="&d;">x</bold>'])
def test_an_entity_bomb_is_refused_and_not_expanded(use):
    levels = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in ("ab", "bc", "cd"))
    bomb = with_doctype(f'<!ENTITY a "{"x" * 1000}">{levels}', fig(caption=use))
    assert refusal(bomb) == "forbidden_doctype"
    with pytest.raises(BadArticle):
        read_front(bomb)


def test_an_entity_that_reads_a_file_is_refused(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for subset in (f'<!ENTITY a SYSTEM "{secret.as_uri()}">', f'<!ENTITY % a SYSTEM "{secret.as_uri()}"> %a;'):
        assert refusal(with_doctype(subset, fig(caption="&a;"))) == "forbidden_doctype"


def test_a_doctype_with_an_attribute_list_is_harmless():
    assert one(with_doctype("<!ATTLIST fig x CDATA #IMPLIED>", fig())).caption == "A chest radiograph."


@pytest.mark.parametrize("doctype", [True, False])
def test_html_characters_do_not_cost_the_article(doctype):
    xml = article(f"<p>Ren&eacute; saw&nbsp;it ({cite()}).</p>" + fig(caption="5&nbsp;&micro;m &amp; more"))
    row = one(xml if doctype else xml[xml.index(b"<article") :])
    assert (row.caption, row.mentions) == ("5 µm & more", ("René saw it (Fig. 1).",))


def test_other_encodings_are_read():
    text = SOUND.decode().replace("radiograph", "éclair")
    for encoding in ("iso-8859-1", "utf-16", "windows-1252"):
        xml = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
        assert one(xml).caption == "A chest éclair."


def test_an_article_cut_short_anywhere_is_refused():
    end = SOUND.rindex(b"</article>")
    for stop in range(0, end + 9, 7):
        assert refusal(SOUND[:stop]) in {"not_xml", "not_jats"}


def test_a_defect_in_an_unused_paragraph_is_seen_when_all_is_checked_and_else_costs_nothing():
    broken = article(f"<p>Unused <bold>text</p>{fig()}")
    assert refusal(broken, check_all=True) == "not_xml"
    assert list(read_figures(broken, ID, keys("f1.jpg"))) == rows(article(f"<p>Unused text</p>{fig()}"), keys("f1.jpg"))


def test_a_refusal_survives_the_way_between_processes():
    error = copy.copy(BadArticle("not_xml", "line 1"))  # by way of __reduce__, as a pickle is
    assert (error.reason, error.detail) == ("not_xml", "line 1")


@pytest.mark.parametrize(
    "decoy",
    [
        "<!-- <fig> -->",
        "<!-- </fig> <p> -->",
        "<!-- a comment -->",
        "<![CDATA[<fig><p>]]>",
        "<?pi <p> ?>",
        "<?pi plain?>",
        "<p/>",
        "<p />",
        '<p id="x"/>',
        "<!-- </p> -->",
        "<!-- </back><body> -->",
    ],
)
@pytest.mark.parametrize("place", ["before", "inside", "unused", "front", "back"])
def test_decoys_in_the_markup_do_not_change_the_rows(decoy, place):
    at = {key: decoy if key == place else "" for key in ("before", "inside", "unused", "front", "back")}
    xml = article(
        f"{at['before']}<sec><title>S</title><p>Unused{at['unused']} text.</p><p>See {cite()}.</p>"
        f"{fig(at['inside'])}</sec>",
        front=f"<abstract><p>x</p>{at['front']}</abstract>",
        back=f"<ref-list><ref/>{at['back']}</ref-list>",
    )
    (row,) = rows(xml)
    assert (row.mentions, row.section, row.caption) == (("See Fig. 1.",), "S", "A chest radiograph.")


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_refused_and_nothing_worse(xml):
    for read in (read_front, lambda xml: list(read_figures(xml, ID, {}))):
        with pytest.raises(BadArticle):
            read(xml)


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_article_gives_rows_or_a_refusal(data):
    start = data.draw(st.integers(0, len(SOUND)))
    end = data.draw(st.integers(start, min(len(SOUND), start + 40)))
    damaged = SOUND[:start] + data.draw(st.binary(max_size=20)) + SOUND[end:]
    found = []
    for read in (read_figures, read_figures_fully):
        try:
            found.append(list(read(damaged, ID, keys("f1.jpg"))))
        except BadArticle as error:
            found.append(error.reason)
    assert found[0] == found[1] or found[1] == "not_xml"


pieces = st.recursive(
    st.sampled_from(["text. ", cite(), cite("F2"), "<p/>", "<!-- c -->", "<break/>", "&#8211;"]),
    lambda inner: st.tuples(
        st.sampled_from(["p", "sec", "list", "list-item", "table-wrap", "bold", "boxed-text", "fig-group", "fig"]),
        st.lists(inner, max_size=4),
    ).map(lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"),
    max_leaves=12,
)


@given(st.lists(pieces, max_size=6).map("".join), st.lists(pieces, max_size=3).map("".join))
def test_the_pruned_tree_gives_the_rows_of_the_full_tree(body, back):
    rows(article(f"{fig()}{body}{fig(id='F2')}", back=back))
    rows(article(body, back=back, after=f"<floats-group>{fig()}{fig(id='F2')}</floats-group>"))


@pytest.mark.parametrize(
    ("paragraphs", "kept"),
    [
        (f"<p>Unused.</p></sec><sec><title>T</title><p>See {cite()}.</p><p>Unused.</p>", ["p"]),
        (f'<p id="a">See {cite()} and {cite()}.</p><table-wrap/><p>{cite()}</p>', ["p", "p"]),
        ("<p>Unused.</p>", []),
        (f"<p>Outer <list><list-item><p>{cite()}</p></list-item></list></p>", ["p"]),
        (f"<p>Outer {cite()} <list><list-item><p>inner</p></list-item></list></p>", ["sec"]),
        (f"<p>Unused.</p><disp-quote>{cite()}</disp-quote>", ["sec"]),
    ],
)
def test_of_a_body_whose_figures_stand_elsewhere_only_the_citing_paragraphs_are_kept(paragraphs, kept):
    body = f"<sec><title>S</title>{paragraphs}</sec>"
    xml = article(body, after=f"<floats-group>{fig()}</floats-group>")
    assert [element.tag for element in parse_pruned(xml).find("body")] == kept
    rows(xml)


@pytest.mark.parametrize(
    ("odd", "is_pruned"),
    [
        ("<!-- <p> -->", True),
        ("<?pi <!-- ?>-->", False),
        ("<![CDATA[<!--]]><p/><!-- -->", False),
        ("<?a <p> ?>", False),
    ],
)
def test_comments_with_markup_go_before_the_cut_and_what_only_looks_like_one_takes_the_whole_tree(odd, is_pruned):
    xml = article(f"<p>See {cite()}.</p>{odd}{fig()}")
    assert (parse_pruned(xml) is not None) is is_pruned
    assert one(xml).mentions == ("See Fig. 1.",)


def test_the_pruned_tree_gives_the_rows_of_the_full_tree_on_real_articles(real_articles):
    for path in real_articles:
        xml = path.read_bytes()
        media = {f"{ID}/{stem_of(link.decode())}.jpg": "" for link in re.findall(rb'xlink:href="([^"]+)"', xml)}
        assert _outcome(read_figures, xml, media) == _outcome(read_figures_fully, xml, media), path


def _outcome(read, xml, media):
    try:
        return list(read(xml, ID, media))
    except BadArticle as error:
        return error.reason
