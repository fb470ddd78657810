"""filter: scores to samples, over the whole corpus. Thresholds first, then one figure of each set of look-alikes.

Duplicates are looked for across all shards, so this stage is one task over all of them; the shards
whose samples did not change keep their fingerprint, and nothing below them runs again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from rocov2.engine.live import LiveList, read_live
from rocov2.engine.stage import Asset, Stage
from rocov2.engine.task import Corpus
from rocov2.images.duplicates import MAX_UNEXPLAINED, cluster
from rocov2.stages.keepers import Contender, Verdict, choose
from rocov2.stages.places import place
from rocov2.tables import Article, Drop, Image, Sample, Score

SCORES = ("figure_id", "article_id", "compound_score", "caption_compound_score", "radiology_score", "fingerprint")
IMAGES = ("figure_id", "sha256", "width_px", "height_px")
ARTICLES = ("article_id", "pmcid", "license_code", "published_on")


@dataclass(frozen=True)
class FilterParams:
    """Thresholds; scores are probabilities from 0 to 1, `max_unexplained` is what may differ between look-alikes."""

    min_radiology_score: float = 0.5
    max_compound_score: float = 0.5
    max_caption_compound_score: float = 1.0
    min_side_px: int = 64
    max_aspect_ratio: float = 5.0
    max_unexplained: float = MAX_UNEXPLAINED
    live: Path = place()


def run(params: FilterParams, scores: Corpus, images: Corpus, articles: Corpus) -> Iterator[tuple[str, Sample | Drop]]:
    """Yield, shard by shard, a sample for each figure that passes, and a drop for each that does not."""
    live = read_live(params.live)
    fates: dict[str, list[tuple[str, Drop | None]]] = {}
    contenders: list[Contender] = []
    for shard in scores.shards:
        fates[shard] = []
        for contender, reason, detail in judged(params, shard, live, (scores, images, articles)):
            fates[shard].append((contender.figure_id, Drop(contender.figure_id, reason, detail) if reason else None))
            if not reason:
                contenders.append(contender)
    labels = cluster([c.fingerprint for c in contenders], params.max_unexplained)
    verdicts = choose(contenders, labels.tolist())
    for shard, fate in fates.items():
        for figure_id, drop in fate:
            yield shard, drop or outcome(figure_id, verdicts[figure_id])


def outcome(figure_id: str, verdict: Verdict) -> Sample | Drop:
    """Turn a verdict on a figure among its look-alikes into its row."""
    if verdict.keeper_id != figure_id:
        return Drop(figure_id, verdict.reason, f"{verdict.keeper_id} is kept")
    article_id = figure_id.partition("/")[0]
    return Sample(figure_id, article_id, verdict.cluster_id, verdict.cluster_size, verdict.group_id)


def judged(
    params: FilterParams, shard: str, live: LiveList, tables: tuple[Corpus, Corpus, Corpus]
) -> Iterator[tuple[Contender, str, str]]:
    """Yield each figure of a shard with the reason and detail of its drop; the reason is empty when it passes."""
    scores, images, articles = tables
    looks = {row["figure_id"]: row for row in dicts(images, shard, IMAGES)}
    credits_ = {row["article_id"]: row for row in dicts(articles, shard, ARTICLES)}
    pmcids = pa.array([row["pmcid"] for row in credits_.values()], pa.string())
    counting = dict(zip(credits_, live.counts(pmcids, shard).tolist(), strict=True))
    for score in dicts(scores, shard, SCORES):
        look, article = looks[score["figure_id"]], credits_[score["article_id"]]
        contender = Contender(
            score["figure_id"], article["pmcid"], article["license_code"], article["published_on"] or "9999",
            look["sha256"], score["fingerprint"],
        )  # fmt: skip
        if not counting[score["article_id"]]:
            yield contender, "not_selected", "the article is no longer selected, or a later shard has it anew"
        else:
            yield (contender, *reason_to_drop(params, score, look))


def reason_to_drop(params: FilterParams, score: dict[str, Any], look: dict[str, Any]) -> tuple[str, str]:
    """Return the reason and detail for dropping a figure on its own merits, or two empty strings."""
    short, long = sorted((look["width_px"], look["height_px"]))
    if short < params.min_side_px:
        return "too_small", f"{look['width_px']} x {look['height_px']} px"
    if long > params.max_aspect_ratio * short:
        return "too_long", f"{look['width_px']} x {look['height_px']} px"
    if score["radiology_score"] < params.min_radiology_score:
        return "not_radiology", f"score {score['radiology_score']:.4f}"
    if score["compound_score"] > params.max_compound_score:
        return "compound", f"score {score['compound_score']:.4f}"
    if score["caption_compound_score"] > params.max_caption_compound_score:
        return "compound_caption", f"score {score['caption_compound_score']:.4f}"
    return "", ""


def dicts(table: Corpus, shard: str, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a shard as dictionaries of the named columns."""
    for batch in table.batches(shard, columns):
        yield from batch.to_pylist()


def stage(params: FilterParams) -> Stage:
    """Return the stage `filter`."""
    return Stage(
        "filter", 4, (Score, Image, Article), Sample, run, params, (Asset("selection", params.live),), corpus=True
    )
