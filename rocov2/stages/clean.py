"""clean: samples to captions. The caption as it is released: cleaned, English, and long enough to say something."""

from collections.abc import Iterator
from dataclasses import dataclass

from rocov2.captions.clean import clean_caption, too_short, word_count
from rocov2.captions.language import language_of
from rocov2.engine.stage import Stage
from rocov2.tables import Caption, Drop, Figure, Sample


@dataclass(frozen=True)
class CleanParams:
    """`languages` are ISO 639-1 codes; a language counts against a caption only from `min_language_score` up."""

    languages: tuple[str, ...] = ("en",)
    min_language_score: float = 0.6
    min_words: int = 3


def run(params: CleanParams, samples: Iterator[Sample], figures: Iterator[Figure]) -> Iterator[Caption | Drop]:
    """Yield a caption for each sample whose text is worth releasing."""
    wanted = {sample.figure_id: sample for sample in samples}
    for figure in figures:
        if figure.figure_id in wanted:
            yield caption_of(params, figure)


def caption_of(params: CleanParams, figure: Figure) -> Caption | Drop:
    """Return the clean caption of a figure, or why it has none."""
    cleaned = clean_caption(figure.caption)
    if not cleaned.text:
        return Drop(figure.figure_id, "no_caption", figure.caption)
    language, score = language_of(cleaned.text, figure.language)
    if language not in params.languages and score >= params.min_language_score:
        return Drop(figure.figure_id, "language", f"{language} {score:.2f}: {cleaned.text[:200]}")
    if too_short(cleaned.text, params.min_words):
        return Drop(figure.figure_id, "too_short", cleaned.text)
    words = word_count(cleaned.text)
    return Caption(figure.figure_id, figure.article_id, cleaned.text, language, score, cleaned.rules_applied, words)


def stage(params: CleanParams) -> Stage:
    """Return the stage `clean`."""
    return Stage("clean", 2, (Sample, Figure), Caption, run, params)
