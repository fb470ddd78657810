"""The second pass: words that the dictionary leaves are compared with its spellings by their character trigrams.

scispaCy's candidate generator (TF-IDF over trigrams, cosine) on the normal forms of the vocabulary, over an index of
our own: float32, exact and in memory, which does not depend on chance as nmslib's HNSW does. It finds misspellings and
rare inflections, and words that only look alike, which is why it is off unless asked for (data/vocabulary/README.md has
the figures).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from rocov2.concepts.assertion import assert_status
from rocov2.concepts.cues import CUES
from rocov2.concepts.linker import NOTHING, Known, Linker
from rocov2.concepts.normalise import PUNCTUATION, Tokens, tokenise
from rocov2.concepts.vocabulary import Candidate, Vocabulary
from rocov2.concepts.words import words
from rocov2.errors import ConfigError
from rocov2.tables import Mention

ORIGIN = "second_pass"
MAX_SPELLINGS = 500_000
_MOST_TOKENS = 5
_FEWEST_LETTERS = 6
_NEIGHBOURS = 5
_BATCH = 64
# where no phrase begins or ends
_FUNCTION = words(
    """
    a about after all also an and are as at be been before between both but by can demonstrate demonstrated
    demonstrating due during each for from had has have how in indicate indicated indicating into is it its may
    not of on or reveal revealed revealing same see show showed showing shown such than that their there these
    this those through to was were when where which while who with within without
    """
)

# words that say whether something is there: never part of what is there
_CUES = frozenset(word for word, cues in CUES.items() if any(len(cue.words) == 1 for cue in cues))


@dataclass(frozen=True)
class _Spellings:
    """What scispaCy's candidate generator asks of a knowledge base: spelling -> the concepts it may stand for."""

    alias_to_cuis: dict[str, set[str]] = field(default_factory=dict)


class ExactIndex:
    """Nearest rows by cosine, exactly: what the candidate generator asks of an index (`knnQueryBatch`)."""

    def __init__(self, vectors: Any) -> None:
        self._by_trigram = vectors.T.tocsr()

    def knnQueryBatch(self, vectors: Any, k: int) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:  # noqa: N802
        """For each vector its k nearest rows, nearest first and by number where they are as near, with distances."""
        similar = (vectors @ self._by_trigram).tocsr()
        found = []
        for first, end in zip(similar.indptr[:-1], similar.indptr[1:], strict=True):
            rows, values = similar.indices[first:end], similar.data[first:end]
            best = np.lexsort((rows, -values))[:k]
            found.append((rows[best], 1 - values[best]))
        return found


