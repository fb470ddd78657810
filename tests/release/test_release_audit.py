"""Audit: planted leaks and faults are found, nothing else is, and what is unknown is not guessed."""

import csv
import os
import random
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from release_rows import release, synthetic

from rocov2.errors import UsageError
from rocov2.release.audit import Corpus, Finding, as_markdown, audit
from rocov2.release.corpus import read_corpus
from rocov2.release.faults import forms_of, is_blank, is_compound, is_glued, is_untrimmed, negated_concepts
from rocov2.release.looks import with_looks
from rocov2.release.twins import find_twins
from tests.conftest import REPO

NAMES = {
    "C1": "Pneumothorax",
    "C2": "Hematoma, Subdural",
    "C3": "Liver structure",
    "C4": "Heart",
    "C5": "Effusion (substance)",
}


def found(corpus: Corpus) -> dict[str, tuple[int, int]]:
    return {f.code: (f.count, f.of) for f in audit(corpus)}


def text(seed: int) -> str:
    return " ".join(random.Random(seed).choices([f"word{n}" for n in range(500)], k=14))


@pytest.mark.parametrize("column", ["pmcids", "figures", "digests", "hashes"])
def test_what_two_splits_share_is_counted_for_each_pair(column: str) -> None:
    corpus = Corpus(list("abcde"), ["train", "train", "valid", "test", "test"])
    code = {"pmcids": "article", "figures": "figure", "digests": "image", "hashes": "look_alike"}[column]
    shared = found(replace(corpus, **{column: ["1", "2", "1", "1", None]}))
    assert shared[f"{code}.test.train"] == (1, 1)
    assert shared[f"{code}.test.valid"] == (1, 1)
    assert shared[f"{code}.valid.train"] == (1, 1)


def test_what_is_unknown_is_left_out() -> None:
    assert set(found(Corpus(["a", "b"], ["train", "test"]))) == {"stray", "id_twice"}
    captions = found(Corpus(["a", "b"], ["train", "test"], [None, text(1)]))
    assert not any(code.startswith("caption.test.") for code in captions)


def test_near_identical_captions_across_splits_are_found() -> None:
    captions = [text(1), text(2), text(1).upper() + " (arrow)", text(3), "Chest X-ray", "Chest X-ray"]
    corpus = Corpus(list("abcdef"), ["train", "train", "test", "test", "train", "test"], captions)
    assert found(corpus)["caption.test.train"] == (1, 3)
    assert found(corpus)["caption.train"] == (1, 3)


def test_concepts_that_train_never_shows_are_counted() -> None:
    corpus = Corpus(list("abc"), ["train", "test", "test"], cuis=[["C1"], ["C1", "C2"], ["C2"]])
    assert found(corpus)["unseen.test"] == (1, 2)
    assert found(corpus)["unseen_uses.test"] == (2, 3)


def test_strays_repeated_ids_and_odd_labels_are_found() -> None:
    corpus = Corpus(
        ["a", "a", "b"], ["train"] * 3, cuis=[["C0040405"], [], ["C9"]], names={"C0040405": "CT"}, strays=["z"]
    )
    result = found(replace(corpus, cuis_manual=[["C0040405"], [], ["C9"]]))
    assert (result["stray"], result["id_twice"], result["no_concept"]) == ((1, 3), (1, 3), (1, 3))
    assert (result["unnamed"], result["no_modality"], result["odd_manual"]) == ((1, 2), (2, 3), (1, 3))


