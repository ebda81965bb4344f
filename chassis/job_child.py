"""Begin the child process of a job: take on its limits, then run one function of one module.

Started by ``chassis.jobs`` only. Imports little: the time from start to work is part of every job.
"""

import ctypes
import importlib
import json
import os
import resource
import signal
import sys
import traceback
from typing import Any, Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_NICENESS: Final = 5
_OUT_OF_MEMORY: Final = b'{"status": "out_of_memory"}'
_FIRST_FREE_DESCRIPTOR: Final = 3


class JobRefusedError(Exception):
    """Say that the input was looked at and will not do.

    ``code`` is for programs, ``detail`` for the log; a job module raises it from ``run``.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}" if detail else code)


def main() -> None:
    """Run ``run(payload)`` of the module named in ``argv`` and write its answer; never return.

    Standard input holds ``{"limits", "parent", "payload"}``; the answer is one JSON object on
    standard output. What the module itself prints goes to standard error.
    """
    answer_descriptor = os.dup(1)
    os.dup2(2, 1)
    os.closerange(_FIRST_FREE_DESCRIPTOR, answer_descriptor)
    request = json.load(sys.stdin)
    _enter_limits(request["limits"])
    _die_with(request["parent"])
    try:
        answer = _run(sys.argv[1], request["payload"])
        body = json.dumps(answer, ensure_ascii=True).encode("ascii")
    except MemoryError:
        body = _OUT_OF_MEMORY
    _write(answer_descriptor, body)
    sys.stderr.flush()
    os._exit(0)  # no destructors: a damaged native library must not spoil a finished answer


def _run(module_name: str, payload: dict[str, Any]) -> dict[str, Any]:
    try:
        value = importlib.import_module(module_name).run(payload)
    except JobRefusedError as refusal:
        return {"status": "refused", "code": refusal.code, "detail": refusal.detail} | _usage()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the outermost edge of the process: told to the parent
        traceback.print_exc()
        return {"status": "failed"} | _usage()
    return {"status": "ok", "value": value} | _usage()


def _usage() -> dict[str, int]:
    """Return the peak of resident memory; ``ru_maxrss`` would still show the parent's."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123 - pathlib costs start time
        for line in status:
            if line.startswith("VmHWM:"):
                return {"peak_memory_bytes": int(line.split()[1]) * 1024}
    return {}


def _enter_limits(limits: dict[str, int]) -> None:
    cpu = limits["cpu_seconds"]
    for kind, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_AS, limits["memory_bytes"], limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"], limits["file_bytes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"], limits["open_files"]),
    ):
        resource.setrlimit(kind, (soft, hard))
    os.nice(_NICENESS)
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123 - as above
            score.write("1000")  # when the machine runs out of memory this process goes first
    except OSError:
        sys.stderr.write("oom_score_adj is not writable\n")


def _die_with(parent: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above took effect
        os._exit(1)


def _write(descriptor: int, body: bytes) -> None:
    while body:
        body = body[os.write(descriptor, body) :]
