"""link: captions to mentions. Ties spans of each clean caption to concepts of the vocabulary, or of a user's model.

An abbreviation that the caption does not define may be defined elsewhere in its article: in a list of abbreviations, in
the caption of another figure, in a sentence that cites one, or in the abstract. The dictionary asks for that; a model
reads each caption by itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rocov2.concepts.abbreviations import article_abbreviations, short_forms, stated
from rocov2.concepts.backends import Backend, Choice, chosen_model, open_backend
from rocov2.concepts.linker import Known
from rocov2.engine.stage import Asset, Stage
from rocov2.stages.places import place
from rocov2.tables import Caption, Figure, Mention


@dataclass(frozen=True)
class LinkParams:
    """What links (dictionary, scispacy or medcat) and with what.

    `model` is a pipeline or model pack, `knowledge` scispaCy's `umls` or a folder; mentions below `min_score` are left
    out. `second_pass`, 0 for none: how like a spelling must be what the dictionary leaves. The vocabulary is built by
    the run.
    """

    backend: str = "dictionary"
    model: str = ""
    knowledge: str = ""
    min_score: float = 0.0
    second_pass: float = 0.0
    vocabulary: Path = place()

    @property
    def choice(self) -> Choice:
        """The backend with what it reads."""
        return Choice(self.backend, self.model, self.knowledge, self.min_score, self.second_pass)


@lru_cache(maxsize=2)
def backend_at(choice: Choice, vocabulary: Path) -> Backend:
    """Return a backend, loaded once a worker."""
    return open_backend(choice, vocabulary)


def run(params: LinkParams, captions: Iterator[Caption], figures: Iterator[Figure]) -> Iterator[Mention]:
    """Yield the mentions of each caption, negated ones included."""
    rows = list(captions)
    known = abbreviations_of(rows, figures)
    yield from backend_at(params.choice, params.vocabulary).link(((row.figure_id, row.caption) for row in rows), known)


def abbreviations_of(captions: Iterable[Caption], figures: Iterable[Figure]) -> Known:
    """Return what the article of each figure defines of the abbreviations in its caption."""
    shorts = {caption.figure_id: (caption.article_id, short_forms(caption.caption)) for caption in captions}
    wanted: dict[str, set[str]] = {}
    for article_id, some in shorts.values():
        wanted.setdefault(article_id, set()).update(some)
    found: dict[str, dict[str, str]] = {article_id: {} for article_id in wanted}
    for figure in figures:
        missing = wanted.get(figure.article_id, set()) - found.get(figure.article_id, {}).keys()
        if missing:
            here = stated(figure.definitions, missing)
            texts = (figure.caption, *figure.mentions, *figure.definitions)
            found[figure.article_id].update(here | article_abbreviations(texts, missing - here.keys()))
    return {
        figure_id: {short: found[article_id][short] for short in some & found[article_id].keys()}
        for figure_id, (article_id, some) in shorts.items()
    }


def stage(params: LinkParams) -> Stage:
    """Return the stage `link`; the files of a model are its assets, named by the versions of library and model."""
    model = chosen_model(params.choice)
    read = [Asset(f"{model.name}: {path.name}", path) for path in model.paths] if model else []
    return Stage("link", 3, (Caption, Figure), Mention, run, params, (Asset("vocabulary", params.vocabulary), *read))
