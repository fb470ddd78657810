"""Assembling: every column from its table, concepts by the published policy, leaks and twins dropped with a reason."""

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from release_rows import article, concepts, made_tables, picture_of, sample, synthetic

from rocov2.errors import CheckError, RocoError
from rocov2.release.assemble import Assembled, ReleaseTables, assemble
from rocov2.release.placing import SplitPolicy
from rocov2.release.rows import SAMPLES_SCHEMA


def made(
    figures: dict[str, dict[str, Any]], labels: list[dict[str, Any]] | None = None, **articles: Any
) -> ReleaseTables:
    rng = random.Random(1)
    samples = [sample(figure, picture_of(figure), rng, **changes) for figure, changes in figures.items()]
    numbers = {s["article_id"]: int(s["article_id"][3:].partition(".")[0]) for s in samples}
    versions = {a: {"article_id": a, "version": int(a.rpartition(".")[2])} for a in numbers}
    rows = [article(number, **{**versions[a], **articles}) for a, number in numbers.items()]
    return made_tables(rows, samples, labels or [])


def label(figure_id: str, cui: str, kind: str = "concept", origin: str = "linker", name: str = "") -> dict[str, Any]:
    return {"figure_id": figure_id, "cui": cui, "name": name or cui, "kind": kind, "origin": origin}


def reasons(result: Assembled) -> dict[str, tuple[str, str]]:
    return {row["key"]: (row["reason"], row["detail"]) for row in result.drops.to_pylist()}


def row_of(result: Assembled, figure_id: str) -> dict[str, Any]:
    return next(row for row in result.samples.to_pylist() if row["figure_id"] == figure_id)


def test_every_column_is_filled_and_rows_are_sorted_by_id(tmp_path: Path) -> None:
    tables, _ = synthetic(60, tmp_path)
    result = assemble(tables, SplitPolicy())
    assert result.samples.schema.equals(SAMPLES_SCHEMA, check_metadata=True)
    ids = result.samples["sample_id"].to_pylist()
    assert ids == sorted(ids)
    assert ids == result.licenses["ID"].to_pylist()
    assert all(result.samples[c.name].null_count == 0 for c in SAMPLES_SCHEMA)


def test_the_order_of_the_input_rows_does_not_matter(tmp_path: Path) -> None:
    tables, _ = synthetic(60, tmp_path)
    order = list(range(60))
    random.Random(3).shuffle(order)
    shuffled = ReleaseTables(
        **{name: getattr(tables, name) for name in ("articles", "concepts")},
        **{
            name: getattr(tables, name).take(order)
            for name in ("figures", "candidates", "images", "scores", "samples", "captions")
        },
    )
    assert assemble(shuffled, SplitPolicy()).samples.equals(assemble(tables, SplitPolicy()).samples)


def test_manual_concepts_come_first_in_their_order_and_none_comes_twice() -> None:
    figure = "PMC1.1/f1"
    labels = [
        label(figure, "C0000002"),
        label(figure, "C1999039", "direction", "classifier"),
        label(figure, "C0817096"),
        label(figure, "C0817096", "anatomy", "override"),
        label(figure, "C1306645", "modality", "classifier"),
        label(figure, "C0000001"),
        label(figure, "C0000002"),
    ]
    row = row_of(assemble(made({figure: {}}, labels), SplitPolicy()), figure)
    assert row["cuis"] == ["C1306645", "C0817096", "C1999039", "C0000002", "C0000001"]
    assert row["cuis_manual"] == ["C1306645", "C0817096", "C1999039"]
    assert row["cui_origins"] == ["classifier", "override", "classifier", "linker", "linker"]


def test_a_sample_without_concepts_has_empty_lists() -> None:
    row = row_of(assemble(made({"PMC1.1/f1": {}}), SplitPolicy()), "PMC1.1/f1")
    assert (row["cuis"], row["cuis_manual"], row["cui_origins"]) == ([], [], [])


def test_the_modality_is_the_curators_before_the_models() -> None:
    labels = [label("PMC1.1/f1", "C0041618", "modality", "override")]
    tables = made({"PMC1.1/f1": {"modality": "CT", "us_score": 0.25}, "PMC1.1/f2": {"modality": "COMBINED"}}, labels)
    result = assemble(tables, SplitPolicy())
    assert (row_of(result, "PMC1.1/f1")["modality"], row_of(result, "PMC1.1/f1")["modality_score"]) == ("US", 0.25)
    assert row_of(result, "PMC1.1/f2")["modality"] == "COMBINED"


def test_names_of_concepts_are_sorted_and_of_two_names_the_first_is_taken() -> None:
    labels = [
        label("PMC1.1/f1", "C0000002", name="b"),
        label("PMC1.1/f2", "C0000002", name="a"),
        label("PMC1.1/f2", "C0000001"),
    ]
    names = assemble(made({"PMC1.1/f1": {}, "PMC1.1/f2": {}}, labels), SplitPolicy()).names
    assert names.to_pydict() == {"CUI": ["C0000001", "C0000002"], "Canonical name": ["C0000001", "a"]}


