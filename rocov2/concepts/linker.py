"""The dictionary linker: clean captions become mentions, spans tied to concepts with a sense, a score and a status.

At each token the trie gives every key that begins there; the sense rules and the caption's own abbreviations say which
concept it means, if any; the longest matches win, those of the core list (what the published dataset labels) before
others of the same words, so that a rare compound does not hide the parts that a release can show.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rocov2.concepts.abbreviations import defined_abbreviations
from rocov2.concepts.assertion import PRESENT, find_scopes, status_of
from rocov2.concepts.matching import Choice, Match, find_matches, is_procedure, keep_longest
from rocov2.concepts.normalise import Tokens, key_of, tokenise
from rocov2.concepts.senses import SenseRules, occurrence
from rocov2.concepts.terms import ALL_OF
from rocov2.concepts.vocabulary import Candidate, Vocabulary
from rocov2.tables import Mention

ORIGIN = "dictionary"
Known = Mapping[str, Mapping[str, str]]
"""figure_id -> short form -> long form, of the abbreviations that the rest of an article defines."""
NOTHING: Known = MappingProxyType({})
_EXAMINATION = re.compile(r"gra(?:m|phy|phies)\b|imaging|resonance|ultraso|x.?rays?\b|\bscans?\b", re.IGNORECASE)
# of a match that no key of the vocabulary gave
_NO_KEY = -1


@dataclass(frozen=True, slots=True)
class LinkerSettings:
    """What the linker may return; empty sets let every type through, `senses` None means the vocabulary's own."""

    allowed_types: frozenset[str] = frozenset()
    denied_types: frozenset[str] = frozenset()
    min_score: float = 0.0
    abbreviations: bool = True
    parts: bool = True
    senses: SenseRules | None = None


