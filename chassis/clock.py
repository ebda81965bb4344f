"""The one source of time: everything that asks what time it is asks a `Clock`."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Tell the time; ``offset`` is how far it stands from the machine's own clock."""

    @property
    def offset(self) -> timedelta:
        """Return what to add to the clock of the machine or of the database."""
        ...

    def now(self) -> datetime:
        """Return the moment in UTC, aware."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back, for durations and deadlines."""
        ...


class SystemClock:
    """Be the clock of the machine, moved by the seconds written in ``offset_file`` (tests only)."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._offset_file = offset_file
        self._seen: tuple[int, int] | None = None
        self._offset = timedelta()

    @property
    def offset(self) -> timedelta:
        """Return the offset in the file, read again whenever the file changes."""
        if self._offset_file is None:
            return self._offset
        try:
            stat = self._offset_file.stat()
        except FileNotFoundError:
            self._seen, self._offset = None, timedelta()
            return self._offset
        seen = (stat.st_mtime_ns, stat.st_size)
        if seen != self._seen:
            text = self._offset_file.read_text(encoding="utf-8").strip()
            self._seen, self._offset = seen, timedelta(seconds=float(text or 0))
        return self._offset

    def now(self) -> datetime:
        """Return the moment in UTC, aware."""
        return datetime.now(UTC) + self.offset

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()


class VirtualClock:
    """Stand still until told to move: the clock of the simulator and of unit tests."""

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC)
        self._elapsed = timedelta()

    @property
    def offset(self) -> timedelta:
        """Return how far this clock stands from the machine's."""
        return self.now() - datetime.now(UTC)

    def now(self) -> datetime:
        """Return the moment it stands at."""
        return self._start + self._elapsed

    def monotonic(self) -> float:
        """Return the seconds moved so far."""
        return self._elapsed.total_seconds()

    def advance(self, step: timedelta) -> None:
        """Move on by ``step``.

        Raises:
            ValueError: the step goes back; use `jump` to move only the wall clock.
        """
        if step < timedelta():
            raise ValueError("a clock does not advance backwards")
        self._elapsed += step

    def jump(self, step: timedelta) -> None:
        """Move the wall clock alone, forwards or back, as a bad time server does."""
        self._start += step
