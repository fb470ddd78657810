"""The tables of the stages joined into `samples.parquet`: one row a released image, with split, credit and concepts."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rocov2.release.attribution import Credited, attribution, link, short_attribution
from rocov2.release.check import Check, failure, require
from rocov2.release.labels import concept_lists
from rocov2.release.naming import image_file, sample_id
from rocov2.release.placing import Candidates, SplitPolicy, place
from rocov2.release.rows import DROPS_SCHEMA, SAMPLES_SCHEMA
from rocov2.release.split import Conflict, merge_groups

STAGE = "release"

CREDIT = (
    "article_id",
    "pmcid",
    "doi",
    "title",
    "journal",
    "published_on",
    "authors",
    "citation",
    "license_code",
    "license_url",
)

_MODALITY_SCORES = {
    "CT": "ct_score",
    "MRI": "mri_score",
    "XRAY": "xray_score",
    "US": "us_score",
    "ANGIO": "angio_score",
    "PET": "pet_score",
    "COMBINED": "combined_score",
}

COLUMNS: dict[str, tuple[str, ...]] = {
    "articles": (*CREDIT, "version", "pmid"),
    "figures": ("figure_id", "article_id", "label", "panel", "caption", "container", "section", "mentions"),
    "candidates": ("figure_id", "screen_score"),
    "images": ("figure_id", "source_key", "md5", "sha256", "width_px", "height_px", "size_bytes", "format"),
    "scores": ("figure_id", "compound_score", "radiology_score", "modality", *_MODALITY_SCORES.values(), "phash"),
    "samples": ("figure_id", "article_id", "cluster_id", "cluster_size", "group_id"),
    "captions": ("figure_id", "caption", "language"),
    "concepts": ("figure_id", "cui", "name", "kind", "origin"),
}
"""Columns that the release reads of each table: a caller may leave out the rest."""

_CONTROL = r"[\x{00}-\x{1f}\x{7f}-\x{9f}\x{2028}\x{2029}]+"
_TEXTS = frozenset(("label", "title", "journal", "caption", "section", "attribution"))


@dataclass(frozen=True, slots=True)
class ReleaseTables:
    """All shards of the tables that a release is made of, live articles only; COLUMNS names what is read of them."""

    articles: pa.Table
    figures: pa.Table
    candidates: pa.Table
    images: pa.Table
    scores: pa.Table
    samples: pa.Table
    captions: pa.Table
    concepts: pa.Table


@dataclass(frozen=True, slots=True)
class Assembled:
    """The rows of a release: `samples` and `licenses` (ID, PMCID, Attribution, Link) sorted by sample id.

    `bounds` are the first days of valid and of test, None unless the release is split by date.
    """

    samples: pa.Table
    licenses: pa.Table
    names: pa.Table
    drops: pa.Table
    bounds: tuple[str, str] | None = None


def assemble(tables: ReleaseTables, policy: SplitPolicy) -> Assembled:
    """Join the tables into the rows of a release.

    A sample is released when `captions` has it. Dropped are: `same_id`, a figure whose id differs from another's
    of its article in case alone, or which an older version of the article also has; `split_conflict`, a
    sample that has a look-alike in a more protected split which its article cannot join (see `split`).
    Raises CheckError when a sample lacks its row in another table.
    """
    base = tables.samples.filter(pc.is_in(tables.samples["figure_id"], value_set=_values(tables.captions["figure_id"])))
    require(_missing(tables, base))
    base = _with_ids(base, tables.articles)
    base, twins = _without_twins(base)
    pairs = zip(base["pmcid"].to_pylist(), base["group_id"].to_pylist(), strict=True)
    groups = merge_groups([*pairs, *policy.ties])
    placed = place(groups, _candidates(tables, base, policy.method), policy)
    base = base.drop_columns("group_id").append_column("group_id", _of_articles(base, groups))
    base = base.append_column("split", _of_articles(base, placed.splits))
    base, leaks = _without_leaks(base, placed.conflicts)
    samples, names = _columns(tables, base.sort_by("sample_id"))
    drops = pa.concat_tables([twins, leaks])
    return Assembled(samples, _licenses(tables.articles, samples), names, drops, placed.bounds)


def _candidates(tables: ReleaseTables, base: pa.Table, method: str) -> Candidates:
    """What a way to split looks at, sample by sample; what it does not look at is left empty."""
    pmcids, size = base["pmcid"].to_pylist(), base.num_rows
    if method == "date":
        dates = _matching(tables.articles, "article_id", base["article_id"])["published_on"]
        return Candidates(pmcids, dates.to_pylist(), [None] * size, [()] * size)
    if method == "stratified":
        figure_ids = _values(base["figure_id"])
        concepts = concept_lists(tables.concepts, figure_ids)
        modality = _values(_matching(tables.scores, "figure_id", figure_ids)["modality"])
        modalities = pc.coalesce(concepts.modality, modality)
        return Candidates(pmcids, [None] * size, modalities.to_pylist(), concepts.cuis.to_pylist())
    return Candidates(pmcids, [None] * size, [None] * size, [()] * size)


def _values(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _missing(tables: ReleaseTables, base: pa.Table) -> list[Any]:
    absent: set[str] = set()
    for name, key in (
        ("articles", "article_id"),
        ("figures", "figure_id"),
        ("candidates", "figure_id"),
        ("images", "figure_id"),
        ("scores", "figure_id"),
    ):
        known = pc.is_in(base[key], value_set=_values(getattr(tables, name)[key]))
        absent.update(f"{figure} in {name}" for figure in base["figure_id"].filter(pc.invert(known)).to_pylist())
    return failure(Check.INCOMPLETE_ROW, absent)


def _matching(table: pa.Table, key: str, values: pa.ChunkedArray) -> pa.Table:
    """Rows of `table` for each of `values`, in their order; the first where there are several."""
    return table.take(pc.index_in(values, value_set=_values(table[key])))


def _with_ids(base: pa.Table, articles: pa.Table) -> pa.Table:
    """Add sample_id, pmcid and version."""
    found = _matching(articles, "article_id", base["article_id"])
    ids = pa.array([sample_id(figure) for figure in base["figure_id"].to_pylist()], pa.string())
    base = base.append_column("sample_id", ids)
    return base.append_column("pmcid", found["pmcid"]).append_column("version", found["version"])


def _of_articles(base: pa.Table, known: Mapping[str, str]) -> pa.Array:
    return pa.array([known[pmcid] for pmcid in base["pmcid"].to_pylist()], pa.string())


def _without_twins(base: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Of the figures of one sample id keep that of the newest article version, then the first by figure_id."""
    keyed = base.append_column("_lower", pc.utf8_lower(base["sample_id"]))
    keyed = keyed.sort_by([("_lower", "ascending"), ("version", "descending"), ("figure_id", "ascending")])
    lower, figures = keyed["_lower"].to_pylist(), keyed["figure_id"].to_pylist()
    keep, details, first = [], [], 0
    for row, name in enumerate(lower):
        first = first if row and lower[first] == name else row
        keep.append(first == row or figures[first] == figures[row])
        if not keep[-1]:
            details.append(f"{figures[first]} has the same id")
    mask = np.array(keep, dtype=bool)
    dropped = keyed.filter(pa.array(~mask))["figure_id"]
    return keyed.filter(pa.array(mask)).drop_columns("_lower"), _drops(dropped, "same_id", details)


