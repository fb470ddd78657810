"""Training images -> views (clean, varied, montages, two-panel joins) -> features, extracted once and kept."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from filter_training.manifest import Row, folds_of
from filter_training.montage import Montage, grid_of, join, nest
from filter_training.views import Rng, compress, rescale, vary
from rocov2.images.decode import decode
from rocov2.images.layout import CHANNELS, SIDE_PX, seam_profiles, square_of

SHAPES = {"low": (40, 24, 24), "mid": (112, 12, 12), "deep": (1280,), "profiles": (2, CHANNELS, SIDE_PX)}
MONTAGES, JOINS = 7000, 2400
EXTRA_VIEWS = {"ANGIO": 3, "PET": 2, "COMBINED": 6, "compound": 2}


@dataclass(frozen=True)
class View:
    """One picture to extract: which rows it is made of, how, and its labels (-1 unknown)."""

    kind: str  # clean, varied, montage or join
    members: tuple[int, ...]
    seed: int
    fold: int
    radiology: int
    modality: int
    compound: int


def plan_views(rows: list[Row], seed: int = 0) -> list[View]:
    """Every view of a training run, in a fixed order; the panels of a montage share a fold."""
    fold_of = folds_of(rows)
    views = []
    for index, row in enumerate(rows):
        labels = (fold_of[row.family], row.radiology, row.modality, row.compound)
        views.append(View("clean", (index,), 0, *labels))
        for copy in range(1 + _extra(row)):
            views.append(View("varied", (index,), seed + 1 + copy, *labels))
    rng = np.random.default_rng(seed)
    pools = _pools(rows, fold_of)
    views += [_compound(rows, fold_of, pools, "montage", rng) for _ in range(MONTAGES)]
    views += [_compound(rows, fold_of, pools, "join", rng) for _ in range(JOINS)]
    return views


def _extra(row: Row) -> int:
    if row.compound == 1:
        return EXTRA_VIEWS["compound"]
    names = {4: "ANGIO", 5: "PET", 6: "COMBINED"}
    return EXTRA_VIEWS[names[row.modality]] if row.modality in names else 0


def _pools(rows: list[Row], fold_of: dict[str, int]) -> dict[str, dict[str, list[int]]]:
    """Singles by source, radiology and others apart."""
    pools: dict[str, dict[str, list[int]]] = {"radiology": defaultdict(list), "other": defaultdict(list)}
    for index, row in enumerate(rows):
        if row.compound == 0 and row.radiology >= 0:
            pools["radiology" if row.radiology else "other"][row.source].append(index)
    return pools


def _compound(rows: list[Row], fold_of: dict[str, int], pools: dict, kind: str, rng: Rng) -> View:
    """Draw the panels: of one source mostly, else of one fold."""
    pool = pools["radiology" if kind == "join" or rng.random() < 0.6 else "other"]
    sources = [source for source in pool if len(pool[source]) >= 2]
    weights = np.sqrt([len(pool[source]) for source in sources])
    source = sources[int(rng.choice(len(sources), p=weights / weights.sum()))]
    fold = fold_of[rows[pool[source][0]].family]
    choices = pool[source]
    if kind == "montage" and rng.random() < 0.25:
        choices = [i for name in pool for i in pool[name] if fold_of[rows[i].family] == fold]
    seed = int(rng.integers(1 << 30))
    count = 2 if kind == "join" else _panel_count(seed)
    members = tuple(int(i) for i in rng.choice(choices, count, replace=count > len(choices)))
    modalities = {rows[i].modality for i in members}
    flags = {rows[i].radiology for i in members}
    return View(
        kind,
        members,
        seed,
        fold,
        flags.pop() if len(flags) == 1 else -1,
        modalities.pop() if len(modalities) == 1 else -1,
        1,
    )


def _panel_count(seed: int) -> int:
    rng = np.random.default_rng(seed)
    if rng.random() < 0.1:
        return 3 + int(rng.integers(2))
    rows, columns = grid_of(rng)
    return rows * columns


def render(view: View, open_row: Callable[[int], Image.Image]) -> tuple[Image.Image, np.ndarray]:
    """The picture of a view and its seams, uint8 (2, SIDE_PX): 1 on a seam, 255 where nobody knows."""
    rng = np.random.default_rng([view.seed, *view.members])
    if view.kind in ("clean", "varied"):
        image = open_row(view.members[0])
        seams = np.full((2, SIDE_PX), 0 if view.compound == 0 else 255, dtype=np.uint8)
        return (image if view.kind == "clean" else vary(image, rng, view.compound == 0)), seams
    panels = [open_row(index) for index in view.members]
    if view.kind == "join":
        plan = (1, 2) if rng.random() < 0.7 else (2, 1)
        montage = join(panels, *plan, rng, plain=True)
        return compress(rescale(montage.image, rng), rng), _seams(montage)
    draw = np.random.default_rng(view.seed)
    montage = nest(panels, rng) if draw.random() < 0.1 else join(panels, *grid_of(draw), rng)
    return montage.image, _seams(montage)


def _seams(montage: Montage) -> np.ndarray:
    seams = np.zeros((2, SIDE_PX), dtype=np.uint8)
    for axis, marks in enumerate((montage.columns, montage.rows)):
        for start, end in marks:
            # The step from j to j + 1 is at j; one position of slack on both sides.
            seams[axis, max(0, int(start * SIDE_PX) - 1) : int(np.ceil(end * SIDE_PX)) + 1] = 1
    return seams


def extract(rows: list[Row], views: list[View], backbone: Path, cache_folder: Path) -> dict[str, np.ndarray]:
    """Features of all views as float16 arrays (one row a view), made once and mapped from disk afterwards."""
    cache_folder.mkdir(parents=True, exist_ok=True)
    stamp = json.dumps([[asdict(view) for view in views], backbone.stat().st_size], sort_keys=True)
    note = cache_folder / "views.json"
    shapes = {**{name: (len(views), *shape) for name, shape in SHAPES.items()}, "seams": (len(views), 2, SIDE_PX)}
    if not note.exists() or note.read_text() != stamp:
        arrays = {
            name: np.lib.format.open_memmap(
                cache_folder / f"{name}.npy", "w+", np.uint8 if name == "seams" else np.float16, shape
            )
            for name, shape in shapes.items()
        }
        done = 0
        parts = [list(range(start, min(start + 256, len(views)))) for start in range(0, len(views), 256)]
        with ProcessPoolExecutor(2, initializer=_start, initargs=(rows, views, backbone)) as pool:
            for part, batch in zip(parts, pool.map(_extract_part, parts), strict=True):
                for name, values in batch.items():
                    arrays[name][part[0] : part[-1] + 1] = values
                done += len(part)
                print(f"features: {done} of {len(views)} views", flush=True)
        for array in arrays.values():
            array.flush()
        note.write_text(stamp)
    return {name: np.load(cache_folder / f"{name}.npy", mmap_mode="r") for name in shapes}


_work: dict = {}


def _start(rows: list[Row], views: list[View], backbone: Path) -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(backbone), options, providers=["CPUExecutionProvider"])

    @cache
    def body(index: int) -> bytes:
        return Path(rows[index].path).read_bytes()

    def open_row(index: int) -> Image.Image:
        return Image.fromarray(decode(body(index)).rgb)

    _work.update(views=views, session=session, open_row=open_row)


def _extract_part(part: list[int]) -> dict[str, np.ndarray]:
    records = list(_records(part))
    return {name: np.stack([record[name] for record in records]) for name in records[0]}


def _records(part: list[int]) -> Iterator[dict[str, np.ndarray]]:
    for index in part:
        image, seams = render(_work["views"][index], _work["open_row"])
        square = square_of(np.asarray(image.convert("RGB")))
        low, mid, deep = _work["session"].run(["low", "mid", "deep"], {"pixels": square[None]})
        arrays = {"low": low[0], "mid": mid[0], "deep": deep[0].mean(axis=(1, 2)), "profiles": seam_profiles(square)}
        yield {**{name: value.astype(np.float16) for name, value in arrays.items()}, "seams": seams}
