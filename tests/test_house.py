"""The house keeps its shape: sizes of files and functions, documented modules, names that say something."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPO

FILES = sorted((REPO / "rocov2").rglob("*.py"))
VAGUE = {"utils.py", "helpers.py", "common.py", "base.py"}


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node):
    doc = ast.get_docstring(node)
    return node.end_lineno - node.lineno + 1 - (len(doc.splitlines()) if doc else 0)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(REPO)))
def test_a_file_is_at_most_300_lines_and_a_function_at_most_50_with_6_arguments(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
    assert [node.name for node in functions(path) if length(node) > 50] == []
    assert [node.name for node in functions(path) if len(node.args.args) + len(node.args.kwonlyargs) > 7] == []


def test_every_module_says_what_it_turns_into_what():
    assert [path for path in FILES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))] == []


def test_no_module_has_a_name_that_says_nothing():
    assert [path for path in FILES if path.name in VAGUE] == []


def test_there_are_two_broad_excepts_one_shard_and_the_top():
    broad = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")
            ):
                broad.append(str(path.relative_to(REPO)))
    assert broad == ["rocov2/cli/main.py", "rocov2/engine/task.py"]


def test_stages_are_short():
    assert [
        path.name for path in (REPO / "rocov2" / "stages").glob("*.py") if len(path.read_text().splitlines()) > 190
    ] == []


def test_the_top_level_holds_what_it_should():
    wanted = {
        "pyproject.toml",
        "README.md",
        "rocov2",
        "scripts",
        "tests",
        "data",
        "LICENSE",
        "constraints.txt",
        "CHANGELOG.md",
        "SECURITY.md",
        "CITATION.cff",
    }
    assert wanted <= {path.name for path in REPO.iterdir()}


@pytest.mark.parametrize("path", sorted((REPO / "scripts").glob("*.py")), ids=lambda path: path.name)
def test_every_script_is_documented(path):
    assert path.name in (REPO / "scripts" / "README.md").read_text()
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted((REPO / "scripts").glob("*.py")), ids=lambda path: path.name)
def test_every_script_says_with_help_what_it_needs(path):
    done = subprocess.run([sys.executable, path, "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert path.name in done.stdout


DOCUMENTS = sorted(
    path
    for places in ("*.md", "rocov2/*.md", "data/**/*.md", "scripts/**/*.md", "tests/**/*.md")
    for path in REPO.glob(places)
)


def heading_ids(text):
    return [
        re.sub(r"[^\w -]", "", line.lower()).strip().replace(" ", "-") for line in re.findall("^#+ (.+)$", text, re.M)
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(REPO)))
def test_links_of_documents_lead_somewhere(path):
    for place, _, heading in (link.partition("#") for link in re.findall(r"\]\((?!http)([^)\s]+)\)", path.read_text())):
        target = path.parent / place if place else path
        assert target.exists(), place
        assert not heading or heading in heading_ids(target.read_text()), heading


def test_paths_of_the_repository_are_plain():
    assert all(Path(path).suffix != ".pkl" for path in (REPO / "data").rglob("*"))
