"""The hierarchy of body parts: which is a part or a kind of which, and what a release says of it.

`data/vocabulary/body_parts.csv` holds `cui,parent,source,reason`, one relation a row; a UMLS release adds those of its
MRREL.RRF (`rrf.read_relations`). The published tables hold a part beside what it belongs to ("liver", "right lobe of
liver"), and so do both presets unless asked.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rocov2.concepts.rows import open_text
from rocov2.concepts.terms import is_cui
from rocov2.errors import ConfigError
from rocov2.tables import Concept

ORIGIN = "hierarchy"
NAMED, SPECIFIC, BROADER = "named", "specific", "broader"
CHOICES = (NAMED, SPECIFIC, BROADER)
Parents = Callable[[str], Iterable[str]]
_LINKED = "concept"


@dataclass(frozen=True, slots=True)
class PartsPolicy:
    """What becomes of linked body parts.

    `named`: they stand as the caption names them; `specific`: one goes when a part of it stands; `broader`: what is
    above each, up to `levels` steps (0: to the top), stands as well, with the origin `hierarchy`.
    """

    choice: str = NAMED
    levels: int = 1


def parts_policy(choice: str, levels: int) -> PartsPolicy:
    """Return the policy; ConfigError for a choice that there is not, or for less than no step."""
    if choice not in CHOICES:
        raise ConfigError(f"curate.body_parts: there is no {choice!r}", f"Use one of {', '.join(CHOICES)}.")
    if levels < 0:
        raise ConfigError(f"curate.body_part_levels: {levels} is less than none", "Use 0 for every level.")
    return PartsPolicy(choice, levels)


def read_body_parts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (part, whole) of a file `cui,parent,source,reason`; ConfigError names the file and line of a bad row."""
    with open_text(path) as stream:
        rows = csv.DictReader(stream)
        for row in rows:
            part, whole = row.get("cui") or "", row.get("parent") or ""
            if not (is_cui(part) and is_cui(whole) and part != whole):
                raise ConfigError(f"{path}:{rows.line_num}: {part!r} in {whole!r} is no relation", "Give two CUIs.")
            yield part, whole


def ancestors(cui: str, parents: Parents, levels: int = 0) -> list[str]:
    """All that is above a body part, nearest first, up to so many steps (0: all).

    The part itself is not, even where relations run in a circle, as those of a UMLS release may.
    """
    found: dict[str, None] = {}
    waiting, step = [cui], 0
    while waiting and (not levels or step < levels):
        above = dict.fromkeys(whole for part in waiting for whole in parents(part))
        waiting = [whole for whole in above if whole not in found and whole != cui]
        found.update(dict.fromkeys(waiting))
        step += 1
    return list(found)


def settle_parts(
    concepts: Sequence[Concept], policy: PartsPolicy, parents: Parents, names: Mapping[str, tuple[str, str]]
) -> list[Concept]:
    """The concepts of a figure under the policy; modality, region and view stay as they are.

    `names` maps a CUI to (name, TUI); what it lacks is not added. Two that are above each other both stay.
    """
    if policy.choice == NAMED:
        return list(concepts)
    linked = [c for c in concepts if c.kind == _LINKED]
    above = {c.cui: ancestors(c.cui, parents, policy.levels if policy.choice == BROADER else 0) for c in linked}
    if policy.choice == SPECIFIC:
        general = {whole for part, wholes in above.items() for whole in wholes if part not in above.get(whole, ())}
        return [c for c in concepts if c.kind != _LINKED or c.cui not in general]
    seen, settled = {c.cui for c in concepts}, list(concepts)
    for concept in linked:
        for cui in above[concept.cui]:
            if cui not in seen and cui in names:
                seen.add(cui)
                settled.append(Concept(concept.figure_id, cui, *names[cui], _LINKED, ORIGIN, concept.score))
    return settled
