"""Planted copies, slices of one series and a large corpus of fingerprints -> what clustering finds and merges."""

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from filter_training.planted import VARIANTS, plant
from filter_training.volumes import SPACING_MM, Volume, plane, toned
from PIL import Image

from filter_bench.truth import SAME, same_detail
from rocov2.images.decode import BadImage, decode
from rocov2.images.duplicates import cluster
from rocov2.images.prints import HEAD, fingerprint, parse, spectra, written

Line = tuple[str, str, str, str]
MIXED, AT_ONCE = 3, 50_000
NO_CASE = "/"  # how a group ends whose source names no cases
UNIT = 24.0  # length of the coefficients of a picture at unit spread


@dataclass(frozen=True)
class Original:
    """A picture of its own: its bytes, and the case or folder whose pictures may be slices of one series."""

    body: bytes
    group: str


def fingerprints_of(originals: Sequence[Original]) -> tuple[list[str], list[int], list[str]]:
    """Fingerprint, number of the original and name of the variant of every original and planted copy."""
    texts, numbers, names = [], [], []
    for number, original in enumerate(originals):
        try:
            picture = decode(original.body)
        except BadImage:
            continue
        image = Image.fromarray(picture.rgb)
        bodies = {"": original.body, **{name: plant(image, name, (7, number)) for name in VARIANTS}}
        for name, body in bodies.items():
            texts.append(fingerprint(decode(body).rgb))
            numbers.append(number)
            names.append(name)
    return texts, numbers, names


def planted_lines(originals: Sequence[Original]) -> Iterator[Line]:
    """Recall of the planted copies by variant, and precision over the pairs that are joined."""
    texts, numbers, names = fingerprints_of(originals)
    labels = cluster(texts)
    number, name = np.array(numbers), np.array(names)
    home = {n: label for n, label, kind in zip(numbers, labels, names, strict=True) if kind == ""}
    found = np.array([home[n] == label for n, label in zip(numbers, labels, strict=True)])
    copies = name != ""
    yield "look-alikes", "originals, copies", "2,000", f"{len(home)}, {int(copies.sum())}"
    yield "look-alikes", "recall over all variants", "0.98", f"{found[copies].mean():.4f}"
    for variant in VARIANTS:
        yield "look-alikes", f"recall: {variant}", "", f"{found[name == variant].mean():.4f}"
    groups = np.array([originals[n].group for n in numbers])
    twice = repeated(originals, [(n, home[n]) for n in sorted(home)])
    joined, same = _pairs(labels, np.array([twice[n] for n in numbers]))
    _, as_given = _pairs(labels, number)
    _, of_group = _pairs(labels, groups)
    yield "look-alikes", "precision over joined pairs", "0.99", f"{same / max(1, joined):.4f} of {joined}"
    yield "look-alikes", "the same, every original held to be another picture", "", f"{as_given / max(1, joined):.4f}"
    alone = f"{as_given / (joined - of_group + as_given):.4f}"
    yield "look-alikes", "the same, pictures of one case or folder left out", "", alone
    merged = len(home) - len({home[n] for n in home})
    known = len(home) - len({twice[n] for n in home})
    yield (
        "look-alikes",
        "originals merged with another; those that are one picture by its pixels",
        "",
        f"{merged}; {known}",
    )


def repeated(originals: Sequence[Original], labels: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Number of each original, or of the first one that is the same picture: looked for among the merged ones.

    Pictures of one case or folder never count as one: neighbouring slices of PET agree as closely as copies do.
    """
    first = {number: number for number, _ in labels}
    clusters: dict[int, list[int]] = {}
    for number, label in labels:
        clusters.setdefault(label, []).append(number)
    for members in clusters.values():
        pictures = [decode(originals[n].body).rgb for n in members] if len(members) > 1 else []
        for (n, left), (m, right) in itertools.combinations(zip(members, pictures, strict=False), 2):
            apart = originals[n].group != originals[m].group or originals[n].group.endswith(NO_CASE)
            if first[n] != first[m] and apart and same_detail(left, right) >= SAME:
                first = {k: min(first[n], first[m]) if v in (first[n], first[m]) else v for k, v in first.items()}
    return first


def _pairs(labels: np.ndarray, names: np.ndarray) -> tuple[int, int]:
    """Pairs within clusters, and those of them whose names are the same."""
    joined = same = 0
    for label in np.unique(labels):
        inside = names[labels == label]
        joined += len(inside) * (len(inside) - 1) // 2
        _, counts = np.unique(inside, return_counts=True)
        same += int((counts * (counts - 1) // 2).sum())
    return joined, same


def series_lines(volumes: Sequence[Volume]) -> Iterator[Line]:
    """Share of neighbouring axial slices, 2 mm and 6 mm apart, that are taken for copies of one another."""
    for step in (1, 3):
        merged = pairs = 0
        for volume in volumes:
            slices = _axial(volume)[::step]
            labels = cluster([fingerprint(rgb) for rgb in slices])
            merged += int((labels[1:] == labels[:-1]).sum())
            pairs += max(0, len(slices) - 1)
        apart = f"slices {step * SPACING_MM:.0f} mm apart that are merged"
        yield "look-alikes", apart, "0", f"{merged / max(1, pairs):.4f} of {pairs}"


def _axial(volume: Volume) -> list[np.ndarray]:
    """The middle half of a volume's axial slices, grey, under one window."""
    low, high = np.percentile(volume.samples, (2, 99.5))
    count = volume.samples.shape[2]
    places = range(count // 4, 3 * count // 4)
    return [toned(plane(volume.samples, 2, (place + 0.5) / count), low, high, "grey") for place in places]


def million_lines(texts: Sequence[str], count: int) -> Iterator[Line]:
    """Seconds to cluster `count` fingerprints, each a mixture of three real ones so that they crowd as those do."""
    table = parse(texts)
    draw = np.random.default_rng(0)
    real = spectra(table)
    corpus: list[str] = []
    for _ in range(0, count, AT_ONCE):
        chosen = draw.integers(0, len(table), (MIXED, AT_ONCE))
        mixed = sum(real[part] for part in chosen)
        mixed *= draw.uniform(0.8, 1.25, mixed.shape).astype(np.float32)
        corpus += _texts(mixed, table[chosen[0], HEAD - 4 : HEAD])
    begun, worked = time.perf_counter(), time.process_time()
    labels = cluster(corpus)
    seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    asked = "60" if count >= 1_000_000 else ""
    found = f"{seconds:.1f} ({worked:.1f} of processors), {len(np.unique(labels))} clusters"
    yield "look-alikes", f"seconds to cluster {count:,}", asked, found


def _texts(spectra_: np.ndarray, boxes: np.ndarray) -> list[str]:
    spectra_ = spectra_ / np.sqrt((spectra_**2).sum(axis=1, keepdims=True) + 1e-9) * UNIT
    hashes = np.packbits(spectra_[:, :64] > 0, axis=1)
    heads = np.concatenate([hashes, hashes, boxes], axis=1)
    return [written(head.tobytes(), spectrum) for head, spectrum in zip(heads, spectra_, strict=True)]