class SecondPass:
    """The dictionary's mentions, and those of the words it leaves that are at least `min_similarity` like a spelling.

    The spellings are those of the core concepts; of all concepts where none is core (at most MAX_SPELLINGS). Those that
    must be in capitals, or that a sense rule speaks of, are left out.
    """

    def __init__(self, linker: Linker, min_similarity: float) -> None:
        self.linker = linker
        self.min_similarity = min_similarity
        self._meanings = _meanings(linker.vocabulary, linker.settings.min_score)
        self._generator = _generator(sorted(self._meanings))

    def link(self, captions: Iterable[tuple[str, str]], known: Known = NOTHING) -> Iterator[Mention]:
        """Yield the mentions of (figure_id, clean caption) pairs, by caption and place."""
        waiting = iter(captions)
        while batch := list(islice(waiting, _BATCH)):
            exact = [self.linker.link_caption(figure_id, caption, known.get(figure_id)) for figure_id, caption in batch]
            read = [tokenise(caption) for _, caption in batch]
            left = [left_over(tokens, mentions) for tokens, mentions in zip(read, exact, strict=True)]
            nearest = self._nearest({text for runs in left for _, _, text in runs})
            for (figure_id, caption), tokens, mentions, runs in zip(batch, read, exact, left, strict=True):
                more = self._mentions(figure_id, caption, tokens, [(run, nearest[run[2]]) for run in runs])
                yield from sorted([*mentions, *more], key=lambda m: (m.start, m.end))

    def _nearest(self, texts: set[str]) -> dict[str, tuple[float, str]]:
        """For each text, how like the most similar spelling is and which one that is; 0 when there is none."""
        asked = sorted(texts)
        found: dict[str, tuple[float, str]] = {}
        for text, candidates in zip(asked, self._generator(asked, _NEIGHBOURS), strict=True):
            pairs = [(s, a) for c in candidates for s, a in zip(c.similarities, c.aliases, strict=True)]
            found[text] = min(pairs, key=lambda pair: (-pair[0], pair[1]), default=(0.0, ""))
        return found

    def _mentions(
        self, figure_id: str, caption: str, tokens: Tokens, runs: list[tuple[tuple[int, int, str], tuple[float, str]]]
    ) -> list[Mention]:
        """The mentions of the runs that are like a spelling: the most similar first, the longer, the leftmost."""
        taken: set[int] = set()
        kept = []
        for (first, end, _), (similarity, spelling) in sorted(
            runs, key=lambda r: (-r[1][0], r[0][0] - r[0][1], r[0][0])
        ):
            if similarity >= self.min_similarity and taken.isdisjoint(range(first, end)):
                taken.update(range(first, end))
                kept.append((tokens.starts[first], tokens.ends[end - 1], similarity, self._meanings[spelling]))
        statuses = assert_status(caption, [(start, end) for start, end, *_ in kept], [c.tui for *_, c in kept])
        stamp = self.linker.vocabulary.digest[:12]
        return [
            Mention(
                figure_id, start, end, caption[start:end], concept.cui, concept.name, concept.tui,
                round(min(float(similarity), 1.0) * concept.prior, 3), status, ORIGIN, stamp,
            )
            for (start, end, similarity, concept), status in zip(kept, statuses, strict=True)
        ]  # fmt: skip


def left_over(tokens: Tokens, mentions: Iterable[Mention]) -> list[tuple[int, int, str]]:
    """The runs of up to five tokens that no mention covers: first, end, normal form.

    A run holds no cue of assertion, neither begins nor ends with a function word, has six letters at least, and crosses
    no punctuation.
    """
    spans = [(m.start, m.end) for m in mentions]
    free = [
        norm not in PUNCTUATION and norm not in _CUES and not any(start < e and end > s for s, e in spans)
        for norm, start, end in zip(tokens.norms, tokens.starts, tokens.ends, strict=True)
    ]
    runs = []
    for first in range(len(free)):
        for end in range(first + 1, min(first + _MOST_TOKENS, len(free)) + 1):
            if not free[end - 1]:
                break
            part = tokens.norms[first:end]
            text = " ".join(part)
            if sum(map(str.isalpha, text)) >= _FEWEST_LETTERS and _FUNCTION.isdisjoint((part[0], part[-1])):
                runs.append((first, end, text))
    return runs


def _meanings(vocabulary: Vocabulary, min_score: float) -> dict[str, Candidate]:
    """Spelling -> the concept that it stands for; ConfigError when there are too many to compare with."""
    core_only = vocabulary.core_count() > 0
    if not core_only and len(vocabulary) > MAX_SPELLINGS:
        raise ConfigError(
            f"the second pass compares with at most {MAX_SPELLINGS} spellings, the vocabulary has {len(vocabulary)}",
            "Build the vocabulary with the open terms (--open), or leave the second pass out.",
        )
    found = {}
    for key, candidates in vocabulary.forms():
        best = candidates[0]
        if len(key) < _FEWEST_LETTERS or best.is_cased or best.prior < min_score or key in vocabulary.senses:
            continue
        if best.is_core or not core_only:
            found[key] = best
    return found


def _generator(spellings: list[str]) -> Any:
    """scispaCy's candidate generator over the spellings."""
    from scispacy.candidate_generation import CandidateGenerator  # noqa: PLC0415 - seconds that few runs need
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    if not spellings:
        raise ConfigError("the vocabulary has no spelling for the second pass", "Leave the second pass out.")
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), min_df=1, dtype=np.float32)
    vectors = vectorizer.fit_transform(spellings)
    knowledge = _Spellings({spelling: {spelling} for spelling in spellings})
    return CandidateGenerator(ExactIndex(vectors), vectorizer, spellings, knowledge)
