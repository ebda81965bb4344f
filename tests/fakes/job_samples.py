"""A job module for the tests of ``chassis.jobs``: does what its payload names."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from chassis.job_child import JobRefusedError


def run(payload: dict[str, Any]) -> dict[str, Any]:
    return ACTS[payload["act"]](payload)


def echo(payload: dict[str, Any]) -> dict[str, Any]:
    return {"echo": payload["text"]}


def look_around(_payload: dict[str, Any]) -> dict[str, Any]:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return {
        "environment": sorted(os.environ),
        "descriptors": [fd.name for fd in Path("/proc/self/fd").iterdir() if int(fd.name) > 2],
        "session": os.getsid(0) == os.getpid(),
        "folder": str(Path.cwd()),
        "nice": os.nice(0),
        "no_new_privileges": "NoNewPrivs:\t1" in status,
    }


def refuse(payload: dict[str, Any]) -> dict[str, Any]:
    raise JobRefusedError("unfit", payload["text"])


def fail(payload: dict[str, Any]) -> dict[str, Any]:
    raise LookupError(payload["text"])


def spin(_payload: dict[str, Any]) -> dict[str, Any]:
    while True:
        pass


def sleep(payload: dict[str, Any]) -> dict[str, Any]:
    Path(payload["mark"]).write_text(str(os.getpid()), encoding="ascii")
    time.sleep(payload["seconds"])
    return {"ended_at": time.monotonic()}


def leave_a_grandchild(payload: dict[str, Any]) -> dict[str, Any]:
    child = subprocess.Popen(["/bin/sleep", "60"])
    Path(payload["mark"]).write_text(str(child.pid), encoding="ascii")
    return {}


def hoard(_payload: dict[str, Any]) -> dict[str, Any]:
    return {"size": len(bytearray(2_000_000_000))}


def die(payload: dict[str, Any]) -> dict[str, Any]:
    os.kill(os.getpid(), payload["signal"])
    return {}


def talk(payload: dict[str, Any]) -> dict[str, Any]:
    return {"text": "x" * payload["size"]}


def print_noise(_payload: dict[str, Any]) -> dict[str, Any]:
    sys.stdout.write("noise on standard output\n")
    return {"answer": "clean"}


def write_file(payload: dict[str, Any]) -> dict[str, Any]:
    Path(payload["path"]).write_bytes(b"x" * payload["size"])
    return {}


def open_many(_payload: dict[str, Any]) -> dict[str, Any]:
    sockets = [socket.socket() for _ in range(500)]
    return {"open": len(sockets)}


ACTS = {
    act.__name__: act
    for act in (
        echo,
        look_around,
        refuse,
        fail,
        spin,
        sleep,
        leave_a_grandchild,
        hoard,
        die,
        talk,
        print_noise,
        write_file,
        open_many,
    )
}
