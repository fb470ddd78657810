"""`evaluate concepts|captions|check`: score answers as ImageCLEFmedical Caption does, and check a submission first."""

import json
import math
import sys
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np

from rocov2.cli.answers import CHECK, is_release, read_captions, read_cuis, read_release, read_texts
from rocov2.cli.options import AS_JSON, Group
from rocov2.cli.vocabulary import cache_folder, ensure_vocabulary
from rocov2.concepts.vocabulary import open_vocabulary
from rocov2.downloads.lists import read_plain
from rocov2.errors import CheckError, UsageError
from rocov2.evaluation import captions as caption_scores
from rocov2.evaluation import concepts as concept_scores
from rocov2.evaluation.concepts import Answers, Counts, Score
from rocov2.evaluation.submission import MAX_CONCEPTS, Fault, check_submission
from rocov2.release.labels import MODALITY_CODES

READABLE = click.Path(exists=True, path_type=Path)
TRUTH = click.option("--truth", type=READABLE, required=True, help="CSV of the truth, or a release of ours.")
PREDICTED = click.option(
    "--predicted", type=READABLE, required=True, help="CSV of the predictions: ID, then the answer."
)
SPLIT = click.option("--split", type=click.Choice(("train", "valid", "test")), help="Of a release: this split only.")
RESAMPLES = click.option(
    "--resamples",
    type=click.IntRange(0, 100_000),
    default=1000,
    show_default=True,
    help="Draws for the 95 % intervals; 0 leaves them out.",
)
MANUAL = click.option(
    "--manual", "--secondary", "manual", type=READABLE, help="CSV of the manual concepts, for the secondary score."
)


@click.group(cls=Group)
def evaluate() -> None:
    """Score predicted concepts or captions as ImageCLEFmedical Caption does."""


@evaluate.command()
@TRUTH
@PREDICTED
@MANUAL
@SPLIT
@RESAMPLES
@click.option(
    "--top", type=click.IntRange(0), default=20, show_default=True, help="Rows of the lists that are printed."
)
@AS_JSON
def concepts(
    truth: Path, predicted: Path, manual: Path | None, split: str | None, as_json: bool, **options: int
) -> None:
    """Score concept detection: primary and secondary F1, micro P/R/F1, by modality, type and CUI."""
    true, by_hand = _true_concepts(truth, manual, split)
    guessed = read_release(predicted, split).cuis if is_release(predicted) else read_cuis(predicted)
    if many := [name for name, cuis in guessed.items() if len(cuis) > MAX_CONCEPTS]:
        raise UsageError(f"{predicted}: {many[0]} has more than {MAX_CONCEPTS} CUIs", CHECK)
    missing = _matched_ids(true, guessed, predicted)
    found = _concept_report(true, by_hand, guessed, options["resamples"])
    found |= {"missing_predictions": missing, "secondary_truth": "manual" if by_hand is not true else "all concepts"}
    if as_json:
        print(json.dumps(found, indent=1))
    else:
        _print_concepts(found, options["top"])


def _true_concepts(truth: Path, manual: Path | None, split: str | None) -> tuple[Answers, Answers]:
    """The true concepts and the manual ones among them; all of them where no manual ones are given."""
    if is_release(truth):
        release = read_release(truth, split)
        return release.cuis, _manual_concepts(manual, truth, release.cuis) if manual else release.manual
    _no_split(split)
    true = read_cuis(truth)
    return true, _manual_concepts(manual, truth, true) if manual else true


def _manual_concepts(path: Path, truth: Path, true: Mapping[str, Any]) -> Answers:
    """The manual concepts of a CSV; UsageError unless they are about the images of the truth."""
    by_hand = read_cuis(path)
    if by_hand.keys() != true.keys():
        raise UsageError(f"{path} and {truth} are about different images", "give the two files of one split")
    return by_hand


def _no_split(split: str | None) -> None:
    """Refuse a split of a CSV, which does not say whose it is."""
    if split:
        raise UsageError("--split is for a release", "give the CSV of that split")


