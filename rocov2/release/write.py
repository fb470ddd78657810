"""Write a release: assembled, checked, written beside the last one, and put in its place. A failure changes nothing."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rocov2.errors import ConfigError
from rocov2.release.assemble import STAGE, Assembled, ReleaseTables, assemble
from rocov2.release.card import Facts, card, snapshot_on
from rocov2.release.check import Check, Failure, check_files, check_samples, counts, require
from rocov2.release.expectations import Expectations, check_losses
from rocov2.release.files import place_images, sha256_of, write_csv, write_json, write_parquet, write_sums, write_text
from rocov2.release.funnel import History, Tally
from rocov2.release.placing import SplitPolicy, check_placement, told
from rocov2.release.previous import LEDGER, previous_splits, read_manifest
from rocov2.release.publish import MANIFEST, publish, staged
from rocov2.release.rows import DROPS_SCHEMA, SAMPLES_SCHEMA, SPLITS
from rocov2.release.split import SALT, SHARES
from rocov2.release.strategies import METHODS
from rocov2.release.summary import notes, summarise
from rocov2.release.tombstones import bury, read_tombstones, write_tombstones

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class ReleaseSettings:
    """Policy of a release.

    `licenses` is the allow-list; `minimums`, `max_lost_share` and `tolerated_losses` are expectations (see
    `Expectations`); `pinned` has the split of articles (by PMCID) of another set, than which they are never less
    protected here; `split` is one of `strategies.METHODS`, `bounds` the first days of valid and test under `date`
    (None: those of the last release, or what the shares give).
    """

    licenses: frozenset[str]
    shares: Sequence[float] = SHARES
    salt: str = SALT
    minimums: Mapping[str, int] = field(default_factory=lambda: {"samples": 1})
    pinned: Mapping[str, str] = field(default_factory=dict)
    max_lost_share: float = 1.0
    tolerated_losses: int = 0
    split: str = METHODS[0]
    bounds: tuple[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        """The settings as the manifest writes them."""
        return {
            "licenses": sorted(self.licenses),
            "max_lost_share": self.max_lost_share,
            "minimums": dict(self.minimums),
            "pinned": hashlib.sha256(repr(sorted(self.pinned.items())).encode()).hexdigest() if self.pinned else "",
            "salt": self.salt,
            "shares": list(self.shares),
            "split": self.split,
            "split_bounds": list(self.bounds or ()),
            "tolerated_losses": self.tolerated_losses,
        }


@dataclass(frozen=True, slots=True)
class Released:
    """What was published: counts of `check.counts`, notes of the card, drops of the release itself, its tombstones."""

    folder: Path
    counts: Mapping[str, int]
    notes: Sequence[str]
    drops: pa.Table
    tombstones: int = 0


def write_release(
    target: Path,
    tables: ReleaseTables,
    history: History,
    store_path: Callable[[str], Path],
    settings: ReleaseSettings,
    provenance: Mapping[str, Any],
) -> Released:
    """Publish the release of `tables` as the folder `target`, in place of the release that stands there.

    `store_path` gives the file of an MD5. `provenance` goes into the manifest as it is (no clock in it!); the card
    reads `source`, `preset`, `inventory` (stamp), `version`, `assets` (name -> SHA-256). The same arguments and last
    release give the same bytes. Raises CheckError when a check fails, UsageError when `target` is no release,
    IncompleteError when another process is writing it; in each case the last release is left as it was.
    """
    with staged(target) as folder:
        ledger = previous_splits(target)
        policy = _policy(settings, ledger, history, read_manifest(target))
        made = assemble(tables, policy)
        failures = check_samples(made.samples, made.names, settings.licenses, settings.minimums)
        failures += check_placement(made.samples, policy, made.bounds)
        require([*failures, *_check_losses(target, made.samples, settings, provenance)])
        place_images(folder, made.samples, store_path)
        require(check_files(folder, made.samples))
        _write_tables(folder, made, ledger)
        facts = _write_drops(folder, made, history, settings, provenance)
        stones = bury(
            ledger, made.samples["pmcid"].to_pylist(), history.fates, read_tombstones(target), snapshot_on(provenance)
        )
        write_tombstones(folder, stones)
        write_text(folder / "README.md", card(facts))
        write_json(folder / MANIFEST, _manifest(folder, history, facts))
        write_sums(folder, _digests(made.samples))
        publish(folder, target)
    return Released(target, counts(made.samples), facts.notes, made.drops, len(stones))


def _policy(
    settings: ReleaseSettings, ledger: Mapping[str, str], history: History, last: Mapping[str, Any] | None
) -> SplitPolicy:
    """The settings and the last release as a policy. Raises ConfigError when the last one cannot be carried on by date.

    Its articles do not move, so that only the days it was split at can be promised again.
    """
    bounds = settings.bounds
    if settings.split == "date" and last is not None and ledger:
        found = last.get("split", {})
        before = (str(found.get("valid_from", "")), str(found.get("test_from", "")))
        if found.get("method") != "date" or (bounds or before) != before:
            raise ConfigError(
                f"the last release was split otherwise ({' '.join(map(str, found.values())) or 'hash'}), and articles "
                "do not move: no split by these dates can stand on it",
                "choose another --release folder, or move the last release away to start anew",
            )
        bounds = before
    return SplitPolicy(settings.shares, settings.salt, ledger, history.ties, settings.split, settings.pinned, bounds)


def _check_losses(
    target: Path, samples: pa.Table, settings: ReleaseSettings, provenance: Mapping[str, Any]
) -> list[Failure]:
    """What is lost is judged when the news did it: other settings are there to change what is released."""
    last = read_manifest(target)
    if last is None or _choices(last["provenance"]) != _choices(provenance):
        return []
    return check_losses(samples, target, Expectations({}, settings.max_lost_share, settings.tolerated_losses))


def _choices(provenance: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """What its maker chose of a release: the preset and the parameters of the stages, as JSON has them."""
    params = {name: values for name, values in (provenance.get("params") or {}).items() if name != "release"}
    return provenance.get("preset"), json.loads(json.dumps(params))


def is_current(target: Path, settings: ReleaseSettings, provenance: Mapping[str, Any]) -> bool:
    """Whether the release in `target` was made with these settings and ingredients, so that nothing is to do.

    Only the manifest is looked at; `verify.verify_release` looks at every file.
    """
    manifest = read_manifest(target)
    return manifest is not None and (manifest["provenance"], manifest["settings"]) == (
        dict(provenance),
        settings.as_json(),
    )


def _write_tables(folder: Path, made: Assembled, ledger: Mapping[str, str]) -> None:
    for split in SPLITS:
        rows = made.samples.filter(pc.equal(made.samples["split"], split))
        ids = rows["sample_id"].to_pylist()
        write_csv(
            folder / f"{split}_captions.csv", ("ID", "Caption"), zip(ids, rows["caption"].to_pylist(), strict=True)
        )
        for column, name in (("cuis", "concepts"), ("cuis_manual", "concepts_manual")):
            joined = pc.binary_join(rows[column], ";").to_pylist()
            write_csv(folder / f"{split}_{name}.csv", ("ID", "CUIs"), zip(ids, joined, strict=True))
    for file, table in (("cui_mapping.csv", made.names), ("license_information.csv", made.licenses)):
        write_csv(folder / file, table.column_names, zip(*(c.to_pylist() for c in table.columns), strict=True))
    released = zip(made.samples["pmcid"].to_pylist(), made.samples["split"].to_pylist(), strict=True)
    write_csv(folder / LEDGER, ("PMCID", "Split"), sorted({**ledger, **dict(released)}.items()))
    write_parquet(folder / "samples.parquet", SAMPLES_SCHEMA, [made.samples])


def _write_drops(
    folder: Path, made: Assembled, history: History, settings: ReleaseSettings, provenance: Mapping[str, Any]
) -> Facts:
    tally = Tally()
    write_parquet(folder / "drops.parquet", DROPS_SCHEMA, tally.passing(chain(history.drops, [made.drops])))
    steps = tally.steps({**history.kept, STAGE: made.samples.num_rows})
    split = told(made.samples, settings.split, settings.pinned, made.bounds)
    more = notes(made.samples) + split.notes
    return Facts(summarise(made.samples), more, steps, provenance, settings.as_json(), split.as_json())


def _manifest(folder: Path, history: History, facts: Facts) -> dict[str, Any]:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return {
        "kind": "rocov2 release",
        "schema_version": SCHEMA_VERSION,
        "snapshot_on": snapshot_on(facts.provenance),
        "provenance": dict(facts.provenance),
        "checkpoints": dict(history.checkpoints),
        "settings": dict(facts.policy),
        "split": dict(facts.split),
        "counts": dict(facts.summary),
        "notes": list(facts.notes),
        "funnel": [step.as_json() for step in facts.funnel],
        "checks": {check.name: check.value for check in Check},
        "columns": {column.name: column.metadata[b"description"].decode() for column in SAMPLES_SCHEMA},
        "files": {path.name: {"sha256": sha256_of(path), "size_bytes": path.stat().st_size} for path in files},
    }


def _digests(samples: pa.Table) -> dict[str, str]:
    return dict(zip(samples["file"].to_pylist(), samples["sha256"].to_pylist(), strict=True))
