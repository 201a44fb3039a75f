#!/bin/sh
# Pins names, versions and hashes; the lock file with its download addresses never enters the repository.
set -eu
here=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp pyproject.toml LICENSE "$work"
mkdir -p "$work/skill" "$work/topics"
touch "$work/README.md" "$work/skill/__init__.py"
cd "$work"
# Spark is 400 MB and runs in a proof alone.
uv lock -q
uv export -q --no-emit-project --no-header --no-annotate --no-dev -o "$here/constraints.txt" >/dev/null
uv export -q --no-emit-project --no-header --no-annotate --all-extras --no-extra spark -o "$here/constraints-dev.txt" >/dev/null
