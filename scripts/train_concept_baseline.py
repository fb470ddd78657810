"""Train DenseNet-121 to detect concepts on a release, predict a split, and score the predictions.

    python scripts/train_concept_baseline.py RELEASE OUT --form binarizer|finetuned [--weights densenet121.pth]

RELEASE is a release of ours, or the published ROCOv2 files with its images unpacked. The forms are the two of
ImageCLEF 2024 (scripts/concept_baseline/recipe.py); sizes and limits are for a CPU. Needs `pip install ".[baseline]"`.

OUT gets log.jsonl (a line a step), metrics.json, labels.csv, model.pt (a state dict, which --weights takes), and of the
split VALID: valid_truth.csv, valid_predicted_0.3.csv and valid_predicted_0.5.csv, to be scored with

    rocov2 evaluate concepts --truth OUT/valid_truth.csv --predicted OUT/valid_predicted_0.3.csv
"""

import argparse
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rocov2.errors import ConfigError, RocoError, UsageError, refusals
from rocov2.release.files import write_csv, write_json
from scripts.concept_baseline.dataset import Pictures, Split, read_mapping, read_split, write_predictions
from scripts.concept_baseline.labels import LabelSpace, commonest, mean_f1
from scripts.concept_baseline.layers import keras_layers
from scripts.concept_baseline.recipe import FORMS, THRESHOLDS, Recipe, steps_an_epoch

LOSS_STEPS = 10
"""Steps whose mean is the loss at the start and at the end."""


def main(words: list[str] | None = None) -> int:
    """Obey the command line; the exit codes are those of rocov2."""
    try:
        with refusals("a file cannot be written"):
            run(parsed(words))
    except RocoError as error:
        print(f"train_concept_baseline: {error.message}\n  {error.advice}", file=sys.stderr)
        return error.exit_code
    return 0


def parsed(words: list[str] | None) -> argparse.Namespace:
    """The command line; what is not given is the form's own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("release", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--form", choices=sorted(FORMS), default="binarizer")
    parser.add_argument("--weights", type=Path, help="densenet121 of torchvision, or a model.pt of this script")
    parser.add_argument("--split", choices=("valid", "test"), default="valid", help="what is predicted and scored")
    parser.add_argument("--labels", choices=("all", "manual"), default="all", help="all concepts, or the curated ones")
    parser.add_argument("--min-count", type=positive, default=1, help="binarizer: images of train that have the CUI")
    parser.add_argument("--frozen-layers", type=int, help=f"0 to {len(keras_layers())}, as Keras counts")
    parser.add_argument("--size", type=positive, help="side in pixels, 32 or more")
    parser.add_argument("--batch", type=positive)
    parser.add_argument("--epochs", type=positive, default=1)
    parser.add_argument("--steps", type=positive, help="instead of epochs")
    parser.add_argument("--limit", type=positive, default=0, help="images of train, at most")
    parser.add_argument("--limit-predicted", type=positive, default=0, help="images of the split, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=positive, default=1, help="more than the cores that are free is far slower")
    return parser.parse_args(words)


def positive(text: str) -> int:
    """A whole number from 1 up."""
    if int(text) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return int(text)


def recipe_of(options: argparse.Namespace) -> Recipe:
    """The form's recipe with what the command line changes."""
    given = {"size_px": options.size, "batch": options.batch, "frozen_layers": options.frozen_layers}
    recipe = replace(FORMS[options.form], **{name: value for name, value in given.items() if value is not None})
    if recipe.size_px < 32 or recipe.batch < 2 or not 0 <= recipe.frozen_layers <= len(keras_layers()):
        raise UsageError("size must be 32 or more, batch 2 or more, frozen layers 0 to 427", "see --help")
    return recipe


