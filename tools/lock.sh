#!/bin/sh
# Writes the lock files anew from pyproject.toml. Needs the program uv on the path.
set -eu
cd "$(dirname "$0")/.."
lock() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
        --no-emit-index-url --no-emit-find-links "$@"
}
backend=$(sed -n 's/^requires = \["\(hatchling[^"]*\)"\]$/\1/p' pyproject.toml)
lock pyproject.toml --upgrade -o requirements.lock
echo "$backend" | lock - -c requirements.lock --upgrade -o requirements-build.lock
echo "$backend" | lock - pyproject.toml --extra dev --extra ocr -c requirements.lock -c requirements-build.lock --upgrade -o requirements-dev.lock