def _without_leaks(base: pa.Table, conflicts: list[Conflict]) -> tuple[pa.Table, pa.Table]:
    """Drop the samples of the articles in conflict that have a look-alike in another split of this very release.

    Where `filter` kept one of each cluster there is none: what ties the articles together was dropped before.
    """
    tied = {c.pmcid: c for c in conflicts}
    pairs = base.select(["cluster_id", "split"]).group_by(["cluster_id", "split"]).aggregate([])
    seen = pc.value_counts(pairs["cluster_id"].combine_chunks())
    spanning = seen.field("values").filter(pc.greater(seen.field("counts"), 1))
    suspect = pc.and_(
        pc.is_in(base["pmcid"], value_set=pa.array(list(tied), pa.string())),
        pc.is_in(base["cluster_id"], value_set=spanning),
    )
    dropped = base.filter(suspect)
    found = [tied[p] for p in dropped["pmcid"].to_pylist()]
    details = [f"{c.split}; its group has {c.rival} in {c.rival_split}" for c in found]
    return base.filter(pc.invert(suspect)), _drops(dropped["figure_id"], "split_conflict", details)


def _drops(keys: pa.ChunkedArray, reason: str, details: list[str]) -> pa.Table:
    size = len(details)
    columns = [keys, [reason] * size, details, [STAGE] * size, [""] * size]
    return pa.table([pa.array(c, pa.string()) if isinstance(c, list) else c for c in columns], schema=DROPS_SCHEMA)


