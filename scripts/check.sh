#!/usr/bin/env bash
# All checks of the project, in the environment that is active: style, types, import contracts, tests.
set -euo pipefail
cd "$(dirname "$0")/.."
ruff check .
ruff format --check .
mypy
lint-imports
pytest -q -n 2 --dist worksteal "$@"