def _matched_ids(true: Mapping[str, Any], guessed: Mapping[str, Any], path: Path) -> int:
    """Refuse images that are not in the truth; count and tell those without an answer."""
    if not true:
        raise UsageError("the truth holds no image", "is it the right split?")
    if strange := sorted(guessed.keys() - true.keys()):
        raise UsageError(f"{path}: {len(strange)} IDs are not in the truth, the first is {strange[0]!r}", CHECK)
    missing = len(true.keys() - guessed.keys())
    if missing:
        print(f"{missing} of {len(true)} images have no answer; they count as empty ones", file=sys.stderr)
    return missing


def _concept_report(true: Answers, manual: Answers, guessed: Answers, resamples: int) -> dict[str, Any]:
    """Everything there is to say, as JSON would have it."""
    vocabulary = open_vocabulary(ensure_vocabulary(cache_folder(), None)).names
    per_concept = concept_scores.by_concept(true, guessed)
    modalities = {name: concept_scores.modality_of(manual.get(name, ()), MODALITY_CODES) for name in true}
    types = {cui: tui for cui, (_, tui) in vocabulary.items()}
    named = {cui: name for cui, (name, _) in vocabulary.items()}
    by_modality = concept_scores.by_modality(true, guessed, modalities, resamples)
    return {
        "images": len(true),
        "primary": _score(concept_scores.mean_f1(true, guessed, resamples)),
        "secondary": _score(concept_scores.secondary_f1(manual, guessed, resamples)),
        "micro": {name: _score(score) for name, score in concept_scores.micro(true, guessed, resamples).items()},
        "by_modality": {name: _score(score) for name, score in by_modality.items()},
        "by_type": [_counts(one) for one in concept_scores.by_type(per_concept, types)],
        "by_concept": [_counts(one, named.get(one.name, "")) for one in per_concept],
        "confusions": [
            {"missed": missed, "missed_name": named.get(missed, ""), "predicted": instead}
            | {"predicted_name": named.get(instead, ""), "images": count}
            for missed, instead, count in concept_scores.confusions(true, guessed, 100)
        ],
    }


def _score(score: Score) -> dict[str, float | int | None]:
    """A score without its interval's nan, which JSON does not know."""
    return {name: None if math.isnan(value) else value for name, value in asdict(score).items()}


def _counts(counts: Counts, title: str | None = None) -> dict[str, Any]:
    row = {"name": counts.name} if title is None else {"cui": counts.name, "name": title}
    ratios = {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}
    return row | {"tp": counts.tp, "fp": counts.fp, "fn": counts.fn} | ratios


def _line(name: str, score: Mapping[str, float | int | None]) -> str:
    value = "-" if score["value"] is None else f"{score['value']:.4f}"
    interval = "" if score["low"] is None else f"  [{score['low']:.4f}, {score['high']:.4f}]"
    return f"{name:<24}{value:>8}{interval:<20}  {score['images']} images"


def _print_concepts(found: Mapping[str, Any], top: int) -> None:
    print(_line("primary F1", found["primary"]))
    print(_line(f"secondary F1 ({found['secondary_truth']})", found["secondary"]))
    for name, score in found["micro"].items():
        print(_line(f"micro {name}", score))
    print("\nprimary F1 by modality")
    for name, score in found["by_modality"].items():
        print(_line(f"  {name}", score))
    for title, rows, key in (("type", found["by_type"], "name"), ("concept", found["by_concept"], "cui")):
        print(f"\nby {title:<30}{'true':>7}{'predicted':>11}{'P':>7}{'R':>7}{'F1':>7}")
        for row in rows[:top]:
            words = row[key] if key == "name" else f"{row[key]} {row['name'][:20]}"
            counts = f"{row['tp'] + row['fn']:>7}{row['tp'] + row['fp']:>11}"
            print(f"  {words:<31}{counts}{row['precision']:>7.3f}{row['recall']:>7.3f}{row['f1']:>7.3f}")
    print("\nmissed, and what was predicted in the same image instead")
    for row in found["confusions"][:top]:
        missed, instead = (f"{row[side]} {row[f'{side}_name'][:28]}" for side in ("missed", "predicted"))
        print(f"  {row['images']:>5}  {missed:<38}  {instead}")


