"""The bundled sample bucket keeps its own promises, and the script that writes it writes the same bytes again."""

import csv
import gzip
import hashlib
import io
import json
import re
import sys
from collections import Counter
from pathlib import Path

import PIL
import pytest
from lxml import etree
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "data" / "sample"
REPORTS = SAMPLE / "inventory-reports" / "pmc-oa-opendata" / "metadata"
XML_BROKEN = {"PMC99000032.1", "PMC99000033.1"}
RECORD_BROKEN = {"PMC99000029.1", "PMC99010008.1"}
MD5_WRONG = {"PMC99000034.1/PMC99000034.1.xml", "PMC99000036.1/abl-36-2.jpg"}
FILES_GONE = {"PMC99000036.1/abl-36-1.jpg"}
IMAGES_BROKEN = {"abl-36-3.jpg", "abl-36-5.jpg"}
REDRAWN = ("PMC99000001.1", "PMC99000005.1", "PMC99000007.1", "PMC99000037.1", "PMC99010004.1")
STAGES = {"crawl", "extract", "screen", "fetch", "filter", "clean", "kept", "replaced"}

sys.path.insert(0, str(ROOT / "scripts"))

import make_sample  # noqa: E402
from sample import media  # noqa: E402
from sample.bucket import packed  # noqa: E402


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def records() -> dict[str, dict]:
    return {path.name.removesuffix(".json"): json.loads(path.read_text()) for path in SAMPLE.glob("metadata/*.json")}


def expected() -> list[dict[str, str]]:
    with (SAMPLE / "expected.csv").open(newline="") as lines:
        return list(csv.DictReader(lines))


def stated(record: dict) -> dict[str, str]:
    urls = [record["xml_url"], record["text_url"], *record.get("media_urls", [])]
    return {u.removeprefix("s3://pmc-oa-opendata/").partition("?md5=")[0]: u.partition("?md5=")[2] for u in urls}


def manifest() -> dict:
    return json.loads((REPORTS / "2026-09-01T01-00Z" / "manifest.json").read_text())


def rows() -> list[list[str]]:
    shards = [gzip.decompress((SAMPLE / file["key"]).read_bytes()).decode() for file in manifest()["files"]]
    return [row for shard in shards for row in csv.reader(io.StringIO(shard))]


def figures() -> list[Path]:
    kinds = {".jpg", ".png", ".gif", ".tif", ".webp"}
    return sorted(path for path in SAMPLE.glob("PMC*/*") if path.suffix in kinds)


