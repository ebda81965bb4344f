"""Time comes from one place and can be moved there."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.clock import SystemClock, VirtualClock

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class TestSystemClock:
    def test_tells_the_machine_s_time_in_utc(self) -> None:
        now = SystemClock().now()

        assert now.tzinfo is UTC
        assert abs(now - datetime.now(UTC)) < SECOND

    def test_is_moved_by_its_file_whenever_that_changes(self, tmp_path: Path) -> None:
        path = tmp_path / "offset"
        clock = SystemClock(path)
        offsets = [clock.offset]

        for index, text in enumerate(("86400", "-1.5\n", "")):
            path.write_text(text)
            os.utime(path, ns=(index, index))
            offsets.append(clock.offset)
        path.unlink()
        offsets.append(clock.offset)

        zero = timedelta()
        assert offsets == [zero, timedelta(days=1), timedelta(seconds=-1.5), zero, zero]

    def test_moves_now_but_not_durations(self, tmp_path: Path) -> None:
        path = tmp_path / "offset"
        clock = SystemClock(path)
        before = clock.monotonic()

        path.write_text("86400")

        assert clock.now() - datetime.now(UTC) > timedelta(hours=23)
        assert clock.monotonic() - before < 10


class TestVirtualClock:
    def test_stands_still_until_moved(self) -> None:
        clock = VirtualClock(START)

        before = (clock.now(), clock.monotonic())
        clock.advance(timedelta(hours=1))

        assert before == (START, 0)
        assert (clock.now(), clock.monotonic()) == (START + timedelta(hours=1), 3600)

    def test_jumps_without_time_going_by(self) -> None:
        clock = VirtualClock(START)

        clock.jump(timedelta(minutes=-10))

        assert clock.now() == START - timedelta(minutes=10)
        assert clock.monotonic() == 0

    def test_does_not_advance_backwards(self) -> None:
        with pytest.raises(ValueError, match="backwards"):
            VirtualClock(START).advance(-SECOND)

    def test_tells_how_far_it_stands_from_the_machine(self) -> None:
        clock = VirtualClock(START)

        assert abs(datetime.now(UTC) + clock.offset - START) < SECOND