@evaluate.command()
@TRUTH
@PREDICTED
@MANUAL
@SPLIT
@RESAMPLES
@click.option(
    "--bert-model", type=click.Path(path_type=Path), help="Folder of a local transformers model, for BERTScore."
)
@click.option("--bert-layer", type=click.IntRange(1), default=9, show_default=True, help="Its layer that is compared.")
@AS_JSON
def captions(truth: Path, predicted: Path, manual: Path | None, as_json: bool, **options: Any) -> None:
    """Score caption prediction: ROUGE-1, and BERTScore where a local model is given; --manual splits by modality."""
    by_hand: Answers
    if is_release(truth):
        release = read_release(truth, options["split"])
        true, by_hand = release.captions, release.manual
    else:
        _no_split(options["split"])
        true, by_hand = read_captions(truth), {}
    by_hand = _manual_concepts(manual, truth, true) if manual else by_hand
    guessed = read_release(predicted, options["split"]).captions if is_release(predicted) else read_captions(predicted)
    missing = _matched_ids(true, guessed, predicted)
    columns = {"rouge1": caption_scores.rouge_scores(true, guessed)}
    if options["bert_model"]:
        columns["bertscore"] = caption_scores.bert_scores(true, guessed, options["bert_model"], options["bert_layer"])
    modalities = [concept_scores.modality_of(by_hand.get(name, ()), MODALITY_CODES) for name in true] if by_hand else []
    found = _caption_report(columns, modalities, options["resamples"])
    found = {"images": len(true), "missing_predictions": missing, **found}
    if as_json:
        print(json.dumps(found, indent=1))
        return
    for name in columns:
        print(_line(name, found[name]))
        for modality, score in found["by_modality"].get(name, {}).items():
            print(_line(f"  {modality}", score))


def _caption_report(columns: Mapping[str, list[float]], modalities: list[str], resamples: int) -> dict[str, Any]:
    """The mean of each column with its interval, overall and by modality."""
    found: dict[str, Any] = {
        name: _score(concept_scores.mean_of(values, resamples)) for name, values in columns.items()
    }
    groups = np.array(modalities)
    found["by_modality"] = {
        name: {
            modality: _score(concept_scores.mean_of(np.asarray(values)[groups == modality].tolist(), resamples))
            for modality in sorted(set(modalities))
        }
        for name, values in columns.items()
        if modalities
    }
    return found


@evaluate.command()
@click.option("--predicted", type=READABLE, required=True, help="The submission, a CSV.")
@click.option(
    "--truth",
    "--ids",
    "truth",
    type=READABLE,
    required=True,
    help="A release, or a CSV whose first column has the IDs.",
)
@click.option("--task", type=click.Choice(("concepts", "captions")), required=True, help="What was predicted.")
@SPLIT
@AS_JSON
def check(predicted: Path, truth: Path, task: str, split: str | None, as_json: bool) -> None:
    """Check a submission before it is sent: IDs, duplicates, CUIs, encoding. Exit 6 if it would be refused."""
    if not is_release(truth):
        _no_split(split)
    ids: Collection[str] = read_release(truth, split).cuis if is_release(truth) else read_texts(truth)
    faults = check_submission(read_plain(predicted), task, ids)
    if as_json:
        print(json.dumps([asdict(fault) for fault in faults], indent=1))
    else:
        for fault in faults:
            print(_fault_line(fault))
    refused = sum(fault.is_refused for fault in faults)
    if refused:
        raise CheckError(f"{predicted} would be refused: {refused} faults", "mend them and check again")
    print(f"{predicted}: {len(ids)} images, nothing that a checker refuses", file=sys.stderr)


def _fault_line(fault: Fault) -> str:
    where = f"line {fault.line}" if fault.line else "file"
    return f"{where}: {fault.code}: {fault.detail}" + ("" if fault.is_refused else " (not refused)")
