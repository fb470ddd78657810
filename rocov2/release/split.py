"""Assign articles to train, valid and test: by a hash of their group, sticky from one release to the next. Pure.

A group is the set of articles that share look-alike images, so a group that stays together is a split
without leaks. A group that later releases join may already stand in several splits: nobody moves then,
and the less protected articles are reported, for their look-alikes to be dropped.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from rocov2.errors import ConfigError
from rocov2.release.rows import SPLITS

SHARES = (0.752, 0.124, 0.124)
"""Shares of train, valid and test of the published set (59,958 / 9,904 / 9,927 images)."""

SALT = "rocov2-1"


@dataclass(frozen=True, slots=True)
class Conflict:
    """An article, released before, that shares look-alikes with a rival of a more protected split."""

    pmcid: str
    split: str
    rival: str
    rival_split: str


def assign_splits(
    groups: Mapping[str, str],
    previous: Mapping[str, str],
    shares: Sequence[float] = SHARES,
    salt: str = SALT,
    floors: Mapping[str, str] | None = None,
    fresh: Mapping[str, str] | None = None,
) -> tuple[dict[str, str], list[Conflict]]:
    """Give every article a split.

    `groups` names the group of each PMCID, `previous` the split of each PMCID ever released, `floors` the least
    protected split that a PMCID may stand in (a pin), `fresh` the split of groups that nothing binds. An article of
    `previous` keeps its split. A new one joins the most protected split that its group stands in or is pinned to
    (test > valid > train), or else that of `fresh`, or else the split that the hash of its group falls in. A split may
    stay empty. Returns the splits (by PMCID, sorted) and the conflicts. Raises ConfigError for impossible shares or
    splits.
    """
    bounds, floors, fresh = share_bounds(shares), floors or {}, fresh or {}
    for splits_of in (previous, floors, fresh):
        _require_splits(splits_of)
    splits: dict[str, str] = {}
    conflicts: list[Conflict] = []
    for group_id, pmcids in members_of(groups).items():
        seen = {p: previous[p] for p in (*pmcids, group_id) if p in previous}
        bound = {p: floors[p] for p in (*pmcids, group_id) if p in floors and p not in previous}
        target = max((*seen.values(), *bound.values()), key=SPLITS.index, default="")
        target = target or fresh.get(group_id) or split_of(group_id, bounds, salt)
        found = {**seen, **{pmcid: seen.get(pmcid, target) for pmcid in pmcids}}
        rival = min((p for p, split in {**bound, **found}.items() if split == target), key=_number)
        splits.update((pmcid, found[pmcid]) for pmcid in pmcids)
        conflicts += [Conflict(p, found[p], rival, target) for p in pmcids if found[p] != target]
    return dict(sorted(splits.items())), sorted(conflicts, key=lambda c: c.pmcid)


def members_of(groups: Mapping[str, str]) -> dict[str, list[str]]:
    """The PMCIDs of each group, sorted."""
    members: dict[str, list[str]] = defaultdict(list)
    for pmcid in sorted(groups):
        members[groups[pmcid]].append(pmcid)
    return dict(members)


def split_of(group_id: str, bounds: Sequence[float], salt: str) -> str:
    """Split of a group from its hash alone; `bounds` are the cumulated shares."""
    place = hash_of(group_id, salt) / 2**64
    return next((split for split, bound in zip(SPLITS, bounds, strict=True) if place < bound), SPLITS[-1])


def hash_of(group_id: str, salt: str) -> int:
    """64 bits that are a group's own and owe nothing to its company."""
    return int.from_bytes(hashlib.sha256(f"{salt}\0{group_id}".encode()).digest()[:8], "big")


def merge_groups(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Group of each PMCID from (PMCID, group_id) pairs; groups that an article ties together become one.

    A group is named after the smallest PMCID that the pairs give it, by its number.
    """
    parent: dict[str, str] = {}

    def find(node: str) -> str:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    pmcids = []
    for pmcid, group_id in pairs:
        pmcids.append(pmcid)
        smaller, larger = sorted((find(pmcid), find(group_id)), key=_number)
        parent[larger] = smaller
    return {pmcid: find(pmcid) for pmcid in pmcids}


def most_protected(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """One split an article from (PMCID, split) pairs: test before valid before train.

    This is how a set whose articles stand in several splits pins a release.
    """
    splits: dict[str, str] = {}
    for pmcid, split in pairs:
        _require_splits({pmcid: split})
        if pmcid not in splits or SPLITS.index(split) > SPLITS.index(splits[pmcid]):
            splits[pmcid] = split
    return splits


def _number(pmcid: str) -> tuple[int, str]:
    """Sort key of PMCIDs by number: a longer one is larger."""
    return len(pmcid), pmcid


def share_bounds(shares: Sequence[float]) -> list[float]:
    """The shares cumulated. Raises ConfigError for what is no split of 1."""
    if len(shares) != len(SPLITS) or min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
        raise ConfigError(
            f"the shares {tuple(shares)} are not a split of 1 into {', '.join(SPLITS)}",
            "give three numbers from 0 to 1 that add up to 1",
        )
    return list(accumulate(shares))


def _require_splits(previous: Mapping[str, str]) -> None:
    for pmcid, split in previous.items():
        if split not in SPLITS:
            raise ConfigError(f"{pmcid} stands in an unknown split {split!r}", f"splits are {', '.join(SPLITS)}")
