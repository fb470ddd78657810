"""Rows of every table with everything filled in, each test naming only what it is about."""

import numpy as np
from PIL import Image as Pillow

from rocov2.engine.checkpoint import TableWriter, table_path
from rocov2.engine.live import live_path, write_live
from rocov2.engine.task import Corpus
from rocov2.images.prints import fingerprint
from rocov2.tables import Article, Caption, Figure, Image, Mention, Sample, Score

WORDS = "Axial contrast-enhanced CT of the chest shows a nodule in the right upper lobe."
FLAT = fingerprint(np.zeros((48, 48, 3), dtype=np.uint8))
"""Fingerprint of a picture that is never a look-alike of anything."""


def article(pmcid="PMC1", **changes):
    row = {
        **{"article_id": f"{pmcid}.1", "pmcid": pmcid, "version": 1, "pmid": None, "doi": None},
        **{"license_code": "CC BY", "license_url": None, "title": "A case", "journal": "Cases"},
        **{"published_on": "2020-01-01", "authors": (), "citation": "", "article_type": "case-report"},
        **{"language": "en", "is_manuscript": False, "metadata_key": "", "metadata_etag": "", "xml_key": ""},
        **{"xml_md5": "", "media_keys": (), "media_md5s": ()},
    }
    return Article(**row | changes)


def figure(figure_id="PMC1.1/f1", caption=WORDS, **changes):
    row = {
        **{"figure_id": figure_id, "article_id": figure_id.partition("/")[0], "xml_id": "f1", "panel": 0},
        **{"panel_count": 1, "label": "Figure 1", "caption": caption, "container": "body", "fig_type": None},
        **{"section": "Case", "mentions": (), "alt_text": "", "rights": "", "rights_url": None, "language": "en"},
        **{"href": "f1", "source_key": f"{figure_id}.jpg", "source_md5": ""},
    }
    return Figure(**row | changes)


def image(figure_id="PMC1.1/f1", **changes):
    row = {
        **{"figure_id": figure_id, "article_id": figure_id.partition("/")[0], "source_key": f"{figure_id}.jpg"},
        **{"md5": "0" * 32, "sha256": f"sha256 of {figure_id}", "width_px": 400, "height_px": 300},
        **{"size_bytes": 1000, "format": "jpeg", "mode": "RGB", "frame_count": 1},
    }
    return Image(**row | changes)


def score(figure_id="PMC1.1/f1", **changes):
    row = {
        **{"figure_id": figure_id, "article_id": figure_id.partition("/")[0], "compound_score": 0.1},
        **{"caption_compound_score": 0.1, "panel_boxes": (), "panel_letters": "", "radiology_score": 0.9},
        **{"image_radiology_score": 0.9, "caption_radiology_score": 0.9, "modality": "CT", "modality_score": 0.8},
        **{f"{name}_score": 0.0 for name in ("ct", "mri", "xray", "us", "angio", "pet", "combined")},
        **{"image_region": "OTHER", "image_region_score": 1.0, "region_other_score": 1.0},
        **{f"region_{n}_score": 0.0 for n in ("chest", "cranium", "spine", "pelvis", "upper", "lower", "breast")},
        **{"phash": FLAT[:16], "fingerprint": FLAT},
    }
    return Score(**row | changes)


def sample(figure_id="PMC1.1/f1"):
    return Sample(figure_id, figure_id.partition("/")[0], figure_id, 1, figure_id.partition(".")[0])


def caption(figure_id="PMC1.1/f1", text=WORDS):
    return Caption(figure_id, figure_id.partition("/")[0], text, "en", 0.99, (), len(text.split()))


def mention(figure_id, text, cui, start=0, **changes):
    row = {
        **{"figure_id": figure_id, "start": start, "end": start + len(text), "text": text, "cui": cui, "name": text},
        **{"tui": "T047", "score": 0.9, "status": "present", "origin": "dictionary", "vocabulary": "0" * 12},
    }
    return Mention(**row | changes)


def drawn(seed):
    """A picture of coarse shapes, uint8 (96, 128, 3): another seed gives one that does not look alike."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8), dtype=np.uint8)
    return np.asarray(Pillow.fromarray(coarse).resize((128, 96), Pillow.Resampling.BICUBIC).convert("RGB"))


def corpus(work, row_class, shards):
    """Write shard -> rows as a stage would, and give what a stage over the whole corpus reads."""
    for shard, rows in shards.items():
        writer = TableWriter(table_path(work, row_class, shard), row_class)
        for row in rows:
            writer.add(row)
        writer.commit({})
    return Corpus(work, row_class, tuple(shards))


def live(work, shard_of):
    """Write which shard counts for each PMCID number, and say where that stands."""
    names = sorted(set(shard_of.values()))
    numbers = np.array(sorted(shard_of), dtype=np.int64)
    places = np.array([names.index(shard_of[int(number)]) for number in numbers], dtype=np.int32)
    write_live(work, names, [(numbers, places)])
    return live_path(work)
