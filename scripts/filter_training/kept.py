"""Features of an earlier run -> rows of this one, so that new pictures add work and old ones none."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

Array = np.ndarray
RENDERING = 1
"""Counts changes of what is drawn for a view, or of how it is described."""
AT_ONCE = 512
KEYS, DONE = "keys.npy", "done"


def keys_of(views: Sequence[tuple[object, ...]], members: Sequence[Sequence[int]], paths: Sequence[str]) -> Array:
    """A key of 16 bytes for each view, uint8 (n, 16), of all that its features follow from.

    `views` say how a view is drawn and by which networks it is described; `members` are the rows it is drawn from, and
    enter by number, since they are part of the seed, and by the digest of the picture.
    """

    @cache
    def digest(place: int) -> str:
        return hashlib.sha256(Path(paths[place]).read_bytes()).hexdigest()

    keys = np.zeros((len(views), 16), dtype=np.uint8)
    for place, (view, rows) in enumerate(zip(views, members, strict=True)):
        text = repr((RENDERING, view, [(row, digest(row)) for row in rows]))
        keys[place] = np.frombuffer(hashlib.blake2b(text.encode(), digest_size=16).digest(), dtype=np.uint8)
    return keys


def generation(folder: Path, keys: Array, shapes: Mapping[str, tuple[tuple[int, ...], type]]) -> Path:
    """The folder of arrays with one row a key, filled from the generation before where a key is known there.

    A generation counts once its keys are written, which is last, and the one before is then forgotten. `shapes` are the
    shape of a row and its type, by the name of the array.
    """
    target = folder / hashlib.sha256(keys.tobytes()).hexdigest()[:16]
    if (target / KEYS).exists():
        return target
    before = [path.parent for path in folder.glob(f"*/{KEYS}")]
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    known = {}
    for path in before:
        done = np.load(path / f"{DONE}.npy")
        known |= {key.tobytes(): (path, place) for place, key in enumerate(np.load(path / KEYS)) if done[place]}
    found = [known.get(key.tobytes()) for key in keys]
    for name, (shape, kind) in shapes.items():
        new = np.lib.format.open_memmap(target / f"{name}.npy", "w+", kind, (len(keys), *shape))
        for path in before:
            pairs = np.array([(n, at[1]) for n, at in enumerate(found) if at and at[0] == path]).reshape(-1, 2)
            if (path / f"{name}.npy").exists():
                _copied(np.load(path / f"{name}.npy", mmap_mode="r"), new, pairs.astype(np.int64))
        new.flush()
    np.save(target / KEYS, keys)
    for path in before:
        shutil.rmtree(path)
    return target


def ranks(names: Array, turn: int, weights: Array | None = None) -> Array:
    """Places of whole numbers in the order that a turn draws them in, by weight: each has its own luck in each turn
    (splitmix64 of both), so that what is added to the names draws for itself alone."""
    with np.errstate(over="ignore"):
        x = (names.astype(np.uint64) << np.uint64(32)) + np.uint64(turn) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    luck = ((x ^ (x >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) / 2.0**53
    waits = -np.log1p(-luck)
    return np.argsort(waits if weights is None else waits / weights, kind="stable")


def _copied(old: Array, new: Array, pairs: Array) -> None:
    """Copy rows in parts, since the arrays are larger than memory may be."""
    for part in np.array_split(pairs, len(pairs) // AT_ONCE + 1):
        new[part[:, 0]] = old[part[:, 1]]
