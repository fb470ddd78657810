"""What comes from outside is hostile: the defences that have no better place, and SECURITY.md held to its tests."""

import ast
import gzip
import re

import pyarrow as pa
import pytest

from rocov2.cli.options import clean_lines, clean_text
from rocov2.errors import SourceError
from rocov2.pmc.inventory import read_inventory
from rocov2.release.tombstones import Fate, bury
from tests.conftest import REPO
from tests.fakepmc import Bucket, jpeg
from tests.pipeline.runs import places, rocov2

ESCAPE = "\x1b]0;owned\x07\x1b[2J"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def test_every_defence_of_the_page_has_its_test():
    named = set(re.findall(r"`(test_\w+)`", (REPO / "SECURITY.md").read_text(encoding="utf-8")))
    known = {
        node.name
        for path in (REPO / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert len(named) > 20
    assert named - known == set()


def test_an_inventory_that_swells_is_refused_in_little_memory(tmp_path):
    path = tmp_path / "0000.csv.gz"
    path.write_bytes(gzip.compress(b'"' + bytes(200 << 20), 1))
    before = pa.total_allocated_bytes()
    with pytest.raises(SourceError, match="not an inventory shard"):
        list(read_inventory([path], ("Bucket", "Key", "LastModifiedDate", "ETag")))
    assert path.stat().st_size < 2 << 20
    assert pa.default_memory_pool().max_memory() - before < 100 << 20


@pytest.mark.parametrize("detail", ["=1+1", "@SUM(A1)", "-2", "\t=1", "\r\n=1"])
def test_no_tombstone_starts_a_formula(detail):
    fates = {"PMC1": Fate("licence", f"PMC1.1: {detail}"), "PMC2": Fate("gone", "not in the inventories since 2026")}
    for stone in bury(["PMC1", "PMC2"], [], fates, {}, "2026-09-02"):
        assert not any(cell.startswith(FORMULA) for cell in (stone.pmcid, stone.reason, stone.date, stone.detail))
        assert stone.detail.isprintable()


def test_no_message_reaches_the_terminal_with_its_escapes(tmp_path):
    said = [
        rocov2("build", "--source", f"no{ESCAPE}where", *places(tmp_path), code=4),
        rocov2("build", "--source", "sample", "--ids", f"{ESCAPE}.txt", *places(tmp_path), code=2),
        rocov2("build", "--source", "sample", "--preset", f"open{ESCAPE}", *places(tmp_path), code=2),
    ]
    assert not any("\x1b" in words or "\x07" in words for words in said)
    assert all("x1b" in words for words in said)


def test_why_shows_a_title_with_escapes_and_does_not_obey_it(tmp_path):
    bucket = Bucket(tmp_path / "bucket")
    bucket.add_article("PMC1", media={"f.jpg": jpeg()}, title=f"A title {ESCAPE}", is_retracted=True)
    bucket.add_article("PMC2", media={"f.jpg": jpeg(3, (300, 200))})
    bucket.write_inventory()
    rocov2("build", "--source", bucket.root, *places(tmp_path), "--workers", "1", "-p", "screen.min_score=2", code=6)
    said = rocov2("why", "PMC1", "--work", tmp_path / "work") + rocov2("status", "--work", tmp_path / "work")
    assert "A title \\x1b]0;owned\\x07" in said
    assert "\x1b" not in said


@pytest.mark.parametrize("char", ["\x00", "\x1b", "\x7f", "\x9b", "\u202e", "\u2028", "\ud800"])
def test_what_a_terminal_would_obey_is_shown(char):
    assert clean_text(f"a{char}b") == f"a\\x{ord(char):02x}b"
    assert clean_lines(f"a\n{char}") == f"a\n\\x{ord(char):02x}"


def calls(path):
    """Names of all that a file calls or imports, dotted."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.name for alias in node.names)
            yield getattr(node, "module", None) or ""


def test_nothing_is_unpickled_evaluated_or_given_to_a_shell():
    forbidden = {"eval", "exec", "pickle", "marshal", "shelve", "joblib", "subprocess", "os.system", "os.popen"}
    found = {path.name: forbidden & set(calls(path)) for path in (REPO / "rocov2").rglob("*.py")}
    assert {name: words for name, words in found.items() if words} == {}


def test_this_package_unpacks_no_archive_blindly():
    blind = ("extractall", "unpack_archive")
    found = [path for path in (REPO / "rocov2").rglob("*.py") if any(name.endswith(blind) for name in calls(path))]
    assert found == []
