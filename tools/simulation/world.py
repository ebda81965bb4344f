"""The world the services live in: its clock, its faults, and what is going on in it."""

import logging
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from chassis.clock import VirtualClock
from chassis.errors import DatabaseUnavailableError
from chassis.uow import Delivery
from tools.simulation.chance import Chance
from tools.simulation.trace import Trace

if TYPE_CHECKING:
    from tools.simulation.databases import SimulatedDatabase
    from tools.simulation.nodes import Node

# How likely each fault is whenever it could happen. A seed makes some of them likelier and leaves
# others out; over many seeds each of them must happen.
FAULTS: Final = {
    "rpc.request_lost": 0.02,
    "rpc.reply_lost": 0.03,
    "rpc.delivered_twice": 0.02,
    "rpc.redelivered": 0.02,
    "rpc.repeated_late": 0.03,
    "database.not_committed": 0.01,
    "database.outcome_unknown": 0.015,
    "crash.rpc.before_commit": 0.004,
    "crash.rpc.after_commit": 0.006,
    "crash.handler.before_commit": 0.01,
    "crash.handler.after_commit": 0.02,
    "crash.handler.before_ack": 0.02,
    "crash.relay.before_commit": 0.004,
    "crash.relay.after_commit": 0.004,
    "crash.relay.before_publish": 0.02,
    "crash.relay.after_publish": 0.03,
    "crash.timer.before_commit": 0.004,
    "crash.timer.after_commit": 0.004,
    "bus.refused": 0.03,
    "bus.confirm_lost": 0.04,
    "bus.partly_confirmed": 0.08,
    "bus.copied_twice": 0.06,
    "bus.reordered": 0.1,
    "bus.delayed": 0.1,
    "bus.ack_lost": 0.05,
    "sms.away": 0.1,
    "sms.slow": 0.1,
    "sms.error_after_accept": 0.1,
    "storage.away": 0.03,
    "weather.crash": 0.3,
    "weather.crash_of_all": 0.1,
    "weather.service_away": 0.2,
    "weather.registry_away": 0.1,
    "weather.database_away": 0.2,
    "weather.bus_away": 0.1,
    "weather.clock_forward": 0.2,
    "weather.clock_back": 0.2,
    "weather.clock_past_deadline": 0.06,
    "weather.poison": 0.06,
}
# These follow from how things are stepped; they are counted, not drawn.
CONSEQUENCES: Final = ("outbox.late_number", "scheduler.preempted")

_SCALES: Final = (0.0, 0.3, 1.0, 2.5)
_SCALE_WEIGHTS: Final = (1, 3, 8, 3)
_LEFT_OUT: Final = 0.25


class SimulatedCrash(BaseException):
    """Be thrown through a process that ends here and now."""


@dataclass(frozen=True)
class Activity:
    """Be something a node is in the middle of."""

    node: "Node"
    incarnation: int
    kind: str

    @property
    def is_dead(self) -> bool:
        """Say whether the process that began this has ended since."""
        return self.node.incarnation != self.incarnation or not self.node.is_up


@dataclass(frozen=True)
class Work:
    """Be a transaction that is open."""

    database: "SimulatedDatabase"
    delivery: Delivery | None


