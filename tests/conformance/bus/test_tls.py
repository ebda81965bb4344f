"""``amqps://``: the same bus through TLS, and no bus with somebody who cannot prove who he is."""

import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import eventlet
import pytest
from eventlet.green import socket

from chassis import errors
from chassis.bus.amqp import AmqpBus
from chassis.rpc import RpcProxy
from chassis.testing import Embedded
from tests.factories.certificates import make_certificate
from tests.fakes import bus_services
from tests.fakes.bus_services import World

pytestmark = pytest.mark.backends


def certificate(folder: Path) -> tuple[Path, Path]:
    """Write a key and a certificate for 127.0.0.1 that vouches for itself."""
    key_file, certificate_file = folder / "key.pem", folder / "certificate.pem"
    key, made = make_certificate("127.0.0.1")
    key_file.write_bytes(key)
    certificate_file.write_bytes(made)
    return key_file, certificate_file


class TlsFront:
    """Speak TLS to clients and plain AMQP to the broker behind."""

    def __init__(self, target: tuple[str, int], key: Path, certificate: Path) -> None:
        self._target = target
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._listener = eventlet.listen(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = eventlet.spawn(self._accept)

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            eventlet.spawn(self._serve, client)

    def _serve(self, client: Any) -> None:
        secure = self._context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        with suppress(OSError, EOFError):
            secure.do_handshake()
            server = eventlet.connect(self._target)
            back = eventlet.spawn(self._pump, server, secure)
            self._pump(secure, server)
            back.wait()
        secure.close()

    def _pump(self, source: Any, sink: Any) -> None:
        with suppress(OSError, EOFError):
            while data := source.recv(65536):
                sink.sendall(data)
        for side in (source, sink):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
        source.close()

    def close(self) -> None:
        self._thread.kill()
        self._listener.close()


@pytest.fixture
def secure_url(rabbit_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the address of the broker behind TLS, with its certificate trusted."""
    key, certificate_file = certificate(tmp_path)
    parts = urlsplit(rabbit_url)
    front = TlsFront(("127.0.0.1", int(parts.port or 5672)), key, certificate_file)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate_file))
    yield rabbit_url.replace("amqp://", "amqps://").replace(f":{parts.port}/", f":{front.port}/")
    front.close()


class TestTls:
    def test_calls_and_events_go_through(
        self, world: World, secure_url: str, tmp_path: Path
    ) -> None:
        bus_services.create_files(tmp_path, world.first, world.second)
        with Embedded(
            world.second,
            world.first,
            data_dir=tmp_path,
            bus=AmqpBus(secure_url),
            migrations=False,
            validate_events=False,
        ) as system:
            large = "标" * 200_000
            answer = system.client(world.first.name).echo(value=large)
            system.client(world.first.name).make(numbers=[1])
            system.wait_until(lambda: world.heard == [1])

        assert answer == {"value": large}

    def test_a_broker_that_nobody_vouches_for_is_refused(
        self, secure_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "others").mkdir()
        _, others = certificate(tmp_path / "others")
        monkeypatch.setenv("SSL_CERT_FILE", str(others))
        bus = AmqpBus(secure_url)

        with pytest.raises(errors.UnavailableError):
            RpcProxy(bus, "test", "anybody").echo()
        bus.stop()
