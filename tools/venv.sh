# Sourced by demo.sh and test.sh, from the root of the repository: makes the virtual environment .venv-run and installs
# into it what the given lock files list, by hash. Works on a bare Debian too, where python3 comes without pip or ensurepip.
# Sets VENV_PYTHON. A stamp named after the lock files and the interpreter makes later runs quick.

VENV=.venv-run
VENV_PYTHON="$VENV/bin/python"

say() {
    echo "$*" >&2
}

die() {
    say "$*"
    exit 2
}

find_python() {
    for PYTHON in "${PYTHON:-}" python3 python3.11 python3.12 python3.13 python3.14; do
        if [ -n "$PYTHON" ] && "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            return 0
        fi
    done
    die "需要 Python 3.11 或更高版本（apt-get install python3）。 Python 3.11 or later is needed."
}

has_pip() {
    "$1" -m pip --version >/dev/null 2>&1
}

# apt_install PACKAGE...: Debian packages without what they only recommend.
apt_install() {
    apt-get update -qq >&2 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# A virtual environment with a pip of its own, or one that the pip outside can fill.
try_venv() {
    rm -rf "$VENV"
    if "$PYTHON" -m venv "$VENV" >/dev/null 2>&1 && has_pip "$VENV_PYTHON"; then
        return 0
    fi
    rm -rf "$VENV"
    has_pip "$PYTHON" && "$PYTHON" -m venv --without-pip "$VENV" >/dev/null 2>&1
}

make_venv() {
    try_venv && return 0
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        for packages in python3-venv "python3-venv python3-pip"; do
            say "安装 $packages… installing $packages"
            # shellcheck disable=SC2086
            apt_install $packages || true
            try_venv && return 0
        done
    fi
    die "不能建立虚拟环境：请安装 python3-venv 和 python3-pip。 No virtual environment could be made: install python3-venv and python3-pip."
}

pip_run() {
    if has_pip "$VENV_PYTHON"; then
        "$VENV_PYTHON" -m pip --disable-pip-version-check "$@"
    else
        "$PYTHON" -m pip --disable-pip-version-check --python "$VENV_PYTHON" "$@"
    fi
}

# prepare LOCK...: the environment with these locks and the project itself, installed in place.
prepare() {
    find_python
    known=$({ "$PYTHON" -c 'import sys; print(sys.version, sys.executable)'; pwd; cat pyproject.toml "$@"; } | cksum | tr ' ' -)
    stamp="$VENV/.ready-$known"
    if [ -f "$stamp" ] && "$VENV_PYTHON" -c 'import yusuan' 2>/dev/null; then
        return 0
    fi
    if ! "$VENV_PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        make_venv
    fi
    say "安装依赖… installing dependencies"
    for lock in "$@"; do
        pip_run install -qq --require-hashes -r "$lock" >&2 || die "依赖没有装上（$lock）。 The dependencies of $lock could not be installed."
    done
    pip_run install -qq --no-deps --no-build-isolation --editable . >&2 || die "本项目没有装上。 The project could not be installed."
    : >"$stamp"
}
