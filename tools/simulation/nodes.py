"""A service as a process that can end at any moment and is started again."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chassis import outbox, relay
from chassis.bus.api import Bus
from chassis.errors import RetryableError
from chassis.service import Service
from tools.simulation.containers import InlineContainer
from tools.simulation.databases import Shelf, SimulatedDatabase
from tools.simulation.world import World

if TYPE_CHECKING:
    from chassis.clock import VirtualClock
    from chassis.config import CommonSettings

RELAYS = 2


class Node:
    """Be one service: what lives in the memory of its process, and whether that is there."""

    def __init__(
        self,
        world: World,
        service: type[Service],
        settings: "CommonSettings",
        *,
        shelf: Shelf,
        ports: Mapping[str, Callable[[Any], Any]],
    ) -> None:
        self.world = world
        self.name = service.name
        self.clock: VirtualClock = world.clock
        self.incarnation = 0
        self.is_up = False
        self.down_until = 0.0
        self.away_until = 0.0
        self.database_away_until = 0.0
        self.acceptor: Any = None
        self.on_commit: list[Callable[[], None]] = []
        self.relays: list[relay.Relay] = []
        self._service = service
        self._settings = settings
        self._shelf = shelf
        self._ports = ports

    def start(self, bus: Bus) -> None:
        """Start the process: everything in it is new.

        Raises:
            RetryableError: the service cannot start now.
        """
        self.incarnation += 1
        self.is_up = True
        self.database = SimulatedDatabase(self, self._shelf, self._shelf.url(self.name))
        config = {
            "settings": self._settings,
            "bus": bus,
            "clock": self.clock,
            "max_workers": self._settings.max_workers,
        }
        for wake in self.on_commit:
            self.database.wakeups.add(wake)
        self.container = InlineContainer(
            self._service,
            config,
            database=self.database,
            holder=f"{self.name}-{self.incarnation}",
            ports={name: build(self._settings) for name, build in self._ports.items()},
        )
        self.container.open()
        self.relays = [
            relay.Relay(
                self.database,
                bus.sink(self.name),
                holder=f"{self.name}-{self.incarnation}-{index}",
                has_public_log=self._service.public_log,
            )
            for index in range(RELAYS)
        ]
        try:
            self.container.prepare_service()
        except RetryableError:
            self.stop(1.0)
            raise

    def stop(self, seconds: float) -> None:
        """End the process; it may be started again after so many seconds."""
        self.is_up = False
        self.database.is_dead = True
        self.down_until = self.clock.monotonic() + seconds

    @property
    def has_unsent(self) -> bool:
        """Say whether its outbox holds anything unsent."""
        with self.database.read() as session:
            return outbox.has_unsent(session)

    @property
    def is_reachable(self) -> bool:
        """Say whether calls arrive."""
        is_away = not self.world.is_calm and self.clock.monotonic() < self.away_until
        return self.is_up and not is_away
