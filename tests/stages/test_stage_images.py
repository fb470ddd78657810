"""fetch and score: the stages that read images; what can be tried again and what cannot."""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image as Pillow

from rocov2.net import NetSettings
from rocov2.stages import fetch, score
from rocov2.stages.places import Places, store_at
from rocov2.tables import Candidate, Drop, Image
from tests.conftest import REPO
from tests.fakepmc import Bucket, Fault, jpeg, serve
from tests.stages.rows import drawn, figure, image

QUICK = NetSettings(connections=2, backoff_s=0.005, timeout_s=0.5, attempts=2)
KEY = "PMC1.1/a.jpg"


@pytest.fixture
def bucket(tmp_path):
    made = Bucket(tmp_path / "bucket")
    made.add_article("PMC1", media={"a.jpg": jpeg(1), "b.jpg": jpeg(2)})
    return made


def candidate(name="a.jpg", md5=""):
    return Candidate(f"PMC1.1/{name}", "PMC1.1", f"PMC1.1/{name}", md5, 0.9)


def fetched(bucket, tmp_path, candidates, faults=(), **params):
    with serve(bucket.root, faults) as server:
        places = Places(server.url, tmp_path / "store", QUICK)
        return list(fetch.run(fetch.FetchParams(**params, places=places), iter(candidates)))


def md5(body):
    return hashlib.md5(body).hexdigest()


def test_a_candidate_becomes_an_image_in_the_store(bucket, tmp_path):
    (row,) = fetched(bucket, tmp_path, [candidate(md5=md5(jpeg(1)))])
    assert isinstance(row, Image)
    assert (row.figure_id, row.md5, row.width_px, row.height_px) == (KEY, md5(jpeg(1)), 64, 48)
    assert store_at(Places("", tmp_path / "store")).read(row.md5) == jpeg(1)


@pytest.mark.parametrize(
    ("params", "reason"),
    [({"max_bytes": len(jpeg(1))}, None), ({"max_bytes": len(jpeg(1)) - 1}, "too_large"),
     ({"max_pixels": 64 * 48}, None), ({"max_pixels": 64 * 48 - 1}, "too_many_pixels")],
)  # fmt: skip
def test_the_largest_image_passes_and_one_byte_or_pixel_more_does_not(bucket, tmp_path, params, reason):
    (row,) = fetched(bucket, tmp_path, [candidate(md5=md5(jpeg(1)))], **params)
    assert getattr(row, "reason", None) == reason


def test_an_image_that_was_replaced_with_its_article_json_is_taken_as_it_is_now(bucket, tmp_path):
    bucket.add_article("PMC1", media={"a.jpg": jpeg(9)})
    (row,) = fetched(bucket, tmp_path, [candidate(md5=md5(jpeg(1)))])
    assert row.md5 == md5(jpeg(9))


@pytest.mark.parametrize("said", ["another MD5", "nothing", "no JSON"])
def test_an_image_that_is_not_what_the_article_json_says_is_quarantined(bucket, tmp_path, said):
    bucket.put(KEY, jpeg(9))
    if said == "nothing":
        bucket.write_json("PMC1.1", bucket.read_json("PMC1.1") | {"media_urls": []})
    elif said == "no JSON":
        bucket.delete("metadata/PMC1.1.json")
    (row,) = fetched(bucket, tmp_path, [candidate(md5=md5(jpeg(1)))])
    assert (row.key, row.reason) == (KEY, "quarantine")


def test_only_what_may_pass_is_worth_another_try(bucket, tmp_path):
    faults = [Fault("status", match="b.jpg")]
    gone, failed = fetched(bucket, tmp_path, [candidate("c.jpg"), candidate("b.jpg")], faults)
    assert [(row.key, row.reason) for row in (gone, failed)] == [
        ("PMC1.1/c.jpg", "missing"),
        ("PMC1.1/b.jpg", "fetch_failed"),
    ]
    assert fetch.stage(fetch.FetchParams()).transient == {"fetch_failed"}


def test_one_bad_image_costs_only_itself(bucket, tmp_path):
    bucket.put("PMC1.1/bad.jpg", b"<html>not found</html>")
    rows = fetched(bucket, tmp_path, [candidate("bad.jpg"), candidate()])
    assert [type(row) for row in rows] == [Drop, Image]
    assert rows[0].reason == "not_an_image"


def png(seed):
    file = io.BytesIO()
    Pillow.fromarray(drawn(seed)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def scored(tmp_path):
    """Run `score` over figure id -> bytes; `lost` ones are in no store, `mirror` is what the source still has."""

    def run(bodies, lost=(), mirror=None):
        source = Bucket(tmp_path / "source")
        source.root.mkdir()
        for key, body in (mirror or {}).items():
            source.put(key, body)
        places = Places(str(source.root), tmp_path / "store", QUICK)
        for name, body in bodies.items():
            if name not in lost:
                store_at(places).put(md5(body), body)
        models = REPO / "data" / "models"
        params = score.ScoreParams(models, models / "screen.bin", places)
        images = [image(n, md5=md5(b), size_bytes=len(b), format="png") for n, b in bodies.items()]
        return list(score.run(params, iter(images), iter([figure(name) for name in bodies])))

    return run


def test_scores_are_probabilities_with_the_best_modality_and_the_words_of_the_caption(scored):
    (row,) = scored({"PMC1.1/f1": png(1)})
    shares = [getattr(row, f"{name}_score") for name in ("ct", "mri", "xray", "us", "angio", "pet", "combined")]
    assert row.article_id == "PMC1.1"
    assert row.modality_score == max(shares) == getattr(row, f"{row.modality.lower()}_score")
    assert sum(shares) == pytest.approx(1.0, abs=1e-3)  # each is rounded to four decimals
    assert all(0.0 <= value <= 1.0 for value in (row.radiology_score, row.compound_score, *shares))
    assert row.caption_radiology_score > 0.5
    assert row.fingerprint.startswith(row.phash)
    assert np.reshape(row.panel_boxes, (-1, 4)).shape[1] == 4
    assert row.panel_letters == ""


def test_an_image_that_cannot_be_decoded_is_dropped_and_the_next_one_is_scored(scored):
    whole = png(1)
    rows = scored({"PMC1.1/f1": whole[: len(whole) // 2], "PMC1.1/f2": b"<html>", "PMC1.1/f3": whole})
    assert [row.key for row in rows[:2]] == ["PMC1.1/f1", "PMC1.1/f2"]
    assert rows[0].reason in ("truncated", "undecodable")
    assert rows[1].reason == "unknown_format"
    assert rows[2].figure_id == "PMC1.1/f3"


def test_an_image_that_the_store_lost_is_fetched_again_and_scores_the_same(scored, tmp_path):
    body = png(1)
    (row,) = scored({"PMC1.1/f1": body}, lost=["PMC1.1/f1"], mirror={"PMC1.1/f1.jpg": body})
    assert row.phash
    assert store_at(Places("", tmp_path / "store")).read(md5(body)) == body


@pytest.mark.parametrize("mirror", [{}, {"PMC1.1/f1.jpg": b"something else"}], ids=["gone", "changed"])
def test_an_image_that_is_lost_for_good_is_a_drop_that_may_be_tried_again(scored, mirror):
    (row,) = scored({"PMC1.1/f1": png(1)}, lost=["PMC1.1/f1"], mirror=mirror)
    assert (row.key, row.reason) == ("PMC1.1/f1", "image_lost")
    assert score.stage(score.ScoreParams(REPO, REPO / "screen.bin")).transient == {"image_lost"}
