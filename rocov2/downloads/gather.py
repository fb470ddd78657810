"""From items to verified image files: what is there stays, what is gone is not asked for again, the rest comes."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rocov2.downloads.items import PASSING, THERE, Found, Item, Located, Outcome
from rocov2.downloads.journal import Journal
from rocov2.downloads.keeper import Keeper, Wishes
from rocov2.downloads.output import Output
from rocov2.downloads.spread import Spread, keep_spread
from rocov2.net import BadKey, Source, check_key
from rocov2.net.threads import map_as_done


def gather(
    items: Iterable[Item],
    source: Source,
    output: Output,
    journal: Journal,
    wishes: Wishes,
    spread: Spread | None = None,
) -> Iterator[Outcome]:
    """Yield an outcome for each item, as it comes, after its image has its place; `spread` over processes if it pays.

    Raises SourceError when the source refuses or fails too often, IncompleteError when the disk refuses.
    """
    wanted: dict[str, Item] = {}
    for item in items:
        outcome = standing(item, output, journal, wishes)
        if outcome:
            yield outcome
        else:
            wanted[item.item_id] = item
    for outcome in _kept(wanted, source, output, wishes, spread):
        item = wanted[outcome.item_id]
        if not (item.sha256 and outcome.is_here) or journal.recall(item):  # what a digest proves need not be remembered
            journal.note(item, outcome)
        yield outcome


def _kept(
    wanted: dict[str, Item], source: Source, output: Output, wishes: Wishes, spread: Spread | None
) -> Iterator[Outcome]:
    """Yield what comes of each item; only objects whose keys are known before are shared out among processes."""
    found = _find(wanted.values(), source, wishes)
    if spread and spread.pays(len(wanted)) and all(item.source_key for item in wanted.values()):
        return keep_spread(list(found), spread, output, wishes)
    return map_as_done(Keeper(source, output, wishes).keep, found, source.connections)


def _find(items: Iterable[Item], source: Source, wishes: Wishes) -> Iterator[Found]:
    """Yield for each item its object, or why there is none; those that name a key at once."""
    nameless: list[Item] = []
    for item in items:
        if item.source_key:
            yield Located(item, item.source_key, item.md5, matched_by="key")
        else:
            nameless.append(item)
    if nameless:
        from rocov2.downloads.locate import locate  # noqa: PLC0415 - reads articles, which most lists need not

        yield from locate(nameless, source, wishes.check_captions)


def standing(item: Item, output: Output, journal: Journal, wishes: Wishes) -> Outcome | None:
    """Return the outcome of an item that needs no request: it is there, or was refused for good; else None."""
    known = journal.recall(item)
    file, sha256 = (item.target, item.sha256) if item.sha256 else (known.file, known.sha256) if known else ("", "")
    if sha256 and _is_path(file) and (size := output.size(file, sha256)):
        if known is None or not known.is_here:
            key, how = item.source_key, "key" if item.source_key else ""
            known = Outcome(item.item_id, THERE, "", "", file, key, item.md5, sha256, size, matched_by=how)
        return replace(known, outcome=THERE)
    if known is None or known.is_here or known.cause in PASSING or wishes.again:
        return None
    return known


def _is_path(file: str) -> bool:
    try:
        return bool(file) and check_key(file) == file
    except BadKey:
        return False