def _columns(tables: ReleaseTables, base: pa.Table) -> tuple[pa.Table, pa.Table]:
    figure_ids = base["figure_id"]
    article = _matching(tables.articles, "article_id", base["article_id"])
    figure = _matching(tables.figures, "figure_id", figure_ids)
    candidate = _matching(tables.candidates, "figure_id", figure_ids)
    image = _matching(tables.images, "figure_id", figure_ids)
    score = _matching(tables.scores, "figure_id", figure_ids)
    caption = _matching(tables.captions, "figure_id", figure_ids)
    concepts = concept_lists(tables.concepts, _values(figure_ids))
    modality = pc.coalesce(concepts.modality, _values(score["modality"]))
    files = zip(base["split"].to_pylist(), base["sample_id"].to_pylist(), image["format"].to_pylist(), strict=True)
    made: dict[str, Any] = {
        "file": pa.array([image_file(*parts) for parts in files], pa.string()),
        "attribution": _attributions(article, figure["label"]),
        "caption_raw": figure["caption"],
        "caption": caption["caption"],
        "modality": modality,
        "modality_score": _modality_scores(score, modality),
        "cuis": concepts.cuis,
        "cuis_manual": concepts.cuis_manual,
        "cui_origins": concepts.cui_origins,
    }
    for table in (base, article, figure, candidate, image, score, caption):
        for name in table.column_names:
            made.setdefault(name, table[name])
    return pa.table([_cast(made[c.name], c) for c in SAMPLES_SCHEMA], schema=SAMPLES_SCHEMA), concepts.names


def _cast(column: pa.ChunkedArray | pa.Array, target: pa.Field) -> pa.ChunkedArray | pa.Array:
    """Cast to the released type; control characters, which break CSV readers and terminals, become a space."""
    if target.name not in _TEXTS:
        return column.cast(target.type)
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(column.cast(target.type), _CONTROL, " "))


def _attributions(articles: pa.Table, labels: pa.ChunkedArray) -> pa.Array:
    rows = articles.select(CREDIT).to_pylist()
    credit = [attribution(_credited(row), label or "") for row, label in zip(rows, labels.to_pylist(), strict=True)]
    return pa.array(credit, pa.string())


def _credited(row: dict[str, Any]) -> Credited:
    return cast(Credited, SimpleNamespace(**row))


def _modality_scores(scores: pa.Table, modality: pa.Array) -> pa.Array:
    """Score of each row's own modality; 0 for one that the models do not know."""
    matrix = np.column_stack(
        [scores[name].to_numpy() for name in _MODALITY_SCORES.values()] + [np.zeros(scores.num_rows)]
    )
    column = pc.fill_null(pc.index_in(modality, value_set=pa.array(list(_MODALITY_SCORES))), len(_MODALITY_SCORES))
    return pa.array(matrix[np.arange(scores.num_rows), column.to_numpy()], pa.float64())


def _licenses(articles: pa.Table, samples: pa.Table) -> pa.Table:
    rows = _matching(articles, "article_id", samples["article_id"]).select(CREDIT).to_pylist()
    credited = [_credited(row) for row in rows]
    columns = {
        "ID": samples["sample_id"],
        "PMCID": samples["pmcid"],
        "Attribution": pa.array([short_attribution(c) for c in credited], pa.string()),
        "Link": pa.array([link(c) for c in credited], pa.string()),
    }
    columns["Attribution"] = pc.replace_substring_regex(columns["Attribution"], _CONTROL, " ")
    return pa.table(columns)
