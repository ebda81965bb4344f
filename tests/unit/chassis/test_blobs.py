"""What only a store in a folder can do wrong; what all stores promise: tests/conformance/blobs."""

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import eventlet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis import blobs
from chassis.blobs import (
    BlobStoreUnavailableError,
    FileBlobStore,
    InvalidBlobKeyError,
    UnsupportedStoreError,
    open_store,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def store(tmp_path: Path) -> FileBlobStore:
    return FileBlobStore(tmp_path / "blobs")


def put(store: FileBlobStore, key: str, body: bytes) -> None:
    with store.open_writer(key) as writer:
        writer.write(body)
        writer.commit()


def get(store: FileBlobStore, key: str, offset: int = 0, length: int | None = None) -> bytes:
    return b"".join(store.open_reader(key, offset, length))


class TestWriting:
    def test_an_empty_blob_is_a_blob(self, store: FileBlobStore) -> None:
        put(store, "texts/empty", b"")

        assert store.exists("texts/empty")
        assert get(store, "texts/empty") == b""

    @pytest.mark.proves("C7")
    def test_leaving_without_commit_drops_it(self, store: FileBlobStore, tmp_path: Path) -> None:
        with store.open_writer("uploads/one") as writer:
            writer.write(b"x" * 1_000_000)
        with suppress(LookupError), store.open_writer("uploads/two") as writer:
            writer.write(b"x")
            raise LookupError

        assert list(store.keys()) == []
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    @pytest.mark.proves("F12")
    def test_only_the_owner_can_read(self, store: FileBlobStore, tmp_path: Path) -> None:
        put(store, "uploads/2026/one", b"x")

        path = store.local_path("uploads/2026/one")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        folders = [path.parent, path.parent.parent]
        assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
        assert path.is_relative_to(tmp_path)

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
    def test_a_failing_disk_is_unavailable(
        self, store: FileBlobStore, monkeypatch: pytest.MonkeyPatch, code: int, tmp_path: Path
    ) -> None:
        def refuse(*_args: object) -> int:
            raise OSError(code, os.strerror(code))

        with store.open_writer("uploads/one") as writer:
            writer.write(b"x")
            monkeypatch.setattr(blobs.os, "write", refuse)
            with pytest.raises(BlobStoreUnavailableError):
                writer.commit()
            monkeypatch.undo()

        assert not store.exists("uploads/one")
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    def test_a_failing_sync_keeps_the_blob_back(
        self, store: FileBlobStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_descriptor: int) -> None:
            raise OSError(errno.EIO, "I/O error")

        monkeypatch.setattr(blobs.os, "fsync", refuse)
        with pytest.raises(BlobStoreUnavailableError), store.open_writer("uploads/one") as writer:
            writer.commit()

        assert not store.exists("uploads/one")

    @pytest.mark.proves("C7")
    def test_a_killed_writer_leaves_no_blob(self, tmp_path: Path) -> None:
        program = (
            "import sys, time, pathlib\n"
            "from chassis.blobs import FileBlobStore\n"
            "writer = FileBlobStore(pathlib.Path(sys.argv[1])).open_writer('uploads/one')\n"
            "writer.write(b'x' * 1_000_000)\n"
            "print('written', flush=True)\n"
            "time.sleep(60)\n"
        )
        command = [sys.executable, "-W", "ignore", "-c", program, str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"written\n"
            process.send_signal(signal.SIGKILL)
        store = FileBlobStore(tmp_path)

        left_early = store.delete_unfinished(datetime.now(UTC) - timedelta(hours=1))
        left = store.delete_unfinished(datetime.now(UTC) + timedelta(seconds=5))

        assert list(store.keys()) == []
        assert (left_early, left) == (0, 1)

    @pytest.mark.proves("E4")
    def test_hub_goes_on_while_a_big_blob_is_written(self, store: FileBlobStore) -> None:
        worst, going = 0.0, True

        def tick() -> None:
            nonlocal worst
            while going:
                before = time.monotonic()
                eventlet.sleep(0.005)
                worst = max(worst, time.monotonic() - before)

        ticker = eventlet.spawn(tick)
        with store.open_writer("uploads/big") as writer:
            for _ in range(300):
                writer.write(b"x" * 65_536)
            writer.commit()
        going = False
        ticker.wait()

        assert store.size("uploads/big") == 300 * 65_536
        assert worst < 0.25


class TestReading:
    def test_comes_in_pieces_of_64_kib(self, store: FileBlobStore) -> None:
        put(store, "uploads/one", b"x" * 600_000)

        sizes = [len(piece) for piece in store.open_reader("uploads/one")]

        assert max(sizes) == 65_536
        assert sum(sizes) == 600_000

    def test_gives_back_its_descriptor_when_dropped(self, store: FileBlobStore) -> None:
        put(store, "uploads/one", b"x" * 600_000)
        before = len(list(Path("/proc/self/fd").iterdir()))

        for _ in range(5):
            store.open_reader("uploads/one")
            next(store.open_reader("uploads/one"))

        assert len(list(Path("/proc/self/fd").iterdir())) == before


class TestKeys:
    def test_lists_many(self, store: FileBlobStore) -> None:
        folder = store.local_path
        put(store, "uploads/first", b"")
        parent = folder("uploads/first").parent
        for number in range(450):
            (parent / f"n{number}").touch()

        assert len(list(store.keys("uploads/"))) == 451

    def test_a_blob_is_no_folder(self, store: FileBlobStore) -> None:
        put(store, "uploads/a", b"x")
        put(store, "uploads/b/c", b"x")

        with pytest.raises(InvalidBlobKeyError):
            put(store, "uploads/a/b", b"x")
        with pytest.raises(InvalidBlobKeyError):
            put(store, "uploads/b", b"x")
        assert not store.exists("uploads/b")

    def test_follows_no_link_out(self, store: FileBlobStore) -> None:
        put(store, "uploads/a", b"x")
        store.local_path("uploads/a").with_name("link").symlink_to("/etc/hostname")

        assert not store.exists("uploads/link")
        assert {info.key for info in store.keys("uploads/")} == {"uploads/a"}

    @pytest.mark.proves("F12")
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(key=st.text(st.sampled_from("ab/._-A0\\\n%~"), max_size=24))
    def test_no_key_leaves_the_store(self, tmp_path: Path, key: str) -> None:
        store = FileBlobStore(tmp_path / "blobs")

        try:
            path = store._path(key)
        except InvalidBlobKeyError:
            return

        assert os.path.normpath(path) == str(path)
        assert path.is_relative_to(tmp_path / "blobs")
        assert ".unfinished" not in path.parts


class TestOpenStore:
    def test_opens_a_folder(self, tmp_path: Path) -> None:
        store = open_store((tmp_path / "a b").as_uri())

        with store.open_writer("uploads/one") as writer:
            writer.commit()

        assert (tmp_path / "a b" / "uploads" / "one").exists()

    def test_opens_a_relative_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

        open_store("file:var/blobs")

        assert (tmp_path / "var" / "blobs").is_dir()

    @pytest.mark.parametrize(
        "url",
        [
            "s3://bucket?endpoint=x",
            "ftp://x/y",
            "http://x/y",
            "",
            "file://var/blobs",
            "file:",
            "/var/x",
        ],
    )
    def test_refuses_other_stores(self, url: str) -> None:
        with pytest.raises(UnsupportedStoreError):
            open_store(url)
