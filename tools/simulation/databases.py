"""SQLite files for the simulator: cloned from migrated templates, with faults at every commit."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from chassis.clock import VirtualClock
from chassis.uow import Database, Delivery, Transaction
from tools.simulation.chance import Chance

if TYPE_CHECKING:
    from tools.simulation.nodes import Node

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a file system in memory, the files are our own
_LONGEST_TRANSACTION: Final = timedelta(seconds=10)
_RESERVED: Final = 0.25
_FILLED: Final = 0.6

# Identity columns of a real database server give out numbers before the commit. SQLite cannot, so
# each new row is renumbered by the simulator before anybody can see it.
_NUMBERING: Final = """
CREATE TRIGGER IF NOT EXISTS simulated_numbers AFTER INSERT ON outbox
BEGIN UPDATE outbox SET id = simulated_number(NEW.subject, NEW.id) WHERE id = NEW.id; END
"""


class Numbers:
    """Give out the numbers of one outbox as a sequence shared by concurrent writers does.

    A writer takes a number, then commits: another one with a higher number may commit first. Here
    a number is now and then kept back, and given within ten seconds to a later transaction, which
    stands for the slow writer. Rows of one subject keep their order, as their row lock makes them.
    """

    def __init__(self, chance: Chance, clock: VirtualClock, count: Callable[[], None]) -> None:
        self._chance = chance
        self._clock = clock
        self._count = count
        self._last = 0
        self._kept_back: list[tuple[int, float]] = []
        self._by_subject: dict[str, int] = {}

    def next(self, subject: str, row_id: int) -> int:
        """Return the number of a new row that SQLite would give ``row_id``."""
        oldest = self._clock.monotonic() - _LONGEST_TRANSACTION.total_seconds()
        self._kept_back = [entry for entry in self._kept_back if entry[1] >= oldest]
        number = self._fill(self._by_subject.get(subject, 0))
        if number is None:
            self._last = max(self._last, row_id - 1) + 1
            if self._chance.happens(_RESERVED):
                self._kept_back.append((self._last, self._clock.monotonic()))
                self._last += 1
            number = self._last
        self._by_subject[subject] = number
        return number

    def _fill(self, above: int) -> int | None:
        for entry in self._kept_back:
            if entry[0] > above and self._chance.happens(_FILLED):
                self._kept_back.remove(entry)
                self._count()
                return entry[0]
        return None


class Shelf:
    """Keep the templates and the files of this process; every seed begins with fresh copies.

    The engines live as long as the process: what SQLAlchemy has compiled is used again.
    """

    def __init__(self) -> None:
        parent = _MEMORY if _MEMORY.is_dir() else None
        self.folder = Path(tempfile.mkdtemp(prefix="simulation-", dir=parent))
        self._templates: dict[str, sqlite3.Connection] = {}
        self._engines: dict[str, tuple[sa.Engine, sa.Engine]] = {}
        self._numbers: dict[str, Numbers] = {}

    def url(self, name: str) -> str:
        """Return the URL of a database of this process."""
        return f"sqlite:///{self.folder / name}.db"

    def add_template(self, name: str, path: Path) -> None:
        """Remember a finished database for `clone`."""
        template = sqlite3.connect(":memory:")
        with sqlite3.connect(path) as source:
            source.backup(template)
        source.close()
        template.execute(_NUMBERING)
        template.commit()
        self._templates[name] = template

    def clone(self, name: str, numbers: Numbers) -> None:
        """Put a fresh copy of the template in the place of the database."""
        for engine in self._engines.get(name, ()):
            engine.dispose()
        path = self.folder / f"{name}.db"
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        with sqlite3.connect(path) as target:
            self._templates[name].backup(target)
        target.close()
        self._numbers[name] = numbers

    def engines(self, name: str, fresh: tuple[sa.Engine, sa.Engine]) -> tuple[sa.Engine, sa.Engine]:
        """Return the (writer, reader) of the database without open connections."""
        if name in self._engines:
            for engine in self._engines[name]:
                engine.dispose()
            return self._engines[name]
        for engine in fresh:
            event.listen(engine, "connect", self._numbering(name))
        self._engines[name] = fresh
        return fresh

    def close(self) -> None:
        """Close and delete everything."""
        for pair in self._engines.values():
            for engine in pair:
                engine.dispose()
        for template in self._templates.values():
            template.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _numbering(self, name: str) -> Callable[[sqlite3.Connection, object], None]:
        def prepare(connection: sqlite3.Connection, _record: object) -> None:
            def number(subject: str, row_id: int) -> int:
                return self._numbers[name].next(subject, row_id)

            connection.create_function("simulated_number", 2, number)

        return prepare


class SimulatedDatabase(Database):
    """Be the database of one node as long as the node lives, failing as the world wants it to."""

    def __init__(self, node: "Node", shelf: Shelf, url: str) -> None:
        super().__init__(url, service=node.name, clock=node.clock, threads=False)
        self.writer, self.reader = shelf.engines(node.name, (self.writer, self.reader))
        self.node = node
        self.is_dead = False

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Read, unless the database is away just now."""
        self.node.world.begin(self)
        with super().read() as session:
            yield session

    @contextmanager
    def transaction(self, delivery: Delivery | None = None) -> Iterator[Transaction]:
        """Open a transaction whose beginning and end may fail."""
        self.node.world.begin(self)
        with self.node.world.within(self, delivery), super().transaction(delivery) as tx:
            yield tx


def contents(path: Path, skipped: frozenset[str]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield every row of a database, in an order that does not depend on anything else."""
    with sqlite3.connect(path) as connection:
        names = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
                " ORDER BY name"
            )
            if row[0] not in skipped
        ]
        for name in names:
            yield from ((name, row) for row in connection.execute(f"SELECT * FROM {name}"))  # noqa: S608 - names from the catalogue
    connection.close()


__all__ = ["Numbers", "Shelf", "SimulatedDatabase", "contents"]
