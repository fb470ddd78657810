import pytest

from rocov2.jats.front import read_front
from rocov2.jats.source import BadArticle
from tests.jats.articles import article, fig

ROE = "<name><surname>Roe</surname><given-names>A</given-names></name>"
BY = "http://creativecommons.org/licenses/by/4.0/"


def front_of(markup, **parts):
    return read_front(article(front=markup, **parts))


def test_nlm_and_jats_dialects_give_the_same_facts():
    authors = (
        '<contrib-group><contrib contrib-type="author"><name><surname>Roe</surname>'
        "<given-names>Ann B</given-names></name></contrib>"
        "<contrib contrib-type='editor'><name><surname>Ed</surname></name></contrib></contrib-group>"
    )
    ids = '<article-id pub-id-type="%s">%s</article-id><article-id pub-id-type="doi">10.1/x</article-id>'
    new = front_of(ids % ("pmcid", "PMC7") + authors)
    old = front_of(ids % ("pmc", "7") + authors)
    assert (new.pmcid, new.doi, new.authors) == (old.pmcid, old.doi, old.authors) == ("PMC7", "10.1/x", ("Roe Ann B",))
    assert (new.title, new.article_type, new.language, new.has_body) == ("A title", "case-report", "en", True)


@pytest.mark.parametrize(
    "journal",
    [
        "<journal-title-group><journal-title>J. Rad.</journal-title></journal-title-group>",
        "<journal-title>J. Rad.</journal-title>",
        "<journal-id>J. Rad.</journal-id>",
    ],
)
def test_the_journal_title_is_found_in_each_dialect(journal):
    xml = article().replace(b"<article-meta>", f"<journal-meta>{journal}</journal-meta><article-meta>".encode(), 1)
    assert read_front(xml).journal == "J. Rad."


@pytest.mark.parametrize(
    ("contrib", "name"),
    [
        ("<name><surname>Roe</surname></name>", "Roe"),
        (f"<name-alternatives>{ROE}</name-alternatives>", "Roe A"),
        ("<string-name><surname>Roe</surname> <given-names>A</given-names></string-name>", "Roe A"),
        ("<string-name>A. Roe</string-name>", "A. Roe"),
        ("<collab>The Trial Group</collab>", "The Trial Group"),
        (f"<collab>Group<contrib-group><contrib>{ROE}</contrib></contrib-group></collab>", "Group"),
        ("<collab><institution>WHO</institution></collab>", "WHO"),
        ("<anonymous/>", "Anonymous"),
    ],
)  # fmt: skip
def test_authors_come_in_each_of_their_forms(contrib, name):
    assert front_of(f"<contrib-group><contrib>{contrib}</contrib></contrib-group>").authors == (name,)


def date(year, month="", day="", kind="epub"):
    parts = (("day", day), ("month", month), ("year", year))
    return f'<pub-date pub-type="{kind}">{"".join(f"<{n}>{v}</{n}>" for n, v in parts if v)}</pub-date>'


@pytest.mark.parametrize(
    ("dates", "published_on"),
    [
        (date("2010") + date("2009", "12", "3"), "2009-12-03"),
        (date("2009") + date("2009", "3", "7"), "2009-03-07"),
        (date("2009", "3") + date("2009", "3", "7"), "2009-03-07"),
        (date("2009", "Mar"), "2009-03"),
        (date("2009", "Spring", "4"), "2009"),
        (date("2008", kind="preprint") + date("2009"), "2009"),
        (date("soon"), None),
        ('<pub-date iso-8601-date="2011-02-03"/>', "2011-02-03"),
        ("<pub-date><string-date>2011</string-date></pub-date>", "2011"),
        ("", None),
    ],
)
def test_the_earliest_and_most_exact_date_counts(dates, published_on):
    assert front_of(dates).published_on == published_on


@pytest.mark.parametrize(
    ("permissions", "url"),
    [
        (f'<license xlink:href="{BY}"><p>x</p></license>', BY),
        (f"<license><ali:license_ref>{BY}</ali:license_ref></license>", BY),
        (f"<ali:license_ref>{BY}</ali:license_ref>", BY),
        (f'<license><license-p>see <ext-link xlink:href="{BY}">here</ext-link></license-p></license>', BY),
        (f"<license><p>under ({BY}), which permits</p></license>", BY),
        (f'<license xlink:href="http://publisher.example/terms"><p>({BY})</p></license>', BY),
        ('<license xlink:href="http://publisher.example/terms"/>', "http://publisher.example/terms"),
        (f'<license xlink:href="{BY}"><p>http://creativecommons.org/publicdomain/zero/1.0/ for data</p></license>', BY),
        ("<license><p>All rights reserved.</p></license>", None),
    ],
)
def test_the_licence_url_is_found_wherever_it_is_written(permissions, url):
    assert front_of(f"<permissions>{permissions}</permissions>").license_url == url


def test_licence_prose_is_collapsed_and_capped():
    front = front_of(f"<permissions><license><p> a\n  b {'c ' * 5000}</p></license></permissions>")
    assert front.license_text.startswith("a b c c")
    assert len(front.license_text) <= 2_000


def test_a_retracted_article_is_seen():
    assert not front_of("").is_retracted_forward
    assert front_of('<related-article related-article-type="retraction-forward"/>').is_retracted_forward
    assert read_front(article().replace(b'"case-report"', b'"retraction"')).is_retracted_forward


def test_only_the_front_is_read():
    xml = article(fig())
    cut = xml[: xml.index(b"</front>") + 8]
    assert read_front(cut + b"<body><p>not closed") == read_front(xml)


def test_a_closed_article_has_no_body():
    xml = article()
    assert not read_front(xml[: xml.index(b"<body>")] + b"</article>").has_body
    review = b"<sub-article><front-stub/><body><p>x</p></body></sub-article></article>"
    assert not read_front(xml[: xml.index(b"<body>")] + review).has_body


@pytest.mark.parametrize("decoy", ["<!-- </front> -->", "<!-- <body> -->", "<![CDATA[</front>]]>"])
def test_markup_in_a_comment_does_not_mislead_the_cut(decoy):
    xml = article(front=f"<abstract><p>{decoy}</p></abstract>")
    assert read_front(xml) == read_front(article())


def test_an_article_in_utf_16_and_one_in_a_namespace_are_read():
    xml = article().decode()
    assert read_front(("<?xml version='1.0' encoding='utf-16'?>" + xml).encode("utf-16")) == read_front(article())
    assert read_front(xml.replace("<article ", '<article xmlns="urn:x" ').encode()) == read_front(article())


@pytest.mark.parametrize(
    ("xml", "reason"),
    [(b"", "not_xml"), (b"not xml", "not_xml"), (b"<html/>", "not_jats"), (b"<article/>", "not_jats")],
)
def test_what_is_no_article_is_refused(xml, reason):
    with pytest.raises(BadArticle) as caught:
        read_front(xml)
    assert caught.value.reason == reason
