"""Run the command line as a user does, in a process of its own, and compare what it wrote."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


def environment(**more):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ROCOV2_") and "proxy" not in name.lower()
    }
    return {**kept, "PYTHONPATH": str(REPO), **more}


def command(*words):
    return [sys.executable, "-m", "rocov2", *map(str, words)]


def rocov2(*words, code=0, cwd=None, **variables):
    """Run a command and return its standard output; its exit code must be `code`."""
    done = subprocess.run(
        command(*words), capture_output=True, text=True, env=environment(**variables), cwd=cwd, check=False
    )
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 or "--json" in words else done.stderr


def build(folder, *words, code=0, source="sample"):
    """Build into folder/work and folder/release and return the run's record."""
    out = rocov2("build", "--source", source, *places(folder), "--json", *words, code=code)
    return json.loads(out)


def places(folder):
    return ("--work", folder / "work", "--release", folder / "release")


def contents(folder):
    """Return name -> bytes of every file of a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def killed_at(pattern, *words, count=1):
    """Run a command that is killed just before the `count`-th file whose path matches gets its name."""
    line = [sys.executable, "-m", "tests.pipeline.killed", pattern, str(count), *map(str, words)]
    done = subprocess.run(line, capture_output=True, text=True, env=environment(), cwd=REPO, check=False)
    assert done.returncode == -signal.SIGKILL, f"not killed at {pattern}: exit {done.returncode}\n{done.stderr[-2000:]}"
