import hashlib
import io
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from rocov2.errors import SourceError
from rocov2.images import inspect as inspection
from rocov2.images.fetch import REASONS, TRANSIENT, ImageLimits, ImageRequest, fetch_images
from rocov2.images.inspect import Refused, inspect
from rocov2.images.store import Store
from rocov2.net import NetSettings, open_source
from rocov2.tables import Drop, Image
from tests.fakepmc import Bucket, Fault, jpeg, serve

QUICK = NetSettings(connections=4, backoff_s=0.005, timeout_s=0.5, attempts=3)
LIMITS = ImageLimits(max_bytes=2_000_000, max_pixels=1_000_000)


@pytest.fixture
def bucket(tmp_path):
    return Bucket(tmp_path / "bucket")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def request(bucket, key, body, md5=None):
    """Put an object and ask for it."""
    actual = bucket.put(key, body)
    return ImageRequest(f"{key.split('/')[0]}/{key.split('/')[1]}", key, actual if md5 is None else md5)


def run(server, store, requests, heal=None):
    source = open_source(server.url, settings=QUICK)
    try:
        return list(fetch_images(requests, source, store, LIMITS, heal))
    finally:
        source.close()


def picture(image_format, mode="RGB", size=(40, 30), **options):
    file = io.BytesIO()
    Pillow.effect_noise(size, 40).convert(mode).save(file, image_format, **options)
    return file.getvalue()


def test_an_image_is_verified_described_and_kept(bucket, store):
    body = jpeg(1, (64, 48))
    wanted = request(bucket, "PMC5.2/fig1.jpg", body)
    with serve(bucket.root) as server:
        (row,) = run(server, store, [wanted])
    assert row == Image(
        figure_id="PMC5.2/fig1.jpg",
        article_id="PMC5.2",
        source_key="PMC5.2/fig1.jpg",
        md5=hashlib.md5(body).hexdigest(),
        sha256=hashlib.sha256(body).hexdigest(),
        width_px=64,
        height_px=48,
        size_bytes=len(body),
        format="jpeg",
        mode="RGB",
        frame_count=1,
    )
    assert store.read(row.md5) == body


def test_rows_come_in_the_order_of_the_requests(bucket, store):
    wanted = [request(bucket, f"PMC1.1/f{number}.jpg", jpeg(number)) for number in range(150)]
    with serve(bucket.root, [Fault("status", share=0.2), Fault("reset", share=0.05)]) as server:
        rows = run(server, store, wanted)
    assert [row.figure_id if isinstance(row, Image) else row.key for row in rows] == [one.figure_id for one in wanted]


def test_what_the_store_holds_is_not_fetched_again(bucket, store):
    wanted = [request(bucket, f"PMC1.1/f{number}.jpg", jpeg(number)) for number in range(5)]
    wanted.append(request(bucket, "PMC1.1/no-md5.jpg", jpeg(9), md5=""))
    wanted.append(request(bucket, "PMC1.1/no-image.jpg", b"words, not pixels"))
    with serve(bucket.root) as server:
        first = run(server, store, wanted)
        assert run(server, store, wanted) == first
    assert len(server.log) == 7


def test_a_damaged_file_of_the_store_is_fetched_again(bucket, store):
    wanted = [request(bucket, "PMC1.1/f.jpg", jpeg())]
    with serve(bucket.root) as server:
        (row,) = run(server, store, wanted)
        store.path(row.md5).chmod(0o644)
        store.path(row.md5).write_bytes(b"rot")
        assert run(server, store, wanted) == [row]
        assert store.read(row.md5) == jpeg()
    assert len(server.log) == 2


def test_the_same_bytes_under_many_figures_are_fetched_once(bucket, store):
    wanted = [request(bucket, f"PMC{number}.1/f.jpg", jpeg()) for number in range(1, 40)]
    with serve(bucket.root, latency_s=0.02) as server:
        rows = run(server, store, wanted)
    assert len(rows) == 39
    assert len(server.log) == 1


def test_a_figure_whose_twin_is_gone_is_fetched_by_its_own_key(bucket, store):
    gone, here = (request(bucket, f"PMC{number}.1/f.jpg", jpeg()) for number in (1, 2))
    bucket.delete(gone.source_key)
    with serve(bucket.root, latency_s=0.02) as server:
        first, second = run(server, store, [gone, here])
    assert first == Drop("PMC1.1/f.jpg", "missing", "PMC1.1/f.jpg: no such object")
    assert second.source_key == "PMC2.1/f.jpg"


