"""The tables that the stages share: one frozen dataclass a table, one instance a row.

A row class is the Arrow schema, what mypy checks and the data dictionary at once: each column is
declared with `col("what it holds")`. Absent is `None`; lists are tuples. The same column name
means the same thing in every table.
"""

from dataclasses import dataclass, field
from typing import Any


def col(doc: str, **options: Any) -> Any:
    """Declare a column with its line of the data dictionary."""
    return field(metadata={"doc": doc}, **options)


@dataclass(frozen=True, slots=True)
class Drop:
    """A row that a stage held back: beside every table there is a table of these."""

    key: str = col("article_id or figure_id (or the source key) of what was dropped")
    reason: str = col("one word of the stage's list of reasons")
    detail: str = col("what was seen, for a person to judge", default="")


@dataclass(frozen=True, slots=True)
class Selected:
    """`selection`: an article that this shard is about, as the inventory lists it."""

    pmcid: str = col("PubMed Central id, e.g. PMC10009416")
    metadata_keys: tuple[str, ...] = col("keys of its article JSON, one a version")
    etags: tuple[str, ...] = col("ETag of each of those keys, in the same order")
    stamp: str = col("inventory that listed it, e.g. 2026-09-01T01-00Z")


@dataclass(frozen=True, slots=True)
class Article:
    """`articles`: one article version that may be used, with what its attribution needs."""

    article_id: str = col("PMCID and version, e.g. PMC10009416.1")
    pmcid: str = col("PubMed Central id, e.g. PMC10009416")
    version: int = col("article version, 1 and up")
    pmid: int | None = col("PubMed id")
    doi: str | None = col("digital object identifier, without a resolver")
    license_code: str = col(
        "CC0, CC BY, CC BY-SA, CC BY-ND, CC BY-NC, CC BY-NC-SA or CC BY-NC-ND; the stricter of JSON and XML"
    )
    license_url: str | None = col("licence URL as the XML gives it")
    title: str = col("article title, white space collapsed")
    journal: str = col("journal title")
    published_on: str | None = col("earliest publication date: YYYY, YYYY-MM or YYYY-MM-DD as far as it is known")
    authors: tuple[str, ...] = col("authors in order, 'Surname Given' or the group's name")
    citation: str = col("citation as the article JSON words it")
    article_type: str = col("JATS article-type")
    language: str = col("article/@xml:lang in lower case, en when absent")
    is_manuscript: bool = col("an author manuscript")
    metadata_key: str = col("key of the article JSON")
    metadata_etag: str = col("ETag of the article JSON")
    xml_key: str = col("key of the article XML")
    xml_md5: str = col("MD5 of the article XML, hexadecimal")
    media_keys: tuple[str, ...] = col("keys of the media files")
    media_md5s: tuple[str, ...] = col("MD5 of each media file, in the same order; empty when unknown")


