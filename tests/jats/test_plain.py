"""Facts read off the bytes of a front: equal to those of the tree, or none at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.jats.front import read_front, read_front_fully
from rocov2.jats.plain import plain_facts
from rocov2.jats.source import BadArticle
from tests.jats.articles import HEAD

PERSON = '<contrib contrib-type="author"><name><surname>%s</surname><given-names>%s</given-names></name></contrib>'
ROE = PERSON % ("Roe", "Ann B")
EDITOR = ROE.replace("author", "editor")
NO_KIND = ROE.replace(' contrib-type="author"', "")
GROUP = f"<contrib-group>{ROE}<contrib><collab>Group A %s</collab></contrib></contrib-group>"
TURNED = "<contrib><name><given-names>A</given-names><surname>B</surname></name></contrib>"
DATE = '<pub-date pub-type="epub"><day>3</day><month>2</month><year>2020</year></pub-date>'
BY = (
    '<permissions><copyright-statement>© 2020 Roe</copyright-statement><license license-type="open-access" '
    'xlink:href="http://creativecommons.org/licenses/by/4.0/"><license-p>CC BY.</license-p></license></permissions>'
)
PARTS = {
    "journal": "<journal-title-group><journal-title>J. Rad.</journal-title></journal-title-group>",
    "ids": '<article-id pub-id-type="pmcid">PMC7</article-id><article-id pub-id-type="doi">10.1/x</article-id>',
    "title": "<title-group><article-title>A title</article-title></title-group>",
    "people": f'<contrib-group>{ROE}</contrib-group><aff id="a"><label>1</label>Home</aff>',
    "dates": DATE,
    "rights": BY,
    "rest": "<abstract><p>Words.</p></abstract>",
}


def written(**other):
    """An article with every part of a front, some of them as given, after its first line."""
    part = PARTS | other
    meta = "".join(part[name] for name in ("ids", "title", "people", "dates", "rights", "rest"))
    front = f"<front><journal-meta>{part['journal']}</journal-meta><article-meta>{meta}</article-meta></front>"
    return f"{HEAD}{front}<body><p>x</p></body></article>".encode()


def is_plain(xml):
    """Whether the bytes alone are enough; what is read must be what the whole tree holds either way."""
    assert read_front(xml) == read_front_fully(xml)
    return plain_facts(xml[xml.index(b"<article ") : xml.index(b"</front>") + 8]) is not None


def test_the_bytes_of_an_ordinary_front_are_enough():
    assert is_plain(written())
    front = read_front(written())
    assert (front.title, front.journal, front.pmcid, front.doi) == ("A title", "J. Rad.", "PMC7", "10.1/x")
    assert (front.authors, front.published_on) == (("Roe Ann B",), "2020-02-03")
    assert (front.license_text, front.copyright_text) == ("CC BY.", "© 2020 Roe")


@pytest.mark.parametrize(
    "other",
    [
        {"title": "<title-group><article-title>On <italic>E. coli</italic> &amp; more</article-title></title-group>"},
        {"people": ""},
        {"people": f"<contrib-group>{PERSON % ('M&#x00f6;lle &amp; Co', '  A   B ')}</contrib-group>"},
        {"people": f'<contrib-group content-type="editors">{NO_KIND}</contrib-group>'},
        {"people": f"<contrib-group>{ROE}</contrib-group><contrib-group>{EDITOR}</contrib-group>"},
        {"people": f'<contrib-group>{ROE.replace("<name>", "<contrib-id>0</contrib-id><name>")}</contrib-group>'},
        {"people": f"<contrib-group>{ROE.replace('</name>', '<suffix>Jr</suffix></name>')}</contrib-group>"},
        {"dates": f'<pub-date date-type="preprint"><year>2019</year></pub-date>{DATE}'},
        {"dates": '<pub-date iso-8601-date="2021-05-06"></pub-date>'},
        {"journal": "<journal-id>J R</journal-id>"},
        {"journal": f"<!-- {PARTS['title']} --><journal-title>J<!-- ! -->R</journal-title>"},
        {"people": f"<contrib-group><!-- {ROE} --></contrib-group>"},
        {"people": GROUP % "&amp; B "},
        {"rest": '<related-article related-article-type="commentary"/>'},
        {"journal": "", "ids": ""},
        {"rest": "<!-- a note --><?odd pi?><abstract><p>Words.</p></abstract>"},
        {"rest": '<abstract><fig><permissions><license><p>Mine.</p></license></permissions></fig></abstract>'},
    ],
)  # fmt: skip
def test_these_too_are_read_off_the_bytes(other):
    assert is_plain(written(**other))


@pytest.mark.parametrize(
    "other",
    [
        {"title": "<title-group/>"},
        {"title": "<title-group><article-title>A \ufdd0 title</article-title></title-group>"},
        {"people": GROUP % f"<italic>x</italic>{ROE}"},
        {"people": GROUP % f"<contrib-group>{ROE}</contrib-group>"},
        {"people": "<contrib-group><contrib><anonymous/></contrib></contrib-group>"},
        {"people": f"<contrib-group><contrib><name-alternatives>{ROE}</name-alternatives></contrib></contrib-group>"},
        {"people": f"<contrib-group>{TURNED}</contrib-group>"},
        {"people": f"<contrib-group>{PERSON % ('R<sup>2</sup>', 'A')}</contrib-group>"},
        {"dates": "<pub-date><month> 3 </month><year>2020</year></pub-date>"},
        {"dates": ""},
        {"rights": ""},
        {"rights": "", "rest": f"<abstract><fig>{BY}</fig></abstract>"},
        {"rights": f"<copyright-statement>Before</copyright-statement>{BY}"},
        {"rights": f"{BY}<license><p>Beside</p></license>"},
        {"rest": '<related-article related-article-type="retraction-forward"/>'},
        {"rest": "<abstract><p><![CDATA[<permissions>]]></p></abstract>"},
        {"journal": "<journal-title>J <italic>Rad</italic></journal-title>"},
        {"ids": '<?odd <article-id pub-id-type="doi">no</article-id> ?>'},
        {"ids": "<article-id pub-id-type='pmcid'>PMC7</article-id>"},
        {"ids": '<article-id pub-id-type = "pmcid">PMC7</article-id>'},
        {"dates": DATE.replace('"', "'")},
        {"dates": DATE.replace("2020", "<!-- - -->2020").replace("<day>", "<day>\n")},
        {"people": f"<contrib-group>{EDITOR.replace(chr(34), chr(39))}{ROE}</contrib-group>"},
        {"people": f"<contrib-group>{ROE}{ROE.replace('</name></contrib>', '</name ></contrib >')}</contrib-group>"},
    ],
)  # fmt: skip
def test_what_the_bytes_may_hide_is_read_off_the_tree(other):
    assert not is_plain(written(**other))


MARKUP = ["<!--", "-->", "<?a", "?>", "&amp;", "&eacute;", " ", "é", "\ufdd0", "]]>", "<italic>x</italic>", "<x/>"]
PEOPLE = [
    ROE,
    "<contrib>",
    "</contrib>",
    "<collab>x</collab>",
    "<name><surname>Po</surname></name>",
    "<contrib-id>1</contrib-id>",
]
PIECES = {
    "journal": [*MARKUP, PARTS["journal"], "<journal-title>Q</journal-title>", PARTS["ids"], BY],
    "ids": [*MARKUP, PARTS["ids"], PARTS["title"], BY, DATE],
    "title": [*MARKUP, PARTS["title"], "<title-group>", "</title-group>", "<article-title>B</article-title>"],
    "people": [*MARKUP, *PEOPLE, PARTS["people"], "<contrib-group>", "</contrib-group>"],
    "dates": [*MARKUP, DATE, "<year>1999</year>", "<pub-date>", "</pub-date>", "<volume>1</volume>"],
    "rights": [*MARKUP, BY, DATE, "<license>", "</license>", PARTS["title"], PARTS["people"]],
    "rest": [*MARKUP, "<abstract>", "</abstract>", "<self-uri/>"],
}
FRONTS = st.fixed_dictionaries(
    {}, optional={name: st.lists(st.sampled_from(pieces), max_size=5).map("".join) for name, pieces in PIECES.items()}
)


@given(FRONTS)
def test_bytes_and_tree_never_disagree(other):
    xml = written(**other)
    try:
        whole = read_front_fully(xml)
    except BadArticle:
        return  # malformed where the bytes may not look: `extract` refuses it
    assert read_front(xml) == whole


def test_real_articles_have_the_same_front_either_way(real_articles):
    for path in real_articles:
        assert read_front(path.read_bytes()) == read_front_fully(path.read_bytes())