def huge_header():
    """A PNG whose header claims 60,000 x 60,000 pixels."""
    body = picture("PNG", "L")
    import zlib

    head = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + body[24:29]
    return body[:12] + head + zlib.crc32(head).to_bytes(4, "big") + body[33:]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>not an image</html>", "not_an_image"),
        (b"", "not_an_image"),
        (b"%PDF-1.7 " * 99, "not_an_image"),
        (jpeg(1, (640, 480))[:2000], "truncated_image"),
        (picture("PNG", size=(99, 99))[:4000], "truncated_image"),
        (picture("PNG", "L", size=(1100, 1000)), "too_many_pixels"),
        (huge_header(), "too_many_pixels"),
        (bytes(2_000_001), "too_large"),
    ],
    ids=["html", "empty", "pdf", "cut jpeg", "cut png", "large", "bomb", "bytes"],
)
def test_a_bad_image_costs_itself_only(bucket, store, body, reason):
    wanted = [request(bucket, "PMC1.1/bad.jpg", body), request(bucket, "PMC1.1/good.jpg", jpeg())]
    with serve(bucket.root) as server:
        bad, good = run(server, store, wanted)
    assert (bad.key, bad.reason) == ("PMC1.1/bad.jpg", reason)
    assert isinstance(good, Image)


def test_more_pixels_than_pillow_would_open_are_told_with_our_limit():
    with pytest.raises(Refused, match=r"\d{9,} pixels, over the limit of 1000'"):
        inspect(huge_header(), 1000)


def test_an_odd_tag_is_no_news_for_the_terminal(recwarn):
    body = picture("TIFF", "L", size=(20, 10))
    rows_a_strip = struct.pack("<HHI", 278, 4, 1)
    assert body.count(rows_a_strip) == 1
    inspect(body.replace(rows_a_strip, struct.pack("<HHI", 278, 4, 10**6)), 10**6)
    assert not recwarn.list


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize(
    "words", [{}, {"progressive": True}, {"exif": b"Exif\0\0" + bytes(99)}, {"comment": b"\xff\xc0"}]
)
def test_a_jpeg_read_without_pillow_looks_as_pillow_says(mode, words, monkeypatch):
    file = io.BytesIO()
    Pillow.new(mode, (33, 21)).save(file, "JPEG", **words)
    quick = inspection._plain_jpeg(file.getvalue())
    monkeypatch.setattr(inspection, "_plain_jpeg", lambda body: None)
    assert quick == inspect(file.getvalue(), 999) == inspection.Looks("jpeg", 33, 21, mode, 1)


@given(st.binary(max_size=60), st.integers(0, 400))
def test_a_jpeg_with_a_broken_header_is_left_to_pillow_or_looks_the_same(noise, at):
    body = jpeg(1)[:at] + noise + jpeg(1)[at + len(noise) :]
    quick = inspection._plain_jpeg(body)
    assert quick is None or (quick.format, quick.frame_count) == ("jpeg", 1)


def test_a_fault_that_stays_is_a_transient_drop_and_the_next_run_repairs_it(bucket, store):
    wanted = [request(bucket, f"PMC1.1/f{number}.jpg", jpeg(number)) for number in range(6)]
    faults = [
        Fault(kind, match=f"f{n}") for n, kind in enumerate(["status", "truncate", "error_body", "reset", "html"])
    ]
    with serve(bucket.root, faults) as server:
        rows = run(server, store, wanted)
    assert [row.reason for row in rows[:5]] == ["fetch_failed"] * 5
    assert {"fetch_failed"} == TRANSIENT <= set(REASONS)
    assert len([path for path in store.root.rglob("*") if path.is_file()]) == 1
    with serve(bucket.root) as server:
        assert all(isinstance(row, Image) for row in run(server, store, wanted))
    assert len(server.log) == 5