def test_an_unknown_kind_of_concept_is_an_error() -> None:
    with pytest.raises(RocoError, match="unknown kind 'laterality'"):
        assemble(made({"PMC1.1/f1": {}}, [label("PMC1.1/f1", "C0000001", "laterality")]), SplitPolicy())


def test_a_sample_whose_caption_was_dropped_is_not_released() -> None:
    tables = made({"PMC1.1/f1": {}, "PMC1.1/f2": {}})
    cut = ReleaseTables(
        **{n: getattr(tables, n) for n in tables.__slots__ if n != "captions"}, captions=tables.captions.slice(1)
    )
    assert assemble(cut, SplitPolicy()).samples["figure_id"].to_pylist() == ["PMC1.1/f2"]


@pytest.mark.parametrize("absent", ["articles", "figures", "candidates", "images", "scores"])
def test_a_sample_without_its_row_in_another_table_stops_the_release(absent: str) -> None:
    tables = made({"PMC1.1/f1": {}})
    others = {n: getattr(tables, n) for n in tables.__slots__ if n != absent}
    with pytest.raises(CheckError, match=rf"INCOMPLETE_ROW(.|\n)*PMC1\.1/f1 in {absent}"):
        assemble(ReleaseTables(**others, **{absent: getattr(tables, absent).slice(1)}), SplitPolicy())


def test_of_figures_whose_ids_differ_in_case_alone_one_is_kept() -> None:
    result = assemble(made({"PMC1.1/f1": {}, "PMC1.1/F1": {}, "PMC1.1/f2": {}}), SplitPolicy())
    assert result.samples["figure_id"].to_pylist() == ["PMC1.1/F1", "PMC1.1/f2"]
    assert reasons(result) == {"PMC1.1/f1": ("same_id", "PMC1.1/F1 has the same id")}


def test_of_two_versions_of_an_article_the_newer_is_released() -> None:
    result = assemble(made({"PMC1.1/f1": {}, "PMC1.2/f1": {}}), SplitPolicy())
    assert result.samples["article_id"].to_pylist() == ["PMC1.2"]
    assert reasons(result) == {"PMC1.1/f1": ("same_id", "PMC1.2/f1 has the same id")}


def test_a_look_alike_of_a_more_protected_split_is_dropped_and_its_article_stays() -> None:
    twin = {"group_id": "PMC1", "cluster_id": "PMC1.1/f1", "cluster_size": 2}
    figures = {"PMC1.1/f1": twin, "PMC1.1/f2": {}, "PMC2.1/f1": twin}
    previous = {"PMC1": "train", "PMC2": "test"}
    result = assemble(made(figures), SplitPolicy(previous=previous))
    assert reasons(result) == {"PMC1.1/f1": ("split_conflict", "train; its group has PMC2 in test")}
    assert dict(zip(*(result.samples[c].to_pylist() for c in ("figure_id", "split")), strict=True)) == {
        "PMC1.1/f2": "train",
        "PMC2.1/f1": "test",
    }


@pytest.mark.parametrize("before", ["test", "valid", "train"])
def test_what_takes_the_place_of_a_dropped_image_joins_its_split(before: str) -> None:
    figures = {f"PMC{number}.1/f1": {} for number in range(1, 30)}
    dropped = {"PMC99": before}
    result = assemble(made(figures), SplitPolicy(previous=dropped, ties=[("PMC99", f"PMC{n}") for n in range(1, 30)]))
    assert set(result.samples["split"].to_pylist()) == {before}
    assert result.samples.num_rows == 29


def test_control_characters_become_spaces_in_what_people_read() -> None:
    tables = made({"PMC1.1/f1": {"caption": "one\r\ntwo\x1b[31m \u2028three\x00", "label": "\x07Fig"}}, title="A\x9bB")
    row = row_of(assemble(tables, SplitPolicy()), "PMC1.1/f1")
    assert (row["caption"], row["label"], row["title"]) == ("one two [31m  three", "Fig", "A B")
    assert "\x9b" not in row["attribution"]


def test_made_up_concepts_and_real_tables_agree(tmp_path: Path) -> None:
    tables, _ = synthetic(40, tmp_path)
    result = assemble(tables, SplitPolicy())
    for row in result.samples.to_pylist():
        mine = tables.concepts.filter(pa.compute.equal(tables.concepts["figure_id"], row["figure_id"])).to_pylist()
        manual = [c["cui"] for kind in ("modality", "anatomy", "direction") for c in mine if c["kind"] == kind]
        assert row["cuis"] == list(dict.fromkeys(manual + [c["cui"] for c in mine if c["kind"] == "concept"]))


def test_the_made_up_concepts_are_the_policys_own_kinds() -> None:
    assert {c["kind"] for c in concepts("PMC1.1/f1", "XRAY", random.Random(0))} >= {"modality", "anatomy", "direction"}