class Linker:
    """A vocabulary and its settings, ready to read captions; the same caption always gives the same mentions."""

    def __init__(self, vocabulary: Vocabulary, settings: LinkerSettings | None = None) -> None:
        self.vocabulary = vocabulary
        self.settings = settings or LinkerSettings()
        self._senses = vocabulary.senses if self.settings.senses is None else self.settings.senses
        self._stamp = vocabulary.digest[:12]
        self._known: dict[int, tuple[str, tuple[Candidate, ...]]] = {}

    def link(self, captions: Iterable[tuple[str, str]], known: Known = NOTHING) -> Iterator[Mention]:
        """The mentions of (figure_id, clean caption) pairs, in the order of the captions and of their places."""
        for figure_id, caption in captions:
            yield from self.link_caption(figure_id, caption, known.get(figure_id))

    def link_caption(self, figure_id: str, caption: str, article: Mapping[str, str] | None = None) -> list[Mention]:
        """The mentions of one clean caption, by place; spans are character offsets into it.

        `article` has the long forms of abbreviations that the rest of the article defines; the caption's own count
        before them.
        """
        tokens = tokenise(caption)
        choices = self._choices(tokens, caption, article or {})
        if not choices:
            return []
        scopes = find_scopes(tokens)
        mentions = []
        for match, candidate in keep_longest(choices, parts=self.settings.parts):
            status = status_of(scopes, match.first, match.end, candidate.tui) if scopes else PRESENT
            start, end = tokens.starts[match.first], tokens.ends[match.end - 1]
            for concept in self._all_of(match, candidate):
                mentions.append(
                    Mention(
                        figure_id, start, end, caption[start:end], concept.cui, concept.name, concept.tui,
                        concept.prior, status, ORIGIN, self._stamp,
                    )
                )  # fmt: skip
        return mentions

    def _choices(self, tokens: Tokens, caption: str, article: Mapping[str, str]) -> list[Choice]:
        """Every match with the concept that it means here; matches that mean none are left out."""
        matches = find_matches(tokens.norms, self.vocabulary.trie)
        shorts = self._defined(caption, article) if self.settings.abbreviations else {}
        choices = list(_abbreviated(tokens, caption, shorts)) if shorts else []
        for match in matches:
            form, candidates = self._known.get(match.key_id) or self._learn(match.key_id)
            if candidates:
                candidate = self._choose(match, form, candidates, tokens, caption, shorts)
                if candidate is not None:
                    choices.append((match, candidate))
        return choices

    def _choose(
        self,
        match: Match,
        form: str,
        candidates: tuple[Candidate, ...],
        tokens: Tokens,
        caption: str,
        shorts: dict[str, Candidate | None],
    ) -> Candidate | None:
        """The concept that a match means here, or None."""
        rules = self._senses.get(form)
        first = candidates[0]
        if not rules and not shorts and not first.is_cased:
            return first
        raw = caption[tokens.starts[match.first] : tokens.ends[match.end - 1]]
        if raw in shorts:
            return shorts[raw]
        occurs = occurrence(tokens.norms, match.first, match.end) if rules else None
        for candidate in candidates:
            if candidate.is_cased and not _written_in_capitals(raw):
                continue
            if rules and occurs and not all(r.holds(occurs) for r in rules if r.cui in {"", candidate.cui}):
                continue
            return candidate
        return None

    def _learn(self, key_id: int) -> tuple[str, tuple[Candidate, ...]]:
        """The key of an id and its concepts that the settings let through, kept for the next time."""
        form = self.vocabulary.trie.restore_key(key_id).rstrip()
        known = form, tuple(c for c in self.vocabulary.candidates(key_id) if self._is_allowed(c))
        self._known[key_id] = known
        return known

    def _is_allowed(self, candidate: Candidate) -> bool:
        """Say whether the settings let a concept through."""
        types = candidate.tui.split(";") if candidate.tui else []
        settings = self.settings
        if candidate.prior < settings.min_score or not settings.denied_types.isdisjoint(types):
            return False
        return not settings.allowed_types or not settings.allowed_types.isdisjoint(types)

    def _all_of(self, match: Match, chosen: Candidate) -> tuple[Candidate, ...]:
        """The concepts that a match stands for together: all of a compound's ("splenomegaly"), else the chosen one."""
        if chosen.tty != ALL_OF:
            return (chosen,)
        return tuple(c for c in self._known[match.key_id][1] if c.tty == ALL_OF)

    def _defined(self, caption: str, article: Mapping[str, str]) -> dict[str, Candidate | None]:
        """Short forms that caption or article define -> the concept of their long form, None when that is unknown.

        An examination keeps its own: TTE is an ultrasonography however "transthoracic echocardiogram" is spelt.
        """
        found: dict[str, Candidate | None] = {}
        for short, long in {**article, **defined_abbreviations(caption, self._matters)}.items():
            candidates = self._candidates_of(long)
            if not candidates and _EXAMINATION.search(long):
                candidates = tuple(c for c in self._candidates_of(short) if is_procedure(c.tui, c.name))
            found[short] = candidates[0] if candidates else None
        return found

    def _candidates_of(self, text: str) -> tuple[Candidate, ...]:
        """The concepts that a spelling may mean, after the settings."""
        key_id = self.vocabulary.trie.get(key_of(text) + " ")
        return (self._known.get(key_id) or self._learn(key_id))[1] if key_id is not None else ()

    def _matters(self, short: str) -> bool:
        """Say whether a short form has a concept that may be the wrong one; names of procedures are not in doubt."""
        return any(not is_procedure(c.tui, c.name) for c in self._candidates_of(short))


def _abbreviated(tokens: Tokens, caption: str, shorts: Mapping[str, Candidate | None]) -> Iterator[Choice]:
    """The places of defined abbreviations, with their concepts, whether or not the vocabulary knows them."""
    for i, (start, end) in enumerate(zip(tokens.starts, tokens.ends, strict=True)):
        candidate = shorts.get(caption[start:end])
        if candidate is not None and candidate.tty != ALL_OF:
            yield Match(i, i + 1, i + 1, _NO_KEY), candidate


def _written_in_capitals(raw: str) -> bool:
    """Say whether a span is written as an abbreviation: at least half of its letters are capitals."""
    letters = [c for c in raw if c.isalpha()]
    return bool(letters) and sum(c.isupper() for c in letters) * 2 >= len(letters)
