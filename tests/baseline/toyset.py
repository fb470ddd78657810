"""A data set in the published layout whose concepts can be seen: dark or bright, and a stripe in the middle or none."""

import numpy as np
from PIL import Image

from rocov2.release.files import write_csv

DARK, BRIGHT, STRIPE, NEVER = "C0000001", "C0000002", "C0000003", "C0000004"


def toy_release(folder, train=48, valid=16):
    folder.mkdir()
    write_csv(folder / "cui_mapping.csv", ("CUI", "Canonical name"), [(c, c) for c in (DARK, BRIGHT, STRIPE, NEVER)])
    for split, count in (("train", train), ("valid", valid)):
        (folder / split).mkdir()
        rows = [(f"TOY_{split}_{n}", drawn(folder / split / f"TOY_{split}_{n}.png", n)) for n in range(count)]
        write_csv(folder / f"{split}_concepts.csv", ("ID", "CUIs"), [(name, ";".join(cuis)) for name, cuis in rows])
        write_csv(folder / f"{split}_concepts_manual.csv", ("ID", "CUIs"), [(name, cuis[0]) for name, cuis in rows])
    return folder


def drawn(path, number):
    bright, stripe = number % 2, number // 2 % 2
    pixels = np.random.default_rng(number).integers(0, 40, (40, 56), dtype=np.uint8) + np.uint8(180 * bright)
    if stripe:
        pixels[16:24] = 110
    Image.fromarray(pixels).save(path)
    return [BRIGHT if bright else DARK, *([STRIPE] if stripe else [])]
