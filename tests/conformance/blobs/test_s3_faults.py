"""An object store on bad days: away, cut off half-way, answering nonsense, or leading elsewhere."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import eventlet
import pytest
from eventlet import wsgi

from chassis import blobs
from chassis.blobs import BlobStore, BlobStoreUnavailableError, open_store
from tests.chaos.harness import TcpProxy
from tests.conformance.blobs.test_stores import get, put
from tests.fakes.s3_server import S3Server
from tools.backing import free_port

ROOT: Final = Path(__file__).resolve().parents[3]
PART: Final = 5 * 1024 * 1024


@pytest.fixture
def bucket(s3: S3Server) -> str:
    """Return the name of an empty bucket."""
    return s3.create_bucket(f"bucket-{os.urandom(6).hex()}")


@pytest.fixture
def proxy(s3: S3Server) -> Iterator[TcpProxy]:
    """Return the network to the server."""
    with TcpProxy(int(s3.endpoint.rpartition(":")[2])) as proxy:
        yield proxy


@pytest.fixture
def far(s3: S3Server, bucket: str, proxy: TcpProxy) -> BlobStore:
    """Return the store as it is seen through the network."""
    return open_store(s3.url(bucket, endpoint=f"http://127.0.0.1:{proxy.port}"))


@pytest.fixture
def near(s3: S3Server, bucket: str) -> BlobStore:
    """Return the same store without a network between."""
    return open_store(s3.url(bucket))


class TestAway:
    def test_every_question_is_answered_with_unavailable(self, s3: S3Server) -> None:
        store = open_store(s3.url("bucket", endpoint=f"http://127.0.0.1:{free_port()}"))

        for ask in (
            lambda: store.open_reader("uploads/one"),
            lambda: store.size("uploads/one"),
            lambda: store.exists("uploads/one"),
            lambda: store.delete("uploads/one"),
            lambda: list(store.keys()),
            lambda: store.delete_unfinished(datetime.now(UTC)),
            lambda: put(store, "uploads/one", b"x"),
            lambda: put(store, "uploads/one", b"x" * (PART + 1)),
        ):
            with pytest.raises(BlobStoreUnavailableError):
                ask()

    def test_a_bucket_that_is_gone_is_no_missing_blob(self, s3: S3Server) -> None:
        store = open_store(s3.url("bucket-that-never-was"))

        with pytest.raises(BlobStoreUnavailableError):
            store.open_reader("uploads/one")
        with pytest.raises(BlobStoreUnavailableError):
            put(store, "uploads/one", b"x")

    def test_comes_back_when_the_server_does(
        self, far: BlobStore, near: BlobStore, proxy: TcpProxy
    ) -> None:
        put(far, "uploads/one", b"x")
        proxy.cut(refuse=True)
        with pytest.raises(BlobStoreUnavailableError):
            far.size("uploads/one")

        proxy.mend()

        assert far.size("uploads/one") == near.size("uploads/one") == 1

    def test_a_server_that_says_nothing_stops_nobody_else(
        self, far: BlobStore, proxy: TcpProxy
    ) -> None:
        proxy.stall()
        asking = eventlet.spawn(far.exists, "uploads/one")
        ticks = 0
        begun = time.monotonic()
        while time.monotonic() - begun < 0.5:
            eventlet.sleep(0.01)
            ticks += 1

        assert ticks > 5
        asking.kill()


@pytest.mark.proves("C7")
class TestInterruptedUpload:
    @pytest.mark.parametrize("parts", [0, 1, 2])
    def test_leaves_no_object(
        self, far: BlobStore, near: BlobStore, proxy: TcpProxy, parts: int
    ) -> None:
        with far.open_writer("uploads/one") as writer:
            writer.write(b"x" * (parts * PART + 7))
            proxy.cut(refuse=True)
            with pytest.raises(BlobStoreUnavailableError):
                writer.commit()

        assert not near.exists("uploads/one")
        left = near.delete_unfinished(datetime.now(UTC) + timedelta(minutes=1))
        assert left == (1 if parts else 0)

    def test_between_two_parts_leaves_no_object(
        self, far: BlobStore, near: BlobStore, proxy: TcpProxy
    ) -> None:
        with far.open_writer("uploads/one") as writer:
            writer.write(b"x" * PART)
            proxy.cut(refuse=True)
            with pytest.raises(BlobStoreUnavailableError):
                writer.write(b"x" * PART)

        proxy.mend()
        assert not near.exists("uploads/one")
        assert far.delete_unfinished(datetime.now(UTC) + timedelta(minutes=1)) == 1

    def test_by_a_kill_leaves_no_object(self, s3: S3Server, bucket: str, near: BlobStore) -> None:
        program = (
            "import sys, time\n"
            "from chassis.blobs import open_store\n"
            "writer = open_store(sys.argv[1]).open_writer('uploads/one')\n"
            "writer.write(b'x' * 6_000_000)\n"
            "print('written', flush=True)\n"
            "time.sleep(60)\n"
        )
        command = [sys.executable, "-W", "ignore", "-c", program, s3.url(bucket)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"written\n"
            process.kill()

        assert list(near.keys()) == []
        assert near.delete_unfinished(datetime.now(UTC) + timedelta(minutes=1)) == 1

    def test_by_a_timeout_leaves_no_object(
        self, far: BlobStore, near: BlobStore, proxy: TcpProxy
    ) -> None:
        with suppress(eventlet.Timeout), far.open_writer("uploads/one") as writer:
            writer.write(b"x" * PART)
            proxy.stall()
            with eventlet.Timeout(0.3):
                writer.write(b"x" * PART)

        proxy.cut()
        proxy.resume()
        assert not near.exists("uploads/one")


class TestLostAnswer:
    """The server did what it was asked for, and the answer never came."""

    def test_of_the_last_step_is_found_out(self, s3: S3Server, bucket: str) -> None:
        with LosingProxy(s3, lose=b"<CompleteMultipartUpload") as losing:
            store = open_store(s3.url(bucket, endpoint=losing.endpoint))

            put(store, "uploads/one", b"x" * (PART + 1))

            assert losing.lost == 1
        assert open_store(s3.url(bucket)).size("uploads/one") == PART + 1


class TestBrokenReading:
    def test_goes_on_where_it_broke(self, far: BlobStore, near: BlobStore, proxy: TcpProxy) -> None:
        body = os.urandom(9_000_000)
        put(near, "uploads/one", body)

        reading = far.open_reader("uploads/one", 100)
        first = next(reading)
        proxy.cut()

        assert first + b"".join(reading) == body[100:]

    def test_is_unavailable_when_the_server_stays_away(
        self, far: BlobStore, near: BlobStore, proxy: TcpProxy
    ) -> None:
        put(near, "uploads/one", os.urandom(9_000_000))
        reading = far.open_reader("uploads/one")
        next(reading)

        proxy.cut(refuse=True)

        with pytest.raises(BlobStoreUnavailableError):
            b"".join(reading)

    def test_never_mixes_two_contents(
        self, far: BlobStore, near: BlobStore, proxy: TcpProxy
    ) -> None:
        put(near, "uploads/one", b"o" * 9_000_000)
        reading = far.open_reader("uploads/one")
        next(reading)

        put(near, "uploads/one", b"n" * 9_000_000)
        proxy.cut()

        with pytest.raises(BlobStoreUnavailableError):
            b"".join(reading)

    def test_takes_no_copy_along_that_is_broken(
        self, far: BlobStore, near: BlobStore, proxy: TcpProxy, tmp_path: Path, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        put(near, "uploads/one", b"x")

        proxy.cut(refuse=True)
        with pytest.raises(BlobStoreUnavailableError), far.local_copy("uploads/one"):
            pass
        proxy.mend()
        with suppress(LookupError), far.local_copy("uploads/one") as path:
            assert path.parent == tmp_path
            raise LookupError

        assert list(tmp_path.iterdir()) == []

    def test_copies_of_killed_processes_are_swept(
        self, near: BlobStore, tmp_path: Path, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        left = tmp_path / "qibiao-blob-left"
        left.touch()
        os.utime(left, (1, 1))
        (tmp_path / "qibiao-blob-fresh").touch()

        swept = near.delete_unfinished(datetime.now(UTC) - timedelta(hours=1))

        assert swept == 1
        assert [path.name for path in tmp_path.iterdir()] == ["qibiao-blob-fresh"]


class TestMemory:
    @pytest.mark.proves("E4")
    def test_does_not_depend_on_the_size(self, s3: S3Server, bucket: str) -> None:
        program = (
            "import resource, sys\n"
            "from chassis import green\n"
            "green.patch()\n"
            "from chassis.blobs import open_store\n"
            "store = open_store(sys.argv[1])\n"
            "def send(key, pieces):\n"
            "    with store.open_writer(key) as writer:\n"
            "        for _ in range(pieces):\n"
            "            writer.write(bytes(65_536))\n"
            "        writer.commit()\n"
            "    return sum(map(len, store.open_reader(key)))\n"
            "def peak():\n"
            "    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
            "send('uploads/small', 96)\n"
            "before = peak()\n"
            "size = send('uploads/big', 800)\n"
            "print(size, before, peak())\n"
        )
        command = [sys.executable, "-W", "ignore", "-c", program, s3.url(bucket)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

        size, before, after = map(int, done.stdout.split())
        sys.stdout.write(f"figure: 50 MiB to and from S3 take {after - before} MiB more\n")
        assert size == 50 * 1024 * 1024
        assert after - before < 16


@pytest.mark.proves("F22")
class TestOnlyTheConfiguredHost:
    def test_no_redirect_is_followed(self, s3: S3Server, bucket: str) -> None:
        put(open_store(s3.url(bucket)), "uploads/one", b"x")
        asked: list[str] = []

        def redirect(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            asked.append(environ["PATH_INFO"])
            start_response(
                "307 Temporary Redirect", [("Location", s3.endpoint + environ["PATH_INFO"])]
            )
            return [b""]

        with served(redirect) as endpoint:
            store = open_store(s3.url(bucket, endpoint=endpoint))
            with pytest.raises(BlobStoreUnavailableError):
                get(store, "uploads/one")
            with pytest.raises(BlobStoreUnavailableError):
                put(store, "uploads/two", b"x")

        assert asked
        assert not open_store(s3.url(bucket)).exists("uploads/two")

    def test_no_other_region_is_gone_to(self, s3: S3Server, bucket: str) -> None:
        """A client that believes this answer asks the host of the other region."""
        asked: list[str] = []

        def moved(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            asked.append(environ["HTTP_HOST"])
            start_response("301 Moved", [("x-amz-bucket-region", "cn-north-1")])
            return [
                b"<Error><Code>PermanentRedirect</Code><Endpoint>elsewhere.example</Endpoint></Error>"
            ]

        with served(moved) as endpoint:
            with pytest.raises(BlobStoreUnavailableError):
                get(open_store(s3.url(bucket, endpoint=endpoint)), "uploads/one")

            assert set(asked) == {endpoint.removeprefix("http://")}

    def test_the_environment_has_no_say(
        self, s3: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        config = tmp_path / "config"
        config.write_text("[default]\nendpoint_url = http://127.0.0.1:9\nregion = nowhere\n")
        for name, value in {
            "HTTP_PROXY": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
            "AWS_ACCESS_KEY_ID": "another",
            "AWS_CONFIG_FILE": str(config),
        }.items():
            monkeypatch.setenv(name, value)

        store = open_store(s3.url(bucket))
        put(store, "uploads/one", b"x")

        assert get(store, "uploads/one") == b"x"


class LosingProxy:
    """Pass HTTP on, and end the connection instead of answering one request of a kind."""

    def __init__(self, server: S3Server, *, lose: bytes) -> None:
        self.lost = 0
        self._target = ("127.0.0.1", int(server.endpoint.rpartition(":")[2]))
        self._lose = lose
        self._listener = eventlet.listen(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = eventlet.spawn(self._accept)

    def __enter__(self) -> "LosingProxy":
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.kill()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            eventlet.spawn(self._serve, client)

    def _serve(self, client: Any) -> None:
        with client, eventlet.connect(self._target) as server:
            backward = eventlet.spawn(self._pass, server, client)
            with suppress(OSError, EOFError):
                while data := client.recv(65_536):
                    server.sendall(data)
                    if self._lose in data and not self.lost:
                        self.lost += 1
                        backward.kill()
                        server.recv(65_536)  # done, and nobody is told
                        return
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            backward.wait()

    def _pass(self, server: Any, client: Any) -> None:
        with suppress(OSError, EOFError):
            while data := server.recv(65_536):
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


class served:  # noqa: N801 - reads as a verb
    """Serve a WSGI application on loopback."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def __enter__(self) -> str:
        self._listener = eventlet.listen(("127.0.0.1", 0))
        self._thread = eventlet.spawn(
            wsgi.server, self._listener, self._application, log_output=False
        )
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._thread.kill()
        self._listener.close()


class TestUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "s3://bucket?endpoint=https://host",
            "s3://key@bucket?endpoint=https://host",
            "s3://key:secret@bucket",
            "s3://key:secret@bucket?endpoint=host",
            "s3://key:secret@bucket?endpoint=ftp://host",
            "s3://key:secret@bucket?endpoint=https://a:b@host",
            "s3://key:secret@bucket?endpoint=https://host/path",
            "s3://key:secret@Bucket_Name?endpoint=https://host",
            "s3://key:secret@bucket?endpoint=https://host&adressing=path",
            "s3://key:secret@bucket?endpoint=https://host&addressing=any",
            "s3://key:secret@bucket/../x?endpoint=https://host",
            "s3://key:secret@bucket?endpoint=https://host#part",
        ],
    )
    def test_that_is_not_understood_is_refused_and_not_repeated(self, url: str) -> None:
        with pytest.raises(blobs.UnsupportedStoreError) as caught:
            open_store(url)

        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize("addressing", ["path", "virtual"])
    def test_asks_for_the_bucket_as_told(self, addressing: str) -> None:
        store: Any = open_store(
            f"s3://key:secret@bucket?endpoint=https://oss.example&addressing={addressing}"
        )

        signed = store._client.generate_presigned_url(
            "get_object", Params=store._place("uploads/a")
        )

        host = (
            "https://oss.example/bucket/" if addressing == "path" else "https://bucket.oss.example/"
        )
        assert signed.startswith(f"{host}uploads/a?")