def test_denied_concepts_that_are_labelled_are_counted() -> None:
    captions = ["No pneumothorax.", "Without heart enlargement.", "No pneumothorax, later pneumothorax."]
    corpus = Corpus(list("abc"), ["train"] * 3, captions, cuis=[["C1"], ["C4"], ["C1"]], names=NAMES)
    assert found(corpus)["negated"] == (1, 1)


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("There is no evidence of pneumothorax.", [{"C1"}]),
        ("No subdural hematoma or pneumothorax was seen", [{"C1"}, {"C2"}]),
        ("Negative for effusions.", [{"C5"}]),
        ("absence of the liver", [{"C3"}]),
        ("CT without contrast shows a pneumothorax", []),
        ("nodules with or without effusion", []),
        ("no enlargement of the heart", []),
        ("no heart murmur", []),
        ("No pneumothorax. A small pneumothorax later.", []),
        ("Pneumothorax", []),
    ],
)
def test_only_what_is_certainly_denied_counts(caption: str, expected: list[set[str]]) -> None:
    assert sorted(negated_concepts(caption, forms_of(NAMES)), key=sorted) == expected


def test_forms_leave_out_qualifiers_and_turn_inverted_names() -> None:
    forms = forms_of({"C1": "Hematoma, Subdural", "C2": "Liver structure (body structure)", "C3": "Air"})
    assert forms[("subdural", "hematoma")] == {"C1"}
    assert forms[("liver",)] == {"C2"}
    assert not any("C3" in cuis for cuis in forms.values())


@pytest.mark.parametrize(
    ("is_faulty", "faulty", "good"),
    [
        (is_blank, "\u202f \n", "."),
        (is_untrimmed, "Chest CT.\u00a0", "Chest CT."),
        (is_glued, "tumour of the lung.The arrow", "tumour of the lung. The arrow"),
        (is_glued, "examination (sagittal)No fracture", "examination (sagittal) No fracture"),
        (is_glued, "CT of the thoraxGround-glass opacities", "CT of the thorax Ground-glass opacities"),
        (is_glued, "MRI of the SpineImage showing", "MRI at McGill, LeFort II (T2*)"),
        (is_compound, "(A) Axial view. (B) Coronal view.", "Grade (A) lesion; vitamin B"),
    ],
)
def test_a_fault_of_a_caption_is_told_from_a_good_one(is_faulty: object, faulty: str, good: str) -> None:
    assert callable(is_faulty)
    assert is_faulty(faulty)
    assert not is_faulty(good)


def brute_force(texts: list[str], threshold: float) -> set[tuple[int, int]]:
    sets = [set(pairwise(t.split())) for t in texts]
    pairs = ((i, j) for i in range(len(texts)) for j in range(i + 1, len(texts)))
    return {(i, j) for i, j in pairs if len(sets[i] & sets[j]) / len(sets[i] | sets[j]) >= threshold}


def test_twins_are_those_that_a_comparison_of_all_pairs_finds() -> None:
    rng = random.Random(5)
    words = [text(n).split() for n in range(150)]
    for copied in range(100):
        edited = list(words[copied])
        edited[rng.randrange(len(edited))] = f"new{copied}"
        words.append(edited[rng.randrange(2) :])
    texts = [" ".join(w) for w in words]
    twins = find_twins(texts, 0.7)
    seen = {(i, j) for i, others in twins.near.items() for j in others if i < j}
    assert twins.form_of == list(range(250))
    assert len(seen) > 40
    assert seen == brute_force(texts, 0.7)


def test_many_copies_of_one_caption_stay_cheap() -> None:
    twins = find_twins([text(1)] * 20_000 + [f"{text(1)} case {n}" for n in range(300)])
    assert len(set(twins.form_of)) == 301
    assert len(twins.near) == 301


@given(st.lists(st.text(), max_size=12))
def test_any_texts_can_be_searched_for_twins(texts: list[str]) -> None:
    twins = find_twins(texts, min_words=1)
    assert len(twins.form_of) == len(texts)
    assert all(j in twins.near and i in twins.near[j] for i, others in twins.near.items() for j in others)


def test_findings_are_written_as_a_table() -> None:
    table = as_markdown([Finding("x", "images", 1, 8, ("a", "b"))])
    assert table.splitlines()[2] == "| images | 1 | 8 | 12.50% | `a`, `b` |"
    assert Finding("x", "images", 0, 0).share == 0


