"""`link FILE.csv`: the mentions and concepts of anyone's captions, by the code of the stages `link` and `curate`."""

import csv
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import click
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from rocov2.captions.modality import MODALITIES, body_region, modality_cues, view
from rocov2.cli.captioned import read_captions
from rocov2.cli.options import make_parent
from rocov2.cli.vocabulary import cache_folder, ensure_vocabulary
from rocov2.concepts.backends import BACKENDS, Choice, chosen_model, open_backend
from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.curated import FigureFacts, frequent_cuis
from rocov2.concepts.forms import expand_terms
from rocov2.concepts.terms import read_terms_csv
from rocov2.config import add_assignments, apply_settings, data_folder
from rocov2.engine.schema import to_batch
from rocov2.errors import UsageError, refusals
from rocov2.stages.curate import CurateParams
from rocov2.tables import Concept, Mention

HEADER = ("ID", "start", "end", "text", "CUI", "name", "TUI", "score", "status", "origin")
PATH = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--preset",
    type=click.Choice(("strict", "published")),
    default="strict",
    show_default=True,
    help="What is released.",
)
@click.option(
    "--vocabulary", type=PATH, help="A built vocabulary folder, or a CSV of CUI,Name,TUI.  [default: the bundled one]"
)
@click.option("--umls", type=PATH, help="Folder of a UMLS release to add to the bundled vocabulary.")
@click.option("--backend", type=click.Choice(BACKENDS), default="dictionary", show_default=True, help="What links.")
@click.option(
    "--model", default="", help="scispacy: a pipeline (default en_core_sci_sm) or its folder; medcat: a pack."
)
@click.option(
    "--knowledge", default="", help="scispacy: umls (default), or a folder with the linker's files and kb.jsonl."
)
@click.option("--min-score", type=click.FloatRange(0, 1), default=0.0, help="Leave out what scores less.")
@click.option(
    "--second-pass",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Link what the dictionary leaves and is so like one of its spellings, e.g. 0.95.  [default: 0, off]",
)
@click.option("--out", type=PATH, required=True, help="Mentions, as .csv or .parquet.")
@click.option("--concepts", type=PATH, help="CSV for the concepts that a release would show: ID,CUIs.")
@click.option(
    "--min-images",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Leave out of --concepts linked concepts of fewer captions; a release of the preset published takes 10.",
)
@click.option(
    "-p",
    "assignments",
    multiple=True,
    metavar="curate.NAME=VALUE",
    help="Set what --concepts shows, as in a build, e.g. curate.body_parts=specific; may be repeated.",
)
def link(
    min_score: float, second_pass: float, min_images: int, assignments: tuple[str, ...], **options: Path | str | None
) -> None:
    """Link the captions of FILE.csv (columns ID,Caption) to concepts.

    Writes a row a mention: ID, start, end, text, CUI, name, TUI, score, status, origin. The status is present, negated,
    uncertain or historical: past, or another person's, or of an examination that this one is compared with.
    """
    rules = curate_params(str(options["preset"]), assignments)
    backend, model, knowledge = (str(options[name]) for name in ("backend", "model", "knowledge"))
    choice = Choice(backend, model, knowledge, min_score, second_pass)
    chosen_model(choice)
    if options["vocabulary"] and options["umls"]:
        raise UsageError("--umls adds to the bundled vocabulary, and --vocabulary is another", "give one of the two")
    file, *places = (Path(str(options[name])) for name in ("file", "out", "concepts") if options[name])
    require_places(file, places)
    captions = list(read_captions(file, _columns, "columns ID and Caption").items())
    with tempfile.TemporaryDirectory() as scratch:
        vocabulary = vocabulary_folder(options["vocabulary"], options["umls"], Path(scratch))
        linker = open_backend(choice, vocabulary)
        mentions = list(linker.link(tqdm(captions, unit=" captions", disable=None)))
        with beside(places[0]) as part:
            write_mentions(part, mentions, places[0].suffix)
        for place in places[1:]:
            with beside(place) as part:
                released = concepts_of(captions, mentions, replace(rules, vocabulary=vocabulary))
                write_concepts(part, released, min_images)


