"""What the chaos tests start, break and watch: processes, servers, a proxy between them."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import amqp
import eventlet
from eventlet.green import socket
from kombu.connection import Connection

from tools.backing import free_port

LOOPBACK = "127.0.0.1"


def wait_until(condition: Callable[[], Any], seconds: float = 10, every: float = 0.05) -> float:
    """Wait until the condition holds; return how long it took.

    Raises:
        TimeoutError: it did not hold in time.
    """
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"condition stayed false for {seconds} s")
        eventlet.sleep(every)
    return time.monotonic() - begun


def wait_while_it_moves(
    condition: Callable[[], Any],
    progress: Callable[[], object],
    state: Callable[[], str],
    *,
    patience: float = 60,
    at_most: float = 600,
) -> float:
    """Wait until the condition holds, however slow the machine; return how long it took.

    Raises:
        TimeoutError: ``progress`` did not change for ``patience`` seconds, or it takes longer than
            ``at_most`` seconds; the text has the ``state``.
    """
    begun = moved_at = time.monotonic()
    last = progress()
    while not condition():
        now, current = time.monotonic(), progress()
        if current != last:
            last, moved_at = current, now
        if now - moved_at > patience:
            raise TimeoutError(f"nothing moved for {patience:.0f} s: {state()}")
        if now - begun > at_most:
            raise TimeoutError(f"not done after {at_most:.0f} s: {state()}")
        eventlet.sleep(0.5)
    return time.monotonic() - begun


def publish(url: str, exchange: str, routing_key: str, bodies: Sequence[str]) -> None:
    """Publish JSON messages as a stranger would, and return once the broker has taken them all.

    Unconfirmed ones may be lost without a word: a quorum queue that is slow to answer a new
    publisher refuses its messages.

    Raises:
        TimeoutError: not all of them were confirmed.
    """
    waiting = set(range(1, len(bodies) + 1))

    def confirm(tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's callback
        waiting.difference_update(range(1, tag) if multiple else (), (tag,))

    with Connection(url) as connection:
        channel = connection.default_channel
        channel.confirm_select()
        channel.events["basic_ack"].add(confirm)
        for body in bodies:
            message = amqp.Message(body.encode(), content_type="application/json")
            channel.basic_publish(message, exchange, routing_key)
        while waiting:
            connection.drain_events(timeout=60)


class ServiceProcess:
    """Run a module of services as a process of its own and know its pid, log and health.

    ``start`` after ``kill`` or ``terminate`` starts it anew with the same settings.
    """

    def __init__(
        self, folder: Path, *command: str, environment: Mapping[str, str], name: str = ""
    ) -> None:
        self.name = name or "-".join(command).replace("--", "")
        self.command = command
        self.ops_port = free_port()
        self.log = folder / f"{self.name}.log"
        self.environment = {
            **os.environ,
            "DATA_DIR": str(folder / f"data-{self.name}"),
            **environment,
            "OPS_PORT": str(self.ops_port),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """Return the process id."""
        assert self.process is not None
        return self.process.pid

    @property
    def is_running(self) -> bool:
        """Say whether the process lives."""
        return self.process is not None and self.process.poll() is None

    @property
    def rss(self) -> int:
        """Return the resident memory in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def start(self) -> Self:
        """Start the process; its output is appended to the log."""
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
        return self

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if the process lives."""
        if self.is_running:
            os.kill(self.pid, number)

    def wait(self, seconds: float = 25) -> int:
        """Wait for the end; return the exit code.

        Raises:
            TimeoutError: it still runs.
        """
        process = self.process
        assert process is not None
        wait_until(lambda: process.poll() is not None, seconds, 0.02)
        return int(process.returncode)

    def kill(self) -> None:
        """End the process at once (kill -9)."""
        if self.is_running:
            self.send(signal.SIGKILL)
            self.wait(10)

    def terminate(self, seconds: float = 25) -> tuple[int, float]:
        """Ask the process to end; return its exit code and how long it took."""
        begun = time.monotonic()
        self.send(signal.SIGTERM)
        return self.wait(seconds), time.monotonic() - begun

    def health(self, path: str = "/readyz") -> tuple[int, dict[str, Any]]:
        """Return status and answer of the ops port; status 0 when it does not answer."""
        try:
            url = f"http://{LOOPBACK}:{self.ops_port}{path}"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(answer.status), json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except OSError:
            return 0, {}

    def is_ready(self) -> bool:
        """Say whether the process says that it is ready."""
        return self.health()[0] == 200

    def wait_ready(self, seconds: float = 20) -> float:
        """Wait until the process is ready; return how long it took.

        Raises:
            AssertionError: it ended, or was not ready in time; the text has the end of its log.
        """
        try:
            return wait_until(lambda: self.is_ready() or not self.is_running, seconds)
        except TimeoutError as error:
            raise AssertionError(f"not ready: {self.health()}\n{self.tail()}") from error
        finally:
            assert self.is_running, self.tail()

    def tail(self, lines: int = 40) -> str:
        """Return the end of the log."""
        with suppress(OSError):
            text = self.log.read_text(encoding="utf-8", errors="replace")
            return "\n".join(text.splitlines()[-lines:])
        return "(no log)"


class TcpProxy:
    """Stand between a client and a server on loopback, and be a bad network on demand."""

    def __init__(self, target_port: int) -> None:
        self._target = (LOOPBACK, target_port)
        self._listener = eventlet.listen((LOOPBACK, 0))
        self.port = int(self._listener.getsockname()[1])
        self.delay = 0.0
        self._flowing = eventlet.event.Event()
        self._flowing.send()
        self._pairs: list[tuple[Any, Any]] = []
        self._refuses = False
        self._thread = eventlet.spawn(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def stall(self) -> None:
        """Pass nothing on, but keep every connection: a half-open network."""
        self._flowing = eventlet.event.Event()

    def resume(self) -> None:
        """Pass on again."""
        if not self._flowing.ready():
            self._flowing.send()

    def cut(self, *, refuse: bool = False) -> None:
        """End every connection; with ``refuse`` take no new ones until `mend`."""
        self._refuses = refuse
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for side in pair:
                with suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Take new connections again."""
        self._refuses = False

    def close(self) -> None:
        """End everything."""
        self._thread.kill()
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            if self._refuses:
                client.close()
                continue
            try:
                server = eventlet.connect(self._target)
            except OSError:
                client.close()
                continue
            pair = (client, server)
            self._pairs.append(pair)
            eventlet.spawn(self._pump, client, server)
            eventlet.spawn(self._pump, server, client)

    def _pump(self, source: Any, sink: Any) -> None:
        try:
            while data := source.recv(65536):
                self._flowing.wait()
                if self.delay:
                    eventlet.sleep(self.delay)
                sink.sendall(data)
        except (OSError, EOFError):
            pass
        finally:
            for side in (source, sink):
                with suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)
            # The other direction's pump closes the other side.
            source.close()


@contextmanager
def running(*processes: ServiceProcess) -> Iterator[None]:
    """Start processes, wait until they are ready, and end them whatever happens."""
    try:
        for process in processes:
            process.start()
        for process in processes:
            process.wait_ready()
        yield
    finally:
        for process in processes:
            process.kill()
