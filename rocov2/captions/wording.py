"""The cleaning rules that look at words: labels, panel letters, credits, notes of the publisher, links.

Each function takes a caption and returns it changed or not; `clean` gives them their names and order.
"""

import re

from rocov2.captions.panels import panel_letters

_LABEL = re.compile(
    r"^(?:(?:supplement(?:ary|al)|online|extended data)\s)?"
    r"(?:fig(?:ure)?s?|image|photo(?:graph)?|plate|scheme|picture|video)\.?\s?(?:no\.?\s?)?"
    r"(?:S?\d{1,3}[a-z]?|[IVX]{1,4})\s?(?:[.:|]\s?|\s?[-–—]\s)(?=\S)",
    re.IGNORECASE,
)
_UNPOINTED_LABEL = re.compile(r"^(?:Fig|FIG)(?:ure|URE)?\.?\s?\d{1,3}[a-z]?\s?(?=[A-Z][\w-]*[a-zA-Z\d]|A\s)")
_BARE_LABEL = re.compile(r"^(?:supplementary\s)?fig(?:ure)?s?\.?\s?S?\d{1,3}[a-z]?\s?[.:|]?$", re.IGNORECASE)
_FIRST_LETTER = re.compile(r"^(?:[(\[][A-Za-z]\d?[)\]][.:]?\s|[A-Z][.:)]\s(?=[A-Z][A-Za-z]))")
_ANY_LETTER = re.compile(r"[(\[](?:[A-Za-z]\d?(?:\s?[-–,&]\s?[A-Za-z]\d?)*|[ivxIVX]{2,4})[)\]]|\b[A-Z][:)]\s")

_NOTES = (
    r"for (?:the )?interpretation of (?:the )?(?:references? to )?colou?rs? in this (?:figure|artwork)[^()\[\]]*",
    r"this figure (?:is available|appears) in (?:black and white|colou?r)[^()\[\]]*",
    r"(?:this figure|a? ?videos?)(?: is| are)? available (?:online )?at\s?:?\.?",
    r"(?:see )?(?:the )?online version (?:is )?in colou?r\.?|colou?r(?:ed)? (?:figure )?online(?: only)?\.?",
    r"(?:an? )?(?:higher resolution ?/ ?)?(?:full[- ])?colou?r (?:version|figure|image|reproduction)s?[^()\[\]]{0,40}"
    r"(?:online|available|viewed)[^()\[\]]*",
)
_NOTE_BRACKET = re.compile(rf"\s?[(\[]\s?(?:{'|'.join(_NOTES)})[)\]]\.?", re.IGNORECASE)
_NOTE_SENTENCE = re.compile(rf"(?:(?<=[.!?)\]])|(?<=[.!?)\]]\s)|^)(?:{'|'.join(_NOTES[:4])})$", re.IGNORECASE)
_PIXELS = re.compile(r"\s?\d{1,4} ?x ?\d{1,4} ?mm \(\d{2,4} ?x ?\d{2,4} ?DPI\)", re.IGNORECASE)

