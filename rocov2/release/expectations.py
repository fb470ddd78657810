"""What a release is expected to be: least numbers, and how much of the last release it may lack. From a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rocov2.errors import CheckError, ConfigError
from rocov2.release.check import Check, Failure, require_countable

_ADVICE = "correct the file, or give another to --expectations"
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Expectations:
    """`minimums` by the names of `check.counts`; the share of the last release's samples that may be lost, and the
    number of samples that may be lost whatever their share."""

    minimums: Mapping[str, int] = field(default_factory=lambda: {"samples": 1})
    max_lost_share: float = 1.0
    tolerated_losses: int = 0


def read_expectations(path: Path) -> Expectations:
    """Read an expectations file. ConfigError where it is missing, not TOML, or says something else."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        minimums = found.pop("minimums", {})
        share, tolerated = found.pop("max_lost_share", 1.0), found.pop("tolerated_losses", 0)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}", _ADVICE) from error
    if found:
        raise ConfigError(f"{path}: there is no expectation {next(iter(found))!r}", _ADVICE)
    if not _is_number(share) or not 0 <= share <= 1:
        raise ConfigError(f"{path}: max_lost_share = {share!r} is not a share from 0 to 1", _ADVICE)
    if not isinstance(minimums, dict):
        raise ConfigError(f"{path}: minimums is no section", _ADVICE)
    for name, least in {"tolerated_losses": tolerated, **minimums}.items():
        if not _is_number(least) or least != int(least) or least < 0:
            raise ConfigError(f"{path}: {name} = {least!r} is not a count", _ADVICE)
    require_countable(minimums)
    return Expectations({name: int(least) for name, least in minimums.items()}, float(share), int(tolerated))


def check_losses(samples: pa.Table, last: Path, expected: Expectations) -> list[Failure]:
    """Hold the rows of a release to those of the `last` one: how many of its sample ids are there no more."""
    try:
        before = pq.read_table(last / "samples.parquet", columns=["sample_id"])["sample_id"]
    except (OSError, pa.ArrowException) as error:
        raise CheckError(f"the release in {last} is damaged: {error}", "restore it, or move it away") from error
    lost = before.filter(pc.invert(pc.is_in(before, value_set=samples["sample_id"].combine_chunks())))
    if len(lost) <= max(expected.tolerated_losses, expected.max_lost_share * len(before)):
        return []
    said = f"{len(lost):,} of {len(before):,} samples of the last release"
    return [Failure(Check.TOO_MANY_LOST, len(lost), (said, *sorted(lost.slice(0, _SHOWN).to_pylist())))]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
