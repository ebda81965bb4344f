"""Relays as they run: several batches under way, settled and marked in any order."""

from typing import TYPE_CHECKING, Final

from chassis import faults
from chassis.relay import Relay, Shipment
from chassis.relay_runner import MAX_SHIPMENTS
from tools.simulation.world import World

if TYPE_CHECKING:
    from chassis.outbox import Message
    from tools.simulation.nodes import Node

_NEVER: Final = float("inf")
_POLL: Final = (8.0, 60.0)
_PAUSE: Final = (0.0, 0.5)
_PLAIN: Final = 0.25


class RelayActor:
    """Be one of the relays of a service, stepped as `chassis.relay_runner.RelayRunner` runs it."""

    weight = 2.0

    def __init__(self, world: World, node: "Node", index: int) -> None:
        self.name = f"relay {node.name} {index}"
        self.is_busy = False
        self._world = world
        self._node = node
        self._index = index
        self._next = 0.0
        self._incarnation = 0
        self._shipments: list[Shipment] = []
        self._in_flight: set[int] = set()
        self._sent: list[Message] = []

    def wake(self) -> None:
        """Say that there is something to send."""
        self._next = 0.0

    def next_at(self) -> float:
        """Return when it does something next."""
        return self._next if self._node.is_up else _NEVER

    def act(self) -> None:
        """Begin to send a batch, or settle one that is under way, or mark what was sent."""
        if self._incarnation != self._node.incarnation:
            self._forget()
        chance, now = self._world.chance, self._world.clock.monotonic()
        self._next = now + chance.between(*_POLL)
        with self._world.activity(self._node, "relay"):
            has_done = self._work()
        if has_done:
            self._next = now + chance.between(*_PAUSE)
        if has_done or self._shipments or self._sent:
            self._world.trace.add("relayed", self.name, len(self._shipments), len(self._sent))

    @property
    def _relay(self) -> Relay:
        return self._node.relays[self._index]

    def _work(self) -> bool:
        relay, chance = self._relay, self._world.chance
        if not relay.renew():
            return False
        if not self._shipments and not self._sent and chance.happens(_PLAIN):
            return relay.step() > 0
        if len(self._shipments) < MAX_SHIPMENTS and chance.happens(0.5):
            shipment = relay.ship(self._in_flight)
            if shipment is not None:
                self._shipments.append(shipment)
                self._in_flight |= shipment.ids
                return True
        if self._shipments and chance.happens(0.7):
            self._settle(chance.pick(self._shipments))
        elif self._sent:
            self._mark()
        return bool(self._shipments or self._sent or self._has_more())

    def _settle(self, shipment: Shipment) -> None:
        """Learn what became of a batch; what was not taken is read again."""
        self._shipments.remove(shipment)
        sent: list[Message] = []
        try:
            sent = self._relay.settle(shipment)
            faults.point("relay.after_publish")
        finally:
            self._in_flight -= shipment.ids - {entry.id for entry in sent}
            self._sent += sent
            self._next = self._world.clock.monotonic()

    def _mark(self) -> None:
        sent, self._sent = self._sent, []
        try:
            self._relay.mark(sent)
        finally:
            self._in_flight -= {entry.id for entry in sent}

    def _has_more(self) -> bool:
        return self._node.has_unsent

    def _forget(self) -> None:
        """Begin with an empty memory, as a new process does."""
        self._incarnation = self._node.incarnation
        self._shipments, self._in_flight, self._sent = [], set(), []
