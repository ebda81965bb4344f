"""Clients: they ask, wait, ask again with the same key, and note what they were told."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from chassis import ids
from chassis.breaker import Breaker
from chassis.errors import DomainError, InternalError, RateLimitedError, RetryableError
from chassis.rpc import RpcProxy
from tools.simulation.journal import Command, Outcome
from tools.simulation.network import Network, Port
from tools.simulation.world import World

# What a client does in the middle of an operation: it names the seconds it waits before it goes on.
Steps = Generator[float, None, None]
Asking = Generator[float, None, "Answer"]

TARGETS: Final = ("accounts", "registry", "standards", "search", "notify")
PATIENCE: Final = timedelta(hours=12)
_PAUSE: Final = (0.1, 8.0)
_TRIES: Final = 40
_NEVER_OPEN: Final = 10**9


@dataclass(frozen=True)
class Answer:
    """Be what became of a call; ``tries`` counts how often it was sent."""

    value: dict[str, Any] | None
    code: str
    tries: int

    @property
    def is_accepted(self) -> bool:
        """Say whether it was done."""
        return self.value is not None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a JSON value
        """Return a part of the reply."""
        return (self.value or {})[name]


class Caller:
    """Call the services as the gateway does for its clients."""

    def __init__(self, world: World, network: Network) -> None:
        self.world = world
        breaker = Breaker(failures=_NEVER_OPEN, clock=world.clock.monotonic)
        self._proxies = {
            target: RpcProxy(Port(network), "gateway", target, breaker=breaker)
            for target in TARGETS
        }

    def ask(  # noqa: PLR0913 - the options of a call, all by keyword
        self,
        target: str,
        method: str,
        arguments: Mapping[str, Any],
        *,
        key: str | None = None,
        token: str | None = None,
        tries: int = _TRIES,
    ) -> Asking:
        """Call until there is an answer, always with the same key; give up after half a day."""
        world, begun = self.world, self.world.clock.now()
        for attempt in range(1, tries + 1):
            if world.clock.now() - begun > PATIENCE:
                break
            try:
                value = self._proxies[target].call(
                    method,
                    arguments,
                    idempotency_key=key,
                    actor_token=token,
                    idempotent=key is not None,
                )
            except RateLimitedError as error:
                return Answer(None, error.wire_code, attempt)
            except RetryableError:
                yield world.chance.between(*_PAUSE)
            except InternalError:
                break
            except DomainError as error:
                return Answer(None, error.wire_code, attempt)
            else:
                return Answer(value, "", attempt)
        return Answer(None, "", tries)

    def new_key(self) -> str:
        """Return a new idempotency key."""
        return ids.new_id()


def settle(command: Command, answer: Answer) -> None:
    """Note what the client was told.

    Without a key a refusal after several tries says nothing: an earlier try may have been the one.
    """
    command.code = answer.code
    if answer.value is not None:
        command.outcome, command.answer = Outcome.ACCEPTED, answer.value
    elif answer.code and (command.key is not None or answer.tries == 1):
        command.outcome = Outcome.REFUSED


class Client(Protocol):
    """Do operations, one after the other."""

    name: str
    pause: float

    def begin(self) -> tuple[str, Steps]:
        """Return the name of the next operation and its steps."""


class ClientActor:
    """Let a client go on with its operation, or begin the next as long as there are any left."""

    weight = 3.0

    def __init__(self, world: World, client: Client, budget: "Budget") -> None:
        self.name = f"client {client.name}"
        self.is_busy = False
        self._world = world
        self._client = client
        self._budget = budget
        self._steps: Steps | None = None
        self._next = 0.0

    @property
    def is_idle(self) -> bool:
        """Say whether it is not in the middle of an operation."""
        return self._steps is None

    def next_at(self) -> float:
        """Return when it goes on."""
        if self._steps is None and self._budget.left <= 0:
            return float("inf")
        return self._next

    def act(self) -> None:
        """Make one step."""
        if self._steps is None:
            self._budget.left -= 1
            name, self._steps = self._client.begin()
            self._world.trace.operation(name, self._client.name)
        now = self._world.clock.monotonic
        try:
            self._next = now() + next(self._steps)
        except StopIteration:
            self._steps = None
            self._next = now() + self._world.chance.between(0, self._client.pause)


@dataclass
class Budget:
    """Hold how many operations are still to be begun."""

    left: int
