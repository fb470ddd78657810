"""Lists and split terms.

"Left and right kidney" holds "left kidney", "tumor of the left kidney" holds "left kidney tumor", "femoral head and
neck" holds "femoral neck", "body and tail of the pancreas" holds "body of pancreas".

All are looked up as the words they stand for; the match spans all the words that spell it.
"""

from collections.abc import Iterator
from typing import Any

from rocov2.concepts.words import MODIFIERS, PARTS

_JOINERS = frozenset({"and", "or", ",", "to"})
_AND = frozenset({"and", "or"})
_SPLITS = frozenset({"of", "in", "within"})
_MAX_NOUN = 4

Split = tuple[int, int, int, int]


def split_matches(norms: list[str], trie: Any) -> Iterator[Split]:
    """(first token, end token, end of the claimed tokens, key id) of the keys that a list or an `of` splits."""
    last = len(norms) - 1
    for at, word in enumerate(norms):
        if word in MODIFIERS:
            if at + 2 <= last and norms[at + 1] in _JOINERS:
                yield from _listed(norms, at, trie)
        elif word in _SPLITS and 0 < at < last:
            yield from _turned(norms, at, trie)
        elif word in PARTS and 0 < at < last - 1 and norms[at + 1] in _AND and norms[at + 2] in PARTS:
            yield from _shared(norms, at, trie)


def _listed(norms: list[str], at: int, trie: Any) -> Iterator[Split]:
    """A modifier of a list with the noun after the last one, the longest that is a key; it claims its own words."""
    rest, joint = at + 1, at + 1
    while rest < len(norms) and (norms[rest] in MODIFIERS or norms[rest] in _JOINERS):
        joint = rest if norms[rest] in _JOINERS else joint
        rest += 1
    heads = [[norms[at]]]
    if at and norms[at - 1] in MODIFIERS:
        heads.insert(0, [norms[at - 1], norms[at]])
    # the last member may have modifiers that belong to the noun: "left and right maxillary sinus"
    for noun in range(joint + 2, rest + 1):
        for end in range(min(len(norms), noun + _MAX_NOUN), noun, -1):
            for head in heads:
                key_id = trie.get(" ".join([*head, *norms[noun:end]]) + " ")
                if key_id is not None:
                    yield at - len(head) + 1, end, at + 1, key_id
                    return


def _turned(norms: list[str], at: int, trie: Any) -> Iterator[Split]:
    """ "X of Y" looked up as "Y X": the longest Y, then the longest X."""
    for end in range(min(len(norms), at + 5), at + 1, -1):
        if norms[end - 1] in MODIFIERS:
            continue
        for first in (at - 2, at - 1):
            if first >= 0:
                key_id = trie.get(" ".join([*norms[at + 1 : end], *norms[first:at]]) + " ")
                if key_id is not None:
                    yield first, end, end, key_id
                    return


def _shared(norms: list[str], at: int, trie: Any) -> Iterator[Split]:
    """Two parts of one organ, named before them ("femoral head and neck") or after ("body and tail of pancreas").

    The part that stands beside its organ is found as it is; the other one spans both and claims nothing.
    """
    second = at + 2
    for first in (at - 2, at - 1):
        if first >= 0:
            key_id = trie.get(" ".join([*norms[first:at], norms[second]]) + " ")
            if key_id is not None:
                yield first, second + 1, first, key_id
                break
    if second + 2 < len(norms) and norms[second + 1] == "of":
        for end in range(min(len(norms), second + 2 + _MAX_NOUN), second + 2, -1):
            key_id = trie.get(" ".join([norms[at], *norms[second + 1 : end]]) + " ")
            if key_id is not None:
                yield at, end, at, key_id
                return
