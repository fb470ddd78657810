"""The panels of compound pictures, looked at one by one: what `classify` does with figures whose radiology is in doubt."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor

from filter_training.calibrate import sigmoid
from filter_training.features import FURTHER_SIDES, pooled_of
from filter_training.heads import FURTHER, POOLED
from filter_training.manifest import Row
from rocov2.images.classify import DOUBT, MAPS, PANELS, Models, boxes_of, compound_logit
from rocov2.images.decode import decode
from rocov2.images.layout import SIDE_PX, cut_out, largest_boxes, square_of

AT_ONCE = 64
Array = np.ndarray


@dataclass(frozen=True)
class Panels:
    """Pooled features (m, POOLED + FURTHER) of panels, and of which row's picture each is (m,)."""

    picture: Array
    rows: Tensor


@dataclass(frozen=True)
class Cutter:
    """The networks, compound and seam heads in a folder, and the calibration of compound: what finds panels.

    Panel letters play no part: their recogniser is trained after all else, and moves few scores over the bar.
    """

    backbones: dict[str, Path]
    heads: Path
    calibration: tuple[float, ...]

    def files(self) -> dict[str, Path]:
        """All models by name."""
        return {**self.backbones, "compound": self.heads / "compound.onnx", "seams": self.heads / "seams.onnx"}

    def digest(self) -> bytes:
        """Of all that panels and their features follow from."""
        bodies = [path.read_bytes() for path in self.files().values()]
        return hashlib.sha256(b"".join([*bodies, repr((self.calibration, PANELS)).encode()])).digest()


def looked_at(kind: Array, panels: Array, places: Array, calibration: Sequence[float]) -> Array:
    """Logits (n, 8) of all views, those in doubt that have panels averaged with these: `panels` (m, 8) and the place (m,) of
    the view that each is of, as `classify.with_panels` does."""
    sums, counts = np.zeros(kind.shape), np.zeros(len(kind))
    np.add.at(sums, places, panels)
    np.add.at(counts, places, 1)
    chosen = (counts > 0) & (np.abs(calibration[0] * kind[:, 0] + calibration[1]) < DOUBT)
    found = kind.copy()
    found[chosen] = (kind[chosen] + sums[chosen] / counts[chosen, None]) / 2
    return found


def panels_of(rows: list[Row], cutter: Cutter, kept: Path) -> Panels:
    """Panels of all pictures that are scored compound and cut; those that a file of an earlier run holds are read from it.

    Two processes look at the others. The file counts pictures by their digest and that of the models.
    """
    by = cutter.digest()
    keys = [hashlib.blake2b(by + Path(row.path).read_bytes(), digest_size=16).digest() for row in rows]
    known = dict(_read(kept)) if kept.exists() else {}
    if left := [place for place, key in enumerate(keys) if key not in known]:
        parts = np.array_split(left, len(left) // AT_ONCE + 1)
        with ProcessPoolExecutor(2, initializer=_start, initargs=(cutter,)) as pool:
            found = pool.map(_look_at, [[rows[place].path for place in part] for part in parts])
            for done, (part, features) in enumerate(zip(parts, found, strict=True)):
                known |= {keys[place]: values for place, values in zip(part, features, strict=True)}
                print(f"panels: part {done + 1} of {len(parts)}", flush=True)
        _write(kept, known)
    counts = [len(known[key]) for key in keys]
    features = np.concatenate([known[key] for key in keys])
    return Panels(np.repeat(np.arange(len(rows)), counts), torch.from_numpy(features.astype(np.float32)))


def _read(path: Path) -> Iterator[tuple[bytes, Array]]:
    with np.load(path) as found:
        keys, features = found["keys"], np.split(found["features"], np.cumsum(found["counts"])[:-1])
    return ((key.tobytes(), values) for key, values in zip(keys, features, strict=True))


def _write(path: Path, known: dict[bytes, Array]) -> None:
    keys = np.frombuffer(b"".join(known), dtype=np.uint8).reshape(-1, 16)
    counts = np.array([len(values) for values in known.values()])
    np.savez(path, keys=keys, counts=counts, features=np.concatenate(list(known.values())))


_models: dict[str, Models] = {}


def _start(cutter: Cutter) -> None:
    torch.set_num_threads(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    sessions = {name: onnxruntime.InferenceSession(str(path), options) for name, path in cutter.files().items()}
    nothing = dict.fromkeys(("kind", "region", "letters"))
    _models["all"] = Models(**sessions, **nothing, calibration={"compound": cutter.calibration})


def _look_at(paths: list[str]) -> list[Array]:
    return [_features(decode(Path(path).read_bytes()).rgb) for path in paths]


def _features(rgb: Array) -> Array:
    """Features (n, POOLED + FURTHER) of the panels of a picture, none where it has no two."""
    models, square = _models["all"], square_of(rgb)
    maps = dict(zip(MAPS, models.backbone.run(list(MAPS), {"pixels": square[None]}), strict=True))
    slope, offset = models.calibration["compound"]
    boxes = boxes_of(models, rgb, float(sigmoid(slope * compound_logit(models, square, maps) + offset)))
    if len(boxes) <= 4:
        return np.zeros((0, POOLED + FURTHER), dtype=np.float16)
    return np.stack([_described(models, cut_out(rgb, box)) for box in largest_boxes(boxes, PANELS)])


def _described(models: Models, rgb: Array) -> Array:
    sides = {"backbone": SIDE_PX, **FURTHER_SIDES}
    maps = [
        getattr(models, name).run(list(MAPS), {"pixels": square_of(rgb, side)[None]}) for name, side in sides.items()
    ]
    return np.concatenate([pooled_of(of_one) for of_one in maps]).astype(np.float16)
