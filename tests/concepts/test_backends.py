"""The backends against the real interfaces of scispaCy and MedCAT, with models small enough to make here."""

import importlib.util
import re

import pytest

from rocov2.concepts.backends import Choice, ModelLinker, chosen_model, open_backend
from rocov2.concepts.linker import Linker
from rocov2.concepts.models import Found, installed
from rocov2.errors import ConfigError
from tests.concepts.tiny_models import write_knowledge, write_pack, write_pipeline

CAPTION = "Chest CT without pneumothorax; there is pleural fluid beside the liver."
needs_medcat = pytest.mark.skipif(importlib.util.find_spec("medcat") is None, reason="medcat is not installed")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    return Choice("scispacy", str(write_pipeline(folder / "pipe")), str(write_knowledge(folder / "kb")))


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return Choice("medcat", str(write_pack(tmp_path_factory.mktemp("medcat") / "pack")))


def test_the_dictionary_is_the_linker_itself(small):
    backend = open_backend(Choice(), small.folder)
    assert list(backend.link([("f", CAPTION)])) == Linker(small).link_caption("f", CAPTION)


def test_a_score_below_the_least_is_no_mention_of_the_dictionary(small):
    found = open_backend(Choice(min_score=0.95), small.folder).link([("f", "axis and liver")])
    assert [m.text for m in found] == ["liver"]


def test_scispacy_links_its_entities_and_our_rules_say_their_status(tiny, tmp_path):
    mentions = list(open_backend(tiny, tmp_path).link([("f", CAPTION)]))
    assert [(m.text, m.cui, m.name, m.tui, m.status) for m in mentions] == [
        ("pneumothorax", "C0032326", "Pneumothorax", "T047", "negated"),
        ("pleural fluid", "C0032227", "Pleural effusion disorder", "T047", "present"),
        ("liver", "C0023884", "Liver", "T023", "present"),
    ]
    assert {m.origin for m in mentions} == {"scispacy"}
    assert all(m.score == 1.0 and CAPTION[m.start : m.end] == m.text for m in mentions)


def test_scispacy_scores_what_is_only_like_an_alias(tiny, tmp_path):
    (mention,) = open_backend(tiny, tmp_path).link([("f", "Pneumothorax liver")])
    assert mention.cui == "C0032326"
    assert 0.7 < mention.score < 1.0
    assert list(open_backend(tiny._replace(min_score=0.99), tmp_path).link([("f", "Pneumothorax liver")])) == []


@pytest.mark.parametrize("caption", ["", "widgetoma", "qqq", "no entity"])
def test_what_is_no_concept_of_the_umls_is_no_mention(tiny, tmp_path, caption):
    assert list(open_backend(tiny, tmp_path).link([("f", caption)])) == []


def test_captions_come_back_in_their_order_over_batches(tiny, tmp_path):
    captions = [(f"f{n}", "liver" if n % 3 else "nothing") for n in range(150)]
    found = [m.figure_id for m in open_backend(tiny, tmp_path).link(captions)]
    assert found == [name for name, caption in captions if caption == "liver"]


def test_model_and_version_are_named_and_enter_the_stamp(tiny, tmp_path):
    model = chosen_model(tiny)
    assert f"scispacy {installed('scispacy', '')}, en_core_sci_tiny 0.1" in model.name
    other = tiny._replace(model=str(write_pipeline(tmp_path / "other", version="0.2")))
    stamps = {m.vocabulary for choice in (tiny, other) for m in open_backend(choice, tmp_path).link([("f", "liver")])}
    assert len(stamps) == 2


