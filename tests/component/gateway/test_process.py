"""The gateway as a process of its own: its memory, and its end."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import eventlet
import pytest

from tests.fakes.feed import Stream

ROOT = Path(__file__).resolve().parents[3]
MIB = 1024 * 1024
SESSION = "a-session-token-for-tests"


@dataclass
class Process:
    """Hold a running gateway."""

    child: subprocess.Popen[str]
    address: tuple[str, int]

    @property
    def rss(self) -> int:
        """Return the bytes of memory it uses."""
        status = Path(f"/proc/{self.child.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    @property
    def peak(self) -> int:
        """Return the most it ever used."""
        status = Path(f"/proc/{self.child.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def connect(self) -> socket.socket:
        """Open a connection."""
        connection = socket.create_connection(self.address)
        connection.settimeout(20)
        return connection

    def talk(self, head: str, *pieces: bytes) -> bytes:
        """Send a request, its body in pieces, and return all that comes back."""
        with self.connect() as connection:
            with contextlib.suppress(OSError):
                connection.sendall(head.encode())
                for piece in pieces:
                    connection.sendall(piece)
            answer = b""
            with contextlib.suppress(OSError):
                while data := connection.recv(65_536):
                    answer += data
            return answer

    def end(self, seconds: float) -> int:
        """Wait for the end and return the exit code."""
        until = time.monotonic() + seconds
        while (code := self.child.poll()) is None:
            assert time.monotonic() < until, "it does not end"
            eventlet.sleep(0.02)
        return code


def get(path: str) -> str:
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    )


def upload(*headers: str) -> str:
    lines = [
        "POST /api/v1/uploads?file_name=a.pdf HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/pdf",
        f"Cookie: __Host-sid={SESSION}",
        f"X-CSRF-Token: {SESSION}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Return a function that starts a gateway process."""
    with ExitStack() as stack:

        def run(*, settings: dict[str, Any] | None = None, **options: Any) -> Process:
            options |= {"data_dir": str(tmp_path), "settings": settings or {}, "session": SESSION}
            child = subprocess.Popen(
                [sys.executable, "-m", "tests.fakes.gateway_process", json.dumps(options)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
            stack.callback(_finish, child)
            assert child.stdout is not None
            return Process(child, ("127.0.0.1", int(child.stdout.readline())))

        yield run


def _finish(child: subprocess.Popen[str]) -> None:
    if child.poll() is None:
        child.kill()
    child.wait()
    assert child.stdout is not None
    child.stdout.close()


class TestMemory:
    @pytest.mark.proves("B5")
    @pytest.mark.parametrize("length", ["Content-Length: 314572800", "Transfer-Encoding: chunked"])
    def test_does_not_grow_with_a_body_of_300_mb(
        self, start: Callable[..., Process], length: str
    ) -> None:
        process = start()
        process.talk(get("/accessibility"))
        before = process.rss
        head = (
            "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Type: application/json\r\n{length}\r\n\r\n"
        )
        piece = b"x" * MIB
        if "chunked" in length:
            piece = b"%x\r\n%b\r\n" % (MIB, piece)

        answer = process.talk(head, *[piece] * 300)

        assert answer.startswith(b"HTTP/1.1 413 ")
        assert process.peak - before <= 20 * MIB

    @pytest.mark.proves("B5")
    def test_does_not_grow_with_a_text_of_49_mb(self, start: Callable[..., Process]) -> None:
        process = start()
        process.talk(get("/accessibility"))
        before = process.rss
        pieces = [b"%PDF-1.7\n" + b"x" * (MIB - 9), *[b"x" * MIB] * 48]

        answer = process.talk(upload(f"Content-Length: {49 * MIB}"), *pieces)

        assert answer.startswith(b"HTTP/1.1 202 ")
        assert process.peak - before <= 20 * MIB

    @pytest.mark.proves("B5")
    def test_refuses_a_text_of_51_mb(self, start: Callable[..., Process]) -> None:
        process = start()

        answer = process.talk(upload(f"Content-Length: {51 * MIB}"), *[b"x" * MIB] * 51)

        assert answer.startswith(b"HTTP/1.1 413 ")
        assert "50 MB" in answer.decode()


class TestStop:
    @pytest.mark.proves("B8")
    def test_finishes_what_has_begun(self, start: Callable[..., Process]) -> None:
        process = start(
            delays={"search_declarations": 4}, settings={"stop_seconds": 15.0, "grace": 14.0}
        )
        running = [eventlet.spawn(process.talk, get("/")) for _ in range(10)]
        idle = process.connect()
        eventlet.sleep(0.5)

        begun = time.monotonic()
        process.child.send_signal(signal.SIGTERM)
        eventlet.sleep(0.5)
        with pytest.raises(ConnectionRefusedError):
            process.connect()
        assert idle.recv(1) == b""
        answers = [thread.wait() for thread in running]
        code = process.end(10)

        assert [answer[:15] for answer in answers] == [b"HTTP/1.1 200 OK"] * 10
        assert all(b"Connection: close" in answer for answer in answers)
        assert all(b"</html>" in answer for answer in answers)
        assert code == 0
        assert time.monotonic() - begun <= 30

    @pytest.mark.proves("B8")
    def test_answers_503_when_the_time_is_up(self, start: Callable[..., Process]) -> None:
        process = start(delays={"search_declarations": 60}, settings={"stop_seconds": 3.0})
        running = eventlet.spawn(process.talk, get("/"))
        eventlet.sleep(0.5)

        begun = time.monotonic()
        process.child.send_signal(signal.SIGTERM)
        answer = running.wait()
        code = process.end(30)

        assert answer.startswith(b"HTTP/1.1 503 ")
        assert "服务正在维护" in answer.decode()
        assert b"Retry-After: 2" in answer
        assert code == 0
        assert time.monotonic() - begun < 20

    def test_ends_the_streams_that_are_open(self, start: Callable[..., Process]) -> None:
        process = start()
        with contextlib.ExitStack() as stack:
            streams = [stack.enter_context(Stream(process.address)) for _ in range(5)]

            begun = time.monotonic()
            process.child.send_signal(signal.SIGTERM)
            told = [list(stream.told()) for stream in streams]
            code = process.end(20)

        assert told == [[]] * 5
        assert all(stream.is_whole for stream in streams)
        assert code == 0
        assert time.monotonic() - begun < 20

    def test_an_address_is_not_shared(self, start: Callable[..., Process]) -> None:
        process = start()

        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            with pytest.raises(OSError, match="in use"):
                other.bind(process.address)
