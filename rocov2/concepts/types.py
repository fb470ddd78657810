"""The semantic types of the UMLS by their codes (TUI), so that a misspelt one is told and not obeyed in silence.

The codes are those of the UMLS Semantic Network, with those that it has given up, which older releases have.
"""

import difflib
from collections.abc import Iterable

from rocov2.errors import ConfigError

_SPANS = (
    *((1, 26), (28, 34), (37, 75), (77, 83), (85, 104), (109, 111), (114, 127), (129, 131), (167, 171), (184, 185)),
    *((190, 192), (194, 197), (200, 201), (203, 204)),
)
TYPES = tuple(f"T{number:03d}" for first, last in _SPANS for number in range(first, last + 1))


def require_types(setting: str, types: Iterable[str]) -> None:
    """Raise ConfigError for what is no code of a semantic type, with the nearest that is; `setting` is who names it."""
    for tui in types:
        if tui not in TYPES:
            near = difflib.get_close_matches(tui.upper(), TYPES, n=1, cutoff=0.5)
            advice = f"Did you mean {near[0]}?" if near else "A type is T and three digits, e.g. T047."
            raise ConfigError(f"{setting}: there is no semantic type {tui!r}", advice)
