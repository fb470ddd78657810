"""curate: mentions to concepts. Adds modality, body region and view, and the curators' overrides have the last word.

What a curator should know of stands among the drops, though the figure stays: each override that changed something
(`overridden`: the release tells rules that are used from stale ones by it), each that was made for another caption and
did not act (`override_reopened`), and each figure whose modality, region or view was not sure enough to be released, or
whose image surely shows another region than its caption names (`awaits_curator`, with the confidence).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from rocov2.captions.modality import REGION_NAMES, VIEW_NAMES, view
from rocov2.concepts.assertion import HISTORICAL, NEGATED, PRESENT, UNCERTAIN
from rocov2.concepts.curated import MODALITY_CUIS, CurationPolicy, FigureFacts, awaited, curate_concepts, policy
from rocov2.concepts.hierarchy import NAMED, PartsPolicy, parts_policy, settle_parts
from rocov2.concepts.overrides import (
    DROP_IMAGE,
    ORIGIN,
    Overrides,
    apply_figure_rules,
    apply_mention_rules,
    image_rule,
    read_overrides,
    reopened_rules,
)
from rocov2.concepts.terms import is_cui
from rocov2.concepts.types import require_types
from rocov2.concepts.vocabulary import Vocabulary, open_vocabulary
from rocov2.engine.stage import Asset, Stage
from rocov2.errors import ConfigError
from rocov2.stages.places import place
from rocov2.stages.regions import doubted_region, fused_region, seen_region
from rocov2.tables import Caption, Concept, Drop, Mention, Score

STATUSES = frozenset({PRESENT, NEGATED, UNCERTAIN, HISTORICAL})
OVERRIDDEN = "overridden"
REOPENED = "override_reopened"
AWAITS = "awaits_curator"
Names = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class CurateParams:
    """`preset` is strict or published (what the published files obey); scores below the least are not released.

    The body region of an X-ray comes from the caption, and from the image where the caption names none and the image's
    score is `min_image_region_score` or more (above 1: from captions alone).
    `statuses` (present, negated, uncertain, historical), `absent_types` (TUIs) and `absent_cuis` stand for the preset's
    own where they are given; with `allowed_types` (TUIs) nothing else is released. `body_parts` is named (as captions
    name them), specific (one goes when a part of it stands) or broader (with those above, up to `body_part_levels`
    steps, 0 for all).
    """

    preset: str = "strict"
    min_modality_score: float = 0.0
    min_region_score: float = 0.5
    min_view_score: float = 0.5
    min_image_region_score: float = 0.95
    min_mention_score: float = 0.0
    statuses: tuple[str, ...] = ()
    absent_types: tuple[str, ...] = ()
    absent_cuis: tuple[str, ...] = ()
    allowed_types: tuple[str, ...] = ()
    body_parts: str = NAMED
    body_part_levels: int = 1
    vocabulary: Path = place()
    overrides: Path = place()

    def policy(self) -> CurationPolicy:
        """Return the preset with what the user set; ConfigError for a status, type or CUI that there cannot be."""
        return policy_of(self)

    def parts(self) -> PartsPolicy:
        """Return what becomes of body parts; ConfigError for a choice that there is not."""
        return parts_policy(self.body_parts, self.body_part_levels)

    def concepts(self, facts: FigureFacts, mentions: Iterable[Mention]) -> list[Concept]:
        """Return the concepts of a figure under these parameters, before the curators' rules about it."""
        found = curate_concepts(facts, mentions, self.policy())
        return settle_parts(found, self.parts(), opened(self.vocabulary).wholes, known_names(self.vocabulary))


@lru_cache(maxsize=4)
def policy_of(params: CurateParams) -> CurationPolicy:
    """Return the policy of parameters, made once and not for each figure; ConfigError as `CurateParams.policy` says."""
    require_types("curate.absent_types", params.absent_types)
    require_types("curate.allowed_types", params.allowed_types)
    if strange := [cui for cui in params.absent_cuis if not is_cui(cui)]:
        raise ConfigError(f"curate.absent_cuis: {strange[0]!r} is no CUI", "A CUI is C and seven digits.")
    preset = policy(params.preset)
    if strange := sorted(set(params.statuses) - STATUSES):
        raise ConfigError(f"curate.statuses: there is no status {strange[0]!r}", f"Use {', '.join(sorted(STATUSES))}.")
    return replace(
        preset,
        statuses=frozenset(params.statuses) or preset.statuses,
        absent_types=frozenset(params.absent_types) or preset.absent_types,
        absent_cuis=frozenset(params.absent_cuis) or preset.absent_cuis,
        allowed_types=frozenset(params.allowed_types),
        min_mention_score=params.min_mention_score,
        min_modality_score=params.min_modality_score,
        min_region_score=params.min_region_score,
        min_view_score=params.min_view_score,
    )