class World:
    """Hold what everybody in the simulation shares."""

    def __init__(self, seed: int, *, start: datetime, keeps_trace: bool = False) -> None:
        self.seed = seed
        self.chance = Chance(seed)
        self.clock = VirtualClock(start)
        self.trace = Trace(self.clock, keeps_all=keeps_trace)
        self.nodes: dict[str, Node] = {}
        self.problems: list[str] = []
        self.effects: Counter[tuple[str, str]] = Counter()
        self.is_calm = True
        self.bus_away_until = 0.0
        self.preempt: Callable[[], None] = lambda: None
        self._activities: list[Activity | None] = []
        self._transactions: list[Work] = []
        self._odds = self._weather()

    # Faults.

    def strikes(self, name: str, *details: object) -> bool:
        """Say whether a fault happens now, and take it down if so."""
        if self.is_calm or not self.chance.happens(self._odds[name]):
            return False
        self.trace.fault(name, *details)
        return True

    def crash(self, node: "Node", seconds: float | None = None) -> None:
        """End the process of a node: what it holds in memory is gone, its files stay."""
        down = self.chance.between(0.1, 15) if seconds is None else seconds
        self.trace.add("down", node.name, f"{down:.1f}s")
        node.stop(down)

    @property
    def is_bus_away(self) -> bool:
        """Say whether nothing can be sent just now."""
        return not self.is_calm and self.clock.monotonic() < self.bus_away_until

    def problem(self, text: str) -> None:
        """Take down that something is wrong with the system."""
        self.trace.add("PROBLEM", text)
        self.problems.append(text)

    # What goes on.

    @contextmanager
    def activity(self, node: "Node", kind: str) -> Iterator[None]:
        """Say what the node does inside the block: a crash in there is a crash of this node."""
        self._activities.append(Activity(node, node.incarnation, kind))
        try:
            yield
        finally:
            self._activities.pop()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Say that what happens inside the block has nothing to do with what goes on outside it."""
        self._activities.append(None)
        try:
            yield
        finally:
            self._activities.pop()

    @contextmanager
    def within(self, database: "SimulatedDatabase", delivery: Delivery | None) -> Iterator[None]:
        """Say that a transaction is open inside the block."""
        self._transactions.append(Work(database, delivery))
        try:
            yield
        finally:
            self._transactions.pop()

    @property
    def is_in_transaction(self) -> bool:
        """Say whether any transaction is open."""
        return bool(self._transactions)

    def begin(self, database: "SimulatedDatabase") -> None:
        """Let a read or a transaction begin, or not; others may act first.

        Raises:
            DatabaseUnavailableError: the database is away.
            SimulatedCrash: the process that asks has ended since.
        """
        self._check(database)
        if not self._transactions:
            self.preempt()
            self._check(database)
        if not self.is_calm and self.clock.monotonic() < database.node.database_away_until:
            raise DatabaseUnavailableError

    def point(self, name: str) -> bool:
        """Fail at one of the program's fail points, or not.

        Raises:
            DatabaseUnavailableError: the commit fails, or its outcome is lost.
            SimulatedCrash: the process ends here.
        """
        self.check_alive()
        activity = self._activity
        if name == "database.before_commit":
            self._before_commit(activity)
        elif name == "database.after_commit":
            self._after_commit(activity)
        elif activity is not None and name.startswith("relay."):
            self._maybe_crash(activity, name.removeprefix("relay."))
        return False

    def check_alive(self) -> None:
        """Stop whoever goes on although its process has ended.

        Raises:
            SimulatedCrash: it has.
        """
        activity = self._activity
        if activity is not None and activity.is_dead:
            raise SimulatedCrash

    @property
    def _activity(self) -> Activity | None:
        return self._activities[-1] if self._activities else None

    def _check(self, database: "SimulatedDatabase") -> None:
        self.check_alive()
        if database.is_dead:
            # Somebody else's: a relay that copies to a subscriber which is not there.
            raise DatabaseUnavailableError

    def _before_commit(self, activity: Activity | None) -> None:
        if self.strikes("database.not_committed"):
            raise DatabaseUnavailableError
        self._maybe_crash(activity, "before_commit")

    def _after_commit(self, activity: Activity | None) -> None:
        work = self._transactions[-1]
        if work.delivery is not None:
            self.effects[work.delivery.handler, work.delivery.event.id] += 1
        self._maybe_crash(activity, "after_commit")
        if self.strikes("database.outcome_unknown"):
            raise DatabaseUnavailableError

    def _maybe_crash(self, activity: Activity | None, moment: str) -> None:
        if activity is None:
            return
        if self.strikes(f"crash.{activity.kind}.{moment}", activity.node.name):
            self.crash(activity.node)
            raise SimulatedCrash

    def _weather(self) -> dict[str, float]:
        scale = self.chance.weighted(_SCALES, _SCALE_WEIGHTS)
        return {
            name: 0.0 if self.chance.happens(_LEFT_OUT) else odds * scale
            for name, odds in FAULTS.items()
        }


class Listener(logging.Handler):
    """Hear what the program logs: an error that nobody expected is a problem."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.WARNING)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        """Take down unexpected exceptions; a simulated crash is none."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or isinstance(error, SimulatedCrash):
            return
        where = "".join(traceback.format_exception(error)[-6:])
        self._world.problem(f"{record.getMessage()}: {where}")
