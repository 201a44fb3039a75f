#!/bin/sh
# Makes the environment $1 and installs the pinned packages of $2 and the project itself, by uv or by pip.
set -eu
venv=$1
pins=$2
python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "error: Python 3.11 or newer is needed; \`$python\` is not. Try: make PYTHON=python3.12 ..." >&2
  exit 2
fi
echo "setting up $venv (once; about half a minute with uv, two with pip)" >&2
if command -v uv >/dev/null 2>&1; then
  [ -x "$venv/bin/python" ] || uv venv -q --python "$python" "$venv"
  uv pip install -q --python "$venv/bin/python" --require-hashes -r "$pins"
  uv pip install -q --python "$venv/bin/python" --no-deps -e .
else
  [ -x "$venv/bin/pip" ] || "$python" -m venv "$venv"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$pins"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps -e .
fi
