import gzip

import pytest

from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.rrf import RrfRules, read_rrf
from rocov2.errors import ConfigError


def row(cui, text, *, lat="ENG", flags=("P", "PF", "Y"), source="MSH", tty="MH", suppress="N"):
    ts, stt, preferred = flags
    return f"{cui}|{lat}|{ts}|L1|{stt}|S1|{preferred}|A1||||{source}|{tty}|D1|{text}|0|{suppress}|256|\n"


CONSO = (
    row("C0000001", "Structure of kidney", flags=("S", "VO", "N"), source="SNOMEDCT_US", tty="FN")
    + row("C0000001", "Kidney")
    + row("C0000001", "Niere", lat="GER")
    + row("C0000001", "Ren", flags=("S", "PF", "Y"), tty="SY")
    + row("C0000001", "old kidney", suppress="O")
    + row("C0000002", "Aspirin")
)
STY = "C0000001|T023|A1|Body Part|AT1|256|\nC0000002|T121|A1|Drug|AT2|256|\nC0000002|T109|A1|Chemical|AT3|256|\n"


@pytest.fixture
def release(tmp_path):
    (tmp_path / "MRCONSO.RRF").write_text(CONSO)
    (tmp_path / "MRSTY.RRF").write_text(STY)
    return tmp_path


def test_english_unsuppressed_atoms_become_terms_named_by_the_preferred_one(release):
    terms = [t for t in read_rrf(release) if t.cui == "C0000001"]
    assert {t.text for t in terms} == {"Kidney", "Ren", "Structure of kidney"}
    assert {t.name for t in terms} == {"Kidney"}
    assert {t.tui for t in terms} == {"T023"}


def test_semantic_types_are_joined(release):
    assert [t.tui for t in read_rrf(release) if t.cui == "C0000002"] == ["T109;T121"]


def test_the_preferred_name_has_the_highest_prior(release):
    priors = {t.text: t.prior for t in read_rrf(release)}
    assert priors["Kidney"] == 1.0 > priors["Ren"] > priors["Structure of kidney"]


def test_the_ranking_of_sources_chooses_the_name(release):
    (release / "MRRANK.RRF").write_text("0400|SNOMEDCT_US|FN|N|\n0300|MSH|MH|N|\n")
    assert {t.name for t in read_rrf(release) if t.cui == "C0000001"} == {"Structure of kidney"}


@pytest.mark.parametrize(
    ("rules", "texts"),
    [
        (RrfRules(languages=frozenset({"GER"})), {"Niere"}),
        (RrfRules(sources=frozenset({"SNOMEDCT_US"})), {"Structure of kidney"}),
        (RrfRules(excluded_sources=frozenset({"MSH"})), {"Structure of kidney"}),
        (RrfRules(excluded_types=frozenset({"MH", "FN"})), {"Ren"}),
        (RrfRules(semantic_types=frozenset({"T121"})), {"Aspirin"}),
        (RrfRules(suppression=frozenset({"O"})), {"old kidney"}),
    ],
)
def test_rules_choose_the_atoms(release, rules, texts):
    assert {t.text for t in read_rrf(release, rules)} == texts


def test_types_in_any_order_and_twice_are_the_same(release):
    lines = STY.splitlines(keepends=True)
    (release / "MRSTY.RRF").write_text("".join(reversed(lines)) + lines[0])
    assert {t.cui: t.tui for t in read_rrf(release)} == {"C0000001": "T023", "C0000002": "T109;T121"}


def test_a_concept_without_a_type_has_none(release):
    (release / "MRSTY.RRF").write_text("C0000002|T121|A1|Drug|AT2|256|\n")
    assert {t.cui: t.tui for t in read_rrf(release)} == {"C0000001": "", "C0000002": "T121"}


@pytest.mark.parametrize("name", ["MRSTY.RRF", "MRCONSO.RRF"])
def test_what_is_no_cui_is_refused(release, name, tmp_path):
    text = (release / name).read_text()
    (release / name).write_text(text + text.splitlines(keepends=True)[0].replace("C0000001", "D0000001"))
    with pytest.raises(ConfigError, match=r"'D0000001'.* is not a CUI"):
        build_vocabulary(read_rrf(release), tmp_path / "v")


def test_gzip_and_a_meta_folder_are_read(tmp_path):
    (tmp_path / "META").mkdir()
    for name, text in (("MRCONSO.RRF", CONSO), ("MRSTY.RRF", STY)):
        (tmp_path / "META" / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    assert len(list(read_rrf(tmp_path))) == 4


def test_a_missing_file_and_a_short_row_are_named(release):
    (release / "MRCONSO.RRF").write_text("C0000001|ENG|P\n")
    with pytest.raises(ConfigError, match=r"MRCONSO\.RRF:1: 3 columns"):
        list(read_rrf(release))
    (release / "MRSTY.RRF").unlink()
    with pytest.raises(ConfigError, match=r"no MRSTY\.RRF"):
        list(read_rrf(release))


def test_the_fixture_in_the_exact_release_columns_is_read(shared, tmp_path):
    terms = list(read_rrf(shared / "vocabulary" / "rrf_fixture"))
    assert {t.cui for t in terms} == {"C0000005", "C0000039"}
    assert build_vocabulary(terms, tmp_path).lookup("1,2-dipalmitoylphosphatidylcholine")[0].cui == "C0000039"
