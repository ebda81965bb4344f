"""Programs that follow the public feed: the examples of docs/events.md, run as they are printed."""

import contextlib
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Final

_PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "events.md"
_BLOCK: Final = re.compile(r'```python\n(""".*?python (\w+)\.py BASE FILE.*?)```', re.DOTALL)


def example(name: str) -> str:
    """Return the program that docs/events.md shows under this name."""
    found = {match[2]: match[1] for match in _BLOCK.finditer(_PAGE.read_text(encoding="utf-8"))}
    return found[name]


class Reader:
    """Run one example as a process of its own, and look at what it has kept."""

    def __init__(self, name: str, url: str, folder: Path, *, after: int = 0) -> None:
        self.name = name
        self.kills = 0
        self._url = url
        self._program = folder / f"{name}.py"
        self._program.write_text(example(name), encoding="utf-8")
        self._file = folder / f"{name}.db"
        self._child: subprocess.Popen[bytes] | None = None
        with contextlib.closing(sqlite3.connect(self._file)) as database, database:
            database.execute("CREATE TABLE place (after INTEGER)")
            database.execute("INSERT INTO place VALUES (?)", (after,))

    def start(self) -> None:
        """Run it."""
        self._child = subprocess.Popen(
            [sys.executable, str(self._program), self._url, str(self._file)]
        )

    def kill(self) -> None:
        """End it as a crash would (kill -9), in the middle of whatever it does."""
        assert self._child is not None
        assert self._child.poll() is None, f"{self.name} ended by itself"
        self._child.kill()
        self._child.wait()
        self.kills += 1

    def stop(self) -> None:
        """End it if it runs."""
        if self._child is not None and self._child.poll() is None:
            self._child.kill()
            self._child.wait()

    def positions(self) -> list[int]:
        """Return what it has kept, in the order in which it came."""
        with contextlib.closing(sqlite3.connect(self._file, timeout=30)) as database:
            try:
                rows = database.execute("SELECT position FROM event ORDER BY rowid").fetchall()
            except sqlite3.OperationalError:  # it has not begun yet
                return []
        return [row[0] for row in rows]
