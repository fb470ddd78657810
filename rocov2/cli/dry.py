"""`build --dry-run`: what a selection would fetch, in requests and bytes, from a sample of listings."""

import json
from dataclasses import asdict, dataclass
from statistics import mean, stdev

from rocov2.cli.pipeline import Blueprint
from rocov2.cli.select import Chosen
from rocov2.cli.survey import json_left
from rocov2.engine.parallel import map_in_order
from rocov2.net import Listed, open_source
from rocov2.stages.places import Places, store_at

LISTINGS = 40
MEDIA = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff")


@dataclass(frozen=True)
class Estimate:
    """What is to be fetched. Images are an upper bound: licences, screening and thumbnails leave out most of them."""

    articles: int
    listings: int
    json_requests: int
    json_requests_done: int
    xml_requests: int
    xml_bytes: int
    image_requests_at_most: int
    image_bytes_at_most: int
    error_share: float


def estimate(plan: Blueprint, chosen: Chosen) -> Estimate:
    """List evenly spaced articles of the selection and scale what they hold to all of it."""
    places: Places = plan.stages[0].params.places
    listing = chosen.listing
    articles = len(listing.first)
    some = list(listing.rows(listing.first[:: max(1, articles // LISTINGS)][:LISTINGS]))
    source = open_source(places.source, settings=places.net)
    try:
        prefixes = [f"{row.metadata_keys[-1].removeprefix('metadata/').removesuffix('.json')}/" for row in some]
        listings = list(map_in_order(lambda prefix: list(source.list(prefix)), prefixes, source.connections))
    finally:
        source.close()
    done = len(listing.keys) - json_left(listing, store_at(places))
    return scaled(listings, articles, len(listing.keys), done)


def scaled(listings: list[list[Listed]], articles: int, versions: int, done: int) -> Estimate:
    """Return the estimate for `articles` articles from the listings of some; `error_share` is of the image bytes."""
    xml = [sum(item.size for item in found if item.key.endswith(".xml")) for found in listings]
    images = [[item.size for item in found if item.key.lower().endswith(MEDIA)] for found in listings]
    sizes = [sum(found) for found in images]
    spread = stdev(sizes) / len(sizes) ** 0.5 / mean(sizes) if len(sizes) > 1 and mean(sizes) else 0.0
    return Estimate(
        articles=articles,
        listings=len(listings),
        json_requests=versions,
        json_requests_done=done,
        xml_requests=articles,
        xml_bytes=round(mean(xml) * articles),
        image_requests_at_most=round(mean(map(len, images)) * articles),
        image_bytes_at_most=round(mean(sizes) * articles),
        error_share=round(1.96 * spread, 3),
    )


def print_estimate(found: Estimate, as_json: bool) -> None:
    """Print the estimate."""
    if as_json:
        print(json.dumps(asdict(found), indent=1))
        return
    print(f"{found.articles} articles, estimated from {found.listings} listings; nothing was fetched but these")
    print(f"article JSON   {found.json_requests} requests ({found.json_requests_done} of them already here)")
    print(f"article XML    {found.xml_requests} requests, {found.xml_bytes / 1e6:.1f} MB, before the gate by licence")
    print(
        f"images         at most {found.image_requests_at_most} requests, {found.image_bytes_at_most / 1e6:.1f} MB",
        end="",
    )
    print(f" (±{found.error_share:.0%}); screening by caption lets a part of them through")
