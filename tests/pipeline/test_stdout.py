"""Whoever reads the output may leave, and a full disk is told apart from a bug."""

import subprocess
from pathlib import Path

import pytest

from tests.pipeline.runs import command, environment, rocov2


def run(words, **pipes):
    return subprocess.run(
        command(*words), env=environment(), stderr=subprocess.PIPE, text=True, check=False, timeout=60, **pipes
    )


@pytest.mark.parametrize(("words", "code"), [(("tables", "--json"), 0), (("status", "--work", "/nowhere"), 3)])
def test_a_reader_that_has_seen_enough_changes_neither_exit_code_nor_words(words, code):
    usual = run(words, stdout=subprocess.DEVNULL)
    reader = subprocess.Popen(("true",), stdin=subprocess.PIPE)
    reader.wait()
    left = run(words, stdout=reader.stdin)
    reader.stdin.close()
    assert (left.returncode, left.stderr) == (usual.returncode, usual.stderr) == (code, usual.stderr)


@pytest.mark.parametrize("words", [("tables", "--json"), ("--help",)])
def test_an_output_that_cannot_be_written_is_said_so(words):
    with Path("/dev/full").open("w") as full:
        done = run(words, stdout=full)
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        5,
        "rocov2: the output cannot be written: No space left on device",
    )


def test_what_the_terminal_cannot_show_is_shown_by_its_number(tmp_path):
    words = ("build", "--source", "sample", "--dry-run", "--work", tmp_path / "work")
    assert "(\\xb1" in rocov2(*words, PYTHONIOENCODING="ascii")
    assert "(±" in rocov2(*words, PYTHONIOENCODING="utf-8")
