"""Place the articles of a release in splits by its policy: what binds them, and what is chosen for the rest. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from rocov2.errors import ConfigError
from rocov2.release.check import Check, Failure, failure
from rocov2.release.rows import SPLITS
from rocov2.release.split import SALT, SHARES, Conflict, assign_splits
from rocov2.release.strategies import METHODS, SIZE, date_bounds, latest, split_of_day, stratify


@dataclass(frozen=True, slots=True)
class SplitPolicy:
    """How articles are split; `previous` names the split of every PMCID that was ever released.

    `ties` has pairs of PMCIDs that belong together although the look-alikes of the first were dropped: if that one was
    in test before, what is kept in its place must not go to train. `pinned` has the split of PMCIDs of another set: an
    article is never less protected than there. `method` is one of METHODS; `bounds` the first days of valid and test
    under `date`, None to choose them by the shares.
    """

    shares: Sequence[float] = SHARES
    salt: str = SALT
    previous: Mapping[str, str] = field(default_factory=dict)
    ties: Sequence[tuple[str, str]] = ()
    method: str = METHODS[0]
    pinned: Mapping[str, str] = field(default_factory=dict)
    bounds: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Candidates:
    """The samples to be placed: PMCID, publication date, modality and concepts of each."""

    pmcids: Sequence[str]
    dates: Sequence[str | None]
    modalities: Sequence[str | None]
    cuis: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Placed:
    """The split of each PMCID, the conflicts (see `split`), and the first days of valid and test under `date`."""

    splits: dict[str, str]
    conflicts: list[Conflict]
    bounds: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Told:
    """What manifest and card say of the split: method, first days of valid and test, pinned articles; notes."""

    method: str
    bounds: tuple[str, str] | None
    pinned: int
    notes: list[str]

    def as_json(self) -> dict[str, Any]:
        """The split as the manifest writes it."""
        days = dict(zip(("valid_from", "test_from"), self.bounds or (), strict=False))
        return {"method": self.method, **days, **({"pinned_articles": self.pinned} if self.pinned else {})}


def require_method(method: str) -> None:
    """Raise ConfigError for what is no way to split."""
    if method not in METHODS:
        raise ConfigError(f"release.split = {method!r} is no way to split", f"choose one of {', '.join(METHODS)}")


def place(groups: Mapping[str, str], candidates: Candidates, policy: SplitPolicy) -> Placed:
    """Give every article of `groups` (PMCID -> group) a split. Raises ConfigError for an unknown method."""
    require_method(policy.method)
    floors, fresh, bounds = dict(policy.pinned), {}, None
    if policy.method == "date":
        days = _days(candidates)
        bounds = policy.bounds or _chosen_bounds(groups, candidates, days, policy)
        floors = {pmcid: split_of_day(day, bounds) for pmcid, day in days.items()} | floors
    elif policy.method == "stratified":
        bound = assign_splits(groups, policy.previous, policy.shares, policy.salt, floors)[0]
        fresh = stratify(_labels(groups, candidates), _bound(groups, bound, policy), policy.shares, policy.salt)
    splits, conflicts = assign_splits(groups, policy.previous, policy.shares, policy.salt, floors, fresh)
    return Placed(splits, conflicts, bounds)


def check_placement(samples: pa.Table, policy: SplitPolicy, bounds: tuple[str, str] | None) -> list[Failure]:
    """Hold `samples.parquet` to what the policy promises of pinned articles, and of train under `date`."""
    found = dict(zip(samples["pmcid"].to_pylist(), samples["split"].to_pylist(), strict=True))
    loose = {
        f"{pmcid} in {found[pmcid]}, pinned to {pin}"
        for pmcid, pin in policy.pinned.items()
        if pmcid in found and SPLITS.index(found[pmcid]) < SPLITS.index(pin)
    }
    return [
        *failure(Check.PIN_BROKEN, loose),
        *failure(
            Check.AHEAD_OF_TIME, set(out_of_time(samples, bounds)) - policy.previous.keys() - policy.pinned.keys()
        ),
    ]


def told(samples: pa.Table, method: str, pinned: Mapping[str, str], bounds: tuple[str, str] | None) -> Told:
    """What there is to say of the split of `samples.parquet`."""
    held = len(pinned.keys() & set(samples["pmcid"].to_pylist()))
    early = len(out_of_time(samples, bounds))
    words = (
        f"{early:,} articles keep the split of an earlier release, or of a pin, that their date would not give them."
    )
    return Told(method, bounds, held, [words] if early else [])


def out_of_time(samples: pa.Table, bounds: tuple[str, str] | None) -> list[str]:
    """PMCIDs that stand in a less protected split than their date would give them, sorted."""
    if bounds is None:
        return []
    rows = zip(*(samples[name].to_pylist() for name in ("pmcid", "split", "published_on")), strict=True)
    return sorted({p for p, s, day in rows if SPLITS.index(s) < SPLITS.index(split_of_day(latest(day), bounds))})


def _days(candidates: Candidates) -> dict[str, str]:
    """The latest day that each article may have appeared on."""
    return {pmcid: latest(day) for pmcid, day in zip(candidates.pmcids, candidates.dates, strict=True)}


def _chosen_bounds(
    groups: Mapping[str, str], candidates: Candidates, days: Mapping[str, str], policy: SplitPolicy
) -> tuple[str, str]:
    """Bounds by the shares, over the groups that no pin and no earlier release binds."""
    sizes = Counter(groups[pmcid] for pmcid in candidates.pmcids)
    bound = _groups_of(groups, policy)
    newest: dict[str, str] = {}
    for pmcid, day in days.items():
        newest[groups[pmcid]] = max(day, newest.get(groups[pmcid], ""))
    return date_bounds({g: day for g, day in newest.items() if g not in bound}, sizes, policy.shares)


def _groups_of(groups: Mapping[str, str], policy: SplitPolicy) -> set[str]:
    """Groups that an earlier release or a pin has a say in."""
    binding = policy.previous.keys() | policy.pinned.keys()
    return {group for pmcid, group in groups.items() if pmcid in binding or group in binding}


def _bound(groups: Mapping[str, str], splits: Mapping[str, str], policy: SplitPolicy) -> dict[str, str]:
    """The most protected split of each bound group, from the splits of its articles."""
    bound = _groups_of(groups, policy)
    found: dict[str, str] = {}
    for pmcid, group in groups.items():
        if group in bound:
            found[group] = max(splits[pmcid], found.get(group, SPLITS[0]), key=SPLITS.index)
    return found


def _labels(groups: Mapping[str, str], candidates: Candidates) -> dict[str, Counter[str]]:
    """What each group's samples count under: their number, their modality, each of their concepts."""
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    rows = zip(candidates.pmcids, candidates.modalities, candidates.cuis, strict=True)
    for pmcid, modality, cuis in rows:
        labels[groups[pmcid]].update((SIZE, f"modality {modality}", *set(cuis)))
    return labels
