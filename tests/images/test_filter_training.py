"""What a training run keeps of the one before, and what added pictures change."""

import base64
import itertools
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from filter_training.collections import REPOSITORIES
from filter_training.kept import DONE, KEYS, generation, keys_of, ranks
from filter_training.lightboxes import SHEET_SERIES, lightbox
from filter_training.manifest import family_of
from filter_training.more_renderings import MORE_SERIES
from filter_training.renderings import SERIES
from filter_training.repositories import Files
from filter_training.tracers_and_diffusion import PRINTED_SERIES, printed_by
from filter_training.volumes import Volume

SHAPES = {"rows": ((3,), np.float16), DONE: ((), np.uint8)}


def pictures(folder: Path, *contents: bytes) -> list[str]:
    paths = [folder / f"{place}.jpg" for place in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return [str(path) for path in paths]


def filled(folder: Path, keys: np.ndarray) -> Path:
    """A generation whose rows hold their place, all done but the last."""
    target = generation(folder, keys, SHAPES)
    rows, done = (np.load(target / f"{name}.npy", mmap_mode="r+") for name in ("rows", DONE))
    rows[:], done[:-1] = np.arange(len(keys))[:, None], 1
    return target


def test_features_are_kept_by_picture_and_not_by_place(tmp_path):
    paths = pictures(tmp_path, b"a", b"b", b"c")
    views, members = [("clean",)] * 3, [[0], [1], [2]]
    filled(tmp_path / "cache", keys_of(views, members, paths))
    (tmp_path / "1.jpg").write_bytes(b"another")
    folder = generation(tmp_path / "cache", keys_of([*views, ("varied",)], [*members, [0]], paths), SHAPES)
    assert np.load(folder / f"{DONE}.npy").tolist() == [1, 0, 0, 0]
    assert np.load(folder / "rows.npy")[:, 0].tolist() == [0, 0, 0, 0]
    assert [path.parent for path in (tmp_path / "cache").glob(f"*/{KEYS}")] == [folder]


def test_the_same_plan_finds_its_own_features(tmp_path):
    keys = keys_of([("clean",)], [[0]], pictures(tmp_path, b"a"))
    assert filled(tmp_path / "cache", keys) == generation(tmp_path / "cache", keys, SHAPES)


@pytest.mark.parametrize("changed", [("clean", 1), ("varied", 0)])
def test_another_drawing_of_a_picture_is_another_view(tmp_path, changed):
    paths = pictures(tmp_path, b"a")
    assert not np.array_equal(keys_of([("clean", 0)], [[0]], paths), keys_of([changed], [[0]], paths))


def test_what_is_added_to_a_draw_leaves_the_order_of_the_others():
    names = np.arange(50) * 7
    more = np.concatenate([names, [1000, 2000]])
    for turn in range(20):
        assert [place for place in ranks(more, turn) if place < 50] == ranks(names, turn).tolist()


def test_a_draw_follows_the_weights():
    names, weights = np.array([3, 5]), np.array([3.0, 1.0])
    first = np.array([ranks(names, turn, weights)[0] for turn in range(4000)])
    assert np.mean(first == 0) == pytest.approx(0.75, abs=0.03)


def test_each_source_is_gathered_from_one_repository():
    assert len({repository.source for repository in REPOSITORIES}) == len(REPOSITORIES)


def test_each_series_that_a_repository_names_is_there():
    assert {repository.series for repository in REPOSITORIES} - {
        ""
    } <= SERIES.keys() | MORE_SERIES.keys() | SHEET_SERIES.keys() | PRINTED_SERIES.keys()


def test_pictures_are_taken_out_of_a_notebook_in_the_order_it_printed_them(tmp_path):
    def output(kind, body):
        return {"data": {kind: base64.encodebytes(body).decode().splitlines(keepends=True)}}

    cells = [
        {"cell_type": "markdown"},
        {"outputs": [{"text": ["loading"]}, output("image/png", b"first" * 30)]},
        {"outputs": [output("text/plain", b"a figure"), output("image/jpeg", b"second")]},
    ]
    path = tmp_path / "maps.ipynb"
    path.write_text(json.dumps({"cells": cells}), "utf-8")
    assert printed_by(path) == [b"first" * 30, b"second"]


@pytest.mark.parametrize(
    ("files", "size", "first"),
    [
        (Files("*", "ct"), (40, 20), (0, 0)),
        (Files("*", "ct", turns=1), (20, 40), (39, 0)),
        (Files("*", "ct", within=(0.25, 0.5, 1.0, 1.0)), (30, 10), (10, 10)),
    ],
)
def test_of_a_picture_the_part_is_taken_that_the_rules_name(files, size, first):
    columns, rows = np.meshgrid(np.arange(40), np.arange(20))
    taken = files.of(Image.fromarray(np.dstack([columns, rows, rows]).astype(np.uint8)))
    assert taken.size == size
    assert taken.getpixel((0, 0))[:2] == first


def test_a_sheet_of_bone_scans_is_cut_into_its_ten_parts(tmp_path):
    sheet = np.full((80, 210), 255, dtype=np.uint8)
    for row, place in itertools.product(range(2), range(5)):
        sheet[4 + 40 * row : 34 + 40 * row, 4 + 42 * place : 34 + 42 * place] = 20 + 10 * place
    folder = tmp_path / "result/dataset_samples"
    folder.mkdir(parents=True)
    Image.fromarray(sheet).save(folder / "knee_samples.png")
    parts = list(MORE_SERIES["sheets"](tmp_path, np.random.default_rng(0)))
    assert [part.image.size for part in parts] == [(30, 30)] * 10
    assert {part.modality for part in parts} == {"PET"}
    shown = {int(np.asarray(part.image)[0, 0, 0]) for part in parts}
    assert any(value < 128 for value in shown)
    assert any(value > 128 for value in shown)


def test_one_data_set_under_several_names_is_one_family():
    assert family_of("bonesheets") == family_of("bonescanribs") != family_of("bonescans")
    assert len({family_of(name) for name in ("octlesions", "octtinted", "octsamples", "octexamples")}) == 1
    assert family_of("octmarkers") == "octmarkers"
    assert len({family_of(name) for name in ("lessonsmri", "lessonfmri", "lessondmri")}) == 1
    assert len({family_of(name) for name in ("bioimagebook", "clijdocs", "biapolcourse")}) == 1
    assert len({family_of(name) for name in ("micapipe", "enigma", "brainspace")}) == 1
    assert family_of("assignments") == family_of("assignmentsmore")


def ball() -> Volume:
    """A bright ball in the dark."""
    places = np.indices((40, 40, 40)) - 20
    return Volume(np.where((places**2).sum(axis=0) < 200, 100.0, 0.0).astype(np.float32), np.zeros(3))


@pytest.mark.parametrize("seed", range(8))
def test_a_sheet_of_slices_shows_outlines_only_where_there_is_a_mask(seed):
    head = ball()
    plain = np.asarray(lightbox(head, None, np.random.default_rng(seed)), dtype=np.int16)
    marked = np.asarray(lightbox(head, head.samples / 100, np.random.default_rng(seed)), dtype=np.int16)
    assert plain.shape == marked.shape
    assert max(plain.shape[:2]) >= 2 * 70
    assert np.ptp(marked, axis=2).sum() > np.ptp(plain, axis=2).sum()
