"""From an article to the sentences that cite each figure, and from running text to its sentences."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from lxml import etree

from rocov2.jats.text import FIGURE_REFERENCES, REF_END, REF_START, collapse, mark_references

_AFTER_STOP = rf"[\"'”’)\]{REF_END}]*[\s{REF_START}]*\s(?=[\[(\"'“‘{REF_START}]*[A-ZÀ-Þ0-9©])"
_FULL_STOP = re.compile(rf"\.{_AFTER_STOP}")
_ANY_STOP = re.compile(rf"[.!?]{_AFTER_STOP}")
_ABBREVIATIONS = frozenset(
    ("fig", "figs", "figure", "figures", "e.g", "i.e", "vs", "cf", "ca", "approx", "dr", "prof", "viz")
)
_OFTEN_LAST = frozenset(
    (
        *("mr", "mrs", "ms", "st", "jr", "no", "nos", "vol", "ref", "refs", "eq", "eqs", "tab", "suppl", "supp", "ext"),
        *("sp", "spp", "subsp", "var", "sect", "sec", "ed", "eds", "resp", "min", "max", "avg", "inc", "ltd", "co"),
        *("corp", "dept", "univ", "pp", "p", "op", "cit", "i.v", "i.p", "i.m", "s.c", "u.s", "u.k", "ph.d", "m.d"),
        *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
    )
)
"""Abbreviations that may also end a sentence: the next word decides."""
_ENDINGS = frozenset(word[-4:] for word in _ABBREVIATIONS | _OFTEN_LAST)
"""What an abbreviation of four letters or more ends in: most words are longer, and end in something else."""
_STARTERS = re.compile(
    rf"[\[(\"'“‘{REF_START}]*(?:The|This|These|Those|There|In|It|Its|We|Our|They|A|An|At|As|For|From|On|To|Of|By|With|After|Before|"
    r"Although|However|Moreover|Furthermore|All|Both|Each|No|None|One|Two|When|While|Patients?|Results?|Data|Figs?|"
    r"Figures?|Tables?)\b"
)
_RANGE = re.compile(rf"{REF_END}\s*(?:[-–—−]|to|through|and\s+up\s+to)\s*\Z")


def sentences(text: str) -> list[str]:
    """Split running text into its sentences, white space collapsed; their words are the text's words."""
    return [one for start, end in pairwise((0, *_starts(text), len(text))) if (one := collapse(text[start:end]))]


def _starts(text: str) -> list[int]:
    """Where the second sentence and those after it begin."""
    stop = _ANY_STOP if "?" in text or "!" in text else _FULL_STOP  # one letter to look for is a third of the work
    return [found.end() for found in stop.finditer(text) if not _goes_on(text, found)]


def _goes_on(text: str, found: re.Match[str]) -> bool:
    """Tell a full stop inside a sentence: after "Fig", "et al", "e.g", an initial, or an open number."""
    stop = found.start()
    if text[stop] != "." or stop < 1 or text[stop - 1] in ")]%":
        return False
    ending = text[stop - 4 : stop]  # empty where the text begins later
    if ending.isalpha() and ending.lower() not in _ENDINGS:
        return False
    before = text[max(0, stop - 20) : stop].replace("(", " ").replace("[", " ").split()
    word = before[-1].strip(f"\"'.{REF_START}{REF_END}") if before else ""
    if word.lower() in {"al", "etc"}:
        return word.lower() == "al" and text[found.end()] in "([0123456789"
    if word.lower() in _ABBREVIATIONS:
        return True
    doubtful = word.lower() in _OFTEN_LAST or (len(word) == 1 and word.isupper())
    if len(before) > 1 and before[-2][-1].isdigit():  # "26 ms. See", "243 L. Then": a unit
        return False
    return doubtful and _STARTERS.match(text, found.end()) is None


def figure_mentions(article: etree._Element, order: list[str]) -> dict[str, list[str]]:
    """Return, for each id of a figure or figure group, the sentences that cite it, in the order of the article.

    `order` lists the ids of the figures as they stand, so that "Figs. 2-4" also cites the third. Captions
    of figures do not count; <xref> outside a paragraph has no sentence.
    """
    found: dict[str, list[str]] = {}
    known = {xml_id: place for place, xml_id in enumerate(order)}
    citing: dict[etree._Element, list[etree._Element]] = {}
    for reference in article.iter("xref"):
        if reference.get("ref-type") not in FIGURE_REFERENCES:
            continue
        parent = reference.getparent()
        if parent in citing:  # most stand in the paragraph itself
            citing[parent].append(reference)
        elif (paragraph := _paragraph(reference)) is not None:
            citing.setdefault(paragraph, []).append(reference)
    for paragraph, references in citing.items():
        for rid, sentence in _cited(*mark_references(paragraph, references), order, known):
            said = found.setdefault(rid, [])
            if sentence not in said:
                said.append(sentence)
    return found


def _paragraph(reference: etree._Element) -> etree._Element | None:
    """The paragraph that a reference stands in; None in a figure's caption and outside of paragraphs."""
    paragraph = None
    for holder in reference.iterancestors():
        tag = holder.tag
        if tag == "p":
            paragraph = holder if paragraph is None else paragraph
        elif tag in {"fig", "fig-group"}:
            return None
        elif tag in {"sec", "body"}:
            break
    return paragraph


def _cited(text: str, rids: list[str], order: list[str], known: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Each id that a paragraph cites with the sentence that does; its references stand between marks."""
    starts = _starts(text)
    place = end = -1
    sentence = previous = ""
    for rid in rids:
        gap = place
        place = text.index(REF_START, place + 1)
        word = place + 1
        while text[word].isspace():
            word += 1
        if word >= end:
            later = bisect_right(starts, word)
            start = starts[later - 1] if later else 0
            end = starts[later] if later < len(starts) else len(text)
            sentence = collapse(text[start:end].replace(REF_START, "").replace(REF_END, ""))
        ids = rid.split()
        if ids and previous and _RANGE.search(text, gap, place):
            ids = [*order[known.get(previous, len(order)) + 1 : known.get(ids[0], 0)], *ids]
        for one in ids:
            yield one, sentence
        previous = ids[-1] if ids else ""
