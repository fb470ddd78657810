"""Credits: complete, ready to paste, and in the published short form."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from release_rows import article

from rocov2.release.attribution import Credited, attribution, link, short_attribution, surname


def credited(**changes: Any) -> Credited:
    return cast(Credited, SimpleNamespace(**article(7, **{"license_code": "CC BY", **changes})))


def test_a_credit_has_all_that_the_licence_asks_for() -> None:
    text = attribution(credited(license_url="https://creativecommons.org/licenses/by/4.0/"), "Figure 2.")
    assert text.startswith(
        "Doe Jane, Roe Richard, Poe Ann. Case 7. Journal of Made-up Cases (2007). https://doi.org/10.1234/made.7. "
        "PMC7.1, Figure 2. Licence: CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/). Changes made: "
    )
    assert text.endswith("Source: https://pmc.ncbi.nlm.nih.gov/articles/PMC7/")


def test_what_the_article_does_not_say_is_left_out() -> None:
    bare = {"authors": [], "title": "", "journal": "", "published_on": None, "doi": None, "license_url": None}
    assert attribution(credited(**bare)).startswith("(n.d.). PMC7.1. Licence: CC BY. Changes made:")


def test_many_authors_are_cut_short() -> None:
    text = attribution(credited(authors=[f"Author{n} A" for n in range(9)]))
    assert "Author5 A, et al. " in text
    assert "Author6" not in text


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        (["Doe Jane", "Roe R", "Poe A"], "CC BY Doe et al. (2007)"),
        (["Doe Jane", "Roe R"], "CC BY Doe and Roe (2007)"),
        (["Doe Jane"], "CC BY Doe (2007)"),
        ([], "CC BY Journal of Made-up Cases (2007)"),
    ],
)
def test_the_short_credit_is_worded_as_published(authors: list[str], expected: str) -> None:
    assert short_attribution(credited(authors=authors)) == expected


@pytest.mark.parametrize(
    ("author", "citation", "expected"),
    [
        ("Smith John Adam", "", "Smith"),
        ("Al Mulhim Abdulrahman", "", "Al Mulhim"),
        ("van der Berg Jan", "", "van der Berg"),
        ("García Márquez Gabriel", "García Márquez G, Doe J. A title. J. 2020.", "García Márquez"),
        ("Li Wei", "", "Li"),
        ("Plato", "", "Plato"),
        ("The Imaging Study Group", "", "The Imaging Study Group"),
    ],
)
def test_a_surname_is_told_from_the_given_names(author: str, citation: str, expected: str) -> None:
    assert surname(author, citation) == expected


@pytest.mark.parametrize(
    ("doi", "expected"),
    [
        ("10.1000/a(b)c", "https://doi.org/10.1000/a(b)c"),
        ("10.1000/a<b>#1", "https://doi.org/10.1000/a%3Cb%3E%231"),
        ("javascript:alert(1)", "https://pmc.ncbi.nlm.nih.gov/articles/PMC7/"),
        (None, "https://pmc.ncbi.nlm.nih.gov/articles/PMC7/"),
    ],
)
def test_a_link_is_a_well_formed_doi_or_the_article_page(doi: str | None, expected: str) -> None:
    assert link(credited(doi=doi)) == expected


def test_a_licence_url_of_another_scheme_is_not_repeated() -> None:
    assert "Licence: CC BY." in attribution(credited(license_url="file:///etc/passwd"))