def test_an_image_that_was_changed_is_healed_by_its_json_once(bucket, store):
    wanted = request(bucket, "PMC1.1/f.jpg", jpeg(2), md5="0" * 32)
    actual = hashlib.md5(jpeg(2)).hexdigest()
    asked = []
    with serve(bucket.root) as server:
        (row,) = run(server, store, [wanted], lambda key: asked.append(key) or actual)
        assert row.md5 == actual
        assert run(server, store, [wanted], None) == [row]
    assert asked == ["PMC1.1/f.jpg"]
    assert len(server.log) == 2


@pytest.mark.parametrize("heal", [None, lambda key: None, lambda key: "0" * 32, lambda key: "1" * 32])
def test_an_image_that_still_disagrees_is_quarantined_and_its_bytes_are_not_kept(bucket, store, heal):
    wanted = request(bucket, "PMC1.1/f.jpg", jpeg(2), md5="0" * 32)
    with serve(bucket.root) as server:
        (drop,) = run(server, store, [wanted], heal)
    assert drop.reason == "quarantine"
    assert hashlib.md5(jpeg(2)).hexdigest() in drop.detail
    assert not store.root.exists()


def test_a_key_that_climbs_is_a_drop(bucket, store):
    with serve(bucket.root) as server:
        (drop,) = run(server, store, [ImageRequest("PMC1.1/f", "PMC1.1/../../x", "")])
    assert drop.reason == "bad_key"
    assert server.log == []


def test_a_refusal_stops_the_run_and_leaves_no_thread(bucket, store):
    wanted = [request(bucket, f"PMC1.1/f{number}.jpg", jpeg(number)) for number in range(50)]
    with serve(bucket.root, [Fault("status", status=403, match="f7")]) as server, pytest.raises(SourceError):
        run(server, store, wanted)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fetch")]


def test_requests_are_taken_as_they_are_needed(bucket, store):
    taken = []

    def requests():
        for number in range(1000):
            taken.append(number)
            yield request(bucket, f"PMC1.1/f{number}.jpg", jpeg(number))

    with serve(bucket.root) as server:
        rows = fetch_images(requests(), open_source(server.url, settings=QUICK), store, LIMITS)
        next(rows)
        rows.close()
    assert len(taken) <= 16 * QUICK.connections


@pytest.mark.parametrize(
    ("body", "looks"),
    [
        (picture("JPEG", "L"), ("jpeg", "L", 1)),
        (picture("JPEG", "CMYK"), ("jpeg", "CMYK", 1)),
        (picture("MPO", save_all=True, append_images=[Pillow.new("RGB", (40, 30))]), ("jpeg", "RGB", 1)),
        (picture("PNG", "RGBA"), ("png", "RGBA", 1)),
        (picture("PNG", "I;16"), ("png", "I;16", 1)),
        (picture("WEBP"), ("webp", "RGB", 1)),
        (picture("GIF", "L"), ("gif", "L", 1)),
        (
            picture("GIF", "L", save_all=True, append_images=[Pillow.new("L", (40, 30), 9), Pillow.new("L", (40, 30))]),
            ("gif", "L", 3),
        ),
        (picture("TIFF", "L"), ("tiff", "L", 1)),
        (picture("TIFF", "I;16"), ("tiff", "I;16", 1)),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_the_magic_bytes_tell_the_format(body, looks):
    seen = inspect(body, 1 << 20)
    assert (seen.width_px, seen.height_px) == (40, 30)
    assert (seen.format, seen.frame_count) == (looks[0], looks[2])
    assert seen.mode == looks[1] or looks[0] == "gif"


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "GIF", "WEBP", "TIFF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_cut_file_is_never_taken_for_an_image(image_format, share):
    body = picture(image_format, size=(300, 200))
    with pytest.raises(Refused) as raised:
        inspect(body[: int(len(body) * share)], 1 << 20)
    assert raised.value.reason in ("truncated_image", "not_an_image")


@given(st.binary(max_size=200), st.sampled_from(["", "JPEG", "PNG", "GIF", "WEBP", "TIFF"]), st.integers(0, 400))
def test_any_bytes_are_looks_or_a_reason(body, image_format, place):
    if image_format:
        whole = picture(image_format)
        body = whole[:place] + body + whole[place + len(body) :]
    try:
        seen = inspect(body, 1 << 20)
    except Refused as refused:
        seen = refused.reason
    assert seen in REASONS or seen.width_px > 0