_THING = (
    r"(?:(?:figure|image|photo(?:graph)?|picture|case|data|illustration|video|radiograph)s? )?(?:is |was |were |are )?"
)
_CREDIT = (
    rf"{_THING}(?:(?:re-?produced|re-?printed|re-?published|adapted|adopted|modified|redrawn) (?:and \w+ )?from\b"
    r"|(?:re-?produced|re-?printed|re-?published|re-?used|adapted|adopted|modified|used|obtained|taken) (?:and \w+ )?"
    r"(?:with (?:kind |the )?permission|by (?:kind )?permission|under (?:the )?(?:terms|creative|CC))\b)"
)
_COURTESY = rf"{_THING}(?:by )?courtesy\b"
_RIGHTS = (
    r"(?:copyright\b|©|\(c\) ?\d{4}|all rights reserved|with (?:kind )?permission(?: from\b| of\b|\.|$)"
    r"|(?:figure |photo )?credits?:)"
)
_CREDIT_START = re.compile(rf"^(?:{_CREDIT}|{_COURTESY}|{_RIGHTS})", re.IGNORECASE)
_CREDIT_BRACKET = re.compile(
    rf"\s?[(\[]\s?(?:{_CREDIT}|{_COURTESY}|{_RIGHTS}|from [^()]{{3,80}}with (?:kind )?permission)"
    r"(?:[^()\[\]]|\([^()]*\)|\[[^\[\]]*\])*[)\]]\.?",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"(?:^(?:\d|\(\d{4}\)|copyright|©|\(c\)|all rights|permission|licen[cs]ed|published by|springer|elsevier|wiley"
    r"|doi\b|et al))"
    r"|\b(?:19|20)\d\d;|\d\s?:\s?\d+[-–]\d+",
    re.IGNORECASE,
)
_LEGEND = re.compile(r"(?:Notes?|Abbreviations?|Legend)\s?:")
_CONSENT = re.compile(
    r"^(?:written |verbal |oral |signed |patient(?:'s|’s)? |the patient |informed |parental )*"
    r"(?:consent\b.{0,80}\b(?:obtained|given|provided)"
    r"|(?:patient|parents?|family) (?:gave|provided|has given|consented).{0,60}(?:consent|publi))",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"(?<=[.!?)\]])\s+(?=[A-Z\[(©\d]|[a-z](?:\s?[-–,]\s?[a-z])*\))"
    r"|(?<=[a-z)]\.)(?=©|Copyright\b|(?:Image |Case |Photo )?[Cc]ourtesy\b|Re(?:produc|print)ed\b|Adapted\b)"
)
_ABBREVIATED = re.compile(r"\b(?:Figs?|Dr|Drs|Prof|al|vs|[Rr]ef|No|vol|pp?|Inc|Ltd|Co|St|[A-Z])\.$")
_PANEL_START = re.compile(r"^\(?[A-Za-z](?:\s?[-–,]\s?[A-Za-z])*\)")

_URL = re.compile(r"(?:https?://|ftp://|www\.)[^\s<>\"“”]+", re.IGNORECASE)
_DOI = re.compile(r"(?:\bdoi:?\s?)?\b10\.\d{4,9}/[^\s<>\"“”]+", re.IGNORECASE)
_GLUED_LINK = re.compile(r"[)\]]*\.(?=[A-Z][a-z]*$)")
_LEAD_IN = re.compile(
    r"[\s(\[,;]*(?:(?:can be |is |are )?(?:freely |also )?"
    r"(?:available|accessed|accessible|found|viewed|downloaded|obtained|see|source|url|link|doi|retrieved|references?"
    r"|courtesy of)(?: online)?(?: here)?(?: at| from| on| in| via)?(?: the)?\s?:?|\bat|\bfrom)?"
    r"\s*\x00(?:[\s,(]*accessed (?:on )?[\w ,]{4,24}\)?(?=[\s).,]|$))?[)\]]?",
    re.IGNORECASE,
)
_NUMBERS = r"[1-9]\d{0,2}(?:\s?[-–,;]\s?[1-9]\d{0,2})*"
_BRACKET_CITATION = re.compile(
    rf"(?:(?<=[A-Za-z)”\"])|(?<=al\.)|(?<=[a-z)]\.)(?=\[)|(?<=[a-z)]\.)(?=\s?\[{_NUMBERS}\]$))"
    rf"(?<!range)(?<!IQR)(?<!\bCI)(?<!mean)(?<!median)(?<!interval)\s?\[{_NUMBERS}\](?![\w\[])"
)
_NEEDS_CITATION = re.compile(
    r"\b(?:from|in|by|of|see|refs?\.?|reference|references|to|and|study|with|or|than|[A-Z])$", re.IGNORECASE
)
_GLUED_CITATION = re.compile(rf"(?<=[a-z)”][.])(?<!Fig\.)(?<!No\.)(?<!fig\.)(?<!vol\.)(?<!ref\.){_NUMBERS}$")

