"""Turns a search term into PMCIDs with NCBI's ESearch, which gives at most 9,999 a search: date windows are halved.

Errors that come with HTTP 200 are recognised. `radiology` stands for a built-in expression over figure captions, a
field of its own in PMC's index, so that a laptop asks for the articles that show radiology and not for nine million.
"""

import json
import os
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from rocov2.errors import SourceError, UsageError
from rocov2.net import HttpClient, NetSettings

EUTILS_URL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
TOOL = "rocov2"
MAX_IDS = 9_999
MAX_ANSWER_BYTES = 4 << 20
FIRST_DAY = date(2000, 1, 1)  # PubMed Central opened in February 2000
REQUESTS_PER_SECOND = 3.0
REQUESTS_PER_SECOND_WITH_KEY = 10.0

_CAPTION = "[Figure/Table Caption]"
# Whole words and phrases of a caption; a phrase that holds a shorter one of the list would add nothing. They find 0.83
# of the published set's captions one by one, and an article shows several; 7 % of the development articles pass.
RADIOLOGY_WORDS = (
    "tomography", "tomographic", "tomogram", "CT", "CBCT", "cone beam", "MDCT", "HRCT", "CTA", "contrast-enhanced",
    "magnetic resonance", "MRI", "MR image", "MRA", "MRCP", "FLAIR", "diffusion-weighted", "T1", "T2",
    "radiograph", "radiographs", "radiography", "radiographic", "radiogram", "roentgenogram", "x-ray", "x-rays",
    "orthopantomogram", "panoramic", "cephalogram", "mammography", "mammogram", "fluoroscopy", "fluoroscopic",
    "ultrasound", "ultrasonography", "ultrasonographic", "sonography", "sonogram", "sonographic", "doppler", "TTE",
    "echocardiography", "echocardiogram", "echocardiographic", "transthoracic", "transesophageal", "parasternal",
    "apical", "subcostal", "chamber view", "short axis", "long axis",
    "angiography", "angiogram", "angiographic", "venography", "venogram", "arteriography", "arteriogram",
    "venous phase", "arterial phase", "PET", "SPECT", "scintigraphy", "scintigraphic", "scan", "scans", "scanner",
    "axial", "coronal", "sagittal", "anteroposterior", "lateral view", "hypodense", "hyperdense", "hypointense",
    "hyperintense", "hypoechoic", "hyperechoic", "opacity", "opacities", "pleural effusion", "fracture",
)  # fmt: skip
TERMS = {"radiology": " OR ".join(f'"{word}"{_CAPTION}' for word in RADIOLOGY_WORDS)}


@dataclass(frozen=True)
class Search:
    """What to look for: a term (or a built-in one's name), licence codes, first and last day of release in PMC."""

    term: str
    licenses: tuple[str, ...]
    start: date
    end: date


@dataclass(frozen=True)
class _Answer:
    count: int
    ids: tuple[str, ...]


def search_expression(term: str, licenses: Collection[str]) -> str:
    """Return the query without dates: the term, open access, and any of the licences (`CC BY` -> `cc_by_license`)."""
    if not term.strip():
        raise UsageError("the search term is empty", "give a term, or radiology")
    filters = " OR ".join(f"{code.lower().replace(' ', '_')}_license[Filter]" for code in licenses)
    return f"({TERMS.get(term.strip().lower(), term)}) AND open_access[Filter]" + (
        f" AND ({filters})" if filters else ""
    )


def search_pmcids(search: Search, settings: NetSettings | None = None) -> Iterator[str]:
    """Yield the PMCIDs (`PMC10009416`) that the search finds, window by window, each once.

    NCBI_API_KEY raises the pace from 3 to 10 requests a second; `settings.contact` is sent as the e-mail; ROCOV2_EUTILS
    names another server. Raises UsageError for a term that ESearch does not understand, SourceError for a failure.
    """
    key = os.environ.get("NCBI_API_KEY", "")
    pace = REQUESTS_PER_SECOND_WITH_KEY if key else REQUESTS_PER_SECOND
    settings = replace(settings or NetSettings(), connections=1, requests_per_second=pace)
    client = HttpClient(os.environ.get("ROCOV2_EUTILS") or EUTILS_URL, settings)
    identity = {"tool": TOOL} | ({"email": settings.contact} if settings.contact else {})
    identity |= {"api_key": key} if key else {}
    try:
        seen: set[str] = set()
        for pmcid in _windows(client, search_expression(search.term, search.licenses), search, identity):
            if pmcid not in seen:
                seen.add(pmcid)
                yield pmcid
    finally:
        client.close()


def _windows(client: HttpClient, expression: str, search: Search, identity: dict[str, str]) -> Iterator[str]:
    waiting = [(search.start, search.end)] if search.start <= search.end else []
    while waiting:
        start, end = waiting.pop()
        term = f"{expression} AND {start:%Y/%m/%d}:{end:%Y/%m/%d}[pmcrdat]"
        answer = _ask(client, {"term": term, **identity})
        if answer.count <= MAX_IDS:
            if len(answer.ids) != answer.count:
                raise SourceError(f"ESearch counts {answer.count} and lists {len(answer.ids)}", "run it again later")
            yield from (f"PMC{number}" for number in answer.ids)
        elif start == end:
            raise UsageError(f"{answer.count} articles on {start}, over {MAX_IDS} a day", "narrow the term")
        else:
            middle = start + timedelta(days=(end - start).days // 2)
            waiting += [(middle + timedelta(days=1), end), (start, middle)]


def _ask(client: HttpClient, query: dict[str, str]) -> _Answer:
    """One ESearch; an error under HTTP 200 is retried with back-off like any other."""
    target = "/esearch.fcgi?" + urlencode({"db": "pmc", "retmode": "json", "retmax": str(MAX_IDS), **query})
    failure = ""
    for attempt in range(client.settings.attempts):
        if attempt:
            time.sleep(min(client.settings.max_wait_s, client.settings.backoff_s * 2**attempt))
        body = client.get(target, max_bytes=MAX_ANSWER_BYTES).body
        try:
            return _read(body)
        except ValueError as error:
            failure = str(error)
    raise SourceError(f"ESearch answers: {failure}", "wait a while, then run the same command again")


def _read(body: bytes) -> _Answer:
    """Read an answer; ValueError for one that is worth another try."""
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise ValueError(f"{body[:80]!r} instead of JSON") from error
    result = answer.get("esearchresult") if isinstance(answer, dict) else None
    if not isinstance(result, dict):
        raise ValueError(str(answer)[:200])
    if "ERROR" in result or "error" in answer:
        raise ValueError(str(result.get("ERROR") or answer["error"])[:200])
    errors = result.get("errorlist")
    unknown = errors.get("fieldsnotfound") if isinstance(errors, dict) else None
    if unknown:
        raise UsageError(f"ESearch does not know the field {unknown}"[:300], "correct the term")
    ids, count = result.get("idlist", []), str(result.get("count"))
    if not isinstance(ids, list) or not all(_is_number(number) for number in [count, *ids]):
        raise ValueError("ids or a count that are no numbers")
    return _Answer(int(count), tuple(ids))


def _is_number(text: object) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdigit()
