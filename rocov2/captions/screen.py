"""The words around a figure in; the probability that the figure is radiology, from the words alone, out.

A linear model over hashed words, word pairs and character n-grams inside words, trained by
`scripts/train_screen.py`; `data/models/screen.md` says on what. A figure's own label and caption are judged first.
Titles and the sentences that cite the figure can raise the score, never lower it, and count the more the
less the caption itself says.
"""

import json
import math
import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rocov2.captions.cues import COMBINED_CUES, MASKED, MODALITY_CUES
from rocov2.errors import ConfigError

FORMAT = "rocov2-screen-1"
MAX_BYTES = 8_000_000
KNOWN = 400_000  # weights of words and pairs that are remembered
LONGEST = 4000  # characters of a text that are read
LONGEST_WORD = 40
PAIR_VALUE = 0.7
MENTIONS = 12  # sentences that cite a figure and are read
CONTEXT = 0.9  # what the best sentence around a figure counts when there is no caption
HALF_WEIGHT_WORDS = 2.0  # words of a caption that halve it
PART = 0.05  # what the best part of a caption counts
PARTS = 40
NAMED = 0.06  # least score of a caption that opens with the name of an examination
OPENING = 60  # characters that count as the opening

Row = tuple[str, str, str, Sequence[str]]
"""Caption, label, title (article title or section), mentions: the words around one figure."""