@pytest.mark.parametrize(
    ("choice", "advice"),
    [
        (Choice("scispacy"), "pip install --no-deps https://.*/en_core_sci_sm-0.5.4.tar.gz"),
        (Choice("scispacy", "en_core_sci_lg"), "/en_core_sci_lg-0.5.4.tar.gz"),
        (Choice("scispacy", "json"), "/json-0.5.4.tar.gz"),
        (Choice("scispacy", "../no such"), "folder with config.cfg"),
        (Choice("medcat", "nowhere"), "pip install --no-deps medcat|Unzip the pack"),
        (Choice("quickumls"), "dictionary, scispacy, medcat"),
    ],
)
def test_what_is_not_there_is_said_with_what_to_run(choice, advice):
    with pytest.raises(ConfigError) as caught:
        chosen_model(choice)
    assert re.search(advice, caught.value.advice)


@pytest.mark.parametrize(
    ("choice", "message", "advice"),
    [
        (Choice(model="en_core_sci_sm"), "dictionary reads no model", "scispacy, medcat"),
        (Choice(knowledge="umls"), "dictionary reads no knowledge", "scispacy"),
        (Choice("medcat", "pack", "umls"), "medcat reads no knowledge", "scispacy"),
        (Choice("scispacy", second_pass=0.9), "scispacy reads no second_pass", "dictionary"),
        (Choice(min_score=7), "min_score 7 is no score", "from 0 to 1"),
        (Choice("scispacey"), "there is no backend 'scispacey'", "Did you mean scispacy"),
    ],
)
def test_what_a_backend_would_not_read_is_refused(choice, message, advice):
    with pytest.raises(ConfigError, match=message) as refused:
        chosen_model(choice)
    assert advice in refused.value.advice


def test_a_linker_that_was_never_downloaded_is_not_downloaded_here(tiny, monkeypatch, tmp_path):
    monkeypatch.setattr("scispacy.file_cache.DATASET_CACHE", str(tmp_path))
    with pytest.raises(ConfigError, match="UMLS linker is not in") as caught:
        chosen_model(tiny._replace(knowledge=""))
    assert "CandidateGenerator(name='umls')" in caught.value.advice


def test_a_knowledge_folder_must_be_whole(tiny, tmp_path):
    with pytest.raises(ConfigError, match=r"has no nmslib_index.bin, .*kb.jsonl"):
        chosen_model(tiny._replace(knowledge=str(tmp_path)))


def test_a_spoilt_pipeline_says_so(tiny, tmp_path):
    folder = write_pipeline(tmp_path / "p")
    (folder / "config.cfg").write_text("[nlp]\n")
    with pytest.raises(ConfigError, match="cannot be loaded"):
        open_backend(tiny._replace(model=str(folder)), tmp_path)
    (folder / "meta.json").write_text("{")
    with pytest.raises(ConfigError, match="not a spaCy pipeline"):
        chosen_model(tiny._replace(model=str(folder)))


def test_a_model_that_finds_spans_in_any_order_gives_mentions_by_place():
    found = [Found(8, 13, "C0023884", "Liver", "T023", 1.0), Found(0, 4, "C0032326", "X", "T047", 0.8)]
    linker = ModelLinker("m", "stamp", lambda captions: iter([found for _ in captions]), 0.5)
    assert [(m.start, m.text) for m in linker.link([("f", "abcd in liver")])] == [(0, "abcd"), (8, "liver")]


@needs_medcat
def test_medcat_links_with_a_pack_and_our_rules_say_the_status(pack, tmp_path):
    mentions = list(open_backend(pack, tmp_path).link([("f", CAPTION)]))
    assert [(m.text, m.cui, m.tui, m.status, m.origin) for m in mentions] == [
        ("pneumothorax", "C0032326", "T047", "negated", "medcat"),
        ("pleural fluid", "C0032227", "T047", "present", "medcat"),
        ("liver", "C0023884", "T023", "present", "medcat"),
    ]


@needs_medcat
def test_a_folder_that_is_no_pack_says_so(tmp_path):
    with pytest.raises(ConfigError, match=r"no model pack|cannot be loaded"):
        open_backend(Choice("medcat", str(tmp_path)), tmp_path)
