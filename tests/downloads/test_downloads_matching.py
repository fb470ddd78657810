"""Which figure is meant: labels and captions as other sets write them, never a guess."""

import csv
import tarfile
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.downloads.articles import plain_pmcid
from rocov2.downloads.columns import Columns, choose_columns
from rocov2.downloads.lists import read_lists
from rocov2.downloads.matching import by_caption, by_label, label_key, letters, share_of_words
from rocov2.tables import Figure

LONG = "Contrast-enhanced axial CT of the abdomen shows a hypodense lesion in segment VII of the liver (arrow)."


def figure(caption="", label=""):
    """A figure with these words; the rest does not matter here."""
    values = {column.name: "" for column in fields(Figure)}
    return Figure(**{**values, "caption": caption, "label": label})


@pytest.mark.parametrize("same", ["Figure 2", "Fig. 2", "FIG.2", " figure 2. ", "2", "Figs 2", "Fig. 2:"])
def test_labels_that_are_one(same):
    assert label_key(same) == "2"


@pytest.mark.parametrize("other", ["Figure 12", "2a", "Figure S2", "Supplementary Figure 2", "Table 2", ""])
def test_labels_that_are_others(other):
    assert label_key(other) != "2"


def test_two_figures_of_one_label_are_not_chosen_between():
    assert by_label([figure(label="Fig 1"), figure(label="Figure 1")], "1").how == "ambiguous"


@pytest.mark.parametrize(
    ("said", "how"),
    [
        (LONG, "caption"),
        (LONG.replace(" ", ""), "caption"),
        (LONG.upper(), "caption"),
        ("Liver lesion." + LONG, "caption part"),
        (LONG[:70], "caption part"),
        (LONG.replace("shows", "showed").replace("(arrow)", "(black arrow)"), "caption words"),
    ],
)
def test_a_caption_is_recognised_as_other_sets_write_it(said, how):
    match = by_caption([figure("Chest radiograph with an effusion."), figure(LONG)], said)
    assert (match.figure.caption, match.how) == (LONG, how)


@pytest.mark.parametrize(
    ("captions", "said", "why"),
    [
        ([LONG, LONG], LONG, "ambiguous"),
        ([LONG + " A", LONG + " B"], LONG.replace("shows", "showed"), "ambiguous"),
        ([LONG], "Another picture altogether, of a knee.", "no_such_caption"),
        ([LONG], "...", "no_caption"),
        ([], LONG, "no_such_caption"),
        (["CT."], "CT of the chest", "no_such_caption"),
    ],
)
def test_doubt_is_told_and_not_decided(captions, said, why):
    match = by_caption([figure(caption) for caption in captions], said)
    assert (match.figure, match.how) == (None, why)


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=4))
def test_any_words_are_a_match_or_a_reason(said, captions):
    match = by_caption([figure(caption) for caption in captions], said)
    assert (match.figure is None) == (match.how in {"ambiguous", "no_such_caption", "no_caption"})
    if match.how == "caption":
        assert letters(match.figure.caption) == letters(said)


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_share_of_words_is_a_share(one, other):
    assert 0 <= share_of_words(one, other) <= 1
    assert share_of_words(one, one) == 1


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("PMC12", "PMC12"),
        ("pmc12.3", "PMC12.3"),
        (" 12 ", "PMC12"),
        ("PMC012", ""),
        ("12x", ""),
        ("", ""),
        ("PMC1.0", ""),
    ],
)
def test_pmcids_are_read_as_lists_have_them(text, plain):
    assert plain_pmcid(text) == plain


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (["ROCO_ID", "PMC_ID", "CC"], Columns("PMC_ID", id="ROCO_ID")),
        (["ID", "PMCID", "Attribution", "Link"], Columns("PMCID", id="ID")),
        (["pmcid", "figure_label", "Image File"], Columns("pmcid", "Image File", "figure_label")),
        (["sample_id", "file", "pmcid", "source_key"], Columns("pmcid", "source_key", id="sample_id")),
        (["roco_id", "split", "pmc_file", "caption"], Columns("pmc_file", "pmc_file", "", "caption", "roco_id")),
    ],
)
def test_usual_columns_are_found_by_themselves(header, chosen):
    assert choose_columns(header, Columns(), "x") == chosen


def test_the_real_lists_of_roco_are_read_whole(shared, tmp_path):
    with tarfile.open(shared / "roco2018-lists.tar.gz") as packed:
        packed.extractall(tmp_path, filter="data")
    items = read_lists([tmp_path], Columns())
    assert len(items) == 13_686
    assert all(item.pmcid.startswith("PMC") and item.file.endswith(".jpg") and item.caption for item in items)
    (folder,) = {path.parent for path in tmp_path.rglob("dlinks.txt") if "validation/radiology" in path.as_posix()}
    links = {item.item_id: (item.pmcid, item.file) for item in read_lists([folder / "dlinks.txt"], Columns())}
    rows = {item.item_id: (item.pmcid, item.file) for item in read_lists([folder / "licences.txt"], Columns())}
    assert links == rows


@pytest.mark.parametrize("name", ["train", "test"])
def test_the_packed_licence_lists_are_read_whole(shared, name):
    path = shared / f"roco2018_{name}_radiology_licences.txt.gz"
    items = read_lists([path], Columns())
    assert len(items) > 8_000
    assert len({item.name for item in items}) == len(items)


def test_the_captions_of_the_published_set_fit_their_own_ids(shared, tmp_path):
    captions = shared / "captions" / "rocov2_valid_captions.csv"
    with captions.open(newline="") as file:
        ids = [row["ID"] for row in csv.DictReader(file)]
    rows = [["ID", "PMCID", "Attribution", "Link"], *([name, "PMC1", "", ""] for name in ids)]
    with (tmp_path / "l.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    items = read_lists([tmp_path / "l.csv"], Columns(), [captions])
    assert len(items) == 9_904
    assert sum(not item.caption for item in items) == 1, "the published set has one blank caption"
