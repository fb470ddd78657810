"""Two vocabularies become what differs between them: spellings, their meanings, concepts, names, types."""

from dataclasses import dataclass, field

from rocov2.concepts.vocabulary import Vocabulary

KINDS = (
    "terms_added",
    "terms_dropped",
    "meanings_changed",
    "concepts_added",
    "concepts_dropped",
    "concepts_renamed",
    "types_changed",
)


@dataclass
class Differences:
    """How many differences of each kind there are, and the first examples of each, in order."""

    limit: int
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    examples: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def add(self, kind: str, example: str) -> None:
        """Count one difference, and keep it while there is room."""
        self.counts[kind] += 1
        if len(self.examples[kind]) < self.limit:
            self.examples[kind].append(example)


def differences(old: Vocabulary, new: Vocabulary, limit: int = 20) -> Differences:
    """Return what `new` has, lacks or says otherwise than `old`; at most `limit` examples of each kind."""
    found = Differences(limit)
    _compare_terms(old, new, found)
    _compare_concepts(old.names, new.names, found)
    return found


def _compare_terms(old: Vocabulary, new: Vocabulary, found: Differences) -> None:
    for key in old.trie.iterkeys():
        key_id = new.trie.get(key)
        before = _cuis(old, old.trie[key])
        if key_id is None:
            found.add("terms_dropped", f"{key.rstrip()}: {' '.join(before)}")
        elif (after := _cuis(new, key_id)) != before:
            found.add("meanings_changed", f"{key.rstrip()}: {' '.join(before)} -> {' '.join(after)}")
    for key in new.trie.iterkeys():
        if key not in old.trie:
            found.add("terms_added", f"{key.rstrip()}: {' '.join(_cuis(new, new.trie[key]))}")


def _cuis(vocabulary: Vocabulary, key_id: int) -> list[str]:
    return [candidate.cui for candidate in vocabulary.candidates(key_id)]


def _compare_concepts(old: dict[str, tuple[str, str]], new: dict[str, tuple[str, str]], found: Differences) -> None:
    for cui in sorted(old.keys() | new.keys()):
        if cui not in new:
            found.add("concepts_dropped", f"{cui} {old[cui][0]}")
        elif cui not in old:
            found.add("concepts_added", f"{cui} {new[cui][0]}")
        else:
            (name, types), (other, other_types) = old[cui], new[cui]
            if name != other:
                found.add("concepts_renamed", f"{cui} {name} -> {other}")
            if types != other_types:
                found.add("types_changed", f"{cui} {name}: {types or '-'} -> {other_types or '-'}")
