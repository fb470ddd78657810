import random
from array import array
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocov2.concepts.build import build_vocabulary, write_trie
from rocov2.concepts.normalise import key_of
from rocov2.concepts.terms import Term
from rocov2.concepts.vocabulary import open_vocabulary
from rocov2.errors import ConfigError
from tests.concepts.conftest import SMALL

FILES = ("keys.marisa", "candidates.arrow", "offsets.arrow", "concepts.arrow", "vocabulary.json")


def test_a_term_is_found_in_any_of_its_spellings(small):
    assert [c.cui for c in small.lookup("Left KIDNEYS")] == ["C0227614"]
    assert small.lookup("spleen") == ()


def test_the_order_of_the_terms_does_not_matter(tmp_path):
    shuffled = list(SMALL)
    random.Random(7).shuffle(shuffled)
    one, other = build_vocabulary(SMALL, tmp_path / "a"), build_vocabulary(shuffled, tmp_path / "b")
    assert one.digest == other.digest
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


TERM = st.builds(
    Term,
    st.integers(0, 9).map(lambda n: f"C000000{n}"),
    st.text(alphabet="abc ", min_size=1, max_size=6),
    st.sampled_from(["", "T023", "T047"]),
    st.sampled_from(["", "name"]),
    st.sampled_from(["X", "Y"]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(TERM, min_size=1, max_size=12).filter(lambda terms: any(key_of(t.text) for t in terms)), st.randoms())
def test_any_order_of_any_terms_gives_the_same_digest(tmp_path_factory, terms, order):
    shuffled = list(terms)
    order.shuffle(shuffled)
    folder = tmp_path_factory.mktemp("v")
    assert build_vocabulary(terms, folder / "a").digest == build_vocabulary(shuffled, folder / "b").digest


def test_every_term_can_be_looked_up_again(small):
    for term in SMALL:
        assert term.cui in {c.cui for c in small.lookup(term.text)}


def test_forms_lists_every_key(small):
    assert {key for key, _ in small.forms()} == {key_of(t.text) for t in SMALL}
    assert len(small) == len({key_of(t.text) for t in SMALL})


def test_a_concept_keeps_all_its_semantic_types(tmp_path):
    terms = [Term("C0000001", "a", "T047", "A"), Term("C0000001", "b", "T191", "A")]
    assert build_vocabulary(terms, tmp_path).names["C0000001"] == ("A", "T047;T191")


def test_the_core_name_wins(tmp_path):
    terms = [Term("C0000001", "aa", "", "Other"), Term("C0000001", "bb", "", "Zed", is_core=True)]
    assert build_vocabulary(terms, tmp_path).names["C0000001"][0] == "Zed"


def test_capitals_are_needed_only_if_all_spellings_of_a_key_need_them(tmp_path):
    vocabulary = build_vocabulary([Term("C0000001", "PET"), Term("C0000002", "PET"), Term("C0000002", "pet")], tmp_path)
    assert {c.cui: c.is_cased for c in vocabulary.lookup("pet")} == {"C0000001": True, "C0000002": False}


def test_another_term_changes_the_digest(tmp_path, small):
    assert build_vocabulary([*SMALL, Term("C0000001", "spleen")], tmp_path / "more").digest != small.digest


def test_opening_it_again_gives_the_same(small):
    again = open_vocabulary(small.folder)
    assert again.digest == small.digest
    assert list(again.forms()) == list(small.forms())


def test_threads_may_share_it(small):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(small.lookup, ["left kidney"] * 40))
    assert len(set(found)) == 1


def test_no_terms_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="no terms"):
        build_vocabulary([Term("C0000001", "...")], tmp_path)


def test_a_folder_that_is_no_vocabulary_says_so(tmp_path):
    with pytest.raises(ConfigError, match="not a vocabulary"):
        open_vocabulary(tmp_path)


def test_a_cut_file_says_so(small):
    (small.folder / "candidates.arrow").write_bytes(b"ARROW")
    with pytest.raises(ConfigError, match="not a vocabulary"):
        open_vocabulary(small.folder)


def test_keys_of_one_hash_all_go_into_the_trie(tmp_path):
    (tmp_path / "keys").write_text("kidney\nliver\nkidney\nlung\n")
    ids, number = write_trie(tmp_path / "trie", tmp_path / "keys", array("q", [0, 0, 0, 0]))
    assert number == 3
    assert ids[0] == ids[2]
    assert len(set(ids.tolist())) == 3


def test_the_order_of_hashes_and_chance_do_not_matter(tmp_path):
    (tmp_path / "keys").write_text("kidney\nliver\nkidney\nlung\n")
    for name, hashes in (("a", [5, 3, 5, 1]), ("b", [-1, 7, -1, 9]), ("c", [0, 0, 0, 1])):
        write_trie(tmp_path / name, tmp_path / "keys", array("q", hashes))
    assert len({(tmp_path / name).read_bytes() for name in "abc"}) == 1


def test_types_of_a_concept_from_several_places_are_one_union(tmp_path):
    terms = [
        Term("C0000001", "a", "T191;T047", "A"),
        Term("C0000002", "b", "T023", "B"),
        Term("C0000001", "c", "T047", "A"),
        Term("C0000003", "d", "", "D"),
        Term("C0000001", "e", "", "A"),
    ]
    names = build_vocabulary(terms, tmp_path).names
    assert {cui: types for cui, (_, types) in names.items()} == {
        "C0000001": "T047;T191",
        "C0000002": "T023",
        "C0000003": "",
    }


def test_the_best_row_of_a_key_and_concept_is_kept(tmp_path):
    terms = [
        Term("C0000001", "liver", source="B", tty="SY", prior=0.8),
        Term("C0000001", "Livers", source="Z", tty="PT", prior=0.9),
        Term("C0000001", "liver", source="A", tty="SY", prior=0.9),
        Term("C0000002", "liver", source="A", tty="SY", prior=0.95),
    ]
    found = [(c.cui, c.source, c.prior) for c in build_vocabulary(terms, tmp_path).lookup("liver")]
    assert found == [("C0000002", "A", 0.95), ("C0000001", "A", 0.9)]


def test_what_is_no_cui_is_refused_and_leaves_nothing_that_looks_whole(tmp_path):
    with pytest.raises(ConfigError, match="'D000001'"):
        build_vocabulary([Term("C0000001", "a"), Term("D000001", "b")], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == []
