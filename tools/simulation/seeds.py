"""Run seeds: prepare the templates once, then one world after the other."""

import dataclasses
import gc
import importlib
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from chassis import migrate
from chassis.config import CommonSettings
from chassis.service import Service
from services.registry import seeds as registry_seeds
from services.registry.config import Settings as RegistrySettings
from tools.simulation import checking, ledger
from tools.simulation.chance import Chance
from tools.simulation.databases import Shelf
from tools.simulation.declaring import Clerk
from tools.simulation.ledger import LedgerService
from tools.simulation.offices import Office
from tools.simulation.registering import Person, Registrant, new_people
from tools.simulation.system import System, simulate
from tools.simulation.visiting import Operator, Visitor
from tools.simulation.world import World

START: Final = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
OPERATIONS: Final = 100
SERVICES: Final = ("notify", "search", "registry", "accounts", "standards")
OFFICES: Final = 2
CLERKS: Final = 2
PEOPLE: Final = 5
_GARBAGE: Final = 50_000
# Reference data that no operation changes.
_UNCHANGED: Final = frozenset({"division", "sqlite_sequence"})
_CHEAP: Final = {"argon2_memory_kib": 8, "argon2_passes": 1, "environment": "test"}


@dataclass(frozen=True)
class Result:
    """Be what came of one seed."""

    seed: int
    hash: str
    seconds: float
    problems: tuple[str, ...]
    operations: Counter[str]
    outcomes: Counter[str]
    faults: Counter[str]
    lines: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Say whether nothing was wrong."""
        return not self.problems


class Simulator:
    """Run one seed after the other in this process; a context manager."""

    def __init__(self) -> None:
        self._shelf = Shelf()
        self._services = {_load(name): _settings(name, self._shelf) for name in SERVICES}
        self._services[LedgerService] = CommonSettings.from_env({})
        self._rows = [
            row for row in registry_seeds.demo_organizations() if row["status"] == "ACTIVE"
        ]
        self._people = new_people(Chance("people"), PEOPLE + OFFICES)
        self._prepare()
        # What is there now stays: no use in looking through it for garbage again and again.
        gc.freeze()
        gc.set_threshold(_GARBAGE)

    def run(self, seed: int, *, operations: int = OPERATIONS, keeps_trace: bool = False) -> Result:
        """Run one seed and compare everything at its end."""
        begun = time.process_time()
        world = World(seed, start=START, keeps_trace=keeps_trace)
        outcomes: Counter[str] = Counter()
        simulate(world, lambda: outcomes.update(self._play(world, operations)))
        return Result(
            seed=seed,
            hash=world.trace.hash,
            seconds=time.process_time() - begun,
            problems=tuple(world.problems),
            operations=world.trace.operations,
            outcomes=outcomes,
            faults=world.trace.faults,
            lines=tuple(world.trace.lines),
        )

    def close(self) -> None:
        """Delete all files."""
        self._shelf.close()

    def __enter__(self) -> "Simulator":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _play(self, world: World, operations: int) -> Iterator[str]:
        system = System(world, self._shelf, self._services, has_broker=world.chance.happens(0.5))
        self._populate(system)
        system.work(operations)
        system.settle()
        if not world.problems:
            checking.check(system)
        system.contents(_UNCHANGED)
        return (f"{entry.kind} {entry.outcome}" for entry in system.journal.commands)

    def _populate(self, system: System) -> None:
        offices = [Office(f"o{number}", _username(number)) for number in range(OFFICES)]
        for office in offices:
            for number in range(CLERKS):
                system.add(
                    Clerk(
                        f"{office.name}c{number}",
                        office,
                        system.caller,
                        system.journal,
                        system.blobs,
                    )
                )
        for number in range(2):
            system.add(self._registrant(f"reg{number}", system))
        system.add(Visitor("visitor", system.caller, offices))
        registry, settings = self._registry()
        system.add(
            Operator(
                "operator",
                system.caller,
                system.journal,
                system.world.nodes[registry.name],
                organizations=self._rows[:OFFICES],
                settings=settings,
                folder=self._shelf.folder,
            )
        )

    def _registrant(self, name: str, system: System, *, is_careful: bool = False) -> Registrant:
        return Registrant(
            name,
            system.caller,
            system.journal,
            system.telephones,
            organizations=self._rows[OFFICES:],
            people=self._people[OFFICES:],
            is_careful=is_careful,
        )

    def _registry(self) -> tuple[type[Service], CommonSettings]:
        return next(entry for entry in self._services.items() if entry[0].name == "registry")

    # Templates.

    def _prepare(self) -> None:
        """Make the databases that every seed begins with: migrated, seeded, offices registered."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.db"
            ledger.create_database(path)
            self._shelf.add_template("ledger", path)
        for name in SERVICES:
            self._shelf.add_template(name, migrate.sqlite_template(name))
        world = World(0, start=START - timedelta(days=1))
        simulate(world, lambda: self._found(world))
        if world.problems:
            raise RuntimeError("the simulation could not be prepared: " + "; ".join(world.problems))
        for service in self._services:
            database = world.nodes[service.name].database
            database.close()
            self._shelf.add_template(service.name, Path(str(database.url.database)))

    def _found(self, world: World) -> None:
        system = System(world, self._shelf, self._services, has_broker=True)
        for service, settings in self._services.items():
            database = world.nodes[service.name].database
            if isinstance(settings, RegistrySettings):
                registry_seeds.load(database, settings, world.clock.now())
        for number in range(OFFICES):
            system.add(
                _Founder(
                    self._registrant(_username(number)[:-5], system, is_careful=True),
                    self._rows[number],
                    self._people[number],
                )
            )
        system.budget.left = OFFICES
        system.settle()


class _Founder:
    """Register one office."""

    pause = 1.0

    def __init__(self, registrant: Registrant, row: dict[str, str], person: Person) -> None:
        self.name = registrant.name
        self._registrant = registrant
        self._row = row
        self._person = person

    def begin(self) -> tuple[str, Any]:
        """Return the one registration."""
        return "found", self._registrant.register(self._row, self._person)


def _username(number: int) -> str:
    return f"office{number}_0001"


def _load(name: str) -> type[Service]:
    service: type[Service] = importlib.import_module(f"services.{name}.service").SERVICE
    return service


def _settings(name: str, shelf: Shelf) -> CommonSettings:
    settings = _load(name).settings_class.from_env({})
    known = {field.name for field in dataclasses.fields(settings)}
    values: dict[str, Any] = {
        **_CHEAP,
        "data_dir": shelf.folder,
        "storage_url": f"file://{shelf.folder}/blobs",
        "database_url": shelf.url(name),
    }
    return dataclasses.replace(
        settings, **{field: value for field, value in values.items() if field in known}
    )
