import pytest

from rocov2.jats.rights import claims_in
from tests.jats.articles import article, fig, one, rows

BY = "http://creativecommons.org/licenses/by/4.0/"
BY_NC = "http://creativecommons.org/licenses/by-nc/4.0/"
OPEN = f'<permissions><license xlink:href="{BY}"><license-p>Open access.</license-p></license></permissions>'


@pytest.mark.parametrize(
    "claim",
    [
        "Reproduced with permission from Smith et al.",
        "Reprinted from Ref. 15.",
        "Adapted from Jones (2008).",
        "Redrawn after Grant.",
        "Modified and adapted from Netter.",
        "Copyright (2006) Elsevier.",
        "© 2010 Springer.",
        "(c) 2010 Springer.",
        "Image courtesy of Dr. Roe.",
        "Photo credit: J. Doe.",
        "Used by permission of the publisher.",
        "Permission obtained from Wiley.",
        "Originally published in Radiology.",
        "Drawing distributed under a licence.",
        "All rights reserved.",
    ],
)
def test_prose_that_names_a_source_or_a_permission_is_evidence(claim):
    assert one(article(fig(caption=f"A chest radiograph. {claim}"))).rights.endswith(claim)


@pytest.mark.parametrize(
    "caption",
    [
        "CT of the chest, reformatted from axial images.",
        "Biopsy taken from the patient.",
        "mITT, modified intention to treat; mRS, modified Rankin scale.",
        "Published with permission of the patient.",
        "Panels (a) MRI, (b) CT and (c) 20 mm slices.",
        "Sources of data are given in the text.",
        "Membrane adapted and sutured.",
        "Data reproduced three times.",
    ],
)
def test_ordinary_captions_are_no_evidence(caption):
    assert claims_in(caption) == []


def test_permissions_of_the_figure_are_evidence_with_their_url():
    statement = "<copyright-statement>© Elsevier</copyright-statement>"
    own = f'<permissions>{statement}<license xlink:href="{BY_NC}"/></permissions>'
    row = one(article(fig(own), front=OPEN))
    assert (row.rights, row.rights_url) == ("© Elsevier", BY_NC)


def test_permissions_inside_the_graphic_count():
    graphic = '<graphic xlink:href="f1"><permissions><copyright-holder>Wiley</copyright-holder></permissions></graphic>'
    assert one(article(fig(graphic=graphic), front=OPEN)).rights == "Wiley"


def test_the_articles_own_licence_repeated_is_no_evidence():
    row = one(article(fig(OPEN), front=OPEN))
    assert (row.rights, row.rights_url) == ("", BY)


def test_the_articles_own_licence_does_not_hide_a_permission():
    said = OPEN.replace("Open access.", "Reproduced with permission from Roe.")
    assert "permission from Roe" in one(article(fig(said), front=OPEN)).rights


def test_a_figure_does_not_answer_for_the_figure_inside_it():
    inner = fig("<permissions><copyright-holder>Roe</copyright-holder></permissions>", id="F2")
    assert [row.rights for row in rows(article(fig(inner), front=OPEN))] == ["", "Roe"]


@pytest.mark.parametrize(
    ("attrib", "rights"),
    [
        ("Source: World Health Organization", "Source: World Health Organization"),
        ("Abbreviations: CT, computed tomography.", ""),
        ("<sup>a</sup> Adults who left.", ""),
        ("Notes: reproduced with permission from Roe.", "Notes: reproduced with permission from Roe."),
    ],
)
def test_an_attribution_is_evidence_unless_it_is_a_footnote(attrib, rights):
    assert one(article(fig(f"<attrib>{attrib}</attrib>"))).rights.split(" | ")[0] == rights
