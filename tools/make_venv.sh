#!/usr/bin/env bash
# Makes the virtual environment named by $1 and puts the locked uv into it.
set -euo pipefail

venv=$1

say() { printf '\n%s\n\n' "$*" >&2; }

if [ -z "${PYTHON:-}" ]; then
  say "Limen needs Python 3.11 or newer, and no python3 was found.
On Debian and Ubuntu: apt-get install python3 python3-venv"
  exit 1
fi
if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  say "Limen needs Python 3.11 or newer; $PYTHON is $("$PYTHON" -c 'import platform; print(platform.python_version())').
If a newer one is installed, name it: make run PYTHON=/path/to/python3.12"
  exit 1
fi
if [ ! -x "$venv/bin/python" ]; then
  echo "==> making $venv with $("$PYTHON" --version)"
  if ! "$PYTHON" -m venv "$venv"; then
    rm -rf "$venv"
    say "This Python cannot make virtual environments.
On Debian and Ubuntu: apt-get install python3-venv"
    exit 1
  fi
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
