"""The cleaning rules that look at characters: encodings, invisible signs, markup, white space.

Each function takes a caption and returns it changed or not; `clean` gives them their names and order.
"""

import html
import re
import unicodedata

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])|\x9b[0-?]*[ -/]*[@-~]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufffc\ufffd\ufffe\uffff\ue000-\uf8ff]")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u034f\u061c\u180e]")
_LIGATURES = {
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "st",
    "ﬆ": "st",
}
# A UTF-8 text read as Windows-1252: a lead byte's letter followed by a continuation byte's sign.
_CONTINUATION = "\u0080-\u00bf" + re.escape(
    "".join(bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0))
)
_MOJIBAKE = re.compile(rf"(?:â[{_CONTINUATION}]{{2}}|[ÃÂÎÏ][{_CONTINUATION}])+")
_TAGS = re.compile(
    r"</?(?:a|b|i|u|p|em|br|hr|sub|sup|div|span|strong|font|img|italic|bold|sc|xref|ext-link|underline|title|caption|li|ul|ol"
    r"|styled-content|inline-formula|inline-graphic|graphic|break|named-content|table|t[dr])(?:\s[^<>]{0,300})?\s*/?>",
    re.IGNORECASE,
)
_BLOCKS = re.compile(r"<\s*/?\s*(?:p|br|hr|div|li|ul|ol|title|caption|break|t[dr])\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp;)*(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_AMPERSANDS = re.compile(r"&(?:amp;)+")
_SPACES = re.compile(r"\s+")

_GREEK = {
    unicodedata.name(letter).split()[-1].lower().replace("lamda", "lambda"): letter
    for letter in "αβγδεζηθικλμνξπρστυφχψω"
}
_SYMBOLS = {
    **_GREEK,
    **{name.capitalize(): letter.upper() for name, letter in _GREEK.items()},
    **{"times": "×", "pm": "±", "leq": "≤", "geq": "≥", "le": "≤", "ge": "≥", "approx": "≈", "sim": "~", "cdot": "·"},
    **{
        "circ": "°",
        "degree": "°",
        "mu": "μ",
        "rightarrow": "→",
        "to": "→",
        "infty": "∞",
        "neq": "≠",
        "varepsilon": "ε",
    },
    **{"varphi": "φ", "Delta": "Δ", "quad": " ", "ldots": "...", "prime": "′", "upmu": "μ", "percent": "%"},
}
_PREAMBLE = re.compile(r"\\documentclass.*?\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_WRAPPED = re.compile(r"\\(?:math|text|operator|emph|bold|over|under|rm|bf|it|tilde|hat|bar|vec)[a-z]*\s?\{([^{}]*)\}")
_SCRIPT = re.compile(r"[_^]\{([^{}]*)\}")
_COMMAND = re.compile(r"\\([A-Za-z]+)(?:\{\})?")
_THIN = re.compile(r"\\[,;:!]")
_DOLLARS = re.compile(r"\${1,2}([^$]*\\[^$]*)\${1,2}")


def drop_controls(text: str) -> str:
    """Remove terminal escapes, control characters, private-use and replacement characters; line ends stay."""
    return _CONTROL.sub("", _ESCAPE.sub("", text))


def drop_invisible(text: str) -> str:
    """Remove soft hyphens, zero-width and direction marks and invisible operators."""
    return _INVISIBLE.sub("", text)


def mend_mojibake(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252, run by run, only where the bytes are valid UTF-8."""
    return _MOJIBAKE.sub(_mended, text)


def compose(text: str) -> str:
    """Spell out typographic ligatures and compose accents (NFC)."""
    for ligature, letters in _LIGATURES.items():
        text = text.replace(ligature, letters)
    return unicodedata.normalize("NFC", text)


def strip_markup(text: str) -> str:
    """Resolve character references, then drop tags by name; 'p < 0.05 and q > 3' is no tag."""
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(_AMPERSANDS.sub("&", match.group())), text)
    return _TAGS.sub(lambda match: " " if _BLOCKS.match(match.group()) else "", text) if "<" in text else text


def unfold_latex(text: str) -> str:
    r"""Turn LaTeX into plain characters: preambles go, \alpha becomes α, \mathrm{cm} becomes cm."""
    if "\\" not in text:
        return text
    text = _PREAMBLE.sub(lambda match: match.group(1), text)
    text = _DOLLARS.sub(lambda match: match.group(1), text)
    for _ in range(4):
        text = _WRAPPED.sub(lambda match: match.group(1), text)
    text = _SCRIPT.sub(lambda match: match.group(1), text)
    text = _THIN.sub(" ", text)
    return _COMMAND.sub(lambda match: _SYMBOLS.get(match.group(1), match.group()), text)


def collapse_spaces(text: str) -> str:
    """Make each run of white space, no-break and thin spaces included, one space; trim the ends."""
    return _SPACES.sub(" ", text).strip()


def _mended(match: re.Match[str]) -> str:
    """Decode one suspicious run, or give it back as it was."""
    raw = bytearray()
    for character in match.group():
        if ord(character) <= 0xFF:
            raw.append(ord(character))
        else:
            raw += character.encode("cp1252")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return match.group()
