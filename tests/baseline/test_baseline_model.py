"""The model itself, where PyTorch is installed: torchvision's parameters, what is frozen, and that it learns."""

import json
import pickle
import re

import pytest

from rocov2.errors import ConfigError
from scripts import train_concept_baseline
from scripts.concept_baseline.dataset import read_split
from tests.baseline.toyset import BRIGHT, DARK, NEVER, STRIPE, toy_release

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[baseline]'")

from scripts.concept_baseline.densenet import DenseNet121  # noqa: E402 - imports PyTorch
from scripts.concept_baseline.weights import current_name, load_features  # noqa: E402


@pytest.fixture(scope="module")
def plain():
    torch.manual_seed(0)
    return DenseNet121(1000)


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return toy_release(tmp_path_factory.mktemp("toy") / "release")


@pytest.fixture(scope="module")
def trained(toy, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    assert train_concept_baseline.main([str(toy), str(out), *SMALL]) == 0
    return out


FROZEN = 9_536 + 335_040 + 33_280 + 919_680 + 132_096 + 2_048_960 + 1_728
"""Weights of the stem, block, transition, block, transition, 19 dense layers (130 c + 37,120 each), one norm."""

SMALL = ["--size", "32", "--batch", "16", "--steps", "30", "--threads", "1"]


def torchvision_names():
    """Names of torchvision's densenet121, written down from its layout: 727 tensors with the norms' counters."""
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    names = ["features.conv0.weight", *(f"features.norm0.{part}" for part in norm)]
    for block, count in ((1, 6), (2, 12), (3, 24), (4, 16)):
        for layer in range(1, count + 1):
            for half in (1, 2):
                place = f"features.denseblock{block}.denselayer{layer}"
                names += [*(f"{place}.norm{half}.{part}" for part in norm), f"{place}.conv{half}.weight"]
        if block < 4:
            names += [f"features.transition{block}.norm.{part}" for part in norm]
            names.append(f"features.transition{block}.conv.weight")
    names += [f"features.norm5.{part}" for part in norm]
    return [*names, "classifier.weight", "classifier.bias"]


def test_the_tensors_have_the_names_of_torchvision_and_its_count_of_parameters(plain):
    assert list(plain.state_dict()) == torchvision_names()
    assert len(plain.state_dict()) == 727
    assert sum(parameter.numel() for parameter in plain.parameters()) == 7_978_856


def test_a_picture_of_255_px_gives_a_logit_for_each_class(plain):
    with torch.no_grad():
        maps = plain.eval().features(torch.zeros(1, 3, 255, 255))
        assert maps.shape == (1, 1024, 8, 8)
        assert plain(torch.zeros(2, 3, 255, 255)).shape == (2, 1000)


def test_from_layer_277_on_the_model_learns_and_before_it_nothing_changes():
    model = DenseNet121(3, hidden=8, frozen_layers=276)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.train()
    optimiser = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    model(torch.randn(4, 3, 64, 64)).square().sum().backward()
    optimiser.step()
    changed = [name for name, value in model.state_dict().items() if not torch.equal(value, before[name])]
    assert changed[0] == "features.denseblock3.denselayer20.conv1.weight"
    names = list(before)
    start = names.index(changed[0])
    assert set(changed) <= set(names[start:])
    assert {name for name in names[start:] if name.endswith("conv1.weight")} <= set(changed)
    assert sum(p.numel() for p in model.features.parameters() if not p.requires_grad) == FROZEN


def test_weights_of_torchvision_load_by_path_but_for_the_classifier(plain, tmp_path):
    torch.save(plain.state_dict(), tmp_path / "densenet121.pth")
    model = DenseNet121(5, hidden=7)
    load_features(model, tmp_path / "densenet121.pth")
    loaded = model.features.state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in plain.features.state_dict().items())


