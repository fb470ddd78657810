"""The cleaning rules one by one, and what holds for all of them together."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocov2.captions.clean import DEFAULT, OPTIONAL, RULES, clean_caption, too_short, word_count

BY_NAME = {rule.name: rule for rule in RULES}

CHANGES = [
    ("control", "Chest\x1b[31m CT\x1b[0m\x07 of the lung\ufffd.", "Chest CT of the lung."),
    ("control", "A \x1b]0;title\x07mass.", "A mass."),
    ("invisible", "Pleu\u00adral effu\u200bsion\ufeff.", "Pleural effusion."),
    ("invisible", "right superior \u200epubic ramus", "right superior pubic ramus"),
    ("mojibake", "25 â€“ 30 ÂµL in SjÃ¶gren syndrome", "25 – 30 µL in Sjögren syndrome"),
    ("unicode", "di\ufb00usion, \ufb01xation, A\u030angstro\u0308m", "diffusion, fixation, Ångström"),
    ("markup", "T<sub>2</sub> &gt; 3 &amp; <italic>in vivo</italic>", "T2 > 3 & in vivo"),
    ("markup", "one<br/>two&#x2009;mm", "one two\u2009mm"),
    ("latex", r"a dose of $5\,\mathrm{mg}\times 3$", "a dose of 5 mg× 3"),
    ("latex", r"\documentclass{minimal}\usepackage{x}\begin{document}$\alpha$\end{document} angle", "α angle"),
    ("whitespace", "\u00a0Axial  CT\n\tof the\u2009chest ", "Axial CT of the chest"),
    ("label", "Fig. 2: Axial CT.", "Axial CT."),
    ("label", "FIGURE 3 | Axial CT.", "Axial CT."),
    ("label", "Figure 2:Showing anomalies", "Showing anomalies"),
    ("label", "Fig. 3 Intraoperative angiography", "Intraoperative angiography"),
    ("label", "Fig. 1Photo of the eye", "Photo of the eye"),
    (
        "note",
        "Lung. (For interpretation of the references to colour in this figure legend, the reader is referred.)",
        "Lung.",
    ),
    ("note", "A tear (Color figure online)", "A tear"),
    ("note", "A tear. (Colour version of the figure is available online.)", "A tear."),
    ("link", "A tear (https://example.org/a_(b)).", "A tear."),
    ("link", "A tear, available at: https://example.org/x.", "A tear."),
    ("link", "A tear. doi:10.1000/182", "A tear."),
    ("glued", "MRI of both legs.It shows oedema", "MRI of both legs. It shows oedema"),
    ("glued", "Lateral joint capsule.Fn: femoral neck", "Lateral joint capsule. Fn: femoral neck"),
    ("glued", "Spiral fractureThe shaft is broken.", "Spiral fracture The shaft is broken."),
    (
        "glued",
        "Thorax.Nodule in the lung.CT: computed tomography",
        "Thorax. Nodule in the lung. CT: computed tomography",
    ),
    ("glued", "A nodule (arrow)CT: computed tomography", "A nodule (arrow) CT: computed tomography"),
    ("credit", "A tear (courtesy of Dr. A. Person).", "A tear"),
    ("credit", "A tear. Reproduced with permission from Wiley. Copyright 2012 Wiley.", "A tear."),
    ("credit", "A tear. Adapted from Person et al. The arrow shows it.", "A tear. The arrow shows it."),
    ("credit", "A tear. Written informed consent was obtained from the patient.", "A tear."),
    ("credit", "Ribs. Reproduced with permission.114Notes: 1, sternum; 2, rib.", "Ribs. Notes: 1, sternum; 2, rib."),
    ("citation", "As described by others [12, 14-16].", "As described by others."),
    ("citation", "A fracture of the pelvis.12", "A fracture of the pelvis."),
    ("letter", "(A) Axial CT of the chest.", "Axial CT of the chest."),
    ("letter", "B: Axial CT of the chest.", "Axial CT of the chest."),
    ("punctuation", "- A cyst () of the liver , large..", "A cyst of the liver, large."),
    ("punctuation", "A cyst;", "A cyst"),
    ("footnote", "A large nodule. CT: computed tomography; RUL, right upper lobe.", "A large nodule."),
]

STAYS = [
    ("markup", "p < 0.05 and q > 0.1, n<30"),
    ("latex", "costs $5 or 5$"),
    ("label", "Figure 3 shows the angle"),
    ("label", "Figure of 8. Coronal view"),
    ("label", "Image of the hip"),
    ("label", "Plate in position"),
    ("glued", "The WaveScan and ProteinChip, i.e. Nd:YAG"),
    ("glued", "p.Val600Glu in 3.5 cm"),
    ("credit", "Values obtained from the t-test (obtained from both arms)."),
    ("credit", "A stent taken from the right side"),
    ("citation", "Modified as in [40]"),
    ("citation", "median [3-7] and range [5, 95]"),
    ("citation", "given [18]F-FDG"),
    ("citation", "Effects. [1] placebo; [2] drug"),
    ("letter", "(A) Before. (B) After."),
    ("letter", "A. corymbifera colony"),
    ("letter", "(I) T piece. (II) Circuit."),
    ("letter", "A 45-year-old man"),
    ("punctuation", "p < .05 and ... more"),
    ("mojibake", "Â is a letter, Ångström, naïve"),
    ("footnote", "A nodule. Also, acute infarction can be seen in the insula."),
]


@pytest.mark.parametrize(("name", "before", "after"), CHANGES)
def test_a_rule_changes_what_it_is_for(name, before, after):
    assert BY_NAME[name].function(before) == after


@pytest.mark.parametrize(("name", "text"), STAYS)
def test_a_rule_leaves_alone_what_only_looks_like_its_case(name, text):
    assert BY_NAME[name].function(text) == text


def test_every_rule_has_a_case_and_a_line_of_documentation():
    assert {name for name, _, _ in CHANGES} == set(BY_NAME)
    assert all(rule.doc.endswith((".", ";")) or len(rule.doc) > 20 for rule in RULES)
    assert len(BY_NAME) == len(RULES)


def test_the_rules_that_changed_the_text_are_named_in_their_order():
    cleaned = clean_caption("Fig. 2:  Axial CT (https://example.org).The nodule\u200b.")
    assert cleaned.text == "Axial CT. The nodule."
    assert cleaned.rules_applied == ("invisible", "whitespace", "label", "link", "glued")


def test_abbreviations_at_the_end_stay_by_default_because_linking_reads_them():
    caption = "A nodule. RUL: right upper lobe."
    assert clean_caption(caption).text == caption
    assert clean_caption(caption, DEFAULT + OPTIONAL).text == "A nodule."


def test_a_clean_caption_is_left_as_it_is():
    cleaned = clean_caption("Axial CT of the chest shows a nodule (arrow).")
    assert cleaned.rules_applied == ()


CAPTIONS = st.lists(
    st.one_of(
        st.sampled_from([before for _, before, _ in CHANGES] + [text for _, text in STAYS]), st.text(max_size=40)
    ),
    max_size=5,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(CAPTIONS)
def test_cleaning_twice_is_cleaning_once(text):
    once = clean_caption(text, RULES)
    assert clean_caption(once.text, RULES) == type(once)(once.text, ())


@settings(max_examples=150, deadline=None)
@given(CAPTIONS)
def test_nothing_unprintable_or_untrimmed_is_left(text):
    clean = clean_caption(text).text
    assert clean == " ".join(clean.split())
    assert not any(ord(c) < 32 or ord(c) in (0x1B, 0x7F, 0xAD, 0x200B, 0xFEFF, 0xFFFD) for c in clean)


def test_published_captions_are_cleaned_idempotently_and_seldom_shortened(shared):
    with (shared / "captions" / "rocov2_valid_captions.csv").open(newline="", encoding="utf-8") as lines:
        captions = [row["Caption"] for row in csv.DictReader(lines)][::7]
    cleaned = [clean_caption(caption).text for caption in captions]
    assert all(clean_caption(text).text == text for text in cleaned)
    shorter = sum(len(after) < 0.8 * len(before.strip()) for before, after in zip(captions, cleaned, strict=True))
    assert shorter < 0.01 * len(captions)


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("CT", 1), ("Chest X-ray - PA view.", 4), ("( * )", 0), ("3.5 cm mass", 3)]
)
def test_words_are_stretches_that_hold_a_letter_or_a_digit(text, count):
    assert word_count(text) == count


@pytest.mark.parametrize("text", ["Case 1", "Follow-up.", "Figure", "", "Patient 2"])
def test_a_short_caption_that_says_nothing_is_too_short(text):
    assert too_short(text, 3)


@pytest.mark.parametrize("text", ["Chest X-ray", "Aortic dissection.", "CT", "Pelvis", "Before the operation"])
def test_a_short_caption_with_a_finding_a_place_or_a_modality_is_kept(text):
    assert not too_short(text, 3)
