"""`plan` says beforehand what a build asks for: exactly when it looks at every article, else within its bounds."""

import json
from itertools import combinations
from statistics import mean

import pytest

from rocov2.cli.plan import in_words, total
from tests.fakepmc import Bucket, jpeg, serve
from tests.pipeline.runs import build, places, rocov2

CAPTIONS = [
    "Axial CT of the chest shows a nodule.",
    "Phylogenetic tree of bacterial strains inferred from 16S rRNA sequences.",
]


def plan(folder, source, *words):
    out = rocov2("plan", "--source", source, "--work", folder / "work", "--json", *words, cwd=folder)
    return json.loads(out)


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    """24 articles: under various licences, with no, one or three images, half of them charts."""
    made = Bucket(tmp_path_factory.mktemp("bucket"))
    for number in range(24):
        pictures = {f"f{n}.jpg": jpeg(100 * number + n, (200, 150)) for n in range((0, 1, 3)[number % 3])}
        licence = "CC BY-ND" if number % 4 == 3 else "CC BY"
        made.add_article(f"PMC{1000 + number}", media=pictures, license_code=licence, xml=article(number, pictures))
    made.write_inventory()
    return made.root


def article(number, pictures):
    from tests.fakepmc import article_xml

    return article_xml(f"PMC{1000 + number}", sorted(pictures), f"{CAPTIONS[number // 12]} Case {number}.")


def test_a_plan_that_looks_at_every_article_is_what_the_build_then_asks_for(bucket, tmp_path):
    strict = ("-p", "screen.min_score=0.5")
    with serve(bucket) as server:
        said = plan(tmp_path, server.url, "--sample", "100", *strict)
        asked = {path for _, path, _ in server.log}
        record = build(tmp_path, "--workers", "1", *strict, source=server.url)
        left = plan(tmp_path, server.url, "--sample", "100", *strict)
    assert said["requests"] == dict.fromkeys(("value", "low", "high"), record["requests"])
    assert said["bytes"]["value"] == record["bytes"]
    assert 0 < said["image_requests"]["value"] == record["stages"]["fetch"]["requests"] < 24
    assert not [path for path in asked if path.endswith(".jpg")]
    assert left["requests"]["value"] == left["json_requests"]["value"] == 0


def test_what_a_plan_read_is_not_kept(bucket, tmp_path):
    plan(tmp_path, bucket, "--sample", "5")
    assert {path.name for path in (tmp_path / "work").iterdir()} == {"inventory", ".lock"}


def test_the_same_seed_gives_the_same_plan_and_another_seed_another(bucket, tmp_path):
    words = ("--sample", "6", "--seed")
    first, again, other = (plan(tmp_path, bucket, *words, seed) for seed in ("1", "1", "2"))
    for said in (first, again, other):
        for name in ("hours", "requests_per_second"):
            said.pop(name)
    assert first == again
    assert first["sampled"] != other["sampled"] or first["xml_bytes"] != other["xml_bytes"]


def test_the_bounds_of_a_part_hold_the_whole(bucket, tmp_path):
    whole = plan(tmp_path, bucket, "--sample", "24")
    part = plan(tmp_path, bucket, "--sample", "12")
    assert part["requests"]["low"] < part["requests"]["high"]
    assert part["requests"]["low"] <= whole["requests"]["value"] <= part["requests"]["high"]
    assert "articles of the inventory" in in_words(part)


def test_selection_options_are_obeyed_and_others_refused(bucket, tmp_path):
    assert plan(tmp_path, bucket, "--limit", "3")["articles"] == 3
    assert plan(tmp_path, bucket, "-p", "screen.min_score=0")["sampled"]["candidates"] > 12
    rocov2("plan", "--source", bucket, *places(tmp_path), code=2)


def test_the_mean_of_the_estimates_of_all_samples_is_the_total():
    values = [0, 0, 0, 1, 2, 2, 7, 30]
    found = [total(some, len(values)).value for some in combinations(values, 3)]
    assert mean(found) == pytest.approx(sum(values))


@pytest.mark.parametrize("size", [30, 60])
def test_about_95_of_100_intervals_hold_the_total(size):
    import numpy as np

    random = np.random.default_rng(5)
    values = random.gamma(2.0, 50.0, 400)
    bounds = [total(random.choice(values, size, replace=False).tolist(), 400) for _ in range(400)]
    held = mean(float(found.low <= values.sum() <= found.high) for found in bounds)
    assert 0.91 <= held <= 0.98


@pytest.mark.parametrize("values", [[], [3.0], [3.0, 4.0]])
def test_a_population_that_was_seen_whole_is_exact(values):
    found = total(values, len(values))
    assert found.low == found.value == found.high == sum(values)
