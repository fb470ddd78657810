"""NIfTI volumes and DICOM slices -> slices and projections as a reader would see them: windows, grey or colour, one on another."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from filter_training.views import Rng

Floats = np.ndarray
TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4"}
SPACING_MM = 2.0
WINDOWS = {"soft": (-160.0, 240.0), "lung": (-1350.0, 150.0), "bone": (-450.0, 1050.0), "brain": (0.0, 80.0)}
# Colour tables as stops of red, green, blue; what nuclear medicine and fusion viewers offer.
TABLES = {
    "grey": ((0, 0, 0), (255, 255, 255)),
    "inverse": ((255, 255, 255), (0, 0, 0)),
    "hot": ((0, 0, 0), (180, 0, 0), (255, 120, 0), (255, 235, 60), (255, 255, 255)),
    "rainbow": ((0, 0, 0), (80, 0, 160), (0, 60, 255), (0, 200, 120), (250, 240, 0), (255, 40, 0), (255, 255, 255)),
    "jet": ((0, 0, 130), (0, 60, 255), (0, 230, 255), (140, 255, 100), (255, 220, 0), (255, 40, 0), (130, 0, 0)),
    "warm": ((0, 0, 0), (90, 20, 110), (200, 60, 80), (250, 150, 60), (255, 250, 190)),
    "ember": ((0, 0, 20), (40, 10, 110), (130, 30, 150), (230, 80, 60), (255, 170, 0), (255, 250, 120)),
    "cold": ((0, 0, 0), (0, 30, 90), (0, 110, 180), (60, 200, 220), (230, 255, 255)),
}


@dataclass(frozen=True)
class Volume:
    """Samples on axes that run right, front, up at SPACING_MM, and the corner they start from, in mm."""

    samples: Floats
    corner_mm: Floats


def read_volume(path: Path) -> Volume:
    """Read a NIfTI-1 file whose axes are those of the patient, and bring it to one spacing."""
    body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    order = "<" if int.from_bytes(body[:4], "little") == 348 else ">"
    shape = np.frombuffer(body, order + "i2", 8, 40)[1:4]
    kind = TYPES[int(np.frombuffer(body, order + "i2", 1, 70)[0])]
    start = int(np.frombuffer(body, order + "f4", 1, 108)[0])
    slope, offset = np.frombuffer(body, order + "f4", 2, 112)
    count = int(np.prod(shape, dtype=np.int64))
    samples = np.frombuffer(body, order + kind, count, start).reshape(shape[::-1]).T.astype(np.float32)
    samples = samples * (slope or 1.0) + offset
    affine = np.frombuffer(body, order + "f4", 12, 280).reshape(3, 4)
    if not np.abs(affine[:, :3]).sum():
        affine = np.column_stack([np.diag(np.frombuffer(body, order + "f4", 3, 80)), np.zeros(3)])
    return _upright(np.nan_to_num(samples), affine.astype(np.float64))


def read_slice(path: Path) -> Floats:
    """Samples of one DICOM slice, as stored; needs pydicom."""
    import pydicom

    return np.asarray(pydicom.dcmread(path).pixel_array, dtype=np.float32)


def read_attenuation(path: Path) -> Floats:
    """One CT slice of a DICOM file in Hounsfield units; needs pydicom."""
    import pydicom

    record = pydicom.dcmread(path)
    slope, offset = float(record.get("RescaleSlope", 1)), float(record.get("RescaleIntercept", 0))
    return np.asarray(record.pixel_array, dtype=np.float32) * slope + offset


def _upright(samples: Floats, affine: Floats) -> Volume:
    """Axes in the order and direction of the patient's; the nearest axis is taken where they are oblique."""
    axes = [int(np.abs(affine[row, :3]).argmax()) for row in range(3)]
    samples = samples.transpose(axes)
    steps = np.array([affine[row, axis] for row, axis in enumerate(axes)])
    corner = affine[:, 3].copy()
    for row in range(3):
        if steps[row] < 0:
            samples = np.flip(samples, row)
            corner[row] += steps[row] * (samples.shape[row] - 1)
    return Volume(ndimage.zoom(samples, np.abs(steps) / SPACING_MM, order=1), corner)


def on_grid(moved: Volume, fixed: Volume) -> Floats:
    """Samples of `moved` at the places of `fixed`; zero outside."""
    shift = (fixed.corner_mm - moved.corner_mm) / SPACING_MM
    return np.asarray(
        ndimage.affine_transform(moved.samples, np.ones(3), shift, output_shape=fixed.samples.shape, order=1)
    )


def plane(samples: Floats, axis: int, share: float) -> Floats:
    """The slice across an axis at a share of its length, head or front up."""
    place = int(np.clip(share * samples.shape[axis], 0, samples.shape[axis] - 1))
    return np.asarray(np.take(samples, place, axis=axis).T[::-1])


def projection(samples: Floats, axis: int) -> Floats:
    """The strongest sample along an axis, head up."""
    return np.asarray(samples.max(axis=axis).T[::-1])


def toned(values: Floats, low: float, high: float, table: str) -> np.ndarray:
    """Values between low and high by a colour table, uint8 (height, width, 3)."""
    share = np.clip((values - low) / max(high - low, 1e-6), 0.0, 1.0)
    stops = np.array(TABLES[table], dtype=np.float64)
    places = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(share, places, stops[:, channel]) for channel in range(3)], axis=-1).astype(np.uint8)


def fused(below: np.ndarray, values: Floats, ceiling: float, table: str, rng: Rng) -> np.ndarray:
    """A colour layer over a grey picture, as strong as its values (or evenly), uint8 (height, width, 3)."""
    above = toned(values, 0.0, ceiling, table).astype(np.float32)
    strength = rng.uniform(0.35, 0.75)
    if rng.random() < 0.6:
        strength = strength * np.clip(values / (rng.uniform(0.1, 0.6) * ceiling), 0.0, 1.0)[..., None]
    return np.clip(below * (1 - strength) + above * strength, 0, 255).astype(np.uint8)


def as_image(pixels: np.ndarray, rng: Rng) -> Image.Image:
    """The picture at a size between 160 and 320 px, cut to what is not black (or white) around it."""
    busy = np.ptp(pixels.reshape(*pixels.shape[:2], -1).astype(np.int16), axis=2) + np.abs(
        pixels.mean(axis=2) - pixels[0, 0].mean()
    )
    rows, columns = np.flatnonzero(busy.max(axis=1) > 12), np.flatnonzero(busy.max(axis=0) > 12)
    if len(rows) > 16 and len(columns) > 16 and rng.random() < 0.6:
        pixels = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    image = Image.fromarray(np.ascontiguousarray(pixels))
    scale = rng.uniform(160, 320) / max(image.size)
    size = (max(32, round(image.width * scale)), max(32, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BICUBIC)