def run(options: argparse.Namespace) -> None:
    """Read, train, predict, score, write."""
    recipe = recipe_of(options)
    manual = options.labels == "manual"
    train = read_split(options.release, "train", manual).part(options.limit, options.seed)
    judged = read_split(options.release, options.split, manual).part(options.limit_predicted, options.seed)
    if len(train.ids) < 2:
        raise UsageError(f"{options.release} has one image to train on", "build a larger release")
    space = (
        LabelSpace.fitted(train.cuis, options.min_count)
        if recipe.fits_labels
        else LabelSpace.of(read_mapping(options.release))
    )
    if not space.cuis:
        raise UsageError("no concept is left to learn", "lower --min-count, or raise --limit")
    options.out.mkdir(parents=True, exist_ok=True)
    write_csv(options.out / "labels.csv", ("CUI",), ((cui,) for cui in space.cuis))
    found, measured = learned(options, recipe, (train, judged), space)
    scores = {}
    write_predictions(options.out / f"{options.split}_truth.csv", judged.ids, judged.cuis)
    for threshold in THRESHOLDS:
        predicted = space.decode(found, threshold)
        write_predictions(options.out / f"{options.split}_predicted_{threshold}.csv", judged.ids, predicted)
        scores[str(threshold)] = round(mean_f1(judged.cuis, predicted), 4)
    constant = mean_f1(judged.cuis, [commonest(train.cuis)] * len(judged.ids))
    metrics = {
        **measured,
        "form": options.form,
        "split": options.split,
        "labels": options.labels,
        "seed": options.seed,
        "recipe": asdict(recipe),
        "images": {"train": len(train.ids), options.split: len(judged.ids)},
        "cuis": len(space.cuis),
        "f1_by_threshold": scores,
        "f1_of_the_commonest_concept_for_all": round(constant, 4),
    }
    write_json(options.out / "metrics.json", metrics)
    print(f"F1 of {len(judged.ids):,} images by threshold: {scores}, without looking: {constant:.4f}", file=sys.stderr)


def learned(
    options: argparse.Namespace, recipe: Recipe, splits: tuple[Split, Split], space: LabelSpace
) -> tuple[Any, dict[str, Any]]:
    """Probabilities for the second split, by a model trained on the first; and what was measured on the way."""
    try:
        import torch
    except ImportError as error:
        raise ConfigError(
            f"PyTorch is not installed: {error}", 'pip install -c constraints.txt -e ".[baseline]"'
        ) from error
    from scripts.concept_baseline.densenet import DenseNet121
    from scripts.concept_baseline.fit import probabilities, seeded, train
    from scripts.concept_baseline.weights import load_features

    seeded(options.seed, options.threads)
    model = DenseNet121(len(space.cuis), recipe.hidden, recipe.frozen_layers)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if options.weights:
        load_features(model, options.weights)
    elif model.frozen:
        print("no --weights: the frozen layers keep their random start", file=sys.stderr)
    count = len(splits[0].ids)
    steps = options.steps or options.epochs * steps_an_epoch(count, recipe.batch)
    pictures = [Pictures(split.images, recipe.size_px) for split in splits]
    with (options.out / "log.jsonl").open("w", encoding="utf-8", buffering=1) as log:
        losses = train(
            model,
            pictures[0],
            space.encode(splits[0].cuis),
            recipe,
            (steps, options.seed),
            lambda line: log.write(f"{line}\n"),
        )
    torch.save(model.state_dict(), options.out / "model.pt")
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return probabilities(model, pictures[1], recipe.batch), {
        "steps": steps,
        "loss_at_start": round(sum(losses[:LOSS_STEPS]) / len(losses[:LOSS_STEPS]), 6),
        "loss_at_end": round(sum(losses[-LOSS_STEPS:]) / len(losses[-LOSS_STEPS:]), 6),
        "parameters": sum(p.numel() for p in model.parameters()),
        "parameters_trained": trained,
        "weights": options.weights.name if options.weights else None,
    }


if __name__ == "__main__":
    sys.exit(main())
