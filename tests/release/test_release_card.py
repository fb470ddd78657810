"""The card is a datasheet: its sections, its head, its figures; and metadata that a machine reads say the same."""

import json
import re
from pathlib import Path

import pytest
from release_rows import release, synthetic

from rocov2.release.croissant import croissant
from rocov2.release.export import export_release
from rocov2.release.export_output import ExportSettings

SECTIONS = (
    "Why it exists",
    "What is in it",
    "How it was collected",
    "How it was made",
    "How the labels were made",
    "How it was split",
    "Uses",
    "Limits",
    "Rights, credit, acknowledgement",
    "How to cite",
    "How it is kept",
    "Reading the files",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    return release(folder / "release", *synthetic(60, folder / "store")).folder


def test_the_card_answers_what_a_datasheet_asks(made: Path):
    text = (made / "README.md").read_text()
    assert tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) == SECTIONS
    for words in (
        "2026-09-01",
        "NLM has not endorsed",
        "Changes made",
        "Snapshot of 2026-09-01, preset rocov2, rocov2 0.1.0",
        "@article{rueckert2024rocov2,",
        "retracted",
        "Not for clinical use",
        "| CC BY |",
    ):
        assert words in text
    assert max(map(len, text.splitlines())) < 200


def test_the_head_of_the_card_names_the_licence_as_hubs_ask(made: Path):
    head = (made / "README.md").read_text().split("---\n")[1]
    assert "license: other\nlicense_name: creative-commons-per-image\nlicense_link: https://" in head
    assert "- n<1K\n" in head


def test_an_exports_card_keeps_the_sections_and_tells_its_own_files(made: Path, tmp_path: Path):
    export_release(made, "hf", tmp_path, ExportSettings())
    text = (tmp_path / "README.md").read_text()
    assert tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) == SECTIONS
    assert "  - split: validation\n    path: data/validation-*.parquet\n" in text
    assert "load_dataset" in text
    assert "samples.parquet" not in text.split("## What is in it")[1].split("###")[0]


def test_croissant_names_each_shard_with_its_digest_and_each_column(made: Path, tmp_path: Path):
    export_release(made, "hf", tmp_path, ExportSettings(1_500))
    metadata = json.loads((tmp_path / "croissant.json").read_text())
    files = json.loads((tmp_path / "export.json").read_text())["files"]
    shards = {item["@id"]: item["sha256"] for item in metadata["distribution"] if item["@type"] == "cr:FileObject"}
    assert shards == {name: file["sha256"] for name, file in files.items() if name.endswith(".parquet")}
    fields = [field["name"] for field in metadata["recordSet"][0]["field"]]
    assert {"image", "sample_id", "caption", "cuis", "attribution", "license_code"} <= set(fields)
    assert metadata["datePublished"] == "2026-09-01"
    assert metadata["version"] == "2026.9.1"


@pytest.mark.parametrize(("inventory", "version"), [("unknown", "0.0.0"), ("", "0.0.0"), ("2026-01-09T", "2026.1.9")])
def test_croissant_has_a_version_whatever_the_source_says(made: Path, inventory: str, version: str):
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["provenance"]["inventory"] = inventory
    metadata = croissant(manifest, {})
    assert metadata["version"] == version
    assert ("datePublished" in metadata) == (version != "0.0.0")
