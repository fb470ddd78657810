"""Labels, layout, schedule and the count of layers, none of which need PyTorch; and what is said where it is absent."""

import sys
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sklearn.metrics import f1_score
from sklearn.preprocessing import MultiLabelBinarizer

from rocov2.errors import UsageError
from scripts import train_concept_baseline
from scripts.concept_baseline.dataset import Pictures, read_mapping, read_split, write_predictions
from scripts.concept_baseline.labels import MAX_CUIS, LabelSpace, commonest, image_f1, mean_f1
from scripts.concept_baseline.layers import frozen_modules, keras_layers
from scripts.concept_baseline.recipe import FORMS, batches, steps_an_epoch
from tests.baseline.toyset import BRIGHT, DARK, NEVER, STRIPE, toy_release

CUIS = st.lists(st.sampled_from([f"C000000{n}" for n in range(8)]), unique=True, max_size=6)


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return toy_release(tmp_path_factory.mktemp("toy") / "release")


@given(st.lists(CUIS, min_size=1, max_size=12))
def test_labels_are_those_of_the_multi_label_binarizer_of_scikit_learn(lists):
    peer = MultiLabelBinarizer()
    rows = peer.fit_transform(lists)
    space = LabelSpace.fitted(lists)
    assert space.cuis == tuple(peer.classes_)
    assert (space.encode(lists) == rows).all()


@given(st.lists(CUIS, max_size=12))
def test_what_is_encoded_is_decoded(lists):
    space = LabelSpace.fitted(lists)
    assert [sorted(cuis) for cuis in space.decode(space.encode(lists), 0.5)] == [sorted(cuis) for cuis in lists]


def test_a_probability_at_the_threshold_is_predicted_and_the_most_probable_stands_first():
    space = LabelSpace.of(["C0000003", "C0000001", "C0000002", "C0000001"])
    assert space.decode(np.array([[0.3, 0.9, 0.2999]], dtype=np.float64), 0.3) == [["C0000002", "C0000001"]]


def test_no_image_gets_more_concepts_than_the_campaign_takes():
    space = LabelSpace.of(f"C{n:07}" for n in range(150))
    assert len(space.decode(np.ones((1, 150), dtype=np.float32), 0.5)[0]) == MAX_CUIS


def test_a_rare_concept_is_not_learned_and_an_unknown_one_is_left_out():
    space = LabelSpace.fitted([[DARK], [DARK, STRIPE]], min_count=2)
    assert space.cuis == (DARK,)
    assert space.encode([[STRIPE, DARK], [STRIPE]]).tolist() == [[1.0], [0.0]]


@given(CUIS, CUIS)
def test_f1_of_an_image_is_that_of_scikit_learn(truth, predicted):
    union = sorted({*truth, *predicted}) or [""]
    rows = [[int(cui in cuis) for cui in union] for cuis in (truth, predicted)]
    assert image_f1(truth, predicted) == pytest.approx(f1_score(*rows, average="binary", zero_division=1.0))


def test_the_mean_is_over_images_and_the_commonest_concept_is_the_first_of_equals():
    assert mean_f1([[DARK], [STRIPE]], [[DARK], [DARK]]) == 0.5
    assert mean_f1([], []) == 0.0
    assert commonest([[STRIPE], [DARK, STRIPE], [DARK]]) == [DARK]
    assert commonest([[STRIPE], [DARK, STRIPE], []]) == [STRIPE]
    assert commonest([[]]) == []


@pytest.mark.parametrize(("step", "rate"), [(0, 0.001), (99, 0.001), (100, 0.0009), (250, 0.00081)])
def test_the_learning_rate_falls_by_a_tenth_every_hundred_steps(step, rate):
    assert FORMS["binarizer"].learning_rate(step) == pytest.approx(rate)


def test_the_forms_are_the_published_ones():
    assert {(r.size_px, r.batch, r.rate, r.decay, r.decay_steps) for r in FORMS.values()} == {
        (255, 32, 0.001, 0.9, 100)
    }
    assert {name: r.frozen_layers for name, r in FORMS.items()} == {"binarizer": 0, "finetuned": 276}


@pytest.mark.parametrize(("count", "size"), [(10, 3), (9, 3), (64, 32), (2, 32), (35, 8)])
def test_an_epoch_has_every_sample_once_but_for_a_rest_of_one(count, size):
    steps = steps_an_epoch(count, size)
    taken = list(islice(batches(count, size, seed=1), 3 * steps))
    for epoch in (taken[:steps], taken[steps : 2 * steps], taken[2 * steps :]):
        seen = np.concatenate(epoch)
        assert len(set(seen)) == len(seen) == count - (count % size == 1)
        assert min(len(batch) for batch in epoch) > 1


def test_batches_depend_on_the_seed_alone():
    first, again, other = (np.concatenate(list(islice(batches(50, 8, s), 9))).tolist() for s in (4, 4, 5))
    assert first == again != other


def test_one_sample_is_too_few_to_train_on():
    with pytest.raises(ValueError, match="at least two"):
        next(batches(1, 32, 0))


def test_keras_has_427_layers_and_the_277th_is_a_convolution_in_the_third_block():
    layers = keras_layers()
    assert len(layers) == 427
    assert layers[276] == ("conv4_block20_1_conv", "denseblock3.denselayer20.conv1")
    assert layers[313][0] == "conv5_block1_0_bn"
    assert len(set(layers)) == 427


