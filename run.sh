#!/usr/bin/env bash
# Sets up what is missing and runs the whole system.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'TEXT'
用法 Usage: ./run.sh [选项 options]

  （无选项）       启动整个系统（单进程、内置数据库和演示数据），按 Ctrl-C 停止
                  run the whole system in one process with demo data, until Ctrl-C
  --reset         清除 var/ 中的数据，从头开始
                  start clean
  --processes     每个服务一个进程，使用 RabbitMQ 和 PostgreSQL（缺少时以 root 自动安装）
                  a process per service, on RabbitMQ and PostgreSQL (installed when root)
  --port N        网站端口
                  port of the web site
  --demo          启动、走完主要流程、停止；成功返回 0，失败时指出步骤并返回 1
                  start, run the main journey, stop; exit 0, or name the failed step and exit 1
  --demo --processes   同上，但每个服务一个进程
  --help          显示本帮助  this text
TEXT
}

module=tools.run
processes=no
arguments=()
while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help) usage; exit 0 ;;
        --demo) module=tools.demo ;;
        --processes) processes=yes; arguments+=("$1") ;;
        --reset) arguments+=("$1") ;;
        --port)
            [[ "${2:-}" =~ ^[0-9]+$ ]] || { usage >&2; exit 2; }
            arguments+=("$1" "$2"); shift ;;
        --port=*) arguments+=("$1") ;;
        *) printf '未知选项 unknown option: %s\n\n' "$1" >&2; usage >&2; exit 2 ;;
    esac
    shift
done

./tools/setup.sh
if [ "$processes" = yes ] && [ -n "$(.venv/bin/python -m tools.backing missing)" ]; then
    echo "安装 RabbitMQ 和 PostgreSQL … installing RabbitMQ and PostgreSQL" >&2
    .venv/bin/python -m tools.backing install
fi
exec .venv/bin/python -m "$module" ${arguments[@]+"${arguments[@]}"}
