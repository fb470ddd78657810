import pytest

from rocov2.concepts.normalise import tokenise
from rocov2.concepts.senses import occurrence, read_senses
from rocov2.errors import ConfigError


def test_conditions_look_before_after_and_everywhere():
    norms = tokenise("the long axis view of the heart").norms
    occurs = occurrence(norms, 1, 2)
    assert occurs("-", "long")
    assert occurs("+", "view of")
    assert occurs("", "heart")
    assert not occurs("+", "heart")
    assert not occurs("", "axis")


def test_a_phrase_may_be_longer_than_two_words():
    norms = tokenise("a left to right shunt of blood").norms
    occurs = occurrence(norms, 4, 5)
    assert occurs("-", "left to right")
    assert not occurs("-", "left")
    assert not occurs("+", "left to right")


def test_several_forms_share_a_row(tmp_path):
    path = tmp_path / "senses.csv"
    path.write_text("form,cui,needs,bars,reason\nc2|second cervical vertebra,C0004457,,,the axis\n")
    assert set(read_senses(path)) == {"c2", "second cervical vertebra"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("form,cui\n", "senses.csv:1"),
        ("form,cui,needs,bars,reason\naxis,C1,,,x\n", "senses.csv:2: 'C1' is not a CUI"),
        ("form,cui,needs,bars,reason\naxis,C0004457,a,,\n", "senses.csv:2: a sense rule needs"),
        ("form,cui,needs,bars,reason\naxis,C0004457,a,,x\naxes,C0004457,b,,x\n", "senses.csv:3: a second rule"),
    ],
)
def test_a_bad_row_is_named(tmp_path, text, message):
    path = tmp_path / "senses.csv"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_senses(path)
