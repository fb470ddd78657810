"""What splits articles that nothing binds yet, beside the hash: iterative stratification, and dates. Pure."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate

from rocov2.release.rows import SPLITS
from rocov2.release.split import SALT, SHARES, hash_of

METHODS = ("hash", "stratified", "date")
"""How a release may be split; the first is the default."""

SIZE = ""
"""The label that every sample of a group counts under."""

UNKNOWN_DATE = "9999-12-31"

_FIRST_DAY = "0001-01-01"


def stratify(
    labels: Mapping[str, Counter[str]],
    placed: Mapping[str, str],
    shares: Sequence[float] = SHARES,
    salt: str = SALT,
) -> dict[str, str]:
    """Split groups so that each label's samples fall to the splits by `shares`; returns those that were not `placed`.

    `labels` counts, for each group, its samples by label (modality, concepts, and SIZE for all of them). The rarest
    label is dealt out first, its largest groups first, each to the split that lacks that label most, then samples most
    (Sechidis, Tsoumakas and Vlahavas, ECML PKDD 2011, over groups instead of rows); what is left of a tie is for the
    hash. Groups of `placed` only count for what the splits have already.
    """
    wanted = _wanted(labels, placed, shares)
    waiting = {group for group in labels if group not in placed}
    groups_of: dict[str, list[str]] = defaultdict(list)
    for group in sorted(waiting):
        for label in labels[group]:
            groups_of[label].append(group)
    left = {label: len(groups) for label, groups in groups_of.items()}
    queue = sorted((count, label) for label, count in left.items())
    found: dict[str, str] = {}
    while queue:
        count, rarest = heapq.heappop(queue)
        if count != left[rarest] or not count:
            continue
        some = (group for group in groups_of[rarest] if group in waiting)
        for group in sorted(some, key=lambda g: (-labels[g][rarest], hash_of(g, salt))):
            found[group] = _neediest(wanted[rarest], wanted[SIZE])
            waiting.discard(group)
            _take(wanted, labels[group], SPLITS.index(found[group]))
            for label in labels[group]:
                left[label] -= 1
                heapq.heappush(queue, (left[label], label))
    return dict(sorted(found.items()))


def _wanted(
    labels: Mapping[str, Counter[str]], placed: Mapping[str, str], shares: Sequence[float]
) -> dict[str, list[float]]:
    """How many samples of each label each split still lacks."""
    totals: Counter[str] = Counter()
    for counts in labels.values():
        totals.update(counts)
    wanted = {label: [share * total for share in shares] for label, total in totals.items()}
    wanted.setdefault(SIZE, [0.0] * len(SPLITS))
    for group in sorted(labels.keys() & placed.keys()):
        _take(wanted, labels[group], SPLITS.index(placed[group]))
    return wanted


def _take(wanted: dict[str, list[float]], counts: Mapping[str, int], place: int) -> None:
    for label, count in counts.items():
        wanted[label][place] -= count


def _neediest(one: Sequence[float], all_of_them: Sequence[float]) -> str:
    return max(SPLITS, key=lambda split: (one[SPLITS.index(split)], all_of_them[SPLITS.index(split)]))


def latest(published_on: str | None) -> str:
    """The last day that a date YYYY, YYYY-MM or YYYY-MM-DD can mean, as YYYY-MM-DD; UNKNOWN_DATE for none.

    An article of unknown day counts as late as it may be, so that it is never trained on before its time.
    """
    text = (published_on or "").strip()
    try:
        first = date.fromisoformat(text + _FIRST_DAY[len(text) :])
        if len(text) == 10:
            return first.isoformat()
        month = first.month if len(text) == 7 else 12
        following = date(first.year + month // 12, month % 12 + 1, 1)
    except ValueError:
        return UNKNOWN_DATE
    return (following - timedelta(days=1)).isoformat() if len(text) in (4, 7) else UNKNOWN_DATE


def date_bounds(dates: Mapping[str, str], sizes: Mapping[str, int], shares: Sequence[float]) -> tuple[str, str]:
    """First day of valid and first day of test that bring the splits as near to `shares` as days allow.

    `dates` has the latest day of each group (see `latest`), `sizes` its samples. All groups of a day stay together; a
    later release that keeps the bounds puts what is newer into test.
    """
    days: Counter[str] = Counter()
    for group, day in dates.items():
        days[day] += sizes[group]
    known = sorted(day for day in days if day != UNKNOWN_DATE)
    if not known:
        return UNKNOWN_DATE, UNKNOWN_DATE
    candidates = [*known, (date.fromisoformat(known[-1]) + timedelta(days=1)).isoformat()]
    before = dict(zip(candidates, accumulate((days[day] for day in known), initial=0), strict=True))
    total = days.total()
    starts: list[str] = []
    for share in (shares[0], shares[0] + shares[1]):
        later = [day for day in candidates if not starts or day >= starts[0]]
        starts.append(min(later, key=lambda day: (abs(before[day] - share * total), day)))
    return starts[0], starts[1]


def split_of_day(day: str, bounds: tuple[str, str]) -> str:
    """Split of what appeared on a day, given the first days of valid and of test; an unknown day is test."""
    if day == UNKNOWN_DATE:
        return SPLITS[-1]
    return SPLITS[sum(day >= bound for bound in bounds)]
