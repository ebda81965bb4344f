#!/usr/bin/env bash
# Writes requirements/*.txt anew from *.in: exact versions with hashes, no addresses.
# Arguments go to uv: --upgrade, --upgrade-package NAME.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../requirements"

lock() {
    ../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header "$@"
}

lock base.in -o base.txt "$@"
lock dev.in -c base.txt -o dev.txt "$@"
if grep -nE '(https?|file)://' ./*.txt; then
    echo "an address got into the lock" >&2
    exit 1
fi