@lru_cache(maxsize=2)
def opened(folder: Path) -> Vocabulary:
    """Return a vocabulary, opened once a worker."""
    return open_vocabulary(folder)


@lru_cache(maxsize=2)
def known_names(vocabulary: Path) -> Names:
    """Return CUI -> (name, TUI) of all that a rule may name."""
    manual = {cui: (name, "") for cui, name in (*MODALITY_CUIS.values(), *REGION_NAMES.items(), *VIEW_NAMES.items())}
    return manual | opened(vocabulary).names


@lru_cache(maxsize=2)
def overrides_at(folder: Path, vocabulary: Path) -> Overrides:
    """Return the curators' rules, read and checked once a worker."""
    return read_overrides(folder, known_names(vocabulary))


def run(
    params: CurateParams, captions: Iterator[Caption], mentions: Iterator[Mention], scores: Iterator[Score]
) -> Iterator[Concept | Drop]:
    """Yield the concepts of each caption's figure, in the order of the captions."""
    seen = {score.figure_id: score for score in scores}
    linked = groupby(mentions, key=lambda mention: mention.figure_id)
    figure_id, some = next(linked, ("", iter(())))
    for caption in captions:
        own: list[Mention] = []
        if figure_id == caption.figure_id:
            own = list(some)
            figure_id, some = next(linked, ("", iter(())))
        yield from curated(params, caption, own, seen[caption.figure_id])


def facts_of(params: CurateParams, caption: Caption, score: Score) -> FigureFacts:
    """Return what is known of a figure beside its mentions; its region is the caption's, else the image's."""
    seen = seen_region(score.modality, score.image_region, score.image_region_score, params.min_image_region_score)
    return FigureFacts(
        caption.figure_id,
        score.modality,
        score.modality_score,
        fused_region(caption.caption, seen),
        view(caption.caption),
        doubted_region(caption.caption, seen),
    )


def curated(params: CurateParams, caption: Caption, mentions: list[Mention], score: Score) -> Iterator[Concept | Drop]:
    """Yield the concepts of one figure, and a drop for each thing that a curator should know of it.

    A figure that a rule keeps out has no concepts, and a drop with the reason `drop_image`: the release leaves it out.
    """
    names, rules = known_names(params.vocabulary), overrides_at(params.overrides, params.vocabulary)
    unwanted = image_rule(caption.figure_id, rules, caption.caption)
    if unwanted:
        yield Drop(caption.figure_id, DROP_IMAGE, f"{unwanted.rule_id}: {unwanted.reason}")
        return
    facts = facts_of(params, caption, score)
    meant, used = apply_mention_rules(caption.caption, mentions, rules, names)
    concepts = params.concepts(facts, meant)
    concepts, used_here = apply_figure_rules(caption.figure_id, concepts, rules, names, caption.caption)
    yield from concepts
    for rule in sorted(used | used_here):
        yield Drop(caption.figure_id, OVERRIDDEN, rule)
    for rule in sorted(reopened_rules(caption.figure_id, caption.caption, mentions, rules)):
        yield Drop(caption.figure_id, REOPENED, rule)
    decided = {concept.kind for concept in concepts if concept.origin == ORIGIN}
    if question := awaited(facts, params.policy(), decided):
        yield Drop(caption.figure_id, AWAITS, question)


def stage(params: CurateParams) -> Stage:
    """Return the stage `curate`; ConfigError for parameters that say what there is not."""
    params.policy()
    params.parts()
    assets = (Asset("vocabulary", params.vocabulary), Asset("overrides", params.overrides))
    return Stage("curate", 3, (Caption, Mention, Score), Concept, run, params, assets)
