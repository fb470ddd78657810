"""What ties captions to concepts: the dictionary, or a model that the user has installed, behind one protocol.

A model only finds spans and their concepts. Whether they are negated, hedged or past is said here, by the same rules as
for the dictionary, so that backends differ in what they find and in nothing else.
"""

import difflib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol

from rocov2.concepts.assertion import assert_status
from rocov2.concepts.linker import NOTHING, Known, Linker, LinkerSettings
from rocov2.concepts.linker import ORIGIN as DICTIONARY
from rocov2.concepts.medcat_model import medcat_finder, medcat_model
from rocov2.concepts.models import Found, Model
from rocov2.concepts.scispacy_model import scispacy_finder, scispacy_model
from rocov2.concepts.second_pass import SecondPass
from rocov2.concepts.terms import is_cui
from rocov2.concepts.vocabulary import open_vocabulary
from rocov2.errors import ConfigError
from rocov2.tables import Mention

BACKENDS = (DICTIONARY, "scispacy", "medcat")
_UNREAD = {DICTIONARY: ("model", "knowledge"), "scispacy": ("second_pass",), "medcat": ("knowledge", "second_pass")}
"""Backend -> the settings that it would leave unread, which are refused: whoever gives one means another backend."""
_BATCH = 64


class Backend(Protocol):
    """Whatever links captions."""

    def link(self, captions: Iterable[tuple[str, str]], known: Known = NOTHING) -> Iterator[Mention]:
        """Yield the mentions of (figure_id, clean caption) pairs, by caption and place; spans are character offsets.

        `known` are abbreviations that the rest of the article defines.
        """
        ...


class Choice(NamedTuple):
    """Which backend, and what it reads: a model by name or folder, and scispaCy's knowledge base likewise.

    `second_pass` is how like a spelling the words must be that the dictionary leaves, 0 to leave them.
    """

    backend: str = DICTIONARY
    model: str = ""
    knowledge: str = ""
    min_score: float = 0.0
    second_pass: float = 0.0


@dataclass(frozen=True)
class ModelLinker:
    """A model's findings as mentions; those below `min_score`, and what is not a CUI, are left out."""

    origin: str
    stamp: str
    find: Callable[[Iterable[str]], Iterator[list[Found]]]
    min_score: float = 0.0

    def link(self, captions: Iterable[tuple[str, str]], known: Known = NOTHING) -> Iterator[Mention]:
        """Yield the mentions of (figure_id, clean caption) pairs; a model reads each by itself, whatever is `known`."""
        waiting = iter(captions)
        while batch := list(islice(waiting, _BATCH)):
            for (figure_id, caption), found in zip(batch, self.find([text for _, text in batch]), strict=True):
                yield from self._mentions(figure_id, caption, found)

    def _mentions(self, figure_id: str, caption: str, found: list[Found]) -> Iterator[Mention]:
        """The mentions of one caption, by place."""
        kept = sorted(f for f in found if is_cui(f.cui) and f.score >= self.min_score)
        statuses = assert_status(caption, [(f.start, f.end) for f in kept], [f.tui for f in kept])
        for f, status in zip(kept, statuses, strict=True):
            text, score = caption[f.start : f.end], round(f.score, 3)
            yield Mention(figure_id, f.start, f.end, text, f.cui, f.name, f.tui, score, status, self.origin, self.stamp)


def chosen_model(choice: Choice) -> Model | None:
    """Return what the backend reads beside the vocabulary, None for the dictionary; nothing is loaded.

    ConfigError for an unknown backend, for a setting that it does not read, for a score that is none, and for what is
    not installed, with the command that installs it.
    """
    if choice.backend not in BACKENDS:
        near = difflib.get_close_matches(choice.backend, BACKENDS, n=1)
        advice = f"Did you mean {near[0]}?" if near else f"Use one of {', '.join(BACKENDS)}."
        raise ConfigError(f"there is no backend {choice.backend!r}", advice)
    for name in _UNREAD[choice.backend]:
        if getattr(choice, name):
            message = f"the backend {choice.backend} reads no {name}, and {getattr(choice, name)!r} is given"
            raise ConfigError(message, f"Leave it out, or choose a backend that reads it: {_readers(name)}.")
    for name in ("min_score", "second_pass"):
        if not 0 <= getattr(choice, name) <= 1:
            raise ConfigError(f"{name} {getattr(choice, name):g} is no score", "Scores run from 0 to 1.")
    if choice.backend == DICTIONARY:
        return None
    if choice.backend == "scispacy":
        return scispacy_model(choice.model, choice.knowledge)
    return medcat_model(choice.model)


def _readers(name: str) -> str:
    """The backends that read a setting."""
    return ", ".join(backend for backend in BACKENDS if name not in _UNREAD[backend])


def open_backend(choice: Choice, vocabulary: Path) -> Backend:
    """Load the backend chosen; ConfigError as for `chosen_model`, and for files that are not what they should be."""
    model = chosen_model(choice)
    if model is None:
        linker = Linker(open_vocabulary(vocabulary), LinkerSettings(min_score=choice.min_score))
        return SecondPass(linker, choice.second_pass) if choice.second_pass else linker
    find = {"scispacy": scispacy_finder, "medcat": medcat_finder}[choice.backend](model)
    return ModelLinker(choice.backend, _stamp(model), find, choice.min_score)


def _stamp(model: Model) -> str:
    """The first 12 digits of the SHA-256 over a model's name and files."""
    total = hashlib.sha256(model.name.encode())
    for path in model.files():
        with path.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()[:12]
