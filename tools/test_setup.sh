#!/usr/bin/env bash
# Installs the servers, the browser and the Node.js that the tests use. Does nothing when all are there.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH:/usr/sbin:/sbin"

say() { printf '\n%s\n\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }
have_postgres() { have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
have_font() { compgen -G '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' >/dev/null; }
have_openidc() { compgen -G '/usr/lib/apache2/modules/mod_auth_openidc.so' >/dev/null; }
node_is_new() { node -e 'const [a, b] = process.versions.node.split(".").map(Number);
  process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; }

missing=()
have_postgres || missing+=(postgresql)
have redis-server || missing+=(redis-server)
have chromium || missing+=(chromium)
have_font || missing+=(fonts-dejavu-core)
have apache2 || missing+=(apache2)
have_openidc || missing+=(libapache2-mod-auth-openidc)
have nginx || missing+=(nginx-light)
have wrk || missing+=(wrk)
have curl || missing+=(curl)

if [ ${#missing[@]} -gt 0 ]; then
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
  fi
  if ! have apt-get || { [ ${#as_root[@]} -gt 0 ] && ! have sudo; }; then
    say "The tests need these Debian packages, or what provides the same elsewhere:
  ${missing[*]}
They can be installed only by root (or with sudo) on Debian or Ubuntu. Please have them installed, then try again."
    exit 1
  fi
  echo "==> installing from Debian's packages: ${missing[*]} (some minutes)"
  log=$(mktemp)
  # RUNLEVEL=1: install the servers without starting them; the tests start their own.
  if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
      apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    say "Installing failed; the whole log is in $log."
    exit 1
  fi
  rm -f "$log"
fi

if ! have npm || ! node_is_new; then
  echo "==> no Node.js of at least 20.19 here: putting one into .venv"
  VIRTUAL_ENV="$PWD/.venv" .venv/bin/uv pip install --quiet --require-hashes -r requirements/node.txt
  hash -r
  if ! have npm || ! node_is_new; then
    say "The tests with JavaScript clients need Node.js 20.19 or newer with npm. Please install it, then try again."
    exit 1
  fi
fi