def test_the_whole_sample_stays_small():
    files = [path for path in SAMPLE.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 6_000_000
    assert max(path.stat().st_size for path in files) < 130_000


def test_only_the_older_inventory_has_a_manifest():
    stamps = sorted(path.name for path in REPORTS.iterdir() if path.name != "data")
    assert stamps == ["2026-09-01T01-00Z", "2026-09-02T01-00Z"]
    assert not (REPORTS / stamps[-1] / "manifest.json").exists()


def test_the_manifest_states_size_and_md5_of_every_shard():
    for file in manifest()["files"]:
        data = (SAMPLE / file["key"]).read_bytes()
        assert (file["size"], file["MD5checksum"]) == (len(data), md5(data))
    assert {path.name for path in (REPORTS / "data").iterdir()} == {Path(f["key"]).name for f in manifest()["files"]}


def test_shards_carry_no_time_stamp_and_quote_every_field():
    for file in manifest()["files"]:
        data = (SAMPLE / file["key"]).read_bytes()
        assert data[4:8] == b"\0\0\0\0"
        assert all(re.fullmatch(r'("[^"]*",){3}"[^"]*"', line) for line in gzip.decompress(data).decode().splitlines())


def test_the_inventory_lists_every_article_json_by_its_md5_and_one_that_is_gone():
    listed = {key: etag for _, key, _, etag in rows()}
    there = {f"metadata/{name}.json": md5((SAMPLE / f"metadata/{name}.json").read_bytes()) for name in records()}
    assert set(listed) - set(there) == {"metadata/PMC99000028.1.json"}
    assert {key: etag for key, etag in listed.items() if key in there} == there


def test_both_copies_of_an_article_json_are_the_same():
    for name in records():
        assert (SAMPLE / f"metadata/{name}.json").read_bytes() == (SAMPLE / name / f"{name}.json").read_bytes()


def test_stated_md5s_hold_but_for_those_wrong_on_purpose():
    wrong, gone = set(), set()
    for name, record in records().items():
        if name in RECORD_BROKEN:
            continue
        for key, digest in stated(record).items():
            path = SAMPLE / key
            if not path.exists():
                gone.add(key)
            elif md5(path.read_bytes()) != digest:
                wrong.add(key)
    assert (wrong, gone) == (MD5_WRONG, FILES_GONE)


def test_every_xml_parses_but_for_those_broken_on_purpose():
    broken = set()
    for path in SAMPLE.glob("PMC*/*.xml"):
        try:
            root = etree.fromstring(path.read_bytes(), etree.XMLParser(no_network=True, load_dtd=False))
        except etree.XMLSyntaxError:
            broken.add(path.parent.name)
        else:
            assert root.tag == "article"
    assert broken == XML_BROKEN


def test_every_xref_to_a_figure_finds_its_figure():
    for path in SAMPLE.glob("PMC*/*.xml"):
        if path.parent.name in XML_BROKEN:
            continue
        root = etree.fromstring(path.read_bytes())
        ids = {node.get("id") for node in root.iter("fig", "fig-group")}
        cited = {rid for node in root.iter("xref") if node.get("ref-type") == "fig" for rid in node.get("rid").split()}
        assert cited <= ids, path.name


def test_articles_differ_in_dialect_and_licence():
    text = {path.parent.name: path.read_bytes() for path in SAMPLE.glob("PMC*/*.xml")}
    versions = Counter(
        match[1] for data in text.values() if (match := re.search(rb"DTD (?:with MathML3 )?v([\d.]+) ", data))
    )
    assert set(versions) == {b"2.3", b"3.0", b"1.0", b"1.1", b"1.2", b"1.3", b"1.4"}
    together = b"".join(text.values())
    for word in (b"floats-wrap", b"floats-group", b"fig-group", b"alternatives", b"trans-abstract", b"sub-article",
                 b"boxed-text", b"app-group", b"tex-math", b"mml:math", b"license_ref", b"processing-meta",
                 b"supplementary-material", b"table-wrap", b"graphical"):  # fmt: skip
        assert b"<" + word in together or b'"' + word in together or b":" + word in together, word


def test_every_image_opens_but_for_those_broken_on_purpose():
    broken = set()
    for path in figures():
        try:
            with Image.open(path) as image:
                image.load()
        except OSError:
            broken.add(path.name)
    assert broken == IMAGES_BROKEN


def test_the_kinds_of_image_files_are_all_there():
    kinds, modes = set(), set()
    for path in figures():
        if path.name not in IMAGES_BROKEN:
            with Image.open(path) as image:
                kinds.add(image.format)
                modes.add(image.mode)
    assert kinds == {"JPEG", "PNG", "WEBP", "GIF", "TIFF"}
    assert {"L", "RGB", "CMYK"} <= modes
    assert any(mode.startswith("I") for mode in modes)


def test_expectations_name_known_stages_and_every_article():
    assert {stage for row in expected() for stage in row["outcome"].split("/")} == STAGES
    listed = {key.removeprefix("metadata/").removesuffix(".json") for _, key, _, _ in rows()}
    assert {row["key"] for row in expected() if "/" not in row["key"]} == listed
    keys = [row["key"] for row in expected()]
    assert len(keys) == len(set(keys))


def test_every_stage_that_drops_also_keeps():
    outcomes = Counter(row["outcome"] for row in expected() if "/" in row["key"])
    assert outcomes["kept"] >= 40
    assert all(outcomes[stage] >= 2 for stage in ("extract", "screen", "fetch", "filter", "clean"))


def test_the_readme_names_the_origin_of_every_article_and_file():
    text = (SAMPLE / "README.md").read_text()
    for path in figures():
        assert f"`{path.parent.name}/{path.name}`" in text
    assert all(f"**{path.name}**" in text for path in SAMPLE.glob("PMC*"))


@pytest.mark.parametrize("article", REDRAWN)
def test_an_article_is_written_again_byte_for_byte(article: str):
    if PIL.__version__.partition(".")[0] != "13":
        pytest.skip("the committed images were encoded by Pillow 13")
    source = make_sample.load(make_sample.ARTICLES / f"{article}.toml")
    keys = make_sample.article_keys(source, {})
    assert {path.relative_to(SAMPLE).as_posix() for path in (SAMPLE / article).iterdir()} <= set(keys)
    assert [key for key, data in keys.items() if (SAMPLE / key).read_bytes() != data] == []


def test_the_expectations_are_written_again_byte_for_byte():
    sources = [make_sample.load(path) for path in sorted(make_sample.ARTICLES.glob("PMC*.toml"))]
    assert make_sample.expectations(sources) == (SAMPLE / "expected.csv").read_bytes()


def test_the_script_replaces_an_older_sample(tmp_path: Path):
    make_sample.write({"expected.csv": b"", "old/key.txt": b"old"}, tmp_path / "out")
    make_sample.write({"expected.csv": b"", "new/key.txt": b"new"}, tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["expected.csv", "new"]


def test_the_script_leaves_a_folder_alone_that_is_no_sample(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("three years of work")
    with pytest.raises(SystemExit, match="no sample"):
        make_sample.write({"expected.csv": b""}, tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_the_same_seed_draws_the_same_picture_and_another_seed_another():
    recipe = {"draw": "xray.knee", "args": {"seed": 1, "width": 80, "height": 100}}
    other = {"draw": "xray.knee", "args": {"seed": 2, "width": 80, "height": 100}}
    assert media.render(recipe, {}) == media.render(recipe, {})
    assert media.render(recipe, {}) != media.render(other, {})


def test_a_copy_without_changes_has_the_same_bytes_and_one_with_changes_has_not():
    made = {"a.jpg": media.render({"draw": "plots.bars", "args": {"seed": 1}}, {})}
    assert media.render({"draw": "copy", "of": "a.jpg"}, made) == made["a.jpg"]
    assert media.render({"draw": "copy", "of": "a.jpg", "then": [["resize", 0.5]]}, made) != made["a.jpg"]


def test_packed_rows_do_not_depend_on_the_clock():
    row = ("b", "k", "2026-01-01T00:00:00.000Z", "e")
    assert packed([row]) == packed([row])
    assert gzip.decompress(packed([row])) == b'"b","k","2026-01-01T00:00:00.000Z","e"\n'
