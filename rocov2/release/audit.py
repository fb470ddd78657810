"""Audit a dataset of captioned images for leaks between its splits and for faults of its captions and labels. Pure.

It works on whatever is known of a dataset: PMCIDs and file names, digests, captions, concepts; a check whose columns
are absent is left out, never guessed.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rocov2.release.faults import forms_of, is_blank, is_compound, is_glued, is_untrimmed, negated_concepts
from rocov2.release.labels import MODALITY_CODES
from rocov2.release.rows import SPLITS
from rocov2.release.twins import find_twins

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Corpus:
    """A dataset as columns of equal length, one place an image; empty columns are unknown.

    `None` in a column is unknown for that image. `strays` are ids that some of the files have and others lack. `files`
    are the images where they are at hand; what is seen in them (`looks.with_looks`) are `digests`, `clusters` of
    look-alikes and `unreadable` ids.
    """

    ids: Sequence[str]
    splits: Sequence[str]
    captions: Sequence[str | None] = ()
    pmcids: Sequence[str | None] = ()
    figures: Sequence[str | None] = ()
    digests: Sequence[str | None] = ()
    hashes: Sequence[str | None] = ()
    cuis: Sequence[Sequence[str] | None] = ()
    cuis_manual: Sequence[Sequence[str] | None] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    strays: Sequence[str] = ()
    files: Sequence[Path | None] = ()
    clusters: Sequence[str | None] = ()
    unreadable: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: `count` of `of` images (or of what the sentence says), with examples."""

    code: str
    sentence: str
    count: int
    of: int
    examples: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The count as a share, 0 where there is nothing to find it in."""
        return self.count / self.of if self.of else 0.0


def audit(corpus: Corpus) -> list[Finding]:
    """All findings of a dataset, those with a count of 0 included, in a fixed order."""
    return [*_leaks(corpus), *_coverage(corpus), *_strays(corpus), *_captions(corpus), *_negated(corpus)]


def leaks_in(findings: Iterable[Finding]) -> list[Finding]:
    """Those that say that images of one split stand in another too: by article, file, digest, looks or caption."""
    return [finding for finding in findings if finding.count and finding.code.count(".") == 2]


def as_markdown(findings: Iterable[Finding]) -> str:
    """The findings as a table."""
    lines = ["| finding | count | of | share | for example |", "| --- | ---: | ---: | ---: | --- |"]
    for f in findings:
        examples = ", ".join(f"`{example}`" for example in f.examples)
        lines.append(f"| {f.sentence} | {f.count:,} | {f.of:,} | {f.share:.2%} | {examples} |")
    return "\n".join(lines) + "\n"


def _leaks(corpus: Corpus) -> Iterator[Finding]:
    units: tuple[tuple[str, str, Sequence[str | None]], ...] = (
        ("article", "share their article", corpus.pmcids),
        ("figure", "share their figure file", corpus.figures),
        ("image", "are the same image by digest", corpus.digests),
        ("look_alike", "share their looks, whatever their size, crop or margin,", corpus.clusters)
        if corpus.clusters
        else ("look_alike", "have the same perceptual hash", corpus.hashes),
    )
    for code, words, column in units:
        if column:
            splits_of: dict[str, set[str]] = defaultdict(set)
            for key, split in zip(column, corpus.splits, strict=True):
                if key is not None:
                    splits_of[key].add(split)
            yield from _across(corpus, code, words, [None if key is None else splits_of[key] for key in column])
    for split in SPLITS if corpus.clusters else ():
        sizes = Counter(corpus.clusters)
        here = [(i, c) for i, s, c in zip(corpus.ids, corpus.splits, corpus.clusters, strict=True) if s == split and c]
        hits = [name for name, cluster in here if sizes[cluster] > 1]
        if here:
            yield _finding(
                f"copied.{split}", f"images of {split} that look the same as another anywhere", hits, len(here)
            )
    if corpus.captions:
        yield from _twins(corpus)


def _across(corpus: Corpus, code: str, words: str, found_in: Sequence[set[str] | None]) -> Iterator[Finding]:
    """For each pair of splits the images of the first that `found_in` also places in the second; None is unknown."""
    known = Counter(split for split, found in zip(corpus.splits, found_in, strict=True) if found is not None)
    present = [split for split in reversed(SPLITS) if known[split]]
    for place, one in enumerate(present):
        for other in present[place + 1 :]:
            rows = zip(corpus.ids, corpus.splits, found_in, strict=True)
            hits = [name for name, split, found in rows if split == one and found and other in found]
            yield _finding(
                f"{code}.{one}.{other}", f"images of {one} that {words} with one of {other}", hits, known[one]
            )


def _twins(corpus: Corpus) -> Iterator[Finding]:
    twins = find_twins([caption or "" for caption in corpus.captions])
    splits_of: dict[int, set[str]] = defaultdict(set)
    for form, split in zip(twins.form_of, corpus.splits, strict=True):
        splits_of[form].add(split)
    found_in: list[set[str] | None] = []
    for form, caption in zip(twins.form_of, corpus.captions, strict=True):
        near = (form, *twins.near.get(form, ())) if form >= 0 else ()
        found_in.append(None if caption is None else set().union(*(splits_of[other] for other in near)))
    yield from _across(corpus, "caption", "have a near-identical caption", found_in)
    sizes = Counter(twins.form_of)
    for split in SPLITS:
        rows = zip(corpus.ids, corpus.splits, twins.form_of, strict=True)
        hits = [i for i, s, f in rows if s == split and f >= 0 and (sizes[f] > 1 or f in twins.near)]
        if of := sum(s == split and c is not None for s, c in zip(corpus.splits, corpus.captions, strict=True)):
            yield _finding(f"caption.{split}", f"images of {split} with a near-identical caption anywhere", hits, of)


def _coverage(corpus: Corpus) -> Iterator[Finding]:
    """Concepts of the protected splits that train never shows: nobody can learn them."""
    if not corpus.cuis:
        return
    used: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    for split, cuis in zip(corpus.splits, corpus.cuis, strict=True):
        used[split].update(cuis or ())
    for split in SPLITS[1:]:
        if used[split] and used[SPLITS[0]]:
            unseen = {cui: count for cui, count in used[split].items() if cui not in used[SPLITS[0]]}
            yield _finding(f"unseen.{split}", f"concepts of {split} that train lacks", sorted(unseen), len(used[split]))
            total = sum(used[split].values())
            sentence = f"concept assignments of {split} to concepts that train lacks"
            yield Finding(f"unseen_uses.{split}", sentence, sum(unseen.values()), total)


def _strays(corpus: Corpus) -> Iterator[Finding]:
    yield _finding("stray", "ids that some files have and others lack", corpus.strays, len(corpus.ids))
    twice = [name for name, count in Counter(corpus.ids).items() if count > 1]
    yield _finding("id_twice", "ids that occur twice", twice, len(corpus.ids))
    if corpus.clusters:
        yield _finding("unreadable", "files that are no picture", corpus.unreadable, len(corpus.ids))
    if corpus.cuis:
        bare = [name for name, cuis in zip(corpus.ids, corpus.cuis, strict=True) if cuis is not None and not cuis]
        yield _finding("no_concept", "images without any concept", bare, len(corpus.ids))
    if corpus.cuis_manual:
        rows = [(name, cuis) for name, cuis in zip(corpus.ids, corpus.cuis_manual, strict=True) if cuis is not None]
        bare = [name for name, cuis in rows if not MODALITY_CODES.keys() & set(cuis)]
        yield _finding("no_modality", "images whose curated concepts name no modality", bare, len(rows))
        odd = [name for name, cuis in rows if cuis and not MODALITY_CODES.keys() & set(cuis)]
        yield _finding("odd_manual", "images with curated concepts but no modality among them", odd, len(rows))
    if corpus.cuis and corpus.names:
        used = {cui for cuis in corpus.cuis for cui in cuis or ()}
        yield _finding("unnamed", "concepts without a name", sorted(used - set(corpus.names)), len(used))


_FAULTS: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("blank", "captions that are blank", is_blank),
    ("untrimmed", "captions that start or end with white space", is_untrimmed),
    ("glued", "captions whose title or sentences run into each other", is_glued),
    ("compound", "captions of several panels on one image", is_compound),
)


def _captions(corpus: Corpus) -> Iterator[Finding]:
    known = [(name, caption) for name, caption in zip(corpus.ids, corpus.captions, strict=False) if caption is not None]
    for code, sentence, is_faulty in _FAULTS if known else ():
        yield _finding(code, sentence, [name for name, caption in known if is_faulty(caption)], len(known))


def _negated(corpus: Corpus) -> Iterator[Finding]:
    """Of the concepts that a caption only denies, those that it is labelled with all the same."""
    if not (corpus.captions and corpus.cuis and corpus.names):
        return
    forms = forms_of(corpus.names)
    wrong, denied = [], 0
    for name, caption, cuis in zip(corpus.ids, corpus.captions, corpus.cuis, strict=True):
        only_denied = negated_concepts(caption, forms) if caption and cuis is not None else []
        denied += len(only_denied)
        wrong += [
            f"{name} {min(found)}" for found in (named.intersection(cuis or ()) for named in only_denied) if found
        ]
    yield _finding("negated", "concepts that a caption only denies and that its image is labelled with", wrong, denied)


def _finding(code: str, sentence: str, hits: Sequence[str], of: int) -> Finding:
    return Finding(code, sentence, len(hits), of, tuple(hits[:_EXAMPLES]))
