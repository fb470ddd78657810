"""The caption screen: its model file, its scores, and what it keeps."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocov2.captions.modality import caption_radiology_score
from rocov2.captions.screen import NAMED, load_screen_model, screen_score, screen_scores, tokens
from rocov2.errors import ConfigError

BODY = (Path(__file__).resolve().parents[2] / "data" / "models" / "screen.bin").read_bytes()
MODEL = load_screen_model(BODY)
MIN_SCORE = 0.04


def score(caption, title="", mentions=(), label="Figure 1"):
    return screen_score(MODEL, caption, label, title, mentions)


@pytest.mark.parametrize(
    "caption",
    [
        "Chest CT showing a nodule in the left upper lobe.",
        "Lateral view of the knee after surgery.",
        "Hypoechoic mass with irregular margins (arrow).",
        "Case 2, preoperative.",
        "Bilateral pleural effusions.",
        "Fracture of the distal radius.",
        "CT images of goats in the control group and the treatment group at 24 weeks.",
        "(A) Clinical photograph of the swelling. (B) MRI shows a soft tissue mass of the thigh. (C) Histology.",
    ],
)
def test_captions_of_radiology_pass(caption):
    assert score(caption) >= MIN_SCORE


@pytest.mark.parametrize(
    "caption",
    [
        "Kaplan-Meier estimates of overall survival by treatment group (p < 0.05).",
        "CONSORT flow diagram of participants through the trial.",
        "Western blot of protein expression in cells treated with the compound for 24 h.",
        "Mean change from baseline in body weight over 52 weeks; error bars show SEM.",
    ],
)
def test_captions_of_charts_and_gels_do_not(caption):
    assert score(caption) < MIN_SCORE


@pytest.mark.parametrize("caption", ["", "Case 1", "Before treatment", "A 45-year-old man.", "Study 3"])
def test_a_caption_that_says_little_is_raised_by_the_sentences_around_it(caption):
    around = ("Chest CT revealed a filling defect in the right pulmonary artery (Fig. 1).",)
    assert score(caption, "Pulmonary embolism: a case report", around) > max(0.2, 0.9 * score(caption))


def test_what_stands_around_a_figure_never_lowers_its_score():
    alone = score("Axial CT of the chest")
    assert score("Axial CT of the chest", "A trial of aspirin", ("Survival is shown in Figure 1.",)) == alone


def test_a_caption_that_opens_with_an_examination_has_a_least_score():
    assert (
        score("Relative fluorescence, fMRI: bars show mean and SEM, n = 12, p < 0.05 against vehicle control") >= NAMED
    )


def test_scores_of_rows_are_the_scores_of_each_row_in_order():
    rows = [("CT of the head", "Fig. 1", "", ()), ("Flow chart", "Fig. 2", "A trial", ("See Fig. 2.",))]
    assert screen_scores(MODEL, rows) == [screen_score(MODEL, *row) for row in rows]


def test_the_order_of_work_does_not_change_a_score():
    rows = [(f"CT of the chest number {word}", "", "", ()) for word in ("lung", "rib", "heart", "liver")]
    forward = screen_scores(load_screen_model(BODY), rows)
    assert screen_scores(load_screen_model(BODY), rows[::-1])[::-1] == forward


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.text(max_size=50), st.lists(st.text(max_size=100), max_size=4))
def test_any_text_has_a_score_between_nought_and_one_with_four_decimals(caption, title, mentions):
    found = screen_score(MODEL, caption, "Figure 1", title, mentions)
    assert 0.0 <= found <= 1.0
    assert found == round(found, 4)


def test_layout_case_and_labels_do_not_count():
    assert tokens("Figure 2. AXIAL\u00a0CT,  Sjögren (5 mm)") == tokens("axial ct sjogren 5 mm")
    assert score("AXIAL CT OF THE CHEST.") == score("axial ct of the chest")


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"\x00\xff", BODY[:-1], BODY + b"\x00", b'{"format": "other"}\n', BODY.replace(b"bits", b"bitz", 1)],
)
def test_a_damaged_model_file_is_a_configuration_error(body):
    with pytest.raises(ConfigError, match="screen model"):
        load_screen_model(body)


def test_the_model_file_says_what_it_was_trained_on_and_stays_small():
    about = json.loads(BODY.partition(b"\n")[0])
    assert set(about["trained_on"]) == {"articles", "roco-photo", "rocov2"}
    assert len(BODY) < 200_000


def test_a_caption_alone_scores_by_what_it_describes():
    assert caption_radiology_score(MODEL, "Axial CT of the abdomen shows a liver cyst.") > 0.9
    assert caption_radiology_score(MODEL, "Intraoperative photograph of the resected specimen.") < 0.3


def test_unseen_radiology_captions_pass(shared):
    with (shared / "captions" / "roco2018_captions.csv").open(newline="", encoding="utf-8") as lines:
        captions = [
            r["caption"] for r in csv.DictReader(lines) if (r["split"], r["kind"]) == ("validation", "radiology")
        ]
    some = captions[::4]
    assert sum(score(caption) >= MIN_SCORE for caption in some) / len(some) >= 0.985
