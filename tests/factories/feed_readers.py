"""Programs that follow the public feed: those that docs/events.md shows, run as they are."""

import contextlib
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "events.md"
_BLOCK: Final = re.compile(r'```python\n("""[^\n]*python stream\.py BASE FILE.*?)```', re.DOTALL)
_LINK: Final = re.compile(r"\((examples/follow_feed\.py)\)")


@dataclass(frozen=True)
class Example:
    """Be one program: where the page has it, how it is started, where it keeps what it has read."""

    text: Callable[[str], str]
    options: Callable[[int], list[str]]
    place: str
    events: str


def _linked(page: str) -> str:
    (target,) = set(_LINK.findall(page))
    return (_PAGE.parent / target).read_text(encoding="utf-8")


def _printed(page: str) -> str:
    (program,) = _BLOCK.findall(page)
    return str(program)


EXAMPLES: Final = {
    "pages": Example(
        text=_linked,
        options=lambda after: ["--after", str(after), "--pause", "0.1"],
        place="",
        events="SELECT position FROM journal ORDER BY row",
    ),
    "stream": Example(
        text=_printed,
        options=lambda _: [],
        place="CREATE TABLE place AS SELECT {} AS after",
        events="SELECT position FROM event ORDER BY rowid",
    ),
}


class Reader:
    """Run one example as a process of its own, and look at what it has kept."""

    def __init__(self, name: str, url: str, folder: Path, *, after: int = 0) -> None:
        self.name = name
        self.kills = 0
        self._example = EXAMPLES[name]
        program = folder / f"{name}.py"
        program.write_text(self._example.text(_PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        self._file = folder / f"{name}.db"
        options = self._example.options(after)
        self._command = [sys.executable, str(program), url, str(self._file), *options]
        self._child: subprocess.Popen[bytes] | None = None
        if self._example.place:
            with contextlib.closing(sqlite3.connect(self._file)) as database, database:
                database.execute(self._example.place.format(after))

    def start(self) -> None:
        """Run it."""
        self._child = subprocess.Popen(self._command)

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
                rows = database.execute(self._example.events).fetchall()
            except sqlite3.OperationalError:  # it has not begun yet
                return []
        return [row[0] for row in rows]