_OPENERS = (
    r"(?:The|This|These|Axial|Sagittal|Coronal|Transverse|Longitudinal|Lateral|Anteroposterior|Posteroanterior|Frontal|Chest"
    r"|Abdominal|Computed|Contrast|Magnetic|Ultrasound|Ultrasonograph\w*|Transthoracic|Transesophageal|Transvaginal"
    r"|Echocardiogra\w+|Radiograph\w*|Arrows?|Arrowheads?|Plain|Initial|Preoperative|Postoperative|Intraoperative|Straight"
    r"|Digital|Angiogra\w+|Coronary|Panoramic|Cross|Patient|Dorsal|Showing|Image|Figure|Legend|Note|Abbreviations?)"
)
_GLUED_TITLE = re.compile(
    rf"(?:(?<=[a-z]{{3}})(?={_OPENERS}\b(?:\s|-))|(?<=[a-z]{{3}})(?=[A-Z]{{2,6}}\s?[:=]\s?[a-z])"
    r"|(?<=[a-z]{2}\))(?=[A-Z][A-Za-z]{2}|[A-Z]{2,6}\s?[:=,]))"
)
_GLUED_STOP = re.compile(
    r"(?:(?<=[a-z]{2}[.!?])|(?<=[A-Z]{2}[.!?])|(?<=[)\]\d%][.!?])|(?<=[a-z]{3}[:;]))(?=[A-Z][a-z]{2}|[A-Z]{2}|A\s)"
    r"|(?<=[a-z]{3}\.)(?=(?:In|It|On|At|As|An|No|We|By|To|If|Is|Of|He|My|So)\s|[A-Z][a-z]\s?[:=])"
)
_EMPTY_BRACKETS = re.compile(r"\s?(?:\(\s*[,;:.]?\s*\)|\[\s*[,;:.]?\s*\])")
_SPACE_BEFORE = re.compile(r"(?<=[\w)\]%”]) +(?=[,;.](?:\s|$))")
_DOUBLED = re.compile(r"(?<!\.)\.\s?\.(?!\.)|,\s?(?=[,.;])|;\s?(?=[;.])")
_EDGES_BEFORE = re.compile(r"^(?:[\s,;:|•·*]|[-–—.](?!\d))+(?=\S)")
_EDGES_AFTER = re.compile(r"[\s,;:|•–—-]+$")
_KEY = r"(?=[^\s:=,]*[A-Z][^\s:=,]*[A-Z0-9])[A-Za-z0-9/+-]{2,12}\s?[:=,-]\s?[A-Za-z][a-z][^.;:=]{2,70}"
_FOOTNOTE = re.compile(
    rf"(?<=[.)])\s?(?:(?:[Ll]ist of )?[Aa]bbreviations?(?: used)?\s?[:.]\s?)?{_KEY}(?:[;,.]\s?{_KEY})*[.;]?$"
)


def drop_label(text: str) -> str:
    """Remove a figure label left before the text: 'Fig. 2: ', 'FIGURE 3 | '; 'Figure 3 shows' stays."""
    if _BARE_LABEL.match(text):
        return ""
    return _UNPOINTED_LABEL.sub("", _LABEL.sub("", text, count=1), count=1)


def drop_single_letter(text: str) -> str:
    """Remove a panel letter before the text when it is the caption's only one."""
    first = _FIRST_LETTER.match(text)
    if first is None or len(panel_letters(text)) > 1 or _ANY_LETTER.search(text, first.end()):
        return text
    return text[first.end() :]


def drop_notes(text: str) -> str:
    """Remove what publishers say about colour and print, and the size in dots an inch."""
    return _PIXELS.sub("", _NOTE_SENTENCE.sub("", _NOTE_BRACKET.sub("", text)))


