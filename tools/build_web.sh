#!/usr/bin/env bash
# Builds the console (web/) into gateway/static/app/ when its sources changed; part of the set-up.
# The portal and the API work without it, so a failure here is told and is no error.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

readonly OUT="gateway/static/app"
readonly STAMP="web/node_modules/.qibiao-stamp"
readonly LOG="var/log/web.log"

[ -f web/package.json ] && [ -f web/package-lock.json ] || exit 0
export PATH="$PWD/.venv/bin:$PATH"

# Installed packages, results and tests do not change the build.
sources() {
    find web contracts/openapi.yaml -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' \
        -not -path 'web/test*' -not -path 'web/playwright*' -print0 2>/dev/null |
        sort -z | xargs -0 sha256sum
}

step() {
    local begun=$SECONDS text="$1"
    shift
    printf '  %s … ' "$text" >&2
    if "$@" >>"$LOG" 2>&1 </dev/null; then
        printf '%ss\n' "$((SECONDS - begun))" >&2
    else
        printf '失败 failed\n' >&2
        tail -n 15 "$LOG" >&2
        printf '! 控制台页面未生成，公示页面和接口不受影响 (%s)\n' "$LOG" >&2
        printf '! the console was not built; portal and API work without it\n' >&2
        exit 0
    fi
}

wanted="$(printf 'packages %s\n' "$(sha256sum <web/package-lock.json)"; sources)"
found="$(cat "$STAMP" 2>/dev/null || true)"
[ "$wanted" = "$found" ] && [ -f "$OUT/index.html" ] && exit 0

mkdir -p var/log
: >"$LOG"
if [ "$(head -n 1 <<<"$wanted")" != "$(head -n 1 <<<"$found")" ]; then
    step "安装前端依赖 installing the console's packages" npm --prefix web ci --no-audit --no-fund
fi
step "生成控制台页面 building the console" npm --prefix web run build
# The build may write generated types into web/: remember what it left behind.
{ printf 'packages %s\n' "$(sha256sum <web/package-lock.json)"; sources; } >"$STAMP"
