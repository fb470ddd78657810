"""The columns of a release: the row class of `samples.parquet` and of `drops.parquet`, and their Arrow schemas."""

import dataclasses

import pyarrow as pa

from rocov2.engine.schema import schema_of
from rocov2.tables import col

SPLITS = ("train", "valid", "test")
"""Splits in the order of the published files, which is also that of protection: a test image may not be trained on."""


@dataclasses.dataclass(frozen=True, slots=True)
class ReleasedSample:
    """`samples.parquet`: one row a released image, with all that is known about where it came from."""

    sample_id: str = col("ID in every file of the release; derived from article and figure, it never changes")
    split: str = col("train, valid or test")
    file: str = col("path of the image inside the release")
    figure_id: str = col("figure: article_id/xml_id, with :N for panel N from 1 up")
    article_id: str = col("PMCID and version")
    pmcid: str = col("PubMed Central id")
    version: int = col("article version")
    label: str = col("label of the figure, e.g. 'Figure 2'; empty when absent")
    panel: int = col("0-based place among the figure's graphics")
    source_key: str = col("key of the image in the bucket")
    md5: str = col("MD5 of the image's bytes, hexadecimal")
    sha256: str = col("SHA-256 of the image's bytes, hexadecimal")
    width_px: int = col("width in pixels")
    height_px: int = col("height in pixels")
    size_bytes: int = col("size in bytes")
    format: str = col("jpeg, png, webp, gif or tiff, from the magic bytes")
    license_code: str = col("CC0, CC BY, CC BY-SA, CC BY-ND, CC BY-NC, CC BY-NC-SA or CC BY-NC-ND")
    license_url: str | None = col("licence URL as the article gives it")
    attribution: str = col("credit ready to paste")
    title: str = col("article title")
    journal: str = col("journal title")
    published_on: str | None = col("earliest publication date, as far as it is known")
    doi: str | None = col("digital object identifier, without a resolver")
    pmid: int | None = col("PubMed id")
    caption_raw: str = col("caption as published, white space collapsed")
    caption: str = col("clean caption, the one of the CSV files")
    language: str = col("ISO 639-1 code of the caption")
    container: str = col("part of the article that holds the figure: body, floats-group, back, abstract or front")
    section: str = col("title of the section around the figure; empty when there is none")
    mentions: tuple[str, ...] = col("sentences of the article that cite the figure")
    screen_score: float = col("probability from the words alone that the figure is radiology, 0 to 1")
    modality: str = col(
        "CT, MRI, XRAY, US, ANGIO, PET or COMBINED: of the modality concept, else the most probable one"
    )
    modality_score: float = col("probability that the model gave to that modality, 0 to 1")
    radiology_score: float = col("probability that the image is radiology, 0 to 1")
    compound_score: float = col("probability from the pixels that the image has more than one panel, 0 to 1")
    phash: str = col("64-bit perceptual hash, 16 hexadecimal digits")
    cluster_id: str = col("smallest figure_id of its cluster of look-alikes")
    cluster_size: int = col("figures in that cluster before duplicates were dropped")
    group_id: str = col("smallest PMCID of the articles that share look-alikes: the unit of the split")
    cuis: tuple[str, ...] = col("all concepts: the manual ones first, then the automatic ones; none twice")
    cuis_manual: tuple[str, ...] = col("curated concepts: modality, anatomy, direction, in that order")
    cui_origins: tuple[str, ...] = col("linker, classifier, override or hierarchy, one for each of cuis")


@dataclasses.dataclass(frozen=True, slots=True)
class ReleasedDrop:
    """`drops.parquet`: a row that a stage held back, and why."""

    key: str = col("article_id, figure_id or source key of what was dropped")
    reason: str = col("one word of the stage's list of reasons")
    detail: str = col("what was seen")
    stage: str = col("stage that dropped it")
    shard: str = col("shard in which it did; empty for the release")


def described_schema(row: type) -> pa.Schema:
    """Schema of a row class, the line of each column in its field's `description`."""
    docs = {column.name: column.metadata["doc"] for column in dataclasses.fields(row)}
    return pa.schema([column.with_metadata({"description": docs[column.name]}) for column in schema_of(row)])


SAMPLES_SCHEMA = described_schema(ReleasedSample)
DROPS_SCHEMA = described_schema(ReleasedDrop)
