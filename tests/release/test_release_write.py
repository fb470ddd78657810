"""Writing: the published layout, the same bytes each time, and nothing of a failed release."""

import csv
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from release_rows import (
    PROVENANCE,
    SETTINGS,
    article,
    drops,
    made_tables,
    picture_of,
    release,
    sample,
    store_picture,
    synthetic,
)

from rocov2.errors import CheckError, UsageError
from rocov2.release.assemble import ReleaseTables
from rocov2.release.files import link_or_copy, write_parquet
from rocov2.release.previous import previous_splits
from rocov2.release.rows import DROPS_SCHEMA, SPLITS
from rocov2.release.verify import verify_release
from rocov2.release.write import is_current

Made = tuple[ReleaseTables, Callable[[str], Path]]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return synthetic(80, tmp_path / "store")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_layout_is_the_published_one(tmp_path: Path, made: Made) -> None:
    release(tmp_path / "release", *made)
    published = {f"{s}_{kind}.csv" for s in SPLITS for kind in ("captions", "concepts", "concepts_manual")}
    more = {
        "samples.parquet",
        "drops.parquet",
        "manifest.json",
        "SHA256SUMS",
        "README.md",
        "splits.csv",
        "tombstones.csv",
    }
    found = {path.name for path in (tmp_path / "release").iterdir()}
    assert found == {*published, *more, *SPLITS, "cui_mapping.csv", "license_information.csv"}


@pytest.mark.parametrize("split", SPLITS)
def test_csv_files_and_images_agree_with_the_table(tmp_path: Path, made: Made, split: str) -> None:
    folder = release(tmp_path / "release", *made).folder
    rows = [r for r in pq.read_table(folder / "samples.parquet").to_pylist() if r["split"] == split]
    assert rows_of(folder / f"{split}_captions.csv") == [{"ID": r["sample_id"], "Caption": r["caption"]} for r in rows]
    for column, name in (("cuis", "concepts"), ("cuis_manual", "concepts_manual")):
        assert rows_of(folder / f"{split}_{name}.csv") == [
            {"ID": r["sample_id"], "CUIs": ";".join(r[column])} for r in rows
        ]
    assert {p.name for p in (folder / split).iterdir()} == {f"{r['sample_id']}.jpg" for r in rows}


def test_images_are_the_stores_bytes_by_hard_link(tmp_path: Path, made: Made) -> None:
    folder = release(tmp_path / "release", *made).folder
    for row in pq.read_table(folder / "samples.parquet").to_pylist():
        assert hashlib.md5((folder / row["file"]).read_bytes()).hexdigest() == row["md5"]
        assert (folder / row["file"]).samefile(made[1](row["md5"]))


def test_where_no_link_can_be_made_the_image_is_copied(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    shared = Path("/dev/shm")  # noqa: S108 - a second file system
    if not shared.is_dir() or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    target = shared / f"rocov2-{os.getpid()}"
    try:
        link_or_copy(tmp_path / "a", target)
        assert target.read_bytes() == b"x"
    finally:
        target.unlink()


def test_every_licence_row_has_credit_and_link(tmp_path: Path, made: Made) -> None:
    rows = rows_of(release(tmp_path / "release", *made).folder / "license_information.csv")
    assert list(rows[0]) == ["ID", "PMCID", "Attribution", "Link"]
    assert rows[0]["Attribution"].endswith(" Doe et al. (2000)")
    assert rows[0]["Link"] == "https://doi.org/10.1234/made.1000000"


def test_sha256sum_accepts_the_release(tmp_path: Path, made: Made) -> None:
    folder = release(tmp_path / "release", *made).folder
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"")


def test_the_same_input_gives_the_same_bytes_with_and_without_a_last_release(tmp_path: Path, made: Made) -> None:
    first = bytes_of(release(tmp_path / "one", *made).folder)
    assert bytes_of(release(tmp_path / "one", *made).folder) == first
    assert bytes_of(release(tmp_path / "two", *made).folder) == first


