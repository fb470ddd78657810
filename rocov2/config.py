"""Settings: presets, `rocov2.toml`, `-p stage.name=value`, laid over the defaults of parameter dataclasses.

Nothing unknown is accepted: a key that no parameter has is refused with the nearest one that exists.
"""

import difflib
import math
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from rocov2.errors import ConfigError, UsageError

PRESETS: dict[str, tuple[str, ...]] = {
    "open": ("CC0", "CC BY", "CC BY-SA"),
    "rocov2": ("CC BY", "CC BY-NC"),
    "all-cc": ("CC0", "CC BY", "CC BY-SA", "CC BY-ND", "CC BY-NC", "CC BY-NC-SA", "CC BY-NC-ND"),
}
"""Licences that each preset keeps. `rocov2` is what the published set took (Scientific Data 11:688)."""

Params = TypeVar("Params")
Settings = dict[str, dict[str, Any]]
"""Section -> key -> value, as `rocov2.toml` has it."""


@dataclass(frozen=True)
class BuildSettings:
    """The section `[build]` of `rocov2.toml`: what the command line may leave out."""

    source: str = ""
    work: str = "work"
    release: str = "release"
    preset: str = "open"
    workers: int = 0
    executor: str = "processes"
    dask_address: str = ""
    connections: int = 16
    requests_per_second: float = 0.0
    contact: str = ""


def read_settings(path: Path | None) -> Settings:
    """Read a TOML file of sections; no path means the `rocov2.toml` of this folder, if there is one.

    Raises ConfigError for a file that is missing, not TOML, or has a key outside a section.
    """
    if path is None:
        path = Path("rocov2.toml")
        if not path.is_file():
            return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}", "give a readable TOML file to --config") from error
    loose = [key for key, value in found.items() if not isinstance(value, dict)]
    if loose:
        raise ConfigError(f"{path}: {loose[0]} stands outside a section", "write it below a line such as [filter]")
    return found


def add_assignments(settings: Settings, assignments: Iterable[str]) -> Settings:
    """Lay `stage.name=value` words over settings and return the result."""
    merged = {section: dict(values) for section, values in settings.items()}
    for word in assignments:
        name, equals, value = word.partition("=")
        section, dot, key = name.strip().partition(".")
        if not (equals and dot and section and key):
            raise UsageError(f"-p {word} cannot be read", "write -p stage.name=value, e.g. -p filter.min_side_px=100")
        merged.setdefault(section, {})[key] = value.strip()
    return merged


def apply_settings(defaults: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Return the parameter objects of every section with the settings laid over them.

    `defaults` maps a section to a frozen dataclass instance. Raises ConfigError for an unknown
    section or key, with the nearest that exists, and for a value of the wrong type.
    """
    known = [f"{section}.{key}" for section, params in defaults.items() for key in settable(params)]
    for section, values in settings.items():
        for key in values:
            if section not in defaults or key not in settable(defaults[section]):
                raise ConfigError(f"there is no setting {section}.{key}", _nearest(f"{section}.{key}", known))
    return {section: _overlay(section, params, settings.get(section, {})) for section, params in defaults.items()}


def settable(params: Any) -> list[str]:
    """Return the names of the parameters that a user may set."""
    return [column.name for column in fields(params) if not column.metadata.get("place")]


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    section = [other for other in known if other.split(".")[0] == name.split(".", maxsplit=1)[0]]
    if near:
        return f"did you mean {near[0]}?"
    return f"known settings: {', '.join(section or known)}"


def _overlay(section: str, params: Params, values: Mapping[str, Any]) -> Params:
    hints = get_type_hints(type(params))
    converted = {key: convert(f"{section}.{key}", value, hints[key]) for key, value in values.items()}
    return replace(params, **converted)  # type: ignore[type-var]


def convert(name: str, value: Any, hint: Any) -> Any:
    """Return a TOML value or a word of the command line as the type that the parameter has.

    Raises ConfigError, saying what was expected.
    """
    try:
        if get_origin(hint) is tuple:
            items = [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value
            return tuple(get_args(hint)[0](item) for item in items)
        if hint is bool:
            return _boolean(value)
        is_other = (hint is int and isinstance(value, float)) or (hint is str and not isinstance(value, str))
        if is_other or isinstance(value, bool):
            raise ValueError(value)
        found = hint(value)
        if hint is float and not math.isfinite(found):
            raise ValueError(value)
        return found
    except (TypeError, ValueError, OverflowError) as error:
        expected = getattr(hint, "__name__", str(hint))
        raise ConfigError(f"{name} = {value!r} is not of the type {expected}", "correct the value") from error


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if str(value).lower() not in words:
        raise ValueError(value)
    return words[str(value).lower()]


def licences_of(preset: str) -> tuple[str, ...]:
    """Return the licences of a preset; raises UsageError with the nearest name."""
    if preset not in PRESETS:
        raise UsageError(f"there is no preset {preset}", _nearest(preset, list(PRESETS)))
    return PRESETS[preset]


def data_folder() -> Path:
    """Return the folder of bundled data: `ROCOV2_DATA`, the checkout's `data`, or the wheel's copy."""
    package = Path(__file__).resolve().parent
    chosen = os.environ.get("ROCOV2_DATA")
    for folder in [Path(chosen)] if chosen else [package.parent / "data", package / "_data"]:
        if (folder / "models").is_dir() or (folder / "sample").is_dir():
            return folder
    raise ConfigError("the bundled data folder is missing", "install rocov2 again, or set ROCOV2_DATA")
