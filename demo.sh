#!/bin/sh
# The bundled example from end to end: sh demo.sh [FOLDER] (default yusuan-demo).
set -eu
root=$(cd "$(dirname "$0")" && pwd)
case ${1:-yusuan-demo} in
/*) folder=${1} ;;
*) folder=$PWD/${1:-yusuan-demo} ;;
esac
cd "$root"
. tools/venv.sh
prepare requirements.lock requirements-build.lock
exec "$VENV_PYTHON" -m yusuan demo -o "$folder"
