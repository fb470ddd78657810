"""Made-up tables of N samples, as the stages would hand them to the release, with tiny images in a store."""

import hashlib
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from rocov2.engine.schema import schema_of
from rocov2.release.assemble import COLUMNS, ReleaseTables
from rocov2.release.funnel import History
from rocov2.release.write import Released, ReleaseSettings, write_release
from rocov2.tables import TABLES

PROVENANCE = {
    "source": "made up",
    "preset": "rocov2",
    "inventory": "2026-09-01T01-00Z",
    "version": "0.1.0",
    "assets": {"vocabulary": "ab" * 32},
}
SETTINGS = ReleaseSettings(licenses=frozenset(("CC0", "CC BY", "CC BY-NC")))
MODALITIES = (("CT", "C0040405"), ("MRI", "C0024485"), ("XRAY", "C1306645"), ("US", "C0041618"), ("PET", "C0032743"))
NAMES = {
    **{f"C{9000000 + n}": f"made-up concept {n}" for n in range(400)},
    **{cui: f"{code} imaging" for code, cui in MODALITIES},
    "C0817096": "Chest",
    "C1999039": "Anterior-Posterior",
}
WORDS = ("axial", "view", "shows", "a", "mass", "in", "the", "left", "lung", "with", "effusion", "arrow", "of", "liver")


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """An Arrow table of the named table's columns that the release reads."""
    schema = schema_of(TABLES[name])
    wanted = pa.schema([schema.field(column) for column in COLUMNS[name]])
    return pa.Table.from_pylist(rows, schema=wanted)


def article(number: int, **changes: Any) -> dict[str, Any]:
    """A row of `articles`."""
    code, url = (("CC BY", "by"), ("CC BY-NC", "by-nc"), ("CC0", "zero"))[number % 3]
    return {
        "article_id": f"PMC{number}.1",
        "pmcid": f"PMC{number}",
        "version": 1,
        "pmid": number,
        "doi": f"10.1234/made.{number}",
        "license_code": code,
        "license_url": f"https://creativecommons.org/licenses/{url}/4.0/",
        "title": f"Case {number}",
        "journal": "Journal of Made-up Cases",
        "published_on": f"20{number % 20:02}-03-01",
        "authors": ["Doe Jane", "Roe Richard", "Poe Ann"],
        "citation": "Doe J, Roe R, Poe A. J Made-up Cases.",
        **changes,
    }


def sample(figure_id: str, picture: bytes, rng: random.Random, **changes: Any) -> dict[str, Any]:
    """Everything that the stages know of a sample, as one dictionary."""
    article_id, pmcid = figure_id.partition("/")[0], figure_id.partition(".")[0]
    text = f"{' '.join(rng.choices(WORDS, k=12)).capitalize()} in {figure_id}."
    modality = rng.choice(MODALITIES)[0]
    return {
        **{"figure_id": figure_id, "article_id": article_id, "label": "Figure 1", "panel": 0, "caption": text},
        **{"container": "body", "section": "Case", "mentions": ["It is shown in Figure 1."], "language": "en"},
        **{"source_key": f"{article_id}/x.jpg", "width_px": 600, "height_px": 400, "format": "jpeg"},
        **{"md5": hashlib.md5(picture).hexdigest(), "sha256": hashlib.sha256(picture).hexdigest()},
        **{
            "size_bytes": len(picture),
            "radiology_score": 0.9,
            "compound_score": 0.1,
            "modality": modality,
            "screen_score": 0.8,
        },
        **{f"{code}_score": 0.8 if code == modality.lower() else 0.03 for code in SCORED},
        **{
            "phash": hashlib.md5(picture).hexdigest()[:16],
            "cluster_id": figure_id,
            "cluster_size": 1,
            "group_id": pmcid,
        },
        **changes,
    }


SCORED = ("ct", "mri", "xray", "us", "angio", "pet", "combined")


def concepts(figure_id: str, modality: str, rng: random.Random) -> list[dict[str, Any]]:
    """Concept rows of a sample: automatic ones, then the manual ones."""
    cuis = [(f"C{9000000 + int(rng.paretovariate(0.6)) % 400}", "concept", "linker") for _ in range(rng.randrange(5))]
    manual = [(dict(MODALITIES)[modality], "modality", "classifier")]
    if modality == "XRAY":
        manual += [("C1999039", "direction", "classifier"), ("C0817096", "anatomy", "override")]
    return [{"figure_id": figure_id, "cui": c, "name": NAMES[c], "kind": k, "origin": o} for c, k, o in cuis + manual]


def picture_of(figure_id: str) -> bytes:
    """The made-up bytes of a figure's image."""
    return b"\xff\xd8" + figure_id.encode() * 3


def made_tables(
    articles: Sequence[dict[str, Any]], samples: Sequence[dict[str, Any]], labels: Sequence[Any]
) -> ReleaseTables:
    """The tables of the given rows."""
    rows = {"articles": list(articles), "concepts": list(labels)}
    return ReleaseTables(**{name: table(name, rows.get(name, list(samples))) for name in COLUMNS})


def synthetic(
    count: int, store: Path, seed: int = 0, picture: Callable[[str], bytes] | None = None
) -> tuple[ReleaseTables, Callable[[str], Path]]:
    """Tables of `count` samples, one to four an article, and the store that holds their images, each by `picture`."""
    rng = random.Random(seed)
    articles, samples, labels = [], [], []
    while len(samples) < count:
        number = 1_000_000 + len(articles) * 7
        articles.append(article(number))
        for figure in range(1, 1 + min(rng.randint(1, 4), count - len(samples))):
            figure_id = f"PMC{number}.1/fig{figure}"
            samples.append(sample(figure_id, store_picture(store, (picture or picture_of)(figure_id)), rng))
            labels += concepts(figure_id, samples[-1]["modality"], rng)
    return made_tables(articles, samples, labels), lambda md5: store / md5[:2] / md5


def store_picture(store: Path, picture: bytes) -> bytes:
    """Put bytes into the store under their MD5."""
    md5 = hashlib.md5(picture).hexdigest()
    (store / md5[:2]).mkdir(parents=True, exist_ok=True)
    (store / md5[:2] / md5).write_bytes(picture)
    return picture


def drops(count: int) -> list[pa.Table]:
    """Drops of two stages."""
    rows = [
        ("PMC1.1", "retracted", "", "crawl", "PMC1000xxxx"),
        ("PMC2.1/f1", "compound", "score 0.98", "filter", "PMC1000xxxx"),
    ]
    names = ("key", "reason", "detail", "stage", "shard")
    return [pa.Table.from_pylist([dict(zip(names, row, strict=True))] * count) for row in rows]


def release(target: Path, tables: ReleaseTables, store_path: Callable[[str], Path], **options: Any) -> Released:
    """Write a release of `tables` with made-up history and provenance."""
    history = History({"crawl": 10, "filter": tables.samples.num_rows}, drops(3))
    return write_release(
        target, tables, history, store_path, options.get("settings", SETTINGS), options.get("provenance", PROVENANCE)
    )
