"""The stage extract on articles in a bucket that is a folder."""

from dataclasses import fields

import pytest

from rocov2.stages.extract import ExtractParams, run
from rocov2.stages.places import Places
from rocov2.tables import Article, Drop

GOOD = b"""<article><front><article-meta/></front><body><sec><p>%s</p>
<fig id="f1"><label>1</label><caption><p>Axial CT.</p></caption><graphic xlink:href="g1"
 xmlns:xlink="http://www.w3.org/1999/xlink"/></fig></sec></body></article>"""


@pytest.fixture
def extracted(tmp_path):
    def extract(xml, md5="", **stated):
        (tmp_path / "bucket" / "PMC1.1").mkdir(parents=True, exist_ok=True)
        (tmp_path / "bucket" / "PMC1.1" / "PMC1.1.xml").write_bytes(xml)
        values = {field.name: None for field in fields(Article)}
        values |= {"article_id": "PMC1.1", "xml_key": "PMC1.1/PMC1.1.xml", "xml_md5": md5, "language": "en"}
        values |= {"media_keys": ("PMC1.1/g1.jpg",), "media_md5s": ("",), "article_type": "research-article", **stated}
        params = ExtractParams(places=Places(str(tmp_path / "bucket"), tmp_path / "store"))
        return list(run(params, iter([Article(**values)])))

    return extract


def test_an_article_yields_its_figures(extracted):
    (figure,) = extracted(GOOD % b"text")
    assert (figure.figure_id, figure.caption, figure.source_key) == ("PMC1.1/f1", "Axial CT.", "PMC1.1/g1.jpg")


@pytest.mark.parametrize("paragraph", [b"<b>torn</i>", b"a & b", b"&undeclared_thing;"])
def test_bytes_that_no_digest_vouches_for_are_checked_even_where_no_figure_stands(extracted, paragraph):
    (drop,) = extracted(GOOD % paragraph)
    assert isinstance(drop, Drop)
    assert (drop.key, drop.reason) == ("PMC1.1", "not_xml")


def test_a_notice_about_another_article_is_none(extracted):
    (drop,) = extracted(GOOD % b"text", article_type="retraction")
    assert drop.reason == "notice"


def test_an_article_whose_xml_is_not_the_one_stated_is_lost_for_now(extracted):
    (drop,) = extracted(GOOD % b"text", md5="0" * 32)
    assert drop.reason == "xml_lost"


def test_a_figure_gets_what_explains_the_abbreviations_of_its_caption(extracted):
    listed = (
        b"</p></sec><sec><title>Abbreviations</title><p>LV: left ventricle; CT: computed tomography</p></sec><sec><p>"
    )
    (figure,) = extracted(GOOD % listed)
    assert figure.definitions == ("CT: computed tomography",)
