"""What the backup commands refuse, and how files are copied; for all see chaos/test_restore.py."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.blobs import BlobStore, open_store
from tools import backup
from tools.backup import __main__ as command
from tools.backup.points import Point, add_point
from tools.backup.taking import STAMP

NOW = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)


def base(folder: Path, at: datetime, mark: str) -> None:
    """Leave something that looks like a base backup which ended then."""
    path = folder / "base" / at.strftime(STAMP)
    path.mkdir(parents=True)
    (path / "PG_VERSION").write_text(mark)
    (path / "postmaster.pid").write_text("1")


def point(folder: Path, at: datetime) -> Point:
    made = Point(f"qibiao-{at.strftime(STAMP)}", at.isoformat(), "0" * 24, 0)
    add_point(folder, made)
    return made


def put(store: BlobStore, key: str, body: bytes) -> None:
    with store.open_writer(key) as writer:
        writer.write(body)
        writer.commit()


class TestRestore:
    def test_takes_the_newest_base_before_the_point(self, tmp_path: Path) -> None:
        for hours, mark in ((3, "old"), (2, "right"), (0, "too new")):
            base(tmp_path, NOW - timedelta(hours=hours), mark)
        wanted = point(tmp_path, NOW - timedelta(hours=1))

        chosen = backup.restore(tmp_path, tmp_path / "data")

        assert chosen == wanted
        assert (tmp_path / "data" / "PG_VERSION").read_text() == "right"
        settings = (tmp_path / "data" / "postgresql.auto.conf").read_text()
        assert f"recovery_target_name = '{wanted.name}'" in settings
        assert (tmp_path / "data" / "recovery.signal").exists()
        assert not (tmp_path / "data" / "postmaster.pid").exists()
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700

    def test_takes_an_older_point_by_its_name(self, tmp_path: Path) -> None:
        base(tmp_path, NOW - timedelta(hours=3), "old")
        first = point(tmp_path, NOW - timedelta(hours=2))
        point(tmp_path, NOW - timedelta(hours=1))

        assert backup.restore(tmp_path, tmp_path / "data", point=first.name) == first

    def test_goes_to_the_end_of_the_wal_when_told(self, tmp_path: Path) -> None:
        base(tmp_path, NOW, "newest")

        assert backup.restore(tmp_path, tmp_path / "data", is_latest=True) is None
        settings = (tmp_path / "data" / "postgresql.auto.conf").read_text()
        assert "restore_command" in settings
        assert "recovery_target" not in settings

    def test_refuses_what_cannot_be(self, tmp_path: Path) -> None:
        data = tmp_path / "data"
        with pytest.raises(backup.RestoreError, match="no point yet"):
            backup.restore(tmp_path, data)
        point(tmp_path, NOW)
        with pytest.raises(backup.RestoreError, match="no such point"):
            backup.restore(tmp_path, data, point="qibiao-never")
        base(tmp_path, NOW + timedelta(hours=1), "later")
        with pytest.raises(backup.RestoreError, match="from before"):
            backup.restore(tmp_path, data)
        base(tmp_path, NOW - timedelta(hours=1), "before")
        data.mkdir()
        (data / "something").touch()
        with pytest.raises(backup.RestoreError, match="not empty"):
            backup.restore(tmp_path, data)

    def test_brings_the_files_back(self, tmp_path: Path) -> None:
        base(tmp_path, NOW - timedelta(hours=1), "x")
        point(tmp_path, NOW)
        put(open_store((tmp_path / "objects").as_uri()), "uploads/one", b"x")
        url = (tmp_path / "blobs").as_uri()

        backup.restore(tmp_path, tmp_path / "data", storage_url=url)

        assert open_store(url).size("uploads/one") == 1


class TestCopyObjects:
    def test_adds_what_is_new_and_deletes_nothing(self, tmp_path: Path) -> None:
        source, target = (open_store((tmp_path / name).as_uri()) for name in ("a", "b"))
        put(source, "uploads/one", b"x")
        put(source, "texts/two", b"yy")

        first = backup.copy_objects(source, target)
        source.delete("uploads/one")
        put(source, "uploads/three", b"z")
        second = backup.copy_objects(source, target)

        assert (first, second) == (2, 1)
        assert len({info.key for info in target.keys("")}) == 3

    def test_a_file_of_another_size_is_copied_again(self, tmp_path: Path) -> None:
        source, target = (open_store((tmp_path / name).as_uri()) for name in ("a", "b"))
        put(target, "uploads/one", b"half")
        put(source, "uploads/one", b"the whole")

        assert backup.copy_objects(source, target) == 1
        assert b"".join(target.open_reader("uploads/one")) == b"the whole"


class TestPoints:
    def test_a_line_that_was_cut_off_is_passed_over(self, tmp_path: Path) -> None:
        whole = point(tmp_path, NOW)
        with (tmp_path / "points.jsonl").open("a") as file:
            file.write('{"name": "qib')

        assert backup.read_points(tmp_path) == [whole]
        later = point(tmp_path, NOW + timedelta(minutes=1))
        assert backup.read_points(tmp_path) == [whole, later]


class TestCommand:
    def test_says_what_is_wrong(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        words = ["restore", "--backup", str(tmp_path), "--data", str(tmp_path / "data")]

        assert command.main(words) == 1
        assert "no point yet" in capsys.readouterr().err

    def test_lists_the_points(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        made = point(tmp_path, NOW)

        assert command.main(["points", "--backup", str(tmp_path)]) == 0
        assert made.name in capsys.readouterr().out
