#!/usr/bin/env bash
# Builds .venv: the one set-up behind ./run.sh, ./test.sh and `make setup`.
# Needs bash, python3 >= 3.11 and, when root, apt. Called again it has nothing to do and says nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly ROOT="$PWD"
readonly LOG="var/log/setup.log"
readonly STAMP=".venv/.qibiao-stamp"
readonly PYTHON_FLOOR="3, 11"
STARTED=$SECONDS

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "✗ $1"
    say "  $2"
    exit 1
}

# Run a step quietly; on failure show the end of what it printed.
step() {
    local text="$1" begun=$SECONDS
    shift
    printf '  %s … ' "$text" >&2
    printf '\n== %s: %s\n' "$text" "$*" >>"$LOG"
    if "$@" >>"$LOG" 2>&1 </dev/null; then
        printf '%ss\n' "$((SECONDS - begun))" >&2
    else
        printf '失败 failed\n' >&2
        say "--- $LOG"
        tail -n 25 "$LOG" >&2
        fail "安装未完成：$text" "Set-up stopped at the step above; the whole log is in $LOG."
    fi
}

new_enough() { "$1" -c "import sys; sys.exit(sys.version_info < ($PYTHON_FLOOR))" 2>/dev/null; }

find_python() {
    local name
    for name in ${PYTHON:-} python3 python3.11 python3.12 python3.13 /usr/bin/python3; do
        if command -v "$name" >/dev/null && new_enough "$name"; then
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

can_build_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

is_root_with_apt() { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; }

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends "$@" ||
        { apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; }
}

# Print the interpreter to build with, installing it from Debian when that is possible.
need_python() {
    PYTHON_FOUND="$(find_python || true)"
    if [ -z "$PYTHON_FOUND" ]; then
        is_root_with_apt || fail "需要 Python 3.11 或更高版本。" \
            "Python 3.11 or newer is needed: install it (Debian 12: apt install python3 python3-venv)."
        step "安装 python3 installing python3" apt_install python3 python3-venv
        PYTHON_FOUND="$(find_python || true)"
        [ -n "$PYTHON_FOUND" ] || fail "系统自带的 Python 版本过低。" \
            "The distribution's Python is older than 3.11; set PYTHON=/path/to/python3.11."
    fi
    can_build_venv "$PYTHON_FOUND" && return
    if is_root_with_apt; then
        local minor
        minor="$("$PYTHON_FOUND" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
        step "安装 python3-venv installing python3-venv" apt_install "python$minor-venv"
    fi
    can_build_venv "$PYTHON_FOUND" && return
    [ -x /usr/bin/python3 ] && new_enough /usr/bin/python3 && can_build_venv /usr/bin/python3 &&
        PYTHON_FOUND=/usr/bin/python3 && return
    fail "缺少 Python 的 venv 模块：请以 root 运行 apt install python3-venv，然后重试。" \
        "Python's venv module is missing: run 'apt install python3-venv' as root, then try again."
}

# What the environment was built from: where it lies, its requirements, its project file.
wanted_base() { printf 'root %s\n' "$ROOT"; sha256sum requirements/dev.txt; }
wanted_project() { sha256sum pyproject.toml; }

stamp_line() { sed -n "/^== $1\$/,/^==/{/^==/!p}" "$STAMP" 2>/dev/null || true; }

write_stamp() {
    { printf '== base\n'; wanted_base; printf '== project\n'; wanted_project; } >"$STAMP.new"
    mv -f "$STAMP.new" "$STAMP"
}

install_requirements() {
    # The build tool comes first: what has no wheel is built with it, not with one fetched unchecked.
    sed -n '/^setuptools==/,/^[^ ]*==/{/^setuptools==/p;/^    --hash/p}' requirements/dev.txt |
        sed '$s/ *\\$//' >.venv/build-tool.txt
    .venv/bin/python -m pip install --no-input --disable-pip-version-check --retries 5 \
        --require-hashes --no-deps -r .venv/build-tool.txt &&
        .venv/bin/python -m pip install --no-input --disable-pip-version-check --retries 5 \
            --require-hashes --no-deps --no-build-isolation -r requirements/dev.txt
}

install_project() {
    # "compat" puts this folder itself on the path, so a package added later is found at once.
    .venv/bin/python -m pip install --no-input --disable-pip-version-check --no-deps \
        --no-build-isolation --config-settings editable_mode=compat -e .
}

python_works() { .venv/bin/python -c 'import sys' >/dev/null 2>&1; }

main() {
    mkdir -p var/log
    if command -v flock >/dev/null; then
        exec 9>var/setup.lock
        flock -n 9 || { say "等待另一个安装完成 … waiting for another set-up to finish"; flock 9; }
    fi
    local base_ok=no project_ok=no
    if python_works; then
        [ "$(stamp_line base)" = "$(wanted_base)" ] && base_ok=yes
        [ "$(stamp_line project)" = "$(wanted_project)" ] && project_ok=yes
    fi
    if [ "$base_ok$project_ok" = yesyes ]; then
        tools/build_web.sh
        return
    fi
    : >"$LOG"
    if [ "$base_ok" = no ]; then
        say "准备运行环境（首次约需一分钟）… Preparing .venv (about a minute the first time)"
        need_python
        if ! python_works || ! grep -qxF "root $ROOT" "$STAMP" 2>/dev/null; then
            step "创建虚拟环境 creating .venv" "$PYTHON_FOUND" -m venv --clear .venv
        fi
        rm -f "$STAMP"
        step "安装依赖库 installing libraries" install_requirements
    fi
    step "安装本项目 installing the project" install_project
    step "检查依赖 checking them" .venv/bin/python -m pip check --disable-pip-version-check
    write_stamp
    tools/build_web.sh
    say "✓ 就绪 ready ($((SECONDS - STARTED)) s)"
}

main "$@"