@dataclass(frozen=True, slots=True)
class Figure:
    """`figures`: one graphic of a JATS figure; a figure of several graphics gives a row a panel."""

    figure_id: str = col("article_id/xml_id, with :N for panel N from 1 up; @N, the N-th figure, where there is no id")
    article_id: str = col("PMCID and version")
    xml_id: str | None = col("id of the <fig> (or of its group)")
    panel: int = col("0-based place among the figure's graphics")
    panel_count: int = col("graphics of the figure")
    label: str = col("label, e.g. 'Figure 2'; empty when absent")
    caption: str = col("title and paragraphs joined with a space, white space collapsed, otherwise as published")
    container: str = col("body, floats-group, back, abstract or front")
    fig_type: str | None = col("fig/@fig-type, or graphical-abstract")
    section: str = col("title of the section around it; empty when there is none")
    mentions: tuple[str, ...] = col("sentences of the article that cite the figure")
    alt_text: str = col("alternative text; empty when absent")
    rights: str = col("evidence that the figure carries rights of its own; empty when there is none")
    rights_url: str | None = col("licence URL of the figure's own permissions")
    language: str = col("language of the caption: its xml:lang or the article's")
    href: str = col("graphic/@xlink:href as written")
    source_key: str = col("key of the image in the bucket")
    source_md5: str = col("MD5 that the article JSON states for it; empty when it states none")
    definitions: tuple[str, ...] = col(
        "what abstract and lists say of the caption's abbreviations: 'LV: left ventricle', '... left ventricle (LV)'",
        default=(),
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """`candidates`: a figure whose words let it be radiology, so that its image is worth fetching."""

    figure_id: str = col("figure")
    article_id: str = col("PMCID and version")
    source_key: str = col("key of the image in the bucket")
    source_md5: str = col("MD5 that the article JSON states; empty when it states none")
    screen_score: float = col("probability from the words alone that the figure is radiology, 0 to 1")


@dataclass(frozen=True, slots=True)
class Image:
    """`images`: the bytes of a candidate, verified and in the store."""

    figure_id: str = col("figure")
    article_id: str = col("PMCID and version")
    source_key: str = col("key of the image in the bucket")
    md5: str = col("MD5 of the bytes, hexadecimal: the image's name in the store")
    sha256: str = col("SHA-256 of the bytes, hexadecimal")
    width_px: int = col("width in pixels")
    height_px: int = col("height in pixels")
    size_bytes: int = col("size in bytes")
    format: str = col("jpeg, png, webp, gif or tiff, from the magic bytes")
    mode: str = col("Pillow mode, e.g. L or RGB")
    frame_count: int = col("frames: 1 unless animated or multi-page")


@dataclass(frozen=True, slots=True)
class Score:
    """`scores`: what the models see in an image and in its caption; no threshold is applied here."""

    figure_id: str = col("figure")
    article_id: str = col("PMCID and version")
    compound_score: float = col("probability from the pixels that the image has more than one panel, 0 to 1")
    caption_compound_score: float = col(
        "probability from the caption's panel letters that it describes several panels, 0 to 1"
    )
    panel_boxes: tuple[float, ...] = col("panels seen, as x0 y0 x1 y1 a panel, fractions of width and height")
    panel_letters: str = col(
        "panel letters read in the image, as ABC or abcd, which count for its compound score; or empty"
    )
    radiology_score: float = col("probability that the image is radiology, image and caption fused, 0 to 1")
    image_radiology_score: float = col("the same from the image alone")
    caption_radiology_score: float = col("the same from the words alone")
    modality: str = col("most probable of CT, MRI, XRAY, US, ANGIO, PET, COMBINED")
    modality_score: float = col("probability of that modality, 0 to 1")
    ct_score: float = col("probability of computed tomography")
    mri_score: float = col("probability of magnetic resonance imaging")
    xray_score: float = col("probability of plain radiography, fluoroscopy and mammography included")
    us_score: float = col("probability of ultrasound")
    angio_score: float = col("probability of catheter angiography")
    pet_score: float = col("probability of PET, SPECT or scintigraphy")
    combined_score: float = col("probability of a fused modality such as PET/CT")
    image_region: str = col(
        "body region that the pixels show, an X-ray taken for granted: most probable of CHEST, CRANIUM, SPINE, PELVIS, "
        "UPPER, LOWER (extremity), BREAST, OTHER"
    )
    image_region_score: float = col("probability of that region, 0 to 1")
    region_chest_score: float = col("probability of the chest")
    region_cranium_score: float = col("probability of the cranium, jaws and teeth included")
    region_spine_score: float = col("probability of the vertebral column")
    region_pelvis_score: float = col("probability of the pelvis, hips included")
    region_upper_score: float = col("probability of an upper extremity, shoulder and clavicle included")
    region_lower_score: float = col("probability of a lower extremity")
    region_breast_score: float = col("probability of a breast")
    region_other_score: float = col("probability that it is none of these, an abdomen, a whole body or an animal say")
    phash: str = col("64-bit perceptual hash, 16 hexadecimal digits; equal hashes look alike")
    fingerprint: str = col(
        "what look-alikes are judged by: hashes and margins in hexadecimal, a small picture in base64"
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """`samples`: a figure that passed the filters, one for each set of duplicates."""

    figure_id: str = col("figure")
    article_id: str = col("PMCID and version")
    cluster_id: str = col("smallest figure_id of its cluster of look-alikes: a cluster never spans splits")
    cluster_size: int = col("figures in that cluster before duplicates were dropped")
    group_id: str = col(
        "smallest PMCID of the articles that share look-alikes with this one: a group never spans splits"
    )


@dataclass(frozen=True, slots=True)
class Caption:
    """`captions`: the caption as it is released."""

    figure_id: str = col("figure")
    article_id: str = col("PMCID and version")
    caption: str = col("clean caption")
    language: str = col("ISO 639-1 code")
    language_score: float = col("confidence of the language, 0 to 1; 1 when only the article declares it")
    rules: tuple[str, ...] = col("cleaning rules that changed the text, in order")
    word_count: int = col("words of the clean caption")


@dataclass(frozen=True, slots=True)
class Mention:
    """`mentions`: a span of a clean caption tied to a concept."""

    figure_id: str = col("figure")
    start: int = col("first character of the span in the clean caption, from 0")
    end: int = col("one past its last character")
    text: str = col("the span")
    cui: str = col("UMLS concept unique identifier")
    name: str = col("preferred name of the concept")
    tui: str = col("UMLS semantic type, e.g. T047; several joined with ';'")
    score: float = col("confidence of the link, 0 to 1")
    status: str = col(
        "present, negated, uncertain, or historical: past, another person's, or of an examination compared with"
    )
    origin: str = col("linker that found it, e.g. dictionary")
    vocabulary: str = col("first 12 digits of the vocabulary's SHA-256")


@dataclass(frozen=True, slots=True)
class Concept:
    """`concepts`: a concept of a sample, after the curators."""

    figure_id: str = col("figure")
    cui: str = col("UMLS concept unique identifier")
    name: str = col("preferred name of the concept")
    tui: str = col("UMLS semantic type; empty when unknown")
    kind: str = col("concept, modality, anatomy or direction")
    origin: str = col("linker, classifier, override, or hierarchy where body parts are broader")
    score: float = col("confidence, 0 to 1; 1 for an override")


TABLES: dict[str, type] = {
    "selection": Selected,
    "articles": Article,
    "figures": Figure,
    "candidates": Candidate,
    "images": Image,
    "scores": Score,
    "samples": Sample,
    "captions": Caption,
    "mentions": Mention,
    "concepts": Concept,
}
