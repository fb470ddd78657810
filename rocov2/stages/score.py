"""score: images to scores. One decode an image, then every model and the perceptual hash; no threshold."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rocov2.captions.modality import caption_radiology_score, modality_cues
from rocov2.captions.panels import caption_compound_score
from rocov2.engine.stage import Asset, Stage
from rocov2.images.classify import MODALITIES, REGIONS, Models, fuse, load_models, score_images
from rocov2.images.decode import BadImage, Picture, decode
from rocov2.net import ObjectError
from rocov2.stages.places import Places, body_of, place, screen_model_at
from rocov2.tables import Drop, Figure, Image, Score

IMAGE_LOST = "image_lost"


@dataclass(frozen=True)
class ScoreParams:
    """Nothing to set: the models are assets, the thresholds are `filter`'s."""

    models: Path = place()
    screen_model: Path = place()
    places: Places = place()


@lru_cache(maxsize=2)
def image_models(folder: Path) -> Models:
    """Return the image models, loaded once a worker."""
    return load_models(folder)


def run(params: ScoreParams, images: Iterator[Image], figures: Iterator[Figure]) -> Iterator[Score | Drop]:
    """Yield the scores of each image that can be decoded."""
    captions = {figure.figure_id: figure.caption for figure in figures}
    for image in images:
        picture = picture_of(params.places, image)
        if isinstance(picture, Drop):
            yield picture
        else:
            yield score_picture(params, image.figure_id, captions[image.figure_id], picture)


def picture_of(places: Places, image: Image) -> Picture | Drop:
    """Decode an image, fetching it again should the store have lost it; or say why it cannot be decoded."""
    try:
        return decode(body_of(places, image.source_key, image.md5, image.size_bytes), image.format)
    except BadImage as error:
        return Drop(image.figure_id, error.reason, error.detail)
    except ObjectError as error:
        return Drop(image.figure_id, IMAGE_LOST, error.message)


def score_picture(params: ScoreParams, figure_id: str, caption: str | None, picture: Picture) -> Score:
    """Put together what the models see in the pixels and in the words; without a caption the pixels decide alone."""
    seen = score_images(image_models(params.models), [picture])[0]
    words = None if caption is None else caption_radiology_score(screen_model_at(params.screen_model), caption)
    radiology, shares = fuse(seen, words, modality_cues(caption or ""))
    modalities = dict(zip(MODALITIES, shares, strict=True))
    best = max(modalities, key=lambda name: modalities[name])
    regions = dict(zip(REGIONS, seen.region_scores, strict=True))
    region = max(regions, key=lambda name: regions[name])
    return Score(
        figure_id=figure_id,
        article_id=figure_id.partition("/")[0],
        compound_score=seen.compound_score,
        caption_compound_score=caption_compound_score(caption or ""),
        panel_boxes=seen.panel_boxes,
        panel_letters=seen.panel_letters,
        radiology_score=radiology,
        image_radiology_score=seen.radiology_score,
        caption_radiology_score=0.5 if words is None else words,
        modality=best,
        modality_score=modalities[best],
        **{f"{name.lower()}_score": share for name, share in modalities.items()},
        image_region=region,
        image_region_score=regions[region],
        **{f"region_{name.lower()}_score": share for name, share in regions.items()},
        phash=seen.phash[:16],
        fingerprint=seen.phash,
    )


def stage(params: ScoreParams) -> Stage:
    """Return the stage `score`."""
    assets = (Asset("image models", params.models / "models.toml"), Asset("screen model", params.screen_model))
    return Stage("score", 10, (Image, Figure), Score, run, params, assets, transient=frozenset({IMAGE_LOST}))
