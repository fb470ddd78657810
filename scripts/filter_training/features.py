"""Training images -> views (clean, varied, montages, two-panel joins) -> features, extracted once and kept."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
import onnxruntime
import torch
from PIL import Image

from filter_training.heads import FURTHER, POOLED, pooled
from filter_training.kept import DONE, generation, keys_of, ranks
from filter_training.made_up import KINDS, drawn_from
from filter_training.manifest import Row, folds_of
from filter_training.montage import Montage, grid_of, join, nest
from filter_training.views import compress, rescale, vary
from rocov2.images.decode import decode
from rocov2.images.layout import CHANNELS, MIDDLE_SIDE_PX, SIDE_PX, WIDE_SIDE_PX, seam_profiles, square_of

SHAPES = {
    "rows": (POOLED,),
    "further": (FURTHER,),
    "low": (40, 24, 24),
    "mid": (112, 12, 12),
    "profiles": (2, CHANNELS, SIDE_PX),
    "seams": (2, SIDE_PX),
}
FURTHER_SIDES = {"wide": WIDE_SIDE_PX, "middle": MIDDLE_SIDE_PX}
MONTAGES, JOINS = 7000, 2400
EXTRA_VIEWS = {"ANGIO": 3, "PET": 2, "COMBINED": 6, "compound": 2}


@dataclass(frozen=True)
class View:
    """One picture to extract: which rows it is made of, how, and its labels (-1 unknown)."""

    kind: str  # clean, varied, montage, join, or one that is made up
    members: tuple[int, ...]
    seed: int
    fold: int
    radiology: int
    modality: int
    compound: int


def plan_views(rows: list[Row], seed: int = 0) -> list[View]:
    """Every view of a training run, in a fixed order; the panels of a montage share a fold.

    Each montage, join and made-up view is drawn by itself, so that rows that are added change next to none of the others.
    """
    fold_of = folds_of(rows)
    views = []
    for index, row in enumerate(rows):
        labels = (fold_of[row.family], row.radiology, row.modality, row.compound)
        views.append(View("clean", (index,), 0, *labels))
        for copy in range(1 + _extra(row)):
            views.append(View("varied", (index,), seed + 1 + copy, *labels))
    pools = _pools(rows)
    for kind, count in (("montage", MONTAGES), ("join", JOINS)):
        views += [_compound(rows, fold_of, pools, kind, [seed, place]) for place in range(count)]
    for name, made in KINDS.items():
        for place, index in enumerate(drawn_from(rows, made)):
            labels = (fold_of[rows[index].family], made.radiology, made.modality, 0)
            views.append(View(name, (index,), place + 1, *labels))
    return views


def readers(kinds: np.ndarray) -> dict[str, np.ndarray]:
    """Which views each head learns from, by their kind and their turn in it; `judged` are read when answers are written.

    Radiology and modality: clean, a third of the varied, a tenth of the joined, what is made up. Compound: clean, montages,
    the same third of the varied, half of the plain joins. Region: all that is single.
    """
    of = {name: kinds == name for name in ("clean", "varied", "montage", "join")}
    turn = np.zeros(len(kinds), dtype=np.int64)
    for chosen in of.values():
        turn[chosen] = np.arange(chosen.sum())
    joined = (of["montage"] | of["join"]) & (turn % 10 == 0)
    return {
        "kind": of["clean"] | np.isin(kinds, list(KINDS)) | of["varied"] & (turn % 3 == 0) | joined,
        "compound": of["clean"] | of["montage"] | of["join"] & (turn % 2 == 0) | of["varied"] & (turn % 3 == 0),
        "region": of["clean"] | of["varied"],
        "judged": of["clean"] | of["join"],
    }


def _extra(row: Row) -> int:
    if row.compound == 1:
        return EXTRA_VIEWS["compound"]
    names = {4: "ANGIO", 5: "PET", 6: "COMBINED"}
    return EXTRA_VIEWS[names[row.modality]] if row.modality in names else 0


def _pools(rows: list[Row]) -> dict[str, dict[str, list[int]]]:
    """Singles by source, radiology and others apart."""
    pools: dict[str, dict[str, list[int]]] = {"radiology": defaultdict(list), "other": defaultdict(list)}
    for index, row in enumerate(rows):
        if row.compound == 0 and row.radiology >= 0:
            pools["radiology" if row.radiology else "other"][row.source].append(index)
    return pools


def _compound(rows: list[Row], fold_of: dict[str, int], pools: dict, kind: str, turn: list[int]) -> View:
    """Draw the panels: of one source mostly, else of one fold."""
    rng = np.random.default_rng([*turn, crc32(kind.encode())])
    pool = pools["radiology" if kind == "join" or rng.random() < 0.6 else "other"]
    across = kind == "montage" and rng.random() < 0.25
    seed, luck = (int(number) for number in rng.integers(1 << 30, size=2))
    sources = [source for source in pool if len(pool[source]) >= 2]
    names = np.array([crc32(source.encode()) for source in sources])
    source = sources[int(ranks(names, luck, np.sqrt([len(pool[source]) for source in sources]))[0])]
    fold = fold_of[rows[pool[source][0]].family]
    count = 2 if kind == "join" else _panel_count(seed)
    choices = pool[source]
    if across:
        choices = [i for name in pool if fold_of[rows[pool[name][0]].family] == fold for i in pool[name]]
    order = [choices[place] for place in ranks(np.array(choices), luck)]
    members = tuple(order[place % len(order)] for place in range(count))
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
    if view.kind in KINDS:
        made = KINDS[view.kind]
        return made.vary(made.draw(open_row(view.members[0]), rng), rng), np.zeros((2, SIDE_PX), dtype=np.uint8)
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


@dataclass(frozen=True)
class Work:
    """What is extracted: rows and views, the backbones, where the features are kept, and for which heads."""

    rows: list[Row]
    views: list[View]
    backbones: dict[str, Path]
    folder: Path
    tasks: tuple[str, ...]

    def names(self) -> list[str]:
        """The arrays that the heads need: maps, profiles and seams only for compound."""
        return [name for name in SHAPES if name in ("rows", "further") or "compound" in self.tasks]

    def needed(self) -> np.ndarray:
        """Which views any of the heads reads."""
        read = readers(np.array([view.kind for view in self.views]))
        used = np.logical_or.reduce([read[task] for task in self.tasks])
        wanted: np.ndarray = used | (read["judged"] if "compound" in self.tasks else False)
        return wanted


def extract(work: Work) -> dict[str, np.ndarray]:
    """Features of all views (one row a view), mapped from disk; zeros where nobody reads.

    What an earlier run made of the same picture, drawn in the same way and described by the same networks, is kept.
    """
    is_kind = readers(np.array([view.kind for view in work.views]))["kind"]
    by = [hashlib.sha256(path.read_bytes()).hexdigest() for path in work.backbones.values()]
    drawn = [
        (view.kind, view.seed, view.compound, bool(flag), work.tasks, *by)
        for view, flag in zip(work.views, is_kind, strict=True)
    ]
    keys = keys_of(drawn, [view.members for view in work.views], [row.path for row in work.rows])
    shapes = {name: (SHAPES[name], np.uint8 if name == "seams" else np.float16) for name in work.names()}
    folder = generation(work.folder, keys, {**shapes, DONE: ((), np.uint8)})
    fill(work, {name: np.load(folder / f"{name}.npy", mmap_mode="r+") for name in (*work.names(), DONE)})
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in work.names()}


def fill(work: Work, arrays: dict[str, np.ndarray]) -> None:
    """Extract what is needed and not there yet, by two processes."""
    left = np.flatnonzero(work.needed() & (arrays["done"] == 0))
    if not len(left):
        return
    parts = np.array_split(left, len(left) // 128 + 1)
    with ProcessPoolExecutor(2, initializer=_start, initargs=(work,)) as pool:
        for place, (part, batch) in enumerate(zip(parts, pool.map(_extract_part, parts), strict=True)):
            for name, values in batch.items():
                arrays[name][part] = values
            arrays["done"][part] = 1
            print(f"features: part {place + 1} of {len(parts)}", flush=True)


_work: dict = {}


def _start(work: Work) -> None:
    torch.set_num_threads(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    sessions = {
        name: onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        for name, path in work.backbones.items()
    }

    @cache
    def body(index: int) -> bytes:
        return Path(work.rows[index].path).read_bytes()

    def open_row(index: int) -> Image.Image:
        return Image.fromarray(decode(body(index)).rgb)

    read = readers(np.array([view.kind for view in work.views]))
    is_read_further = np.logical_or.reduce(
        [read[task] for task in work.tasks if task != "compound"] or [read["kind"] & False]
    )
    _work.update(work=work, sessions=sessions, open_row=open_row, is_read_further=is_read_further)


def _extract_part(part: np.ndarray) -> dict[str, np.ndarray]:
    records = list(_records(part))
    return {name: np.stack([record[name] for record in records]) for name in records[0]}


def _records(part: np.ndarray) -> Iterator[dict[str, np.ndarray]]:
    work = _work["work"]
    for index in part:
        image, seams = render(work.views[index], _work["open_row"])
        rgb = np.asarray(image.convert("RGB"))
        square = square_of(rgb)
        maps = maps_of("backbone", square)
        arrays = {"rows": pooled_of(maps), "further": np.zeros(FURTHER)}
        if _work["is_read_further"][index]:
            arrays["further"] = np.concatenate(
                [pooled_of(maps_of(name, square_of(rgb, side_px))) for name, side_px in FURTHER_SIDES.items()]
            )
        if "compound" in work.tasks:
            arrays |= {"low": maps[0][0], "mid": maps[1][0], "profiles": seam_profiles(square)}
        record = {name: value.astype(np.float16) for name, value in arrays.items()}
        yield {**record, "seams": seams} if "compound" in work.tasks else record


def pooled_of(maps: list[np.ndarray]) -> np.ndarray:
    """Low, mid and deep maps of one picture as one row."""
    low, mid, deep = (torch.from_numpy(values) for values in maps)
    row: np.ndarray = pooled(low, mid, deep.mean(dim=(2, 3)))[0].numpy()
    return row


def maps_of(name: str, square: np.ndarray) -> list[np.ndarray]:
    """What a backbone makes of one square picture."""
    maps: list[np.ndarray] = _work["sessions"][name].run(["low", "mid", "deep"], {"pixels": square[None]})
    return maps
