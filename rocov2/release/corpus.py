"""Read a dataset to be audited: a release of ours, the published ROCOv2 files, or the lists of ROCO 2018."""

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rocov2.errors import UsageError
from rocov2.net import BadKey, check_key
from rocov2.release.audit import Corpus
from rocov2.release.looks import images_of
from rocov2.release.rows import SPLITS

_ROCO_SPLITS = {"train": "train", "validation": "valid", "test": "test"}


def read_corpus(folder: Path) -> Corpus:
    """The dataset in `folder`, by what stands there.

    `samples.parquet` is a release of ours; `*{train,valid,test}_{captions,concepts}.csv` the published files;
    `{train,validation,test}/{radiology,non-radiology}/licences.txt`, also under `data/`, ROCO 2018 (radiology is read).
    Splits that are absent are left out. Raises UsageError when it is none of these or a file cannot be read.
    """
    try:
        if (folder / "samples.parquet").is_file():
            return _ours(folder)
        if any(folder.glob("*_captions.csv")) or any(folder.glob("*_concepts.csv")):
            return _published(folder)
        for root in (folder, folder / "data"):
            if any(root.glob("*/radiology/licences.txt")):
                return _roco2018(root)
    except (OSError, ValueError, KeyError, csv.Error, pa.ArrowException) as error:
        raise UsageError(
            f"cannot read the dataset in {folder}: {error}", "check the files, or download them again"
        ) from error
    raise UsageError(
        f"{folder} holds no dataset that can be audited",
        "give the folder of a release, of the published ROCOv2 CSV files, or of the ROCO 2018 lists",
    )


def _ours(folder: Path) -> Corpus:
    names = ["sample_id", "split", "caption", "pmcid", "source_key", "sha256", "phash", "cuis", "cuis_manual", "file"]
    columns = pq.read_table(folder / "samples.parquet", columns=names)
    ids = columns["sample_id"].to_pylist()
    listed = [path for split in SPLITS for path in (folder / split).glob("*")]
    return Corpus(
        ids,
        columns["split"].to_pylist(),
        columns["caption"].to_pylist(),
        columns["pmcid"].to_pylist(),
        columns["source_key"].to_pylist(),
        columns["sha256"].to_pylist(),
        columns["phash"].to_pylist(),
        columns["cuis"].to_pylist(),
        columns["cuis_manual"].to_pylist(),
        {row["CUI"]: row["Canonical name"] for row in _rows(folder / "cui_mapping.csv")},
        sorted({*(set(ids) ^ {path.stem for path in listed} if listed else ()), *_unlike(folder, columns)}),
        [_inside(folder, name) for name in columns["file"].to_pylist()] if listed else (),
    )


def _unlike(folder: Path, columns: pa.Table) -> Iterator[str]:
    """Ids that samples.parquet has and a CSV file of its split lacks, or the other way about."""
    for split in SPLITS:
        mine = set(columns.filter(pc.equal(columns["split"], split))["sample_id"].to_pylist())
        for kind in ("captions", "concepts", "concepts_manual"):
            path = folder / f"{split}_{kind}.csv"
            yield from mine ^ {row["ID"] for row in _rows(path)} if path.is_file() else ()
    credits_ = folder / "license_information.csv"
    if credits_.is_file():
        yield from set(columns["sample_id"].to_pylist()) ^ {row["ID"] for row in _rows(credits_)}


def _inside(folder: Path, name: str) -> Path | None:
    """The file of a release, None for a path that leads out of it or to a link."""
    try:
        path = folder / check_key(name)
    except BadKey:
        return None
    return path if path.is_file() and not path.is_symlink() else None


def _published(folder: Path) -> Corpus:
    ids: list[str] = []
    splits: list[str] = []
    strays: list[str] = []
    captions: dict[str, str] = {}
    concepts: dict[str, list[str]] = {}
    curated: dict[str, list[str]] = {}
    images: dict[str, Path] = {}
    for split in SPLITS:
        mine = {row["ID"]: row["Caption"] for row in _found(folder, f"*{split}_captions.csv")}
        labels = {row["ID"]: row["CUIs"] for row in _found(folder, f"*{split}_concepts.csv")}
        manual = {row["ID"]: row["CUIs"] for row in _found(folder, f"*{split}_concepts_manual.csv")}
        files = [set(rows) for rows in (mine, labels, manual) if rows]
        mine_too = dict(images_of(folder / split))
        files += [set(mine_too)] if mine_too else []
        images |= mine_too
        known = list(dict.fromkeys(chain(mine, labels, manual)))
        ids += known
        splits += [split] * len(known)
        strays += sorted(name for name in set().union(*files) if any(name not in file for file in files))
        captions |= mine
        concepts |= {name: _split_cuis(cuis) for name, cuis in labels.items()}
        curated |= {name: _split_cuis(cuis) for name, cuis in manual.items()}
    licences = {row["ID"]: row["PMCID"] for row in _found(folder, "*license_information.csv")}
    mapping = chain(_found(folder, "*cui_mapping.csv"), _found(folder, "*cui_names.csv"))
    return Corpus(
        ids,
        splits,
        [captions.get(name) for name in ids] if captions else (),
        [licences.get(name) for name in ids] if licences else (),
        cuis=[concepts.get(name) for name in ids] if concepts else (),
        cuis_manual=[curated.get(name) for name in ids] if curated else (),
        names={row["CUI"]: row["Canonical name"] for row in mapping},
        strays=strays,
        files=[images.get(name) for name in ids] if images else (),
    )


def _split_cuis(cell: str) -> list[str]:
    return [cui for cui in cell.split(";") if cui]


def _roco2018(root: Path) -> Corpus:
    ids: list[str] = []
    splits: list[str] = []
    figures: list[str] = []
    captions: dict[str, str] = {}
    images: dict[str, Path] = {}
    for name, split in _ROCO_SPLITS.items():
        folder = root / name / "radiology"
        if (folder / "licences.txt").is_file():
            rows = list(_rows(folder / "licences.txt"))
            ids += [row["ROCO_ID"] for row in rows]
            figures += [row["PMC_ID"] for row in rows]
            splits += [split] * len(rows)
            images |= images_of(folder / "images")
        if (folder / "captions.txt").is_file():
            lines = (folder / "captions.txt").read_text(encoding="utf-8").splitlines()
            captions |= {key: text.removeprefix(" ") for key, _, text in (line.partition("\t") for line in lines)}
    return Corpus(
        ids,
        splits,
        [captions.get(name) for name in ids] if captions else (),
        [figure.partition("_")[0] for figure in figures],
        figures,
        files=[images.get(name) for name in ids] if images else (),
    )


def _found(folder: Path, pattern: str) -> Iterator[dict[str, str]]:
    return chain.from_iterable(_rows(path) for path in sorted(folder.glob(pattern)))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a CSV file. Raises ValueError for a row with too few cells."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if None in row.values():
                raise ValueError(f"{path.name} has a row of too few cells: {next(iter(row.values()))}")
            yield row