def require_places(file: Path, places: list[Path]) -> None:
    """Raise UsageError for outputs (mentions, and concepts if asked for) that cannot be, or would replace each other.

    What a file is written as is told by its name, so one that says something else is refused.
    """
    for path, kinds in zip(places, ((".csv", ".parquet", ""), (".csv", "")), strict=False):
        if path.suffix not in kinds:
            raise UsageError(f"{path} is no name for what is written", f"name it {' or '.join(filter(None, kinds))}")
        if path.is_dir():
            raise UsageError(f"{path} is a folder", "name a file in it")
        make_parent(path)
    if len({path.resolve() for path in (file, *places)}) <= len(places):
        raise UsageError("the same file is named twice, and would be written over", "give each a name of its own")


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Yield where to write a file, which gets its name once it is whole; a pipe or device is written to itself."""
    if path.exists() and not path.is_file():
        with suppress(BrokenPipeError):
            yield path
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with refusals(path):
            yield part
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def curate_params(preset: str, assignments: tuple[str, ...]) -> CurateParams:
    """Return the parameters of the stage `curate` with the words `curate.name=value` laid over a preset.

    ConfigError for a parameter or value that there is not.
    """
    words = add_assignments({}, assignments)
    found: CurateParams = apply_settings({"curate": CurateParams(preset=preset)}, words)["curate"]
    found.policy()
    found.parts()
    return found


def vocabulary_folder(given: Path | str | None, umls: Path | str | None, scratch: Path) -> Path:
    """Return a vocabulary folder: the one given, one built from the CSV given, or the bundled one."""
    if given is None:
        return ensure_vocabulary(cache_folder(), Path(umls) if umls else None)
    path = Path(given)
    if path.is_dir():
        return path
    build_vocabulary(
        expand_terms(read_terms_csv(path)), scratch / "vocabulary", data_folder() / "vocabulary" / "senses.csv"
    )
    return scratch / "vocabulary"


def _columns(header: list[str]) -> tuple[int, int] | None:
    return (header.index("ID"), header.index("Caption")) if {"ID", "Caption"} <= set(header) else None


def write_mentions(path: Path, mentions: list[Mention], suffix: str) -> None:
    """Write mentions as CSV, or, where the suffix says so, as Parquet with the columns of the table `mentions`."""
    if suffix == ".parquet":
        batch = to_batch(Mention, mentions)
        names = [
            "ID" if name == "figure_id" else {"cui": "CUI", "tui": "TUI"}.get(name, name) for name in batch.schema.names
        ]
        pq.write_table(pa.Table.from_batches([batch]).rename_columns(names), path, compression="zstd")
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for m in mentions:
            writer.writerow((m.figure_id, m.start, m.end, m.text, m.cui, m.name, m.tui, m.score, m.status, m.origin))


def concepts_of(
    captions: list[tuple[str, str]], mentions: list[Mention], rules: CurateParams
) -> dict[str, list[Concept]]:
    """Return ID -> what a release would show: modality, region and view from the words, then the linked concepts."""
    found: dict[str, list[Mention]] = {}
    for mention in mentions:
        found.setdefault(mention.figure_id, []).append(mention)
    return {name: rules.concepts(facts_of(name, caption), found.get(name, [])) for name, caption in captions}


def write_concepts(path: Path, released: dict[str, list[Concept]], least: int) -> None:
    """Write `ID,CUIs`, without linked concepts of fewer than `least` captions, as a release is cut."""
    linked = ([concept.cui for concept in some if concept.kind == "concept"] for some in released.values())
    frequent = frequent_cuis(linked, least)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("ID", "CUIs"))
        for name, concepts in released.items():
            kept = [concept.cui for concept in concepts if concept.kind != "concept" or concept.cui in frequent]
            writer.writerow((name, ";".join(dict.fromkeys(kept))))


def facts_of(name: str, caption: str) -> FigureFacts:
    """Return what the words alone say of modality, region and view."""
    cues = modality_cues(caption)
    modality = max(MODALITIES, key=lambda code: cues.get(code, 0.0)) if cues else ""
    return FigureFacts(name, modality, cues.get(modality, 0.0), body_region(caption), view(caption))
