import csv
import shutil
from pathlib import Path

import pytest

from rocov2.concepts.abbreviations import defined_abbreviations
from rocov2.concepts.linker import Linker
from rocov2.concepts.normalise import key_of
from rocov2.concepts.shipped import build_shipped, read_concepts, shipped_vocabulary
from rocov2.concepts.terms import Term
from rocov2.errors import ConfigError

GOLD = Path(__file__).with_name("assertion_gold.csv")
SENSES = Path(__file__).with_name("senses_gold.csv")
PUBLISHED = 1948
INJURIES = {"C0016658", "C0012691", "C0009938"}


def read_captions(shared):
    """The captions of ROCOv2's valid split and of ROCO 2018, by their ids."""
    captions = {}
    for name, key, text in (("rocov2_valid", "ID", "Caption"), ("roco2018", "roco_id", "caption")):
        with (shared / "captions" / f"{name}_captions.csv").open(newline="", encoding="utf-8") as stream:
            captions.update((row[key], row[text]) for row in csv.DictReader(stream))
    return captions


def test_the_published_concepts_and_the_injuries_are_there(data):
    cuis = {term.cui for term in read_concepts(data / "vocabulary" / "concepts.csv")}
    assert len(cuis) == PUBLISHED + len(INJURIES)
    assert cuis >= INJURIES


