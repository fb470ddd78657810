"""link: captions to mentions. Ties spans of each clean caption to concepts of the vocabulary."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rocov2.concepts.linker import Linker
from rocov2.concepts.vocabulary import open_vocabulary
from rocov2.engine.stage import Asset, Stage
from rocov2.stages.places import place
from rocov2.tables import Caption, Mention


@dataclass(frozen=True)
class LinkParams:
    """Nothing to set yet but the vocabulary, which the run builds."""

    vocabulary: Path = place()


@lru_cache(maxsize=2)
def linker_at(folder: Path) -> Linker:
    """Return the linker over a vocabulary folder, opened once a worker."""
    return Linker(open_vocabulary(folder))


def run(params: LinkParams, captions: Iterator[Caption]) -> Iterator[Mention]:
    """Yield the mentions of each caption, negated ones included."""
    yield from linker_at(params.vocabulary).link((row.figure_id, row.caption) for row in captions)


def stage(params: LinkParams) -> Stage:
    """Return the stage `link`."""
    return Stage("link", 1, (Caption,), Mention, run, params, (Asset("vocabulary", params.vocabulary),))
