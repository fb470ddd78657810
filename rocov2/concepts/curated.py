"""Curation: the mentions of a figure, its modality, body region and view become the concepts that a release shows.

Two policies. `strict`: what is present, with injuries and sides, and for a fused modality the procedure that the
caption names. `published`: the six rules that the published ROCOv2 tables obey (manual concepts first in the order
modality, region, direction; imaging procedures dropped when a modality stands; nothing manual for a fused modality;
whole semantic types and filler words absent; negation not looked at). The cut by frequency needs every figure and
stands apart (`frequent_cuis`).
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rocov2.concepts.words import words
from rocov2.errors import ConfigError
from rocov2.tables import Concept, Mention

MODALITY_CUIS: Mapping[str, tuple[str, str]] = {
    "CT": ("C0040405", "X-Ray Computed Tomography"),
    "MRI": ("C0024485", "Magnetic Resonance Imaging"),
    "XRAY": ("C1306645", "Plain x-ray"),
    "US": ("C0041618", "Ultrasonography"),
    "ANGIO": ("C0002978", "angiogram"),
    "PET": ("C0032743", "Positron-Emission Tomography"),
}
COMBINED = "COMBINED"
DIAGNOSTIC_PROCEDURE = "T060"
# fused modalities that a caption may name, and their CUIs in the published tables
FUSED = frozenset({"C1699633", "C3472245"})
# imaging-procedure CUIs that the published tables never show beside a modality (rule 3), and the six modalities
IMAGING_PROCEDURES = words(
    """
    C0002978 C0005558 C0011900 C0011906 C0011923 C0013516 C0024485 C0032743 C0034606 C0040399 C0040405 C0041618
    C0202657 C0202660 C0202823 C0243032 C0412620 C0412650 C0441621 C0449900 C0729619 C0994163 C1306645 C1690005
    C1699633 C1962945 C3472245
    """
)
# rule 6: semantic types and words that the published automatic concepts never hold
ABSENT_TYPES = frozenset({"T033", "T037", "T184", "T101", "T098", "T016", "T121", "T130", "T079"})
FILLERS = words(
    """
    C0009924 C0010709 C0024109 C0030193 C0030705 C0205090 C0205091 C0205123 C0205131 C0205307 C0221198 C0543467
    C0577559
    """
)
Found = tuple[str, str, float]


@dataclass(frozen=True, slots=True)
class CurationPolicy:
    """What a release shows; scores below the least wait for a curator. Without `allowed_types` all types are."""

    preset: str = "strict"
    statuses: frozenset[str] = frozenset({"present"})
    absent_types: frozenset[str] = frozenset()
    absent_cuis: frozenset[str] = frozenset()
    allowed_types: frozenset[str] = frozenset()
    min_modality_score: float = 0.0
    min_region_score: float = 0.0
    min_view_score: float = 0.0
    min_mention_score: float = 0.0


STRICT = CurationPolicy(absent_types=ABSENT_TYPES - {"T037"})
PUBLISHED = CurationPolicy(
    "published", frozenset({"present", "negated", "uncertain", "historical"}), ABSENT_TYPES, FILLERS
)


@dataclass(frozen=True, slots=True)
class FigureFacts:
    """What is known of a figure beside its mentions; region and view are (CUI, name, confidence) or None.

    `doubt` is the region that the image surely shows where the caption names others and not this one.
    """

    figure_id: str
    modality: str
    modality_score: float
    region: Found | None = None
    view: Found | None = None
    doubt: Found | None = None


def policy(preset: str) -> CurationPolicy:
    """The policy of a preset; ConfigError for an unknown name."""
    found = {"strict": STRICT, "published": PUBLISHED}.get(preset)
    if found is None:
        raise ConfigError(f"unknown preset {preset!r}", "Use strict or published.")
    return found


def curate_concepts(facts: FigureFacts, mentions: Iterable[Mention], rules: CurationPolicy = STRICT) -> list[Concept]:
    """The concepts of a figure: manual ones (modality, anatomy, direction), then linked ones by place; a CUI once."""
    mentions = sorted(mentions, key=lambda m: (m.start, m.end, m.cui))
    manual = _manual(facts, rules)
    if not manual and facts.modality == COMBINED and rules.preset == "strict":
        manual = _fused(facts, mentions)
    seen = {concept.cui for concept in manual}
    linked = []
    for mention in mentions:
        if mention.cui in seen or not _is_shown(mention, rules) or (manual and _is_procedure(mention)):
            continue
        seen.add(mention.cui)
        linked.append(_linked(facts.figure_id, mention, "concept"))
    return manual + linked


def _manual(facts: FigureFacts, rules: CurationPolicy) -> list[Concept]:
    """Modality, and for plain X-rays region and direction, in the published order (rules 1 and 2)."""
    known = MODALITY_CUIS.get(facts.modality)
    if known is None or facts.modality_score < rules.min_modality_score:
        return []
    figure = facts.figure_id
    manual = [Concept(figure, *known, DIAGNOSTIC_PROCEDURE, "modality", "classifier", round(facts.modality_score, 4))]
    if facts.modality == "XRAY":
        if facts.region and facts.region[2] >= rules.min_region_score:
            manual.append(
                Concept(figure, facts.region[0], facts.region[1], "T029", "anatomy", "classifier", facts.region[2])
            )
        if facts.view and facts.view[2] >= rules.min_view_score:
            manual.append(
                Concept(figure, facts.view[0], facts.view[1], "T082", "direction", "classifier", facts.view[2])
            )
    return manual


def pending(facts: FigureFacts, rules: CurationPolicy = STRICT) -> list[str]:
    """The kinds (modality, anatomy, direction) that wait for a curator: not known, below the least, or doubted."""
    waiting = []
    if facts.modality not in {*MODALITY_CUIS, COMBINED} or facts.modality_score < rules.min_modality_score:
        waiting.append("modality")
    elif facts.modality == "XRAY":
        if not facts.region or facts.region[2] < rules.min_region_score or facts.doubt:
            waiting.append("anatomy")
        if not facts.view or facts.view[2] < rules.min_view_score:
            waiting.append("direction")
    return waiting


def awaited(facts: FigureFacts, rules: CurationPolicy = STRICT, decided: Container[str] = ()) -> str:
    """What a curator is asked about a figure, with the confidence of what was held back: "anatomy, direction 0.42".

    `decided` are the kinds that an override has settled. Where the image shows another region than the caption names,
    the caption's is shown and both are told: "anatomy 1.00 (the image shows Pelvis 0.97)".
    """
    scores = {"modality": facts.modality_score if facts.modality else None}
    scores["anatomy"] = facts.region[2] if facts.region else None
    scores["direction"] = facts.view[2] if facts.view else None
    waiting = [kind for kind in pending(facts, rules) if kind not in decided]
    asked = {kind: kind if not scores[kind] else f"{kind} {scores[kind]:.2f}" for kind in waiting}
    if facts.doubt and "anatomy" in asked:
        asked["anatomy"] += f" (the image shows {facts.doubt[1]} {facts.doubt[2]:.2f})"
    return ", ".join(asked.values())


def _fused(facts: FigureFacts, mentions: Sequence[Mention]) -> list[Concept]:
    """The fused procedure that a caption names, as the modality that the published tables leave out."""
    for mention in mentions:
        if mention.cui in FUSED and mention.status == "present":
            return [_linked(facts.figure_id, mention, "modality")]
    return []


def _linked(figure_id: str, mention: Mention, kind: str) -> Concept:
    """A mention as a concept."""
    origin = "override" if mention.origin == "override" else "linker"
    return Concept(figure_id, mention.cui, mention.name, mention.tui, kind, origin, mention.score)


def _is_shown(mention: Mention, rules: CurationPolicy) -> bool:
    """Say whether the policy lets a mention be shown (rules 4 and 6)."""
    if (
        mention.status not in rules.statuses
        or mention.score < rules.min_mention_score
        or mention.cui in rules.absent_cuis
    ):
        return False
    types = frozenset(mention.tui.split(";")) - {""}
    if rules.allowed_types and rules.allowed_types.isdisjoint(types):
        return False
    return not types or not types <= rules.absent_types


def _is_procedure(mention: Mention) -> bool:
    """Say whether a mention is an imaging procedure, which goes when a modality stands (rule 3)."""
    return mention.cui in IMAGING_PROCEDURES or mention.tui == DIAGNOSTIC_PROCEDURE


def frequent_cuis(rows: Iterable[Iterable[str]], least: int = 10) -> frozenset[str]:
    """The CUIs of at least `least` figures, given each figure's linked CUIs (rule 5); the release cuts the others."""
    counts = Counter(cui for cuis in rows for cui in set(cuis))
    return frozenset(cui for cui, count in counts.items() if count >= least)
