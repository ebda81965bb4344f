"""SMS providers and the telephones behind them: slow, away, or failing after they accepted."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from services.notify.adapters.providers import NotSentError, Provider
from services.notify.adapters.sealing import Letter
from tools.simulation.world import World

_SLOW: Final = (1, 90)


@dataclass(frozen=True)
class Received:
    """Be one message on one telephone."""

    message_id: str
    phone: str
    text: str
    at: datetime


class Telephones:
    """Remember what arrived where."""

    def __init__(self) -> None:
        self.received: list[Received] = []

    def texts(self, phone: str) -> list[str]:
        """Return what a telephone shows, oldest first."""
        return [entry.text for entry in self.received if entry.phone == phone]

    def repeated(self) -> list[str]:
        """Return the ids of messages that arrived more than once."""
        counts = Counter(entry.message_id for entry in self.received)
        return sorted(message_id for message_id, count in counts.items() if count > 1)


class SimulatedProvider(Provider):
    """Send to the telephones; this kind cannot tell whether it has sent a message before."""

    def __init__(self, name: str, world: World, telephones: Telephones) -> None:
        super().__init__(name)
        self._world = world
        self._telephones = telephones

    def _send(self, letter: Letter, message_id: str) -> None:
        world = self._world
        if world.strikes("sms.away", self.name):
            raise NotSentError
        if world.strikes("sms.slow", self.name):
            world.clock.advance(timedelta(seconds=world.chance.between(*_SLOW)))
        self._arrive(Received(message_id, letter.phone, letter.text, world.clock.now()))
        if world.strikes("sms.error_after_accept", self.name):
            raise ConnectionError("500 after it was accepted")

    def _arrive(self, message: Received) -> None:
        self._world.trace.add("sms", message.message_id)
        self._telephones.received.append(message)


class CarefulProvider(SimulatedProvider):
    """Send each message id once, however often it is asked."""

    is_repeatable: ClassVar[bool] = True

    def _arrive(self, message: Received) -> None:
        if message.message_id not in {entry.message_id for entry in self._telephones.received}:
            super()._arrive(message)
