"""Credit an article: the line that a user pastes under an image, and the short form of the published files. Pure."""

import re
from typing import Protocol
from urllib.parse import quote

ARTICLE_PAGE = "https://pmc.ncbi.nlm.nih.gov/articles/"

_MOST_AUTHORS = 6
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_CC_URL = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/[a-z0-9+-]+/(\d\.\d)", re.IGNORECASE
)
_CC0_URL = "https://creativecommons.org/publicdomain/zero/1.0/"
_YEAR = re.compile(r"\d{4}")
_PARTICLE = re.compile(
    r"(?:abu|al|ap|ben|bin|d[aeiou]|dal|del|della|den|der|dos|el|ibn|la|le|lo|mac|mc|san|santa|st\.?|te|ten|ter|van|vande|vander|vo[mn]"
    r"|zu[mr]?)",
    re.IGNORECASE,
)
_GROUP = re.compile(
    r"\b(?:associat|clinic|collaborat|committee|consorti|group|initiative|institut|investigators|network|organi[sz]ation|registry|"
    r"society|study|team|trial|university|working)",
    re.IGNORECASE,
)


class Credited(Protocol):
    """What a credit needs of an article; `tables.Article` has it all."""

    @property
    def article_id(self) -> str: ...  # noqa: D102
    @property
    def pmcid(self) -> str: ...  # noqa: D102
    @property
    def doi(self) -> str | None: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def journal(self) -> str: ...  # noqa: D102
    @property
    def published_on(self) -> str | None: ...  # noqa: D102
    @property
    def authors(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def citation(self) -> str: ...  # noqa: D102
    @property
    def license_code(self) -> str: ...  # noqa: D102
    @property
    def license_url(self) -> str | None: ...  # noqa: D102


CHANGES = "the figure stands alone, its image unchanged; caption cleaned; concept codes and scores added"
"""The 'changes made' that the licences ask for."""


def attribution(article: Credited, label: str = "") -> str:
    """Credit ready to paste: authors, title, journal, year, DOI, PMCID.version, licence and URL, changes, source.

    `label` names the figure. What the article does not say is left out; nothing is invented.
    """
    work = [
        _authors(article.authors),
        article.title.strip().rstrip(".") + "." if article.title.strip() else "",
        f"{article.journal} ({year(article)})." if article.journal else f"({year(article)}).",
        f"{_doi_url(article.doi)}." if _doi_url(article.doi) else "",
        f"{article.article_id}, {label.strip().rstrip('.:')}." if label.strip() else f"{article.article_id}.",
        f"Licence: {_license(article)}.",
        f"Changes made: {CHANGES}.",
        f"Source: {article_url(article.pmcid)}",
    ]
    return " ".join(part for part in work if part)


def short_attribution(article: Credited) -> str:
    """Credit as the published `license_information.csv` words it, e.g. `CC BY Surname et al. (2022)`."""
    names = [surname(author, article.citation) for author in article.authors[:2]]
    if len(article.authors) > 2:
        names = [f"{names[0]} et al."]
    who = " and ".join(names) or article.journal or article.pmcid
    return f"{article.license_code} {who} ({year(article)})"


def link(article: Credited) -> str:
    """Where the article stands: its DOI's URL, or its page in PMC when it has no well-formed DOI."""
    return _doi_url(article.doi) or article_url(article.pmcid)


def article_url(pmcid: str) -> str:
    """Page of the article in PMC, for people (programs use the bucket)."""
    return f"{ARTICLE_PAGE}{pmcid}/"


def year(article: Credited) -> str:
    """Year of publication, or `n.d.` where none is known."""
    match = _YEAR.match(article.published_on or "")
    return match.group() if match else "n.d."


def surname(author: str, citation: str = "") -> str:
    """Surname of 'Surname Given'; the whole name of a group.

    A surname of several words is told from the given names by the citation, which writes initials
    ("Al Mulhim A, ..."), or else by its particles (van, de, al ...); otherwise it is the first word.
    """
    words = author.replace(",", " ").split()
    if len(words) < 2 or _GROUP.search(author):
        return " ".join(words)
    for length in range(len(words) - 1, 0, -1):
        name, initial = " ".join(words[:length]), words[length][0]
        if re.search(rf"(?:^|[,;] ?){re.escape(name)},? {re.escape(initial)}[A-Z.-]{{0,3}}[,.; ]", citation):
            return name
    lead = 0
    while lead < len(words) - 2 and _PARTICLE.fullmatch(words[lead]):
        lead += 1
    return " ".join(words[: lead + 1])


def _authors(authors: tuple[str, ...]) -> str:
    named = ", ".join(authors[:_MOST_AUTHORS]) + (", et al" if len(authors) > _MOST_AUTHORS else "")
    return named.rstrip(".") + "." if named else ""


def _doi_url(doi: str | None) -> str:
    return f"https://doi.org/{quote(doi, safe='/:;().-_')}" if doi and _DOI.fullmatch(doi) else ""


def _license(article: Credited) -> str:
    """Licence name with the version that its URL names, and the URL; only the code where there is no URL."""
    url = article.license_url or (_CC0_URL if article.license_code == "CC0" else "")
    match = _CC_URL.match(url)
    name = f"{article.license_code} {match.group(1)}" if match else article.license_code
    return f"{name} ({url})" if url.startswith(("http://", "https://")) else name
