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
# The console's packages are locked by npm; whom to pay for them is no part of the lock.
../.venv/bin/python - ../web/package-lock.json <<'PYTHON'
import json
import pathlib
import sys

path = pathlib.Path(sys.argv[1])
lock = json.loads(path.read_text(encoding="utf-8"))
for package in lock["packages"].values():
    package.pop("funding", None)
path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
PYTHON
if grep -nE '(https?|file)://' ./*.txt ../web/package-lock.json; then
    echo "an address got into the lock" >&2
    exit 1
fi
