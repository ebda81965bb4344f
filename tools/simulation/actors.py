"""Everything that can act next but clients and relays: handlers, jobs, restarts, bad weather."""

import contextvars
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from chassis import ids
from chassis.errors import RetryableError
from chassis.timers import Timer
from tools.simulation.deliveries import Deliveries
from tools.simulation.network import Network, Port
from tools.simulation.world import SimulatedCrash, World

if TYPE_CHECKING:
    from tools.simulation.nodes import Node

_NEVER: Final = float("inf")
_JOB_PAUSE: Final = (2.0, 12.0)
# What nobody waits for: it takes its turn four times less often, and the seeds run faster.
_IN_THE_BACKGROUND: Final = frozenset({"check_waiting", "purge", "seal_audit"})


class Actor(Protocol):
    """Do one thing at a time when its turn comes."""

    name: str
    weight: float
    is_busy: bool

    def next_at(self) -> float:
        """Return when it can act next, by the monotonic clock; infinity when it has nothing."""

    def act(self) -> None:
        """Do the next thing."""


def run(world: World, actor: Actor) -> None:
    """Let an actor act, as a process of its own does: its crash or its trouble ends there."""
    actor.is_busy = True
    try:
        with world.apart():
            contextvars.Context().run(actor.act)
    except SimulatedCrash:
        world.trace.add("crashed", actor.name)
    except RetryableError as error:
        world.trace.add("waits", actor.name, error.wire_code)
    finally:
        actor.is_busy = False


class HandlerActor:
    """Be the consumer of one handler."""

    weight = 2.0

    def __init__(self, world: World, node: "Node", handler: str, deliveries: Deliveries) -> None:
        self.name = f"handler {handler}"
        self.is_busy = False
        self._world = world
        self._node = node
        self._handler = handler
        self._deliveries = deliveries

    def next_at(self) -> float:
        """Return now, or never before something is due."""
        return self._deliveries.due_at(self._handler) if self._node.is_up else _NEVER

    def act(self) -> None:
        """Handle what is due."""
        with self._world.activity(self._node, "handler"):
            self._deliveries.step(self._handler)


class JobActor:
    """Be one job of a service; it runs later than it might, never earlier."""

    weight = 1.0

    def __init__(self, world: World, node: "Node", name: str) -> None:
        self.name = f"job {node.name}.{name}"
        self.is_busy = False
        self._world = world
        self._node = node
        self._job = name
        self._factor = 4 if name in _IN_THE_BACKGROUND else 1
        self._next = world.chance.between(*_JOB_PAUSE)

    def next_at(self) -> float:
        """Return when it runs next."""
        return self._next if self._node.is_up else _NEVER

    def act(self) -> None:
        """Run the job."""
        timer = self._timer()
        pause = max(timer.seconds, self._world.chance.between(*_JOB_PAUSE) * self._factor)
        self._next = self._world.clock.monotonic() + pause
        with self._world.activity(self._node, "timer"):
            has_run = timer.step()
        self._world.trace.add("job", self.name, has_run)

    def _timer(self) -> Timer:
        return next(
            timer for timer in self._node.container.timers if timer.method_name == self._job
        )


class LateCallActor:
    """Let copies of calls arrive that were held up on their way."""

    name = "late calls"
    weight = 1.0

    def __init__(self, network: Network) -> None:
        self.is_busy = False
        self._network = network

    def next_at(self) -> float:
        """Return when the first one arrives."""
        return min((late.at for late in self._network.late), default=_NEVER)

    def act(self) -> None:
        """Let the first one arrive."""
        self._network.arrive(min(self._network.late, key=lambda late: late.at))


class SupervisorActor:
    """Start again what has ended."""

    name = "supervisor"
    weight = 3.0

    def __init__(self, nodes: Sequence["Node"], network: Network) -> None:
        self.is_busy = False
        self._nodes = nodes
        self._network = network

    def next_at(self) -> float:
        """Return when the first of them may be started."""
        return min((node.down_until for node in self._nodes if not node.is_up), default=_NEVER)

    def act(self) -> None:
        """Start it."""
        down = [node for node in self._nodes if not node.is_up]
        node = min(down, key=lambda entry: entry.down_until)
        node.start(Port(self._network, node))


class WeatherActor:
    """Bring trouble that nobody asked for."""

    name = "weather"
    weight = 0.6

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self.is_busy = False
        self._world = world
        self._deliveries = deliveries
        self._next = 0.0

    def next_at(self) -> float:
        """Return when the next trouble may come."""
        return _NEVER if self._world.is_calm else self._next

    def act(self) -> None:
        """Bring at most one trouble."""
        world = self._world
        self._next = world.clock.monotonic() + world.chance.between(0.5, 10)
        troubles = (
            ("weather.crash", self._crash),
            ("weather.crash_of_all", self._crash_of_all),
            ("weather.service_away", self._service_away),
            ("weather.registry_away", self._registry_away),
            ("weather.database_away", self._database_away),
            ("weather.bus_away", self._bus_away),
            ("weather.clock_forward", self._clock_forward),
            ("weather.clock_back", self._clock_back),
            ("weather.clock_past_deadline", self._clock_past_deadline),
            ("weather.poison", self._poison),
        )
        name, trouble = world.chance.pick(troubles)
        if world.strikes(name):
            trouble()

    def _a_node(self) -> "Node":
        return self._world.chance.pick([node for _, node in sorted(self._world.nodes.items())])

    def _until(self, low: float, high: float) -> float:
        return self._world.clock.monotonic() + self._world.chance.between(low, high)

    def _crash(self) -> None:
        node = self._a_node()
        if node.is_up:
            self._world.crash(node)

    def _crash_of_all(self) -> None:
        """End every process at once, as when all of them are one: the embedded mode."""
        for _, node in sorted(self._world.nodes.items()):
            if node.is_up:
                self._world.crash(node)

    def _service_away(self) -> None:
        node = self._a_node()
        node.away_until = self._until(1, 30)
        self._world.trace.add("away", node.name)

    def _registry_away(self) -> None:
        self._world.nodes["registry"].away_until = self._until(10, 90)

    def _database_away(self) -> None:
        node = self._a_node()
        node.database_away_until = self._until(1, 20)
        self._world.trace.add("database away", node.name)

    def _bus_away(self) -> None:
        self._world.bus_away_until = self._until(1, 30)

    def _clock_forward(self) -> None:
        self._jump(self._world.chance.between(0.5, 90))

    def _clock_back(self) -> None:
        self._jump(-self._world.chance.between(0.5, 5))

    def _clock_past_deadline(self) -> None:
        self._jump(self._world.chance.pick((330.0, 1900.0, 3700.0, 46_000.0, 90_000.0)))

    def _jump(self, seconds: float) -> None:
        self._world.clock.jump(timedelta(seconds=seconds))
        self._world.trace.add("clock jumps", f"{seconds:+.1f}")

    def _poison(self) -> None:
        handler = self._world.chance.pick(self._deliveries.handlers())
        self._deliveries.plant(handler, ids.new_id())
