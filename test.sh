#!/bin/sh
# Every check of the project: style, types, tests. Arguments go to pytest: sh test.sh -k money.
set -eu
cd "$(dirname "$0")"
. tools/venv.sh
prepare requirements-dev.lock
if [ -d tests/browser ] && ! command -v chromium >/dev/null 2>&1; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        say "安装 chromium… installing chromium"
        apt_install chromium fonts-noto-cjk || say "chromium?"
    fi
fi
"$VENV_PYTHON" -m ruff check .
"$VENV_PYTHON" -m mypy
exec "$VENV_PYTHON" -m pytest "$@"