def picture(seed: int, side: int = 200) -> Image.Image:
    """A smooth picture that no other seed looks like."""
    noise = np.random.default_rng(seed).integers(0, 255, (7, 7), dtype=np.uint8)
    return Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC).convert("RGB")


def test_pictures_that_look_the_same_are_found_whatever_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "test").mkdir()
    for number in range(1, 5):
        picture(number).save(tmp_path / "train" / f"t{number}.jpg")
    picture(1, 150).save(tmp_path / "test" / "e1.png")
    picture(3).crop((4, 4, 198, 198)).save(tmp_path / "test" / "e2.jpg", quality=60)
    picture(9).save(tmp_path / "test" / "e3.jpg")
    (tmp_path / "test" / "e4.jpg").write_bytes(b"no picture")
    shutil.copyfile(tmp_path / "train" / "t4.jpg", tmp_path / "test" / "e5.jpg")
    for split, names in (("train", ("t1", "t2", "t3", "t4")), ("test", ("e1", "e2", "e3", "e4", "e5"))):
        write(tmp_path / f"{split}_concepts.csv", "ID,CUIs", *(f"{name},C1" for name in names))
    corpus = with_looks(read_corpus(tmp_path))
    assert found(corpus)["look_alike.test.train"] == (3, 4)
    assert found(corpus)["image.test.train"] == (1, 5)
    assert found(corpus)["copied.train"] == (3, 4)
    assert corpus.unreadable == ["e4"]


def test_without_pictures_there_is_nothing_to_say_of_them(tmp_path: Path) -> None:
    write(tmp_path / "train_concepts.csv", "ID,CUIs", "t1,C1")
    assert not any(read_corpus(tmp_path).files)
    assert not {"unreadable", "copied.train"} & set(found(read_corpus(tmp_path)))


def test_an_audit_does_not_follow_files_out_of_the_folder(tmp_path: Path) -> None:
    folder = release(tmp_path / "release", *synthetic(20, tmp_path / "store")).folder
    path = pq.read_table(folder / "samples.parquet")["file"][0].as_py()
    (folder / path).unlink()
    (folder / path).symlink_to("/etc/hostname")
    assert read_corpus(folder).files[0] is None


def test_our_own_release_has_no_leak(tmp_path: Path) -> None:
    folder = release(tmp_path / "release", *synthetic(300, tmp_path / "store")).folder
    findings = audit(read_corpus(folder))
    assert len(findings) > 25
    leaks = [
        f for f in findings if f.code.split(".")[0] in ("article", "figure", "image", "look_alike", "caption", "stray")
    ]
    assert [f for f in leaks if f.count] == []
    (folder / "train" / "stray.jpg").write_text("")
    assert found(read_corpus(folder))["stray"] == (1, 300)


def write(path: Path, header: str, *rows: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((header, *rows)) + "\n")


@pytest.mark.parametrize("name", ["train_captions.csv", "train_concepts_manual.csv", "license_information.csv"])
def test_a_row_that_a_file_of_a_release_lacks_is_a_stray(tmp_path: Path, name: str) -> None:
    made = release(tmp_path / "r", *synthetic(12, tmp_path / "s")).folder
    assert not read_corpus(made).strays
    header, first, *rest = (made / name).read_text("utf-8").splitlines(keepends=True)
    (made / name).write_text("".join([header, *rest]), "utf-8")
    assert read_corpus(made).strays == [first.partition(",")[0]]


def test_the_published_files_are_read_and_strays_named(tmp_path: Path) -> None:
    write(tmp_path / "train_captions.csv", "ID,Caption", "t1,One", 't2," Two, three"')
    write(tmp_path / "train_concepts.csv", "ID,CUIs", "t1,C1;C2", "t2,C1", "t3,C9")
    write(tmp_path / "train_concepts_manual.csv", "ID,CUIs", "t1,", "t2,C1", "t3,C9")
    write(tmp_path / "license_information.csv", "ID,PMCID,Attribution,Link", "t1,PMC1,CC BY,x")
    corpus = read_corpus(tmp_path)
    assert corpus.ids == ["t1", "t2", "t3"]
    assert corpus.captions == ["One", " Two, three", None]
    assert corpus.cuis == [["C1", "C2"], ["C1"], ["C9"]]
    assert (corpus.pmcids, corpus.strays) == (["PMC1", None, None], ["t3"])


