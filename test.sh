#!/usr/bin/env bash
# Runs every check and every test; arguments go to each call of pytest.
#
#   ./test.sh                     everything
#   ALLOW_SKIPS=1 ./test.sh       a test that finds no real server is no failure
#   ./test.sh tests/unit -k bus   the checks, and the tests chosen so
#   STAGES="fast e2e" ./test.sh   some of the stages: checks fast backends chaos e2e browser
#
# No stage stops the ones after it. The last line counts all stages, in pytest's own words.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

readonly REPORTS="var/test-reports"
export PYTHONUNBUFFERED=1
STAGES="${STAGES:-checks fast backends chaos e2e browser}"
FAILED=()

title() { printf '\n──── %s\n' "$1"; }

wanted() { [[ " $STAGES " == *" $1 "* ]]; }

# A check without tests of its own: lint, types, boundaries, the console.
check() {
    local name="$1"
    shift
    title "$name: $*"
    "$@" </dev/null || FAILED+=("$name")
}

run_pytest() {
    local report="$1" markers="$2"
    shift 2
    .venv/bin/python -m pytest -m "$markers" --continue-on-collection-errors \
        --junitxml="$REPORTS/$report.xml" "$@" </dev/null
}

# 5 means that nothing was collected: fine where the caller chose the tests, or for one of two parts.
judge() {
    local name="$1" status="$2" may_be_empty="$3"
    [ "$status" -eq 0 ] || { [ "$status" -eq 5 ] && [ "$may_be_empty" = yes ]; } ||
        FAILED+=("$name (pytest ended with $status)")
}

# A stage of the tests: name, marker expression, further arguments.
tests() {
    local name="$1" status=0
    wanted "$name" || return 0
    title "$name tests"
    run_pytest "$@" || status=$?
    judge "$name" "$status" "$CHOSEN"
}

# The same in two processes, one for each core; the second's output comes after the first's.
tests_in_two() {
    local name="$1" markers="$2" first=0 second=0
    shift 2
    wanted "$name" || return 0
    title "$name tests, part 1 of 2"
    run_pytest "$name-2" "$markers" -p tools.sharding --shard 2/2 "$@" >"$REPORTS/$name-2.log" 2>&1 &
    local other=$!
    run_pytest "$name-1" "$markers" -p tools.sharding --shard 1/2 "$@" || first=$?
    wait "$other" || second=$?
    title "$name tests, part 2 of 2"
    cat "$REPORTS/$name-2.log"
    judge "$name, part 1" "$first" yes
    judge "$name, part 2" "$second" yes
}

# A process in the background does not hear Ctrl-C.
trap 'jobs -p | xargs -r kill 2>/dev/null; exit 130' INT TERM

CHOSEN=no
[ $# -eq 0 ] || CHOSEN=yes

./tools/setup.sh || exit 1
rm -rf "$REPORTS"
mkdir -p "$REPORTS"

if [ "${ALLOW_SKIPS:-0}" = 0 ]; then
    export QIBIAO_REQUIRE_BACKENDS=1
fi
missing="$(.venv/bin/python -m tools.backing missing --browser)"
if [ -n "$missing" ] && [ "$STAGES" != checks ] && [ "$STAGES" != fast ]; then
    title "installing $missing"
    if ! .venv/bin/python -m tools.backing install --browser; then
        printf '!!!! 没有 %s：真实消息队列和数据库上的测试无法运行\n' "$missing"
        printf '!!!! without %s the tests on real servers cannot run\n' "$missing"
        [ -z "${QIBIAO_REQUIRE_BACKENDS:-}" ] || FAILED+=("install $missing")
    fi
fi

if wanted checks; then
    check lint .venv/bin/ruff check .
    check format .venv/bin/ruff format --check .
    check types .venv/bin/mypy
    check imports .venv/bin/lint-imports
    if [ -f web/package.json ]; then
        check web env PATH="$PWD/.venv/bin:$PATH" npm --prefix web test --silent
    fi
fi

tests_in_two fast "not slow and not backends and not e2e and not browser" "$@"
tests backends "backends and not slow and not e2e" --timeout=300 "$@"
tests chaos "slow and not e2e" --timeout=900 "$@"
tests e2e "e2e" --timeout=300 "$@"
# By themselves: what drives the browser and what the other tests import cannot share a process.
if [ "$CHOSEN" = no ]; then
    QIBIAO_TESTS=browser tests browser "browser" --timeout=300 tests/browser
elif [[ "$*" == *tests/browser* ]]; then
    QIBIAO_TESTS=browser tests browser "browser" --timeout=300 "$@"
fi

exec .venv/bin/python -m tools.verdict "$REPORTS" ${FAILED[@]+"${FAILED[@]}"}
