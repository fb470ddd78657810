"""From true and predicted captions to the scores of caption prediction: ROUGE-1 here, BERTScore by its own library.

Preprocessing is that of the official evaluators (2023 to 2026): lower case, then each run of digits becomes the word
"number", then ASCII punctuation is removed. Two empty captions score 1.
"""

import re
import string
from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from rocov2.errors import ConfigError

BERT_INSTALL = 'pip install "rocov2[evaluate]"'
_DIGITS = re.compile(r"\d+")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_NOT_A_TOKEN = re.compile(r"[^a-z0-9]+")


def preprocess(caption: str) -> str:
    """Return the caption as the official evaluators compare it."""
    return _DIGITS.sub("number", caption.lower()).translate(_NO_PUNCTUATION)


def rouge1(true: str, predicted: str) -> float:
    """Return the ROUGE-1 F of two raw captions, in [0, 1].

    Tokens are those of the reference implementation without a stemmer: runs of a-z and 0-9 of the preprocessed text.
    """
    if not true and not predicted:
        return 1.0
    one, other = _tokens(true), _tokens(predicted)
    shared = (one & other).total()
    return 2 * shared / (one.total() + other.total()) if shared else 0.0


def _tokens(caption: str) -> Counter[str]:
    return Counter(_NOT_A_TOKEN.sub(" ", preprocess(caption)).split())


def rouge_scores(truth: Mapping[str, str], predicted: Mapping[str, str]) -> list[float]:
    """Return the ROUGE-1 F of each image of `truth`, in its order; an image without prediction has an empty one."""
    return [rouge1(caption, predicted.get(name, "")) for name, caption in truth.items()]


def bert_scores(truth: Mapping[str, str], predicted: Mapping[str, str], model: Path, layer: int) -> list[float]:
    """Return the BERTScore F of each image with a local model, weighted by inverse document frequency over `truth`.

    `model` is a folder that `transformers` can load, `layer` the layer whose vectors are compared. Nothing is
    downloaded. Raises ConfigError without the library or the folder.
    """
    if not (model / "config.json").is_file():
        raise ConfigError(
            f"{model} holds no model", "give --bert-model the folder of a transformers model on this disk"
        )
    try:
        scorer_class = import_module("bert_score").BERTScorer
    except ImportError as error:
        raise ConfigError(
            f"BERTScore cannot be loaded: {error}", f"{BERT_INSTALL}, or leave --bert-model out"
        ) from error
    references = [preprocess(caption) for caption in truth.values()]
    candidates = [preprocess(predicted.get(name, "")) for name in truth]
    scorer = scorer_class(model_type=str(model), num_layers=layer, idf=True, idf_sents=references, device="cpu")
    values = scorer.score(candidates, references)[2].tolist()
    both_empty = [not caption and not predicted.get(name, "") for name, caption in truth.items()]
    return [1.0 if empty else float(value) for value, empty in zip(values, both_empty, strict=True)]