def test_every_concept_has_one_known_type(data):
    with (data / "vocabulary" / "concepts.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert all(row["tui"][:1] == "T" and len(row["tui"]) == 4 for row in rows)
    assert [row["cui"] for row in rows] == sorted(row["cui"] for row in rows)


def test_building_twice_gives_the_same_bytes(shipped, data, tmp_path):
    assert build_shipped(data / "vocabulary", tmp_path).digest == shipped.digest


def test_it_is_built_once_and_then_opened(data, tmp_path):
    first = shipped_vocabulary(data / "vocabulary", tmp_path)
    stamp = (first.folder / "keys.marisa").stat().st_mtime_ns
    again = shipped_vocabulary(data / "vocabulary", tmp_path)
    assert again.folder == first.folder
    assert (again.folder / "keys.marisa").stat().st_mtime_ns == stamp


def test_terms_of_a_release_stand_beside_it(data, tmp_path):
    vocabulary = build_shipped(data / "vocabulary", tmp_path, [Term("C9999999", "quux sign", "T033", "Quux sign")])
    assert vocabulary.lookup("Quux signs")[0].cui == "C9999999"


def test_a_bad_concepts_file_is_named(tmp_path):
    path = tmp_path / "concepts.csv"
    path.write_text("cui,name,tui,terms\nC1,Liver,T023,\n")
    with pytest.raises(ConfigError, match=r"concepts\.csv:2"):
        list(read_concepts(path))


@pytest.mark.parametrize(
    ("caption", "cuis"),
    [
        ("Dilated left ventricle on echocardiography", {"C0344911"}),
        ("CT of the chest with a renal cyst and hydronephrosis", {"C0817096", "C3887499", "C0020295"}),
        ("Radiograph with a fracture of the distal radius", {"C0016658", "C0588207"}),
        ("Tumour in the head of the pancreas", {"C0027651", "C0227579"}),
        ("Hepatosplenomegaly", {"C0023884", "C0037993", "C0442800"}),
        ("Left and right maxillary sinuses are opacified", {"C0225453", "C0225452"}),
        ("Screws in the femoral head and neck", {"C0301559", "C0015813", "C0015815"}),
        ("Atrophy of the body and tail of the pancreas", {"C0333641", "C0227582", "C0227590"}),
        ("LA: left atrium; LV: left ventricle", {"C0225860", "C0225897"}),
    ],
)
def test_plain_radiology_is_read(shipped, caption, cuis):
    found = {m.cui for m in Linker(shipped).link_caption("f", caption) if m.status == "present" and m.tui != "T060"}
    assert found == cuis


@pytest.mark.parametrize(
    ("caption", "cui"),
    [
        ("Parasternal long-axis view", "C0004457"),
        ("Origin of the celiac artery", "C0007570"),
        ("The crown of the molar", "C0010384"),
        ("Stool in the colon", "C0183622"),
        ("Pacemaker lead in place", "C0085590"),
        ("Growth plate of the tibia", "C0005971"),
        ("Defibrillator coil in the right heart", "C0522644"),
        ("Space-occupying lesion of the liver", "C0742078"),
        ("CT in the portal venous phase", "C0032718"),
        ("Fat-suppressed T2 image", "C0001527"),
        ("Dilated lateral ventricles of the brain, hydrocephalus", "C0018827"),
        ("The cortex of the right kidney", "C0007776"),
        ("Two vessels in the umbilical cord", "C0037925"),
        ("Left to right shunt at the atrial level", "C0542331"),
        ("Intimal flap in the aorta", "C0038925"),
        ("Right femoral access with a 6 French sheath", "C0015811"),
        ("Abscess with Klebsiella pneumoniae", "C0032285"),
        ("Soft tissue window", "C0040300"),
        ("A man with chest pain", "C0817096"),
        ("Growth on the right-hand side", "C0230370"),
        ("Polyp of category C1 on colonography", "C0004170"),
        ("Necrosis within the tumor", "C2960749"),
    ],
)
def test_a_wrong_sense_is_not_taken(shipped, caption, cui):
    assert cui not in {m.cui for m in Linker(shipped).link_caption("f", caption)}


@pytest.mark.parametrize(
    ("caption", "cui"),
    [
        ("Fracture of the axis in the cervical spine", "C0004457"),
        ("The cortex of the right kidney", "C0022655"),
        ("Stool in the colon", "C0015733"),
        ("Plate and screw fixation of the femur", "C0005971"),
        ("Origin of the celiac artery", "C0007569"),
        ("Space-occupying lesion in the frontal lobe", "C0742078"),
    ],
)
def test_the_right_sense_is_taken(shipped, caption, cui):
    assert cui in {m.cui for m in Linker(shipped).link_caption("f", caption)}


def test_spans_of_real_captions_spell_a_form_of_their_concept(shipped, shared):
    """All words of a form stand in the span (a list may have others between), or the caption defines it."""
    forms = {}
    for key, candidates in shipped.forms():
        for candidate in candidates:
            forms.setdefault(candidate.cui, []).append(frozenset(key.split()))
    linker, seen = Linker(shipped), 0
    for figure_id, caption in list(read_captions(shared).items())[::100]:
        defined = defined_abbreviations(caption, lambda _: True)
        for m in linker.link_caption(figure_id, caption):
            assert m.text == caption[m.start : m.end]
            spelled = set(key_of(m.text).split())
            assert m.text in defined or any(form <= spelled for form in forms[m.cui]), (m, caption)
            seen += 1
    assert seen > 500


@pytest.mark.parametrize("half", ["tuned", "held"])
def test_ambiguous_words_are_read_right(shipped, shared, half):
    """Words of many meanings in real captions, annotated by reading: the CUIs that are right there, or none."""
    captions = read_captions(shared)
    with SENSES.open(newline="") as stream:
        gold = [row for row in csv.DictReader(stream) if row["half"] == half]
    linker, right = Linker(shipped), 0
    for row in gold:
        start, end, allowed = int(row["start"]), int(row["end"]), set(row["cui"].split("|"))
        mentions = linker.link_caption(row["id"], captions[row["id"]])
        found = {m.cui for m in mentions if m.start < end and m.end > start and m.tui != "T060"}
        right += found <= allowed if found else "none" in allowed
    assert len(gold) >= 100
    assert right >= 0.9 * len(gold)


def test_denied_and_doubted_mentions_are_held_back(shipped, shared):
    """130 cue-bearing captions of the valid split, annotated by reading (codes and offsets only)."""
    captions = read_captions(shared)
    with GOLD.open(newline="") as stream:
        gold = list(csv.DictReader(stream))
    linker = Linker(shipped)
    found = {}
    for figure_id in {row["id"] for row in gold}:
        for m in linker.link_caption(figure_id, captions[figure_id]):
            found[figure_id, m.start, m.end, m.cui] = m.status
    status = {tuple(r.values()): found.get((r["id"], int(r["start"]), int(r["end"]), r["cui"])) for r in gold}
    held = [now != "present" for row, now in status.items() if row[-1] != "present"]
    shown = [now == "present" for row, now in status.items() if row[-1] == "present"]
    assert len(held) >= 100
    assert sum(held) >= 0.95 * len(held)
    assert sum(shown) >= 0.9 * len(shown)


def test_every_sense_rule_is_about_a_concept_of_the_vocabulary_or_of_a_umls_release(shipped):
    lead_the_metal = "C0023175"
    assert {rule.cui for rule in shipped.idle_senses()} == {lead_the_metal}


@pytest.mark.parametrize(
    ("file", "line"),
    [("compounds.csv", "twoinone,C0023884;C9999999,no such concept"), ("rules.csv", "drop,C9999999,,,no such concept")],
)
def test_a_bundled_rule_about_a_concept_that_is_not_there_is_an_error(data, tmp_path, file, line):
    shutil.copytree(data / "vocabulary", tmp_path / "v")
    lines = (tmp_path / "v" / file).read_text("utf-8") + line + "\n"
    (tmp_path / "v" / file).write_text(lines, "utf-8")
    with pytest.raises(ConfigError, match=rf"{file}:{lines.count(chr(10))}: .*C9999999"):
        build_shipped(tmp_path / "v", tmp_path / "out")