def test_weights_with_the_names_that_are_still_on_the_web_load_too(plain, tmp_path):
    old = {
        re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", name): value
        for name, value in plain.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    torch.save(old, tmp_path / "old.pth")
    model = DenseNet121(5)
    load_features(model, tmp_path / "old.pth")
    assert torch.equal(model.features.denseblock4.denselayer16.conv2.weight, old[OLD_LAST])
    assert current_name("features.transition1.norm.weight") == "features.transition1.norm.weight"


OLD_LAST = "features.denseblock4.denselayer16.conv.2.weight"


def test_weights_in_safetensors_load(plain, tmp_path):
    files = pytest.importorskip("safetensors.torch")
    files.save_file(plain.state_dict(), tmp_path / "w.safetensors")
    model = DenseNet121(5)
    load_features(model, tmp_path / "w.safetensors")
    assert torch.equal(model.features.conv0.weight, plain.features.conv0.weight)


class Hostile:
    def __reduce__(self):
        return print, ("code of a weights file ran",)


def spoil(kind, path, plain):
    if kind == "a pickle with code":
        torch.save({"features.conv0.weight": Hostile()}, path)
    elif kind == "a bare pickle":
        path.write_bytes(pickle.dumps(Hostile()))
    elif kind == "no file of weights":
        path.write_bytes(b"<html>not found</html>")
    elif kind == "a tensor too few":
        torch.save({k: v for k, v in plain.state_dict().items() if k != "features.norm5.bias"}, path)
    elif kind == "another shape":
        torch.save({**plain.state_dict(), "features.conv0.weight": torch.zeros(64, 1, 7, 7)}, path)
    elif kind == "no state dict":
        torch.save([1, 2], path)


KINDS = ["a pickle with code", "a bare pickle", "no file of weights", "a tensor too few", "another shape"]


@pytest.mark.parametrize("kind", [*KINDS, "no state dict", "no file"])
def test_weights_that_are_not_right_are_refused_and_run_nothing(kind, plain, tmp_path, capsys):
    spoil(kind, tmp_path / "w.pth", plain)
    with pytest.raises(ConfigError, match=r"w\.pth"):
        load_features(DenseNet121(5), tmp_path / "w.pth")
    assert "ran" not in capsys.readouterr().out


@pytest.mark.parametrize("body", [b"", b"\xff" * 40])
def test_safetensors_that_are_damaged_are_refused(body, tmp_path):
    pytest.importorskip("safetensors")
    (tmp_path / "w.safetensors").write_bytes(body)
    with pytest.raises(ConfigError, match=r"w\.safetensors"):
        load_features(DenseNet121(5), tmp_path / "w.safetensors")


def test_the_loss_falls_and_the_predictions_beat_an_answer_that_needs_no_image(trained):
    lines = [json.loads(line) for line in (trained / "log.jsonl").read_text().splitlines()]
    metrics = json.loads((trained / "metrics.json").read_text())
    assert [line["step"] for line in lines] == list(range(1, 31))
    assert metrics["loss_at_end"] < 0.6 * lines[0]["loss"]
    assert max(metrics["f1_by_threshold"].values()) > metrics["f1_of_the_commonest_concept_for_all"] + 0.1
    assert metrics["cuis"] == 3


def test_the_files_of_a_run_have_the_published_layout(trained, toy):
    truth = (trained / "valid_truth.csv").read_bytes()
    assert truth == (toy / "valid_concepts.csv").read_bytes()
    for threshold in ("0.3", "0.5"):
        rows = (trained / f"valid_predicted_{threshold}.csv").read_text().splitlines()
        assert rows[0] == "ID,CUIs"
        assert [row.partition(",")[0] for row in rows[1:]] == list(read_split(toy, "valid").ids)
    assert (trained / "labels.csv").read_text().split() == ["CUI", DARK, BRIGHT, STRIPE]


def test_the_same_seed_gives_the_same_bytes(toy, trained, tmp_path):
    assert train_concept_baseline.main([str(toy), str(tmp_path), *SMALL]) == 0
    for path in trained.glob("*[!t]"):
        if path.suffix in (".csv", ".json", ".jsonl"):
            assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_other_form_goes_on_from_weights_of_the_first(toy, trained, tmp_path):
    words = [str(toy), str(tmp_path), *SMALL, "--form", "finetuned", "--weights", str(trained / "model.pt")]
    assert train_concept_baseline.main(words) == 0
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["parameters"] - metrics["parameters_trained"] == FROZEN
    assert metrics["weights"] == "model.pt"
    assert (tmp_path / "labels.csv").read_text().split() == ["CUI", DARK, BRIGHT, STRIPE, NEVER]
    first, second = (torch.load(folder / "model.pt", weights_only=True) for folder in (trained, tmp_path))
    assert torch.equal(first["features.conv0.weight"], second["features.conv0.weight"])