_BREAK = re.compile(r"(?<=[.;!?])\s+(?=[A-Z(])|\s*(?=[(\[][A-Za-z][)\]])")
_COMBINING = re.compile(r"[\u0300-\u036f]")
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_LEADING_LABEL = re.compile(
    r"^\s*(?:supplementary )?(?:fig(?:ure)?s?|image|plate)\.?\s*s?\d+\w?\s*[.:|]?\s*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ScreenModel:
    """Weights by hash bucket, and the two lines that turn a sum of them into a probability.

    A weight times `scale` is in logits. `slope`, `offset` calibrate the score of a figure among those of
    articles; `caption_slope`, `caption_offset` that of a caption among captions of clinical images.
    """

    weights: memoryview
    mask: int
    scale: float
    bias: float
    slope: float
    offset: float
    caption_slope: float
    caption_offset: float
    words: dict[str, float] = field(default_factory=dict, repr=False, compare=False)
    pairs: dict[tuple[str, str], float] = field(default_factory=dict, repr=False, compare=False)


_NUMBERS = ("scale", "bias", "slope", "offset", "caption_slope", "caption_offset")


def load_screen_model(body: bytes) -> ScreenModel:
    """Read the model file: one line of JSON, then one signed byte a bucket. Raises ConfigError."""
    head, _, weights = body[:MAX_BYTES].partition(b"\n")
    try:
        about = json.loads(head)
        numbers = [float(about[name]) for name in _NUMBERS]
        if about["format"] != FORMAT or len(weights) != 2 ** int(about["bits"]):
            raise ValueError(f"format {about['format']!r} with {len(weights)} weights")
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        advice = "Restore data/models/screen.bin, or make it again with scripts/train_screen.py."
        raise ConfigError(f"the screen model cannot be read: {error!r}", advice) from None
    scale, bias, slope, offset, caption_slope, caption_offset = numbers
    buckets = memoryview(weights).cast("b")
    return ScreenModel(buckets, len(weights) - 1, scale, bias, slope, offset, caption_slope, caption_offset)


def screen_score(model: ScreenModel, caption: str, label: str, title: str, mentions: Sequence[str]) -> float:
    """Return the probability, 0 to 1 and to four decimals, that the figure is radiology, from words alone.

    `title` is the article's title, its section's or both; `mentions` are the sentences that cite the
    figure. Recall comes first: a part of a caption that is radiology's on its own (one panel of many),
    or a sentence around the figure, can only raise the score of the whole caption, and a caption that
    opens with the name of an examination never scores less than NAMED.
    """
    own = f"{label} {caption}"
    score = _probability(model, own)
    around = CONTEXT / (1.0 + len(tokens(own)) / HALF_WEIGHT_WORDS)
    for weight, sentences in ((PART, _parts(caption)), (around, (title, *mentions[:MENTIONS]))):
        for sentence in sentences:
            if weight > score and sentence.strip():
                score = max(score, weight * _probability(model, sentence))
    return round(max(score, NAMED) if score < NAMED and _names_modality(caption) else score, 4)


def screen_scores(model: ScreenModel, rows: Iterable[Row]) -> list[float]:
    """Return `screen_score` of each (caption, label, title, mentions), in order."""
    return [screen_score(model, *row) for row in rows]


def caption_probability(model: ScreenModel, text: str) -> float:
    """Return the calibrated probability that a caption of a single image describes radiology."""
    return round(sigmoid(model.caption_slope * logit(model, text) + model.caption_offset), 4)


def logit(model: ScreenModel, text: str) -> float:
    """Return the model's sum of weights over a text, each word and pair counted once, before calibration."""
    words = tokens(text)
    distinct = dict.fromkeys(words)
    total = 0.0
    for word in distinct:
        known = model.words.get(word)
        total += _word_weight(model, word) if known is None else known
    for pair in dict.fromkeys(pairwise(words)):
        known = model.pairs.get(pair)
        total += _pair_weight(model, pair) if known is None else known
    return total * length_norm(len(distinct)) + model.bias


def length_norm(count: int) -> float:
    """Return what each word counts in a text of so many distinct words."""
    return 1.0 / math.sqrt(count + 4.0)


def sigmoid(value: float) -> float:
    """Return 1 / (1 + e^-value) without overflow."""
    return 1.0 / (1.0 + math.exp(-value)) if value >= 0 else 1.0 - 1.0 / (1.0 + math.exp(value))


def _probability(model: ScreenModel, text: str) -> float:
    return sigmoid(model.slope * logit(model, text) + model.offset)


def _names_modality(caption: str) -> bool:
    """Say whether a caption opens with the name of an imaging examination."""
    opening = MASKED.sub(" ", caption[:LONGEST])[:OPENING]
    return any(cue.strength >= 0.9 and cue.pattern.search(opening) for cue in MODALITY_CUES + COMBINED_CUES)


def _parts(caption: str) -> list[str]:
    """Cut a caption into sentences and panels of some length; one part alone is nothing new."""
    parts = [part for part in _BREAK.split(caption[:LONGEST]) if part.count(" ") >= 3]
    return parts[:PARTS] if len(parts) > 1 else []


def _word_weight(model: ScreenModel, word: str) -> float:
    """Sum the weights of a word and its n-grams; remembered, as words come back."""
    weight = sum(model.weights[bucket(name, model.mask)] * value for name, value in word_features(word)) * model.scale
    if len(model.words) >= KNOWN:
        model.words.clear()
    model.words[word] = weight
    return weight


def _pair_weight(model: ScreenModel, pair: tuple[str, str]) -> float:
    weight = model.weights[bucket(pair_feature(*pair), model.mask)] * model.scale * PAIR_VALUE
    if len(model.pairs) >= KNOWN:
        model.pairs.clear()
    model.pairs[pair] = weight
    return weight


def tokens(text: str) -> list[str]:
    """Normalise a text and cut it into words and '0's for numbers; case, accents and layout are gone."""
    text = _LEADING_LABEL.sub("", text[:LONGEST]).lower()
    if not text.isascii():
        text = _COMBINING.sub("", unicodedata.normalize("NFKD", text))
    return ["0" if word[0].isdigit() else word for word in _TOKEN.findall(text)]


def word_features(word: str) -> list[tuple[str, float]]:
    """Return (feature, value): the word, and its character 3- to 5-grams with '<' and '>' for its ends.

    The n-grams of a word weigh as much together as a short word's do, as in char_wb TF-IDF.
    """
    padded = f"<{word[:LONGEST_WORD]}>"
    grams = [padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1)] if len(padded) > 4 else []
    value = 1.0 / math.sqrt(len(grams)) if grams else 0.0
    return [(f"w {word[:LONGEST_WORD]}", 1.0), *((gram, value) for gram in sorted(grams))]


def pair_feature(first: str, second: str) -> str:
    """Return the feature of two neighbouring words; its value is PAIR_VALUE."""
    return f"p {first[:LONGEST_WORD]} {second[:LONGEST_WORD]}"


def bucket(feature: str, mask: int) -> int:
    """Hash a feature: CRC-32, the same everywhere."""
    return zlib.crc32(feature.encode("utf-8", "surrogatepass")) & mask
