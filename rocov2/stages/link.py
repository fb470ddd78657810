"""link: captions to mentions. Ties spans of each clean caption to concepts of the vocabulary, or of a user's model."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rocov2.concepts.backends import Backend, Choice, chosen_model, open_backend
from rocov2.engine.stage import Asset, Stage
from rocov2.stages.places import place
from rocov2.tables import Caption, Mention


@dataclass(frozen=True)
class LinkParams:
    """What links (dictionary, scispacy or medcat) and with what.

    `model` is a pipeline or model pack, `knowledge` scispaCy's `umls` or a folder; mentions below `min_score` are left
    out. The vocabulary is built by the run.
    """

    backend: str = "dictionary"
    model: str = ""
    knowledge: str = ""
    min_score: float = 0.0
    vocabulary: Path = place()

    @property
    def choice(self) -> Choice:
        """The backend with what it reads."""
        return Choice(self.backend, self.model, self.knowledge, self.min_score)


@lru_cache(maxsize=2)
def backend_at(choice: Choice, vocabulary: Path) -> Backend:
    """Return a backend, loaded once a worker."""
    return open_backend(choice, vocabulary)


def run(params: LinkParams, captions: Iterator[Caption]) -> Iterator[Mention]:
    """Yield the mentions of each caption, negated ones included."""
    yield from backend_at(params.choice, params.vocabulary).link((row.figure_id, row.caption) for row in captions)


def stage(params: LinkParams) -> Stage:
    """Return the stage `link`; the files of a model are its assets, named by the versions of library and model."""
    model = chosen_model(params.choice)
    read = [Asset(f"{model.name}: {path.name}", path) for path in model.paths] if model else []
    return Stage("link", 1, (Caption,), Mention, run, params, (Asset("vocabulary", params.vocabulary), *read))
