import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocov2.jats.licenses import CODES, license_code_of, stricter


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://creativecommons.org/licenses/by/2.0", "CC BY"),
        ("https://creativecommons.org/licenses/by/4.0/", "CC BY"),
        ("https://creativecommons.org/licenses/by-nc/4.0/legalcode", "CC BY-NC"),
        ("http://creativecommons.org/licenses/by-nc-sa/3.0/igo/", "CC BY-NC-SA"),
        ("http://www.creativecommons.org/licenses/by-nc-nd/3.0", "CC BY-NC-ND"),
        ("http://creativecommons.org/licenses/by-nd-nc/1.0", "CC BY-NC-ND"),
        ("http://creativecommons.org/licenses/by-sa/4.0/", "CC BY-SA"),
        ("http://creativecommons.org/licenses/by-nd/4.0/", "CC BY-ND"),
        ("HTTP://CreativeCommons.org/Licenses/BY/4.0/", "CC BY"),
        ("http://creativecommons.org/licence/by/4.0/", "CC BY"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", None),
        ("http://creativecommons.org/licenses/bypass/", None),
        ("http://www.elsevier.com/open-access/userlicense/1.0/", None),
        ("", None),
        (None, None),
    ],
)
def test_a_url_names_its_licence(url, code):
    assert license_code_of(url) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("under the Creative Commons Attribution License (http://creativecommons.org/licenses/by/2.0),", "CC BY"),
        ("the Creative Commons Attribution License, which permits unrestricted use", "CC BY"),
        ("the Creative Commons Attribution-NonCommercial-NoDerivatives 4.0 licence", "CC BY-NC-ND"),
        ("the Creative Commons Attribution Non-Commercial License", "CC BY-NC"),
        ("the Creative Commons Attribution-NonCommercial-ShareAlike 3.0 License", "CC BY-NC-SA"),
        ("a Creative Commons Attribution-Share Alike license", "CC BY-SA"),
        ("This is an open access article under the CC BY-NC-ND license.", "CC BY-NC-ND"),
        ("published under CC-BY 4.0", "CC BY"),
        ("released under CC0", "CC0"),
        ("CC BY applies; the Public Domain Dedication waiver applies to the data", "CC BY"),
        ("the Creative Commons Attribution License (CC BY). The CC0 waiver applies to the data.", "CC BY"),
        ("an open access article that may be read for non-commercial use", None),
        ("All rights reserved.", None),
    ],
)  # fmt: skip
def test_prose_names_a_licence_where_no_url_does(text, code):
    assert license_code_of(None, text) == code
    assert license_code_of("http://publisher.example/licence", text) == code


def test_the_url_counts_before_the_prose():
    assert license_code_of("http://creativecommons.org/licenses/by-nc/4.0/", "CC BY") == "CC BY-NC"


codes = st.sampled_from([*CODES, None])


@pytest.mark.parametrize(
    ("one", "other", "result"),
    [
        ("CC0", "CC BY", "CC BY"),
        ("CC BY", "CC BY-NC", "CC BY-NC"),
        ("CC BY-NC", "CC BY-NC-ND", "CC BY-NC-ND"),
        ("CC BY-SA", "CC BY-NC", "CC BY-NC-SA"),
        ("CC BY-SA", "CC BY-ND", "CC BY-ND"),
        (None, "CC BY", "CC BY"),
        ("TDM", "CC BY", "TDM"),
        (None, None, None),
    ],
)
def test_the_stricter_licence_obeys_both(one, other, result):
    assert stricter(one, other) == stricter(other, one) == result


@given(codes, codes, codes)
def test_stricter_does_not_depend_on_order_and_stays_within_the_codes(a, b, c):
    assert stricter(stricter(a, b), c) == stricter(a, stricter(b, c))
    assert stricter(a, a) == a
    assert stricter(a, b) in {*CODES, None}