def test_locale_time_zone_and_hash_seed_do_not_enter_the_bytes(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; sys.path[:0] = sys.argv[2:]\n"
        "from release_rows import synthetic, release\n"
        "d = Path(sys.argv[1]); release(d / 'release', *synthetic(30, d / 'store'))"
    )
    roots = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    found = []
    for name, locale, zone, seed in (("a", "C", "UTC", "0"), ("b", "C.UTF-8", "Asia/Tokyo", "77")):
        (tmp_path / name).mkdir()
        environment = {**os.environ, "LC_ALL": locale, "TZ": zone, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", script, str(tmp_path / name), *roots], env=environment, check=True)
        found.append(bytes_of(tmp_path / name / "release"))
    assert found[0] == found[1]


def test_row_groups_do_not_depend_on_how_the_drops_were_cut(tmp_path: Path) -> None:
    whole = pa.concat_tables(drops(20_000))
    write_parquet(tmp_path / "a", DROPS_SCHEMA, [whole])
    write_parquet(tmp_path / "b", DROPS_SCHEMA, [whole.slice(start, 777) for start in range(0, whole.num_rows, 777)])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert pq.ParquetFile(tmp_path / "a").num_row_groups == 3


def test_the_manifest_tells_ingredients_counts_funnel_and_files(tmp_path: Path, made: Made) -> None:
    folder = release(tmp_path / "release", *made).folder
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["provenance"] == PROVENANCE
    assert manifest["snapshot_on"] == "2026-09-01"
    assert manifest["counts"]["samples"] == 80
    assert manifest["funnel"][0] == {"stage": "crawl", "kept": 10, "dropped": {"retracted": 3}}
    sums = {n: d["sha256"] for n, d in manifest["files"].items()}
    assert sums == {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in sums}
    assert {"samples.parquet", "README.md", "train_captions.csv"} <= sums.keys()


def test_a_release_knows_whether_it_is_current(tmp_path: Path, made: Made) -> None:
    folder = tmp_path / "release"
    assert not is_current(folder, SETTINGS, PROVENANCE)
    release(folder, *made)
    assert is_current(folder, SETTINGS, PROVENANCE)
    assert not is_current(folder, replace(SETTINGS, pinned={"PMC1": "test"}), PROVENANCE)
    assert not is_current(folder, SETTINGS, {**PROVENANCE, "inventory": "2026-09-02T01-00Z"})


def test_one_article_makes_a_valid_release_that_says_so(tmp_path: Path) -> None:
    made = release(tmp_path / "release", *synthetic(1, tmp_path / "store"))
    assert made.counts["samples"] == 1
    assert any("single article" in note for note in made.notes)
    assert sum("is empty" in note for note in made.notes) == 2
    assert "The split test is empty." in (made.folder / "README.md").read_text()
    assert (made.folder / "test").is_dir()
    assert rows_of(made.folder / "test_captions.csv") == []


def test_an_empty_release_is_only_made_when_it_is_asked_for(tmp_path: Path) -> None:
    tables, store = synthetic(0, tmp_path / "store")
    with pytest.raises(CheckError, match="TOO_FEW"):
        release(tmp_path / "release", tables, store)
    made = release(tmp_path / "release", tables, store, settings=replace(SETTINGS, minimums={}))
    assert made.counts["samples"] == 0
    assert verify_release(made.folder) == []


def test_captions_that_start_a_formula_are_kept_and_pointed_out(tmp_path: Path) -> None:
    captions = {"PMC7.1/f1": "-weighted image", "PMC7.1/f2": '=HYPERLINK("x")', "PMC7.1/f3": 'a, "b"'}
    rng = random.Random(0)
    samples = [sample(f, store_picture(tmp_path, picture_of(f)), rng, caption=text) for f, text in captions.items()]
    made = release(tmp_path / "release", made_tables([article(7)], samples, []), lambda md5: tmp_path / md5[:2] / md5)
    split = next(s for s in SPLITS if made.counts[s])
    assert [r["Caption"] for r in rows_of(made.folder / f"{split}_captions.csv")] == list(captions.values())
    assert any(note.startswith("2 captions start with =") for note in made.notes)


def test_a_failed_check_leaves_the_last_release_and_nothing_beside_it(tmp_path: Path, made: Made) -> None:
    folder = release(tmp_path / "home" / "release", *made).folder
    before = bytes_of(folder)
    with pytest.raises(CheckError, match="LICENSE_NOT_ALLOWED"):
        release(folder, *made, settings=replace(SETTINGS, licenses=frozenset(("CC0",))))
    assert bytes_of(folder) == before
    assert [p.name for p in folder.parent.iterdir()] == ["release"]


@pytest.mark.parametrize("damage", ["absent", "damaged"])
def test_an_image_that_the_store_lost_stops_the_release_and_is_named(tmp_path: Path, made: Made, damage: str) -> None:
    tables, store = made
    lost = store(tables.images["md5"][5].as_py())
    lost.unlink()
    if damage == "damaged":
        lost.write_bytes(b"something else")
    with pytest.raises(CheckError, match=rf"MISSING_IMAGE(.|\n)*{lost.name}\) is {damage}"):
        release(tmp_path / "release", tables, store)
    assert not (tmp_path / "release").exists()


def test_a_folder_that_is_no_release_is_not_replaced(tmp_path: Path, made: Made) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter").write_text("one")
    with pytest.raises(UsageError, match="not a release"):
        release(tmp_path / "thesis", *made)
    assert (tmp_path / "thesis" / "chapter").read_text() == "one"


def test_splits_and_ids_survive_growth_and_the_return_of_an_article(tmp_path: Path) -> None:
    small, big = synthetic(40, tmp_path / "store"), synthetic(300, tmp_path / "store")
    salted = replace(SETTINGS, salt="another")
    folder = release(tmp_path / "release", *small).folder
    first = previous_splits(folder)
    shrunk = replace(small[0], captions=small[0].captions.slice(20))
    release(folder, shrunk, small[1], settings=salted)
    release(folder, *big, settings=salted)
    grown = previous_splits(folder)
    assert first.items() <= grown.items()
    assert len(grown) > 2 * len(first)


def test_pinned_articles_stand_where_they_are_pinned(tmp_path: Path, made: Made) -> None:
    pinned = dict.fromkeys(made[0].articles["pmcid"].to_pylist(), "valid")
    assert release(tmp_path / "release", *made, settings=replace(SETTINGS, pinned=pinned)).counts["valid"] == 80


@pytest.mark.parametrize("file", ["samples.parquet", "splits.csv"])
@pytest.mark.parametrize("content", [b"", b"garbage\n1,2,3\n", b"PMCID,Split\nPMC1,dev\n", b"\xff\xfe"])
def test_a_damaged_last_release_is_an_error_and_is_left_alone(
    tmp_path: Path, made: Made, file: str, content: bytes
) -> None:
    folder = release(tmp_path / "release", *made).folder
    (folder / file).write_bytes(content)
    with pytest.raises(CheckError, match="is damaged"):
        release(folder, *made)
    assert (folder / file).read_bytes() == content


def test_a_last_release_that_contradicts_itself_is_an_error(tmp_path: Path, made: Made) -> None:
    folder = release(tmp_path / "release", *made).folder
    text = (folder / "splits.csv").read_text()
    (folder / "splits.csv").write_text(text.replace(",train", ",test"))
    with pytest.raises(CheckError, match="and elsewhere"):
        previous_splits(folder)
