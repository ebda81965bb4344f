"""The whole system for one seed: services, clients, and who acts next."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from chassis.config import CommonSettings
from chassis.service import Service
from services.notify.adapters.dispatching import Dispatcher
from services.notify.adapters.sealing import Opener
from services.standards.adapters.inspection import Inspector
from services.standards.adapters.pdf import PdfVerdict
from tools.simulation.actors import (
    Actor,
    HandlerActor,
    JobActor,
    LateCallActor,
    SupervisorActor,
    WeatherActor,
    run,
)
from tools.simulation.clients import Budget, Caller, Client, ClientActor
from tools.simulation.control import controlled
from tools.simulation.databases import Numbers, Shelf, contents
from tools.simulation.declaring import HOSTILE
from tools.simulation.deliveries import Broker, Deliveries, Inboxes
from tools.simulation.journal import Journal
from tools.simulation.network import Network, Port
from tools.simulation.nodes import RELAYS, Node
from tools.simulation.relaying import RelayActor
from tools.simulation.storage import MemoryBlobs
from tools.simulation.telephones import CarefulProvider, SimulatedProvider, Telephones
from tools.simulation.world import Listener, World

MAX_STEPS: Final = 60_000
# Longer than any pause that something waits for by itself.
_LONGEST_SETTLING: Final = 1_200.0
_PREEMPTED: Final = 0.03
_DEPTH: Final = 2
_STEP: Final = (0.0, 0.12)
_LONGEST_NAP: Final = 30.0
# What a service has begun and will finish by itself.
_UNFINISHED: Final = {
    "standards": "SELECT count(*) FROM uploads WHERE state = 'INSPECTING'",
    "notify": "SELECT count(*) FROM messages WHERE state IN ('CREATED', 'SENDING')",
}


class BlankPainter:
    """Draw captchas that nobody looks at: the clients of the simulation ask for the answer."""

    def draw(self, answer: str) -> str:
        """Return an empty picture."""
        del answer
        return ""


class System:
    """Hold the processes, the transport and the clients of one seed, and step them."""

    def __init__(
        self,
        world: World,
        shelf: Shelf,
        services: Mapping[type[Service], CommonSettings],
        *,
        has_broker: bool,
        blobs: Mapping[str, bytes] | None = None,
    ) -> None:
        self.world = world
        self.journal = Journal()
        self.telephones = Telephones()
        self.blobs = MemoryBlobs(world)
        for key, body in (blobs or {}).items():
            self.blobs.put(key, body)
        self.deliveries: Deliveries = Broker(world) if has_broker else Inboxes(world)
        self.network = Network(world, self.deliveries)
        self.caller = Caller(world, self.network)
        self.shelf = shelf
        self.budget = Budget(0)
        self.clients: list[ClientActor] = []
        self._actors: list[Actor] = []
        self._depth = 0
        self._open(services)
        world.preempt = self._preempt

    def add(self, client: Client) -> None:
        """Let a client take part."""
        actor = ClientActor(self.world, client, self.budget)
        self.clients.append(actor)
        self._actors.append(actor)

    # Stepping.

    def work(self, operations: int) -> None:
        """Step everything, with faults, until the clients have done so many operations."""
        self.budget.left = operations
        self.world.is_calm = False
        self._steps(lambda: self.budget.left <= 0)

    def settle(self) -> None:
        """Let the faults end, and step everything until nothing is left to do."""
        self.world.is_calm = True
        self.world.trace.add("calm")
        latest = self._now + _LONGEST_SETTLING
        self._steps(lambda: self._now > latest or not self._unrest())
        if unrest := self._unrest():
            self.world.problem(f"it does not come to rest: {unrest}")

    def contents(self, skipped: frozenset[str]) -> None:
        """Take down what every database holds now."""
        for name, node in sorted(self.world.nodes.items()):
            node.database.close()
            digest = hashlib.sha256()
            for row in contents(Path(str(node.database.url.database)), skipped):
                digest.update(repr(row).encode())
            self.world.trace.add("contents", name, digest.hexdigest())

    @property
    def _now(self) -> float:
        return self.world.clock.monotonic()

    def _steps(self, is_done: Callable[[], bool]) -> None:
        for _ in range(MAX_STEPS):
            actor = self._choose()
            if actor is not None:
                run(self.world, actor)
            elif is_done():
                return
            else:
                self._nap()
            self._advance(self.world.chance.between(*_STEP))
        self.world.problem("it does not come to an end")

    def _choose(self) -> Actor | None:
        now = self._now
        ready = [actor for actor in self._actors if not actor.is_busy and actor.next_at() <= now]
        if not ready:
            return None
        return self.world.chance.weighted(ready, [actor.weight for actor in ready])

    def _nap(self) -> None:
        """Move on to when somebody can act again."""
        earliest = min((actor.next_at() for actor in self._actors), default=0.0)
        self._advance(min(_LONGEST_NAP, max(0.0, earliest - self._now)))

    def _advance(self, seconds: float) -> None:
        self.world.clock.advance(timedelta(seconds=seconds))

    def _preempt(self) -> None:
        """Let somebody else act in the middle of something, where a process may lose its turn."""
        world = self.world
        if world.is_calm or self._depth >= _DEPTH or not world.chance.happens(_PREEMPTED):
            return
        actor = self._choose()
        if actor is None:
            return
        world.trace.fault("scheduler.preempted", actor.name)
        self._depth += 1
        world.trace.deeper(1)
        try:
            run(world, actor)
        finally:
            self._depth -= 1
            world.trace.deeper(-1)

    def _unrest(self) -> str:
        """Return what still goes on, empty when nothing does."""
        busy = [actor.name for actor in self.clients if not actor.is_idle]
        busy += [f"{name} is down" for name, node in self.world.nodes.items() if not node.is_up]
        if busy:
            return ", ".join(busy)
        if self.network.late:
            return "late calls"
        for name, node in self.world.nodes.items():
            if node.has_unsent:
                return f"{name} has unsent messages"
        if self.deliveries.waiting():
            return "messages wait for their handlers"
        for name, query in _UNFINISHED.items():
            with self.world.nodes[name].database.read() as session:
                if session.scalar(sa.text(query)):
                    return f"{name} has unfinished work"
        return ""

    # Building.

    def _open(self, services: Mapping[type[Service], CommonSettings]) -> None:
        world = self.world
        for service, settings in services.items():
            numbers = Numbers(
                world.chance, world.clock, lambda: world.trace.fault("outbox.late_number")
            )
            self.shelf.clone(service.name, numbers)
            world.nodes[service.name] = Node(
                world, service, settings, shelf=self.shelf, ports=self._ports(service.name)
            )
        for node in world.nodes.values():
            node.start(Port(self.network, node))
        self._actors += self._acting()

    def _acting(self) -> list[Actor]:
        world, nodes = self.world, list(self.world.nodes.values())
        actors: list[Actor] = []
        for node in nodes:
            relays = [RelayActor(world, node, index) for index in range(RELAYS)]
            node.on_commit = [relay.wake for relay in relays]
            actors += relays
            # A job may have several timers, to run side by side.
            jobs = dict.fromkeys(str(timer.method_name) for timer in node.container.timers)
            actors += [JobActor(world, node, job) for job in jobs]
        for handler in self.deliveries.handlers():
            node = world.nodes[handler.split(".")[0]]
            actors.append(HandlerActor(world, node, handler, self.deliveries))
        return [
            *actors,
            LateCallActor(self.network),
            SupervisorActor(nodes, self.network),
            WeatherActor(world, self.deliveries),
        ]

    def _ports(self, service: str) -> dict[str, Callable[[Any], Any]]:
        """Return what stands for the outside world, by service and attribute."""
        ports: dict[str, dict[str, Callable[[Any], Any]]] = {
            "standards": {"inspector": lambda _: Inspector(self.blobs, self._inspect)},
            "search": {"blobs": lambda _: self.blobs},
            "notify": {"dispatcher": self._dispatcher},
            "accounts": {"painter": lambda _: BlankPainter()},
        }
        return ports.get(service, {})

    def _dispatcher(self, settings: CommonSettings) -> Dispatcher:
        providers = [
            SimulatedProvider("plain://", self.world, self.telephones),
            CarefulProvider("careful://", self.world, self.telephones),
        ]
        return Dispatcher(Opener(settings), self.world.chance.shuffled(providers))

    def _inspect(self, path: Path, text_path: Path) -> PdfVerdict:
        """Judge a file as the child process does."""
        body = self.blobs.body_at(path)
        if HOSTILE in body:
            return PdfVerdict(is_accepted=False, reason="javascript")
        text_path.write_bytes(body)
        return PdfVerdict(
            is_accepted=True, sha256=hashlib.sha256(body).hexdigest(), pages=1, text_path=text_path
        )


def simulate(world: World, scene: Callable[[], None]) -> None:
    """Run a scene with the world's time, chance and faults, hearing everything that is logged."""
    root, listener = logging.getLogger(), Listener(world)
    handlers, level = root.handlers[:], root.level
    root.handlers = [listener]
    root.setLevel(logging.WARNING)
    try:
        with controlled(world.clock, world.chance, world.point):
            scene()
    finally:
        root.handlers = handlers
        root.setLevel(level)
