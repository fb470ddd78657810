import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.concepts.assertion import assert_status, find_scopes
from rocov2.concepts.normalise import tokenise


def status(caption, word, tui="T047"):
    start = caption.index(word)
    return assert_status(caption, [(start, start + len(word))], [tui])[0]


@pytest.mark.parametrize(
    ("caption", "word"),
    [
        ("Chest radiograph with no pneumothorax.", "pneumothorax"),
        ("No pneumothorax, effusion, or fracture is seen.", "fracture"),
        ("Images without evidence of hydronephrosis.", "hydronephrosis"),
        ("A hernia was ruled out.", "hernia"),
        ("The mass has resolved.", "mass"),
        ("Film after plate removal.", "plate"),
        ("Follow-up shows resolution of the effusion.", "effusion"),
        ("Neither dissection nor hematoma was seen.", "hematoma"),
        ("The appendix is free of inflammation.", "inflammation"),
        ("Fracture is not visualised.", "Fracture"),
        ("A non-calcified nodule.", "calcified"),
        ("Absence of the septum pellucidum.", "septum"),
        ("The angiogram revealed clot resolution.", "clot"),
    ],
)
def test_what_is_denied_is_negated(caption, word):
    assert status(caption, word) == "negated"


@pytest.mark.parametrize(
    ("caption", "word"),
    [
        ("Findings suggestive of pneumonia.", "pneumonia"),
        ("Mass suspicious for carcinoma.", "carcinoma"),
        ("Possible fracture of the radius.", "fracture"),
        ("Opacity that may represent edema.", "edema"),
        ("A fracture cannot be excluded.", "fracture"),
        ("Infection versus hemorrhage.", "hemorrhage"),
        ("Infection versus hemorrhage.", "Infection"),
        ("Likely in keeping with a stress fracture.", "fracture"),
        ("The diagnosis of malignancy is likely.", "malignancy"),
        ("CT to rule out an abscess.", "abscess"),
    ],
)
def test_what_is_doubted_is_uncertain(caption, word):
    assert status(caption, word) == "uncertain"


@pytest.mark.parametrize(
    ("caption", "word"),
    [
        ("A woman with a history of lymphoma.", "lymphoma"),
        ("Status post craniectomy for a hematoma.", "hematoma"),
        ("Family history of cardiomyopathy.", "cardiomyopathy"),
        ("Her mother had a meningioma.", "meningioma"),
        ("The nodule previously appeared as a cavitation.", "cavitation"),
        ("Compared with the prior CT that showed an effusion, there is atelectasis.", "effusion"),
    ],
)
def test_what_is_past_or_anothers_is_historical(caption, word):
    assert status(caption, word) == "historical"


@pytest.mark.parametrize(
    "caption",
    [
        "Compared with the prior CT that showed an effusion, there is atelectasis.",
        "Compared with the prior CT, the atelectasis is larger.",
    ],
)
def test_what_is_seen_now_is_present_beside_an_earlier_examination(caption):
    assert status(caption, "atelectasis") == "present"


@pytest.mark.parametrize(
    ("caption", "word"),
    [
        ("No fracture. Large effusion.", "effusion"),
        ("No fracture but a large effusion.", "effusion"),
        ("No fracture, with a large effusion.", "effusion"),
        ("No significant change in the effusion.", "effusion"),
        ("CT without contrast shows a mass.", "mass"),
        ("Findings consistent with pneumonia.", "pneumonia"),
        ("No fracture on chest radiograph.", "chest"),
        ("Resolution of the enhancement in the brain MRI.", "brain"),
        ("A chest high-resolution CT.", "chest"),
        ("Dilated vein in comparison to the left jugular vein.", "vein"),
        ("Effusion is seen compared with the prior study.", "Effusion"),
        ("Stent in place before removal of the drain.", "drain"),
        ("Increased edema prior to surgery.", "edema"),
    ],
)
def test_a_scope_ends_with_its_clause(caption, word):
    assert status(caption, word) == "present"


def test_the_place_of_a_doubted_finding_is_not_in_doubt():
    assert status("Suspected abscess of the liver.", "liver", "T023") == "present"
    assert status("No abscess of the liver.", "liver", "T023") == "negated"


def test_what_a_past_event_left_is_still_there():
    assert status("The previous stent is displaced.", "stent", "T074") == "present"
    assert status("A nodule of the previously treated kind.", "nodule", "T190") == "present"
    assert status("History of pneumonia.", "pneumonia", "T047") == "historical"


def test_a_caption_without_cues_has_no_scopes():
    assert find_scopes(tokenise("Large mass in the liver.")) == []


@given(st.text(alphabet="no fracture,.;mass possible history of was ruled out", max_size=80))
def test_scopes_lie_in_the_caption(text):
    tokens = tokenise(text)
    for scope in find_scopes(tokens):
        assert 0 <= scope.first <= scope.end <= len(tokens.norms)
