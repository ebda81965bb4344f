"""What every blob store promises, whatever it stands on."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from chassis import blobs, s3_client
from chassis.blobs import PIECE_BYTES, BlobNotFoundError, BlobStore, InvalidBlobKeyError

PART = 5 * 1024 * 1024


def put(store: BlobStore, key: str, body: bytes) -> None:
    with store.open_writer(key) as writer:
        writer.write(body)
        writer.commit()


def get(store: BlobStore, key: str, offset: int = 0, length: int | None = None) -> bytes:
    return b"".join(store.open_reader(key, offset, length))


class TestWriting:
    @pytest.mark.parametrize("size", [0, 1, 700_001, PART - 1, PART, PART + 1, 2 * PART + 17])
    def test_gives_back_what_was_written(self, store: BlobStore, size: int) -> None:
        body = os.urandom(size)

        with store.open_writer("uploads/one") as writer:
            for start in range(0, size, 100_007):
                writer.write(body[start : start + 100_007])
            writer.commit()

        assert writer.size == size
        assert store.size("uploads/one") == size
        assert get(store, "uploads/one") == body

    def test_takes_a_piece_longer_than_a_part(self, store: BlobStore) -> None:
        body = os.urandom(2 * PART + 5)

        put(store, "uploads/one", body)

        assert get(store, "uploads/one") == body

    @pytest.mark.proves("C7")
    @pytest.mark.parametrize("size", [1_000, PART + 1_000])
    def test_nothing_shows_before_the_commit(self, store: BlobStore, size: int) -> None:
        with store.open_writer("uploads/one") as writer:
            writer.write(b"x" * size)

            assert not store.exists("uploads/one")
            assert list(store.keys()) == []

            writer.commit()
        assert store.exists("uploads/one")

    @pytest.mark.proves("C7")
    @pytest.mark.parametrize("size", [1_000, PART + 1_000])
    def test_leaving_without_commit_drops_it(self, store: BlobStore, size: int) -> None:
        with store.open_writer("uploads/one") as writer:
            writer.write(b"x" * size)
        with suppress(LookupError), store.open_writer("uploads/two") as writer:
            writer.write(b"x" * size)
            raise LookupError

        assert list(store.keys()) == []
        assert store.delete_unfinished(datetime.now(UTC) + timedelta(minutes=1)) == 0

    @pytest.mark.parametrize("size", [3, PART + 3])
    def test_replaces_an_older_blob_at_once(self, store: BlobStore, size: int) -> None:
        put(store, "uploads/one", b"old")
        reading = store.open_reader("uploads/one")

        put(store, "uploads/one", b"n" * size)

        assert b"".join(reading) == b"old"
        assert get(store, "uploads/one") == b"n" * size

    def test_an_abandoned_writer_leaves_the_older_blob(self, store: BlobStore) -> None:
        put(store, "uploads/one", b"old")

        with store.open_writer("uploads/one") as writer:
            writer.write(b"x" * (PART + 1))

        assert get(store, "uploads/one") == b"old"

    def test_takes_nothing_after_the_end(self, store: BlobStore) -> None:
        with store.open_writer("uploads/one") as writer:
            writer.commit()

            with pytest.raises(ValueError, match="committed"):
                writer.write(b"x")
            with pytest.raises(ValueError, match="committed"):
                writer.commit()
            writer.abort()

        assert store.exists("uploads/one")

    def test_sweeps_what_broken_writers_left_once_it_is_old(self, store: BlobStore) -> None:
        now = datetime.now(UTC)
        broken = [store.open_writer(f"uploads/n{number}") for number in range(3)]
        for writer in broken:
            writer.write(b"x" * (PART + 1))
        put(store, "uploads/whole", b"x")

        early = store.delete_unfinished(now - timedelta(hours=1))
        swept = store.delete_unfinished(now + timedelta(minutes=1))

        assert (early, swept) == (0, 3)
        assert store.delete_unfinished(now + timedelta(minutes=1)) == 0
        assert [info.key for info in store.keys("uploads/")] == ["uploads/whole"]


class TestReading:
    def test_comes_in_pieces(self, store: BlobStore) -> None:
        put(store, "uploads/one", b"x" * 600_000)

        sizes = [len(piece) for piece in store.open_reader("uploads/one")]

        assert max(sizes) <= PIECE_BYTES
        assert sum(sizes) == 600_000

    @pytest.mark.parametrize(
        ("offset", "length", "expected"),
        [
            (0, 4, b"0123"),
            (0, 0, b""),
            (3, 2, b"34"),
            (8, 10, b"89"),
            (10, 5, b""),
            (25, 5, b""),
            (25, None, b""),
            (4, None, b"456789"),
            (0, None, b"0123456789"),
        ],
    )
    def test_reads_a_part(
        self, store: BlobStore, offset: int, length: int | None, expected: bytes
    ) -> None:
        put(store, "uploads/one", b"0123456789")

        assert get(store, "uploads/one", offset, length) == expected

    def test_reads_a_part_of_nothing(self, store: BlobStore) -> None:
        put(store, "uploads/empty", b"")

        assert get(store, "uploads/empty") == b""
        assert get(store, "uploads/empty", 0, 4) == b""

    def test_refuses_negative_bounds(self, store: BlobStore) -> None:
        with pytest.raises(ValueError, match="offset"):
            store.open_reader("uploads/one", -1)
        with pytest.raises(ValueError, match="length"):
            store.open_reader("uploads/one", 0, -1)

    @pytest.mark.parametrize(
        "ask",
        [
            lambda store: store.open_reader("uploads/none"),
            lambda store: store.open_reader("uploads/none", 3, 0),
            lambda store: store.size("uploads/none"),
            lambda store: store.local_copy("uploads/none").__enter__(),
        ],
    )
    def test_a_missing_blob_is_told_at_once(
        self, store: BlobStore, ask: Callable[[BlobStore], object]
    ) -> None:
        with pytest.raises(BlobNotFoundError):
            ask(store)
        assert not store.exists("uploads/none")

    def test_lends_a_file_to_a_child_process(self, store: BlobStore) -> None:
        put(store, "uploads/one", b"0123456789")

        with store.local_copy("uploads/one") as path:
            assert path.read_bytes() == b"0123456789"
            assert path.stat().st_mode & 0o077 == 0

        assert get(store, "uploads/one") == b"0123456789"

    def test_a_reader_that_is_dropped_half_way_does_no_harm(self, store: BlobStore) -> None:
        put(store, "uploads/one", b"x" * 3_000_000)

        for _ in range(60):
            next(store.open_reader("uploads/one"))

        assert len(get(store, "uploads/one")) == 3_000_000


class TestKeys:
    def test_lists_by_prefix(self, store: BlobStore) -> None:
        for key in ("uploads/a", "uploads/b", "texts/a", "snapshots/2026/07/part-1"):
            put(store, key, b"12")

        assert {info.key for info in store.keys("uploads/")} == {"uploads/a", "uploads/b"}
        assert {info.key for info in store.keys("snapshots/2026")} == {"snapshots/2026/07/part-1"}
        assert len(list(store.keys())) == 4
        info = next(iter(store.keys("texts/")))
        assert info.size == 2
        assert abs(info.modified_at - datetime.now(UTC)) < timedelta(minutes=5)

    def test_lists_more_than_a_page(
        self, store: BlobStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(s3_client, "PAGE_KEYS", 10)
        monkeypatch.setattr(blobs, "_LISTING_BATCH", 10)
        for number in range(25):
            put(store, f"uploads/n{number}", b"")

        assert len([info.key for info in store.keys("uploads/")]) == 25

    def test_delete_tells_whether_there_was_one(self, store: BlobStore) -> None:
        put(store, "uploads/one", b"x")

        assert store.delete("uploads/one")
        assert not store.delete("uploads/one")

    @pytest.mark.proves("F12")
    @pytest.mark.parametrize(
        "key",
        [
            "",
            "uploads",
            "uploads/",
            "/uploads/a",
            "Uploads/a",
            "uploads/../a",
            "uploads/..",
            "uploads/.",
            "uploads/.hidden",
            "uploads/a..b",
            "uploads/a/b/c/d",
            "uploads/a\n",
            "uploads/a\0b",
            "uploads/标准",
            "uploads/a b",
            "uploads\\a",
            "uploads/" + "a" * 81,
            ".unfinished/a",
        ],
    )
    def test_refuses_odd_keys(self, store: BlobStore, key: str) -> None:
        for ask in (store.open_writer, store.open_reader, store.size, store.delete):
            with pytest.raises(InvalidBlobKeyError):
                ask(key)
