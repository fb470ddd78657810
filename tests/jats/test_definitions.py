"""What abstract and lists of abbreviations say of short forms."""

import pytest

from rocov2.jats.definitions import definitions_of

DEF_LIST = (
    b"<def-list><def-item><term>LV</term><def><p>left <italic>ventricle</italic></p></def></def-item>"
    b'<def-item><term id="G1">RV:</term><def><p>right ventricle.</p></def></def-item></def-list>'
)


@pytest.mark.parametrize(
    "markup",
    [
        DEF_LIST,
        b"<sec><title>Abbreviations</title><p>LV: left ventricle; RV: right ventricle.</p></sec>",
        b"<fn fn-type='abbr'><p>Abbreviations: LV, left ventricle; RV, right ventricle.</p></fn>",
        b"<fn><p><bold>Abbreviations:</bold> LV = left ventricle, RV = right ventricle</p></fn>",
        b"<kwd-group>Abbreviations<kwd>LV, left ventricle</kwd><kwd>RV, right ventricle</kwd></kwd-group>",
        b"<notes><title>Abbreviations used</title><p>LV: left&#160;ventricle</p><p>RV: right ventricle</p></notes>",
    ],
)
def test_lists_of_abbreviations_are_read(markup):
    xml = b"<article><back>" + markup + b"</back></article>"
    assert definitions_of(xml, {"LV", "RV", "AF"}) == {"LV": "LV: left ventricle", "RV": "RV: right ventricle"}


def test_the_abstract_gives_the_words_before_the_brackets():
    abstract = b"<abstract><p>We saw the <b>left ventricle</b> (LV) and, one (AF; or two.</p></abstract>"
    found = definitions_of(abstract + b"<body><p>right ventricle (RV)</p></body>", {"LV", "RV"})
    assert found == {"LV": "We saw the left ventricle (LV)"}


def test_a_list_goes_before_the_abstract():
    xml = b"<abstract>the large veins (LV) are seen</abstract>" + DEF_LIST
    assert definitions_of(xml, {"LV"}) == {"LV": "LV: left ventricle"}


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<abstract>no end (LV)",
        b"<def-item><term>LV</term>",
        b"<sec>Abbreviations LV: of old</sec>",
        b"<sec><title>Abbreviations</title><p>LV: l" + b"ong " * 40 + b"</p></sec>",
        b"<sec><title>Abbreviations</title><p>LV: \xff\xfe</p></sec>",
    ],
)
def test_what_explains_nothing_is_left(xml):
    assert definitions_of(xml, {"LV"}) == {}


def test_nothing_is_read_for_captions_without_abbreviations():
    assert definitions_of(DEF_LIST, frozenset()) == {}