def test_the_first_276_layers_end_with_the_first_norm_of_the_twentieth_dense_layer():
    frozen = frozen_modules(276)
    assert frozen[:2] == ["conv0", "norm0"]
    assert frozen[-1] == "denseblock3.denselayer20.norm1"
    assert len(frozen) == 2 + 4 * (6 + 12 + 19) + 2 * 2 + 1
    assert frozen_modules(0) == []
    assert frozen_modules(277)[-1] == "denseblock3.denselayer20.conv1"


@pytest.mark.parametrize("count", [-1, 428])
def test_more_layers_than_there_are_cannot_be_frozen(count):
    with pytest.raises(ValueError, match="427"):
        frozen_modules(count)


def test_a_split_is_read_with_its_concepts_or_the_curated_ones(toy):
    every, manual = read_split(toy, "valid"), read_split(toy, "valid", manual=True)
    assert every.ids == manual.ids
    assert every.cuis[2:4] == ((DARK, STRIPE), (BRIGHT, STRIPE))
    assert manual.cuis[2:4] == ((DARK,), (BRIGHT,))
    assert every.images[3] == toy / "valid" / "TOY_valid_3.png"
    assert read_mapping(toy) == [DARK, BRIGHT, STRIPE, NEVER]


def test_a_part_of_a_split_is_the_same_each_time_and_in_order(toy):
    split = read_split(toy, "train")
    part = split.part(10, seed=3)
    assert part == split.part(10, seed=3) != split.part(10, seed=4)
    assert [split.cuis[split.ids.index(name)] for name in part.ids] == list(part.cuis)
    assert [split.ids.index(name) for name in part.ids] == sorted(split.ids.index(name) for name in part.ids)
    assert split.part(0, 3) is split.part(10_000, 3) is split


def test_a_row_without_an_image_is_left_out(tmp_path):
    folder = toy_release(tmp_path / "release", train=4, valid=2)
    (folder / "train" / "TOY_train_1.png").unlink()
    assert read_split(folder, "train").ids == ("TOY_train_0", "TOY_train_2", "TOY_train_3")


@pytest.mark.parametrize(
    "text",
    [
        "ID,CUIs\nTOY_valid_0,C1\n",
        "ID,CUIs\n../TOY_valid_0,C0000001\n",
        "ID,CUIs\nTOY_valid_0,C0000001;C0000001\n",
        "ID,CUIs\nTOY_valid_0\n",
        "name,labels\nTOY_valid_0,C0000001\n",
        "ID,CUIs\n",
        "ID,CUIs\nTOY_valid_0,\x00",
        "\udcff",
    ],
    ids=["no CUI", "a path", "twice", "too few cells", "other columns", "no rows", "a null byte", "no UTF-8"],
)
def test_a_malformed_list_is_refused_with_its_name(tmp_path, text):
    folder = toy_release(tmp_path / "release", train=2, valid=1)
    (folder / "valid_concepts.csv").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(UsageError, match=r"valid_concepts\.csv"):
        read_split(folder, "valid")


def test_pictures_come_square_whatever_their_shape_and_whether_kept_or_not(toy):
    paths = read_split(toy, "valid").images
    kept, fresh = Pictures(paths, 32), Pictures(paths, 32, cache_bytes=0)
    for _ in range(2):
        assert kept.batch([1, 0]).shape == (2, 32, 32, 3)
        assert (kept.batch([1, 0]) == fresh.batch([1, 0])).all()
    assert kept.batch([1]).mean() > kept.batch([0]).mean() + 100


def test_a_file_that_is_no_image_is_named(tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 not a JPEG")
    Image.new("L", (4, 4)).save(tmp_path / "fine.png")
    with pytest.raises(UsageError, match=r"broken\.jpg"):
        Pictures([tmp_path / "fine.png", tmp_path / "broken.jpg"], 32).batch([0, 1])


def test_predictions_have_the_published_layout(tmp_path):
    write_predictions(tmp_path / "p.csv", ["a", "b"], [[DARK, STRIPE], []])
    assert (tmp_path / "p.csv").read_bytes() == b"ID,CUIs\na,C0000001;C0000003\nb,\n"


def test_without_pytorch_the_script_names_the_extra_and_leaves_with_3(toy, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert train_concept_baseline.main([str(toy), str(tmp_path / "out")]) == 3
    assert ".[baseline]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [["--size", "31"], ["--batch", "1"], ["--frozen-layers", "428"], ["--split", "test"], ["--min-count", "99"]],
    ids=" ".join,
)
def test_what_cannot_be_trained_is_a_mistake_of_the_command_line(toy, tmp_path, capsys, words):
    assert train_concept_baseline.main([str(toy), str(tmp_path / "out"), *words]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_said_before_anything_is_learned(tmp_path, capsys):
    toy_release(tmp_path / "toy")
    (tmp_path / "file").write_text("")
    words = [str(tmp_path / "toy"), str(tmp_path / "file" / "out"), "--form", "binarizer", "--min-count", "1"]
    assert train_concept_baseline.main(words) == 2
    assert "name another place" in capsys.readouterr().err
