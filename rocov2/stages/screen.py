"""screen: figures to candidates. Decides from the words alone whether an image is worth a request.

What it holds back is a drop with its score, so that a lower `screen.min_score` brings it back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rocov2.captions.screen import screen_scores
from rocov2.engine.parallel import in_batches
from rocov2.engine.stage import Asset, Stage
from rocov2.stages.places import place, screen_model_at
from rocov2.tables import Article, Candidate, Drop, Figure


@dataclass(frozen=True)
class ScreenParams:
    """`min_score` 0 lets every figure through; `keep_own_rights` keeps figures with rights of their own."""

    min_score: float = 0.04
    keep_own_rights: bool = False
    keep_graphical_abstracts: bool = False
    model: Path = place()


def run(params: ScreenParams, figures: Iterator[Figure], articles: Iterator[Article]) -> Iterator[Candidate | Drop]:
    """Yield a candidate for each figure whose words may be radiology's."""
    titles = {article.article_id: article.title for article in articles}
    model = screen_model_at(params.model)
    for some in in_batches(figures, 512):
        words = [(f.caption, f.label, f"{titles.get(f.article_id, '')} {f.section}", f.mentions) for f in some]
        for figure, score in zip(some, screen_scores(model, words), strict=True):
            yield judge(params, figure, score)


def judge(params: ScreenParams, figure: Figure, score: float) -> Candidate | Drop:
    """Return the figure as a candidate, or why its image is not worth a request."""
    if score < params.min_score:
        return Drop(figure.figure_id, "not_radiology_words", f"score {score:.4f}")
    if figure.rights and not params.keep_own_rights:
        return Drop(figure.figure_id, "own_rights", figure.rights)
    if figure.fig_type == "graphical-abstract" and not params.keep_graphical_abstracts:
        return Drop(figure.figure_id, "graphical_abstract", figure.source_key)
    return Candidate(figure.figure_id, figure.article_id, figure.source_key, figure.source_md5, score)


def stage(params: ScreenParams) -> Stage:
    """Return the stage `screen`."""
    return Stage("screen", 1, (Figure, Article), Candidate, run, params, (Asset("screen model", params.model),))
