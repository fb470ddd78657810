"""From items to keys in the bucket: by the file name's stem, the label or the caption.

An article is asked for once, however many items name it: a listing for its versions, the JSON of each, and the XML
only where a label or a caption has to be looked up.
"""

from collections.abc import Iterable, Iterator

from rocov2.downloads.articles import Version, plain_pmcid, versions_of
from rocov2.downloads.items import FAILED, GONE, Found, Item, Located, Outcome, lost
from rocov2.downloads.matching import Match, by_caption, by_label, share_of_words
from rocov2.jats.source import BadArticle
from rocov2.net import ObjectError, Source
from rocov2.net.threads import map_as_done


def locate(items: Iterable[Item], source: Source, check_captions: bool = False) -> Iterator[Found]:
    """Yield for each item that names no key its object, or an outcome that says why there is none, as articles come.

    With `check_captions` the caption of the list is compared with that of the article. Raises SourceError when the
    run should stop.
    """
    articles: dict[str, list[Item]] = {}
    for item in items:
        articles.setdefault(plain_pmcid(item.pmcid), []).append(item)
    for item in articles.pop("", []):
        yield Outcome(item.item_id, FAILED, "no_pmcid", f"{item.pmcid!r} is no PMCID")
    groups = articles.items()
    for found in map_as_done(lambda group: _in_article(source, *group, check_captions), groups, source.connections):
        yield from found


def _in_article(source: Source, pmcid: str, items: list[Item], check: bool) -> list[Found]:
    """Look up all items of one article."""
    try:
        versions = versions_of(source, pmcid)
    except ObjectError as error:
        return [lost(item, error, "no_article") for item in items]
    return [_in_versions(versions, item, check) for item in items]


def _in_versions(versions: list[Version], item: Item, check: bool) -> Found:
    """Look an item up in the version to use, then in the older ones: lists name files as they were then."""
    reasons: list[Outcome] = []
    for version in versions:
        try:
            found = _in_version(version, item, check)
        except BadArticle as error:
            found = Outcome(item.item_id, FAILED, error.reason, error.detail)
        except ObjectError as error:
            found = lost(item, error)
        if isinstance(found, Located):
            return found
        reasons.append(found)
    return reasons[0]


def _in_version(version: Version, item: Item, check: bool) -> Found:
    """Look an item up by file name where it has one, else by label, else by caption."""
    if item.file:
        key = version.index.find(item.file)
        if key is None:
            return Outcome(item.item_id, GONE, "no_such_file", f"{version.record.article_id} has no {item.file}")
        return _located(version, item, key, "file", _caption_check(version, item, key) if check else "")
    match = by_label(version.figures, item.label) if item.label else by_caption(version.figures, item.caption)
    if match.figure is None:
        word = GONE if match.how == "no_such_label" else FAILED
        return Outcome(item.item_id, word, match.how, _seen(version, item, match))
    check_word = f"{share_of_words(match.figure.caption, item.caption):.2f}" if item.caption else ""
    return _located(version, item, match.figure.source_key, match.how, check_word)


def _seen(version: Version, item: Item, match: Match) -> str:
    """Say what there was to choose from where no figure was chosen."""
    said = f"{version.record.article_id} has {len(version.figures)} figures"
    if match.how == "no_caption":
        return f"{said}; the list says neither file nor label nor caption"
    if match.how == "ambiguous":
        return f"{said}, more than one of them fits"
    return f"{said}, none labelled {item.label!r}" if item.label else f"{said}, the nearest {match.share:.2f}"


def _located(version: Version, item: Item, key: str, how: str, caption_check: str) -> Located:
    record = version.record
    how = f"{how}, retracted" if record.is_retracted else how
    return Located(item, key, version.media[key], record.license_code, how, caption_check)


def _caption_check(version: Version, item: Item, key: str) -> str:
    """Return the share of words that list and article have in common; `no figure` when no figure has that image."""
    if not item.caption:
        return ""
    try:
        captions = [figure.caption for figure in version.figures if figure.source_key == key]
    except (BadArticle, ObjectError):
        return "no XML"
    return f"{max(share_of_words(caption, item.caption) for caption in captions):.2f}" if captions else "no figure"
