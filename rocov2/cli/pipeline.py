"""The pipeline as a value: which stages there are, with which parameters, over which places.

A run leaves its settings in `work/settings.json`, so that `status` and `why` judge a work folder by what
it was built with, without being told again.
"""

import json
import os
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from rocov2.cli.network import net_settings
from rocov2.config import PRESETS, BuildSettings, Settings, apply_settings, data_folder, licences_of
from rocov2.engine.live import live_path
from rocov2.engine.stage import Stage
from rocov2.errors import ConfigError
from rocov2.net import folder_of
from rocov2.release.expectations import Expectations, read_expectations
from rocov2.stages import clean, crawl, curate, extract, fetch, filter, link, score, screen
from rocov2.stages.places import Places


@dataclass(frozen=True)
class ReleaseParams:
    """What the release is held to.

    Shares of train and valid (test has the rest); `min_samples` is an expectation; a linked concept of fewer than
    `min_concept_images` images is cut (-1: 10 under `curate.preset` published, else none); `max_lost_share` is the
    share of the last release's samples that may be lost (-1: as the expectations say). `split` is hash, stratified (by
    modality and concepts) or date (train on the past; valid and test start on `valid_from` and `test_from`, YYYY-MM-DD,
    or where the shares say); `pin` is a CSV file of articles of another set with their splits.
    """

    train_share: float = 0.752
    valid_share: float = 0.124
    min_samples: int = 1
    min_concept_images: int = -1
    max_lost_share: float = -1.0
    allow_stale_overrides: bool = False
    split: str = "hash"
    valid_from: str = ""
    test_from: str = ""
    pin: str = ""


ORDER = ("crawl", "extract", "screen", "fetch", "score", "filter", "clean", "link", "curate")
MODULES: dict[str, Any] = {
    "crawl": crawl, "extract": extract, "screen": screen, "fetch": fetch, "score": score,
    "filter": filter, "clean": clean, "link": link, "curate": curate,
}  # fmt: skip
DEFAULTS: dict[str, Any] = {
    "crawl": crawl.CrawlParams(),
    "extract": extract.ExtractParams(),
    "screen": screen.ScreenParams(),
    "fetch": fetch.FetchParams(),
    "score": score.ScoreParams(),
    "filter": filter.FilterParams(),
    "clean": clean.CleanParams(),
    "link": link.LinkParams(),
    "curate": curate.CurateParams(),
    "release": ReleaseParams(),
    "build": BuildSettings(),
}
SAVED = "settings.json"


@dataclass(frozen=True)
class Blueprint:
    """All that a run is told: folders and source, the stages in order, the release's parameters, what it is held to."""

    settings: BuildSettings
    stages: tuple[Stage, ...]
    release: ReleaseParams
    expectations: Expectations = field(default_factory=Expectations)

    @property
    def work(self) -> Path:
        """The folder of checkpoints and of the store."""
        return Path(self.settings.work)


@dataclass(frozen=True)
class Files:
    """The files that stages and the release read beside tables; a vocabulary folder is made by the run."""

    vocabulary: Path
    overrides: Path
    expectations: Path = field(default_factory=lambda: data_folder() / "expectations.toml")


def blueprint(settings: Settings, chosen: BuildSettings, files: Files) -> Blueprint:
    """Return the stages with the user's settings laid over the defaults and every place filled in.

    `chosen` is the section [build] after the command line. Raises ConfigError for a setting that
    does not exist.
    """
    if "licences" in settings.get("crawl", {}):
        raise ConfigError("crawl.licences is what the preset says", f"choose a --preset: {', '.join(PRESETS)}")
    params = apply_settings(DEFAULTS, {name: values for name, values in settings.items() if name != "build"})
    work, data = Path(chosen.work), data_folder()
    places = Places(chosen.source, work / "store", net_settings(chosen))
    found = {
        "places": places,
        "live": live_path(work),
        "model": data / "models" / "screen.bin",
        "screen_model": data / "models" / "screen.bin",
        "models": data / "models",
        "vocabulary": files.vocabulary,
        "overrides": files.overrides,
    }
    params["crawl"] = replace(params["crawl"], licences=licences_of(chosen.preset))
    stages = tuple(MODULES[name].stage(placed(params[name], found)) for name in ORDER)
    return Blueprint(chosen, stages, params["release"], read_expectations(files.expectations))


def placed(params: Any, found: dict[str, Any]) -> Any:
    """Fill in the parameters that say where things are."""
    names = [column.name for column in fields(params) if column.metadata.get("place")]
    return replace(params, **{name: found[name] for name in names})


def save(plan: Blueprint, settings: Settings, files: Files) -> None:
    """Leave in the work folder what it is built with, wherever it will be looked at from.

    Where the release stands is told as seen from the work folder, since the two may be moved together.
    """
    chosen = plan.settings
    release = os.path.relpath(Path(chosen.release).resolve(), plan.work.resolve())
    folder = folder_of(chosen.source)
    source = str(folder.resolve()) if folder else chosen.source
    said = {
        "build": {**asdict(chosen), "release": release, "source": source},
        "settings": settings,
        "files": {name: str(path.resolve()) for name, path in asdict(files).items()},
    }
    path = plan.work / SAVED
    part = path.with_suffix(".part")
    part.write_text(json.dumps(said, indent=1, sort_keys=True) + "\n")
    part.replace(path)


def saved(work: Path) -> Blueprint:
    """Return the blueprint of the last run over a work folder; ConfigError when there was none."""
    try:
        said = json.loads((work / SAVED).read_text())
        files = Files(**{name: Path(path) for name, path in said["files"].items()})
        files = replace(files, vocabulary=work / "vocabulary" / files.vocabulary.name)
        release = os.path.normpath(work.resolve() / said["build"]["release"])
        chosen = replace(BuildSettings(**said["build"]), work=str(work), release=release)
        return blueprint(said["settings"], chosen, files)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{work} is not the work folder of a build", "give --work, or run rocov2 build first"
        ) from error
