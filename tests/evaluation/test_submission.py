"""The submission checker names every fault with its line, and finds none in a good file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.evaluation.submission import check_submission

IDS = ("a_1", "a_2")
GOOD = b"ID,CUIs\na_1,C0040405;C0817096\na_2,C1306645\n"


def codes(body, task="concepts", ids=IDS):
    return [(fault.line, fault.code) for fault in check_submission(body, task, ids)]


@pytest.mark.parametrize("body", [GOOD, GOOD.replace(b"\n", b"\r\n"), GOOD.rstrip()])
def test_a_good_submission_has_no_fault(body):
    assert codes(body) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"\xef\xbb\xbf" + GOOD, (1, "byte_order_mark")),
        (GOOD + b"\xff", (4, "not_utf8")),
        (GOOD.replace(b"CUIs", b"cuis"), (1, "header")),
        (GOOD.replace(b"a_2", b"a_1"), (3, "duplicate_id")),
        (GOOD + b"a_3,C0040405\n", (4, "unknown_id")),
        (GOOD.replace(b"a_1", b"a_1.jpg"), (2, "unknown_id")),
        (GOOD.replace(b"a_2,C1306645\n", b""), (0, "missing_ids")),
        (GOOD + b"\n", (4, "blank_line")),
        (GOOD.replace(b";C0817096", b",C0817096"), (2, "columns")),
        (GOOD.replace(b"C1306645", b"C1306645;C1306645"), (3, "duplicate_cui")),
        (GOOD.replace(b"C1306645", b"C1306645;"), (3, "empty_cui")),
        (GOOD.replace(b"C1306645", b"C1306645 C0040405"), (3, "malformed_cui")),
        (GOOD.replace(b"C1306645", b"X-ray"), (3, "malformed_cui")),
        (GOOD.replace(b"a_2,", b"a_2 ,"), (3, "white_space")),
        (GOOD.replace(b"C1306645", b";".join(b"C%07d" % n for n in range(101))), (3, "too_many_concepts")),
    ],
)
def test_each_fault_is_found_where_it_stands(body, found):
    assert found in codes(body)
    assert any(fault.is_refused for fault in check_submission(body, "concepts", IDS))


def test_exactly_a_hundred_concepts_are_allowed():
    assert codes(GOOD.replace(b"C1306645", b";".join(b"C%07d" % n for n in range(100)))) == []


def test_an_empty_list_of_concepts_is_told_but_not_refused():
    (fault,) = check_submission(GOOD.replace(b"C1306645", b""), "concepts", IDS)
    assert (fault.line, fault.code, fault.is_refused) == (3, "no_concepts", False)


@pytest.mark.parametrize(
    ("row", "code"),
    [(b"a_2, x", "white_space"), (b"a_2,", "empty_caption"), (b'a_2,"x\ny"', "line_break"), (b"a_2,x, y", "columns")],
)
def test_faults_of_captions(row, code):
    assert code in [name for _, name in codes(b"ID,Caption\na_1,Axial CT\n" + row + b"\n", "captions")]


@given(st.binary(max_size=200))
def test_no_bytes_break_the_checker(body):
    assert all(fault.line >= 0 for fault in check_submission(body, "concepts", IDS))