def test_the_lists_of_roco_2018_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "validation" / "radiology"
    write(folder / "licences.txt", "ROCO_ID,PMC_ID,CC", "ROCO_1,PMC7_a-g1.jpg,CC BY")
    write(folder / "captions.txt", "ROCO_1\t A scan.")
    corpus = read_corpus(tmp_path)
    assert (corpus.ids, corpus.splits, corpus.captions) == (["ROCO_1"], ["valid"], ["A scan."])
    assert (corpus.pmcids, corpus.figures) == (["PMC7"], ["PMC7_a-g1.jpg"])


@pytest.mark.parametrize("content", ["ID,Caption\nt1\n", "Name,Text\na,b\n", "ID,Caption\n\udcff,x\n"])
def test_a_dataset_that_cannot_be_read_is_a_clear_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "train_captions.csv").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match="cannot read the dataset"):
        read_corpus(tmp_path)
    with pytest.raises(UsageError, match="no dataset that can be audited"):
        read_corpus(tmp_path / "absent")


def shared() -> Path:
    folder = Path(os.environ.get("ROCOV2_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    if not (folder / "captions").is_dir():
        pytest.skip("the development data are not beside the checkout")
    return folder


def test_the_published_valid_split_shows_its_known_faults() -> None:
    result = found(read_corpus(shared() / "captions"))
    assert result["blank"] == (1, 9_904)
    assert result["odd_manual"] == (4, 69_866)
    assert result["unnamed"] == (13, 1_948)
    assert result["unseen.valid"] == (0, 1_759)
    wrong, denied = result["negated"]
    assert wrong / denied > 0.9
    assert result["glued"][0] / 9_904 == pytest.approx(0.032, abs=0.01)


def test_twins_of_real_captions_are_those_of_all_pairs() -> None:
    with (shared() / "captions" / "rocov2_valid_captions.csv").open(encoding="utf-8", newline="") as file:
        captions = [row["Caption"] for row in csv.DictReader(file)][:4000]
    twins = find_twins(captions)
    pairs = {(i, j) for i, others in twins.near.items() for j in others if i < j}
    assert pairs == every_pair(captions, 0.7)


def every_pair(captions: list[str], threshold: float) -> set[tuple[int, int]]:
    """All pairs of forms by a matrix product, the slow way."""
    import re

    from scipy.sparse import csr_matrix

    words = dict.fromkeys(tuple(re.findall(r"[^\W_]+", c.casefold())) for c in captions)
    sets = [set(pairwise(form)) for form in words if len(form) >= 6]
    numbers: dict[tuple[str, str], int] = {}
    columns = [[numbers.setdefault(pair, len(numbers)) for pair in sorted(s)] for s in sets]
    starts = np.cumsum([0, *map(len, columns)])
    flat = np.array([c for row in columns for c in row])
    matrix = csr_matrix((np.ones(len(flat)), flat, starts), shape=(len(sets), len(numbers)))
    product = (matrix @ matrix.T).tocoo()
    sizes = np.array([len(s) for s in sets])
    similar = product.data / (sizes[product.row] + sizes[product.col] - product.data) >= threshold
    return {(i, j) for i, j in zip(product.row[similar], product.col[similar], strict=True) if i < j}


def test_the_sample_is_as_the_documentation_says(built):
    found = {finding.code: finding.count for finding in audit(read_corpus(built[0] / "release"))}
    assert (found["glued"], found["caption.train"]) == (1, 4)
    said = " ".join((REPO / "data" / "README.md").read_text().split())
    assert "Four images of train share their caption with another: panels of two figures. One caption is glued" in said
