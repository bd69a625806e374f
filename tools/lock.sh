#!/usr/bin/env bash
# Resolves the dependencies of pyproject.toml and of the two package.json files anew. The lists name versions and
# hashes and no host, so they work with any registry or mirror; a week's delay keeps freshly poisoned releases out.
set -euo pipefail
cd "$(dirname "$0")/.."

resolve() {
  local list=$1
  shift
  echo "==> requirements/$list.txt"
  .venv/bin/uv pip compile "$@" --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --exclude-newer "1 week" --custom-compile-command "make lock" -o "requirements/$list.txt"
}

resolve uv --group uv
resolve node --group node
resolve run pyproject.toml --group build
resolve dev pyproject.toml --group build --group dev -c requirements/run.txt

for folder in tests/interop bench; do
  echo "==> $folder/package-lock.json"
  (cd "$folder" && npm install --package-lock-only --ignore-scripts --silent)
  # Neither download addresses nor sponsors' pages belong into a lock.
  .venv/bin/python - "$folder/package-lock.json" <<'PYTHON'
import json
import pathlib
import sys

path = pathlib.Path(sys.argv[1])
lock = json.loads(path.read_text())
for package in lock["packages"].values():
    package.pop("funding", None)
    package.pop("resolved", None)
path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")
PYTHON
done