def drop_credits(text: str) -> str:
    """Remove credit and permission lines, and consent statements; the raw caption keeps them as evidence.

    In brackets anywhere; as sentences together with the fragments of a citation that follow them.
    """
    text = _CREDIT_BRACKET.sub("", text)
    sentences = split_sentences(text)
    kept: list[str] = []
    dropping = False
    for sentence in sentences:
        starts = bool(_CREDIT_START.match(sentence) or _CONSENT.match(sentence))
        dropping = _is_balanced(sentence) and (starts or (dropping and bool(_CONTINUES.search(sentence))))
        legend = _LEGEND.search(sentence) if dropping else None
        if legend or not dropping:
            kept.append(sentence[legend.start() :] if legend else sentence)
    return text if kept == sentences else " ".join(kept)


def drop_links(text: str) -> str:
    """Remove URLs and DOIs with the words that lead to them ('available at')."""
    if "/" not in text and "www." not in text.lower():
        return text
    marked = _DOI.sub(_placeholder, _URL.sub(_placeholder, text))
    return text if marked == text else _LEAD_IN.sub(_after_link, marked).replace("\x00", "")


def drop_citations(text: str) -> str:
    """Remove reference numbers: '[12, 13]' after a word, and superscripts glued to the last full stop.

    Stays where the sentence needs it ('from [40]') and where brackets hold a range.
    """
    text = _GLUED_CITATION.sub("", text)
    return _BRACKET_CITATION.sub(
        lambda match: match.group() if _NEEDS_CITATION.search(text[: match.start()].rstrip()) else "", text
    )


def part_glued(text: str) -> str:
    """Put a space where a title or sentence ran into the next one: 'lesion.The', 'anatomyDorsal column'."""
    return _GLUED_TITLE.sub(" ", _GLUED_STOP.sub(" ", text))


def tidy_punctuation(text: str) -> str:
    """Remove what other rules leave behind: empty brackets, spaces before commas, doubled and hanging marks."""
    text = _EMPTY_BRACKETS.sub("", text)
    text = _DOUBLED.sub(lambda match: "." if match.group()[0] == "." else "", _SPACE_BEFORE.sub("", text))
    return _EDGES_AFTER.sub("", _EDGES_BEFORE.sub("", text))


def drop_footnote(text: str) -> str:
    """Remove a list of abbreviations at the end. Off by default: concept linking reads it."""
    return _FOOTNOTE.sub("", text)


def split_sentences(text: str) -> list[str]:
    """Split at full stops before a capital, a bracket or a number, not after an abbreviation or initial."""
    parts: list[str] = []
    for piece in _SENTENCE.split(text):
        goes_on = parts and _ABBREVIATED.search(parts[-1]) and not _PANEL_START.match(piece)
        if goes_on and not (parts[-1].endswith("al.") and piece[:1].isalpha()):
            parts[-1] = f"{parts[-1]} {piece}"
        else:
            parts.append(piece)
    return parts


def _is_balanced(sentence: str) -> bool:
    """Say whether every bracket that opens in a sentence closes in it."""
    return all(sentence.count(one) == sentence.count(other) for one, other in ("()", "[]"))


def _placeholder(match: re.Match[str]) -> str:
    """Mark a link, giving back the sentence's own stop and unbalanced bracket."""
    link = match.group()
    glued = _GLUED_LINK.search(link)
    end = glued.start() if glued else len(link)
    while end and (link[end - 1] in ".,;:" or _closes_too_much(link[:end])):
        end -= 1
    return "\x00" + link[end:]


def _closes_too_much(link: str) -> bool:
    """Say whether a link ends in a bracket that it did not open."""
    return any(link[-1] == close and link.count(close) > link.count(opening) for opening, close in ("()", "[]"))


def _after_link(match: re.Match[str]) -> str:
    """Close up after a link; a bracket opened before it goes with it, one that holds more stays."""
    found = match.group()
    opened, closed = re.search(r"[(\[]", found), found[-1] in ")]"
    if closed and not opened:
        return found[-1]
    return found[: opened.end()] if opened and not closed else ""
