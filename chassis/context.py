"""Who asks, within which request: carried along without being passed to every function."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from chassis import ids


@dataclass(frozen=True)
class Actor:
    """Be the verified one who asks: a person, a machine key, or another service.

    ``subject`` is ``user:<id>``, ``key:<id>`` or ``service:<name>``; ``region`` is the prefix of
    the division codes that the actor may see, for staff of a bureau.
    """

    subject: str
    enterprise_id: str | None = None
    roles: frozenset[str] = frozenset()
    region: str | None = None
    scopes: frozenset[str] = frozenset()
    issuer: str = "accounts"
    name: str = ""

    @property
    def is_service(self) -> bool:
        """Say whether a service asks for itself, not for a person."""
        return self.subject.startswith("service:")

    @property
    def is_key(self) -> bool:
        """Say whether a machine asks, with a key of its own."""
        return self.subject.startswith("key:")


@dataclass(frozen=True)
class Call:
    """Describe the request being served; ``deadline`` is a moment of the monotonic clock."""

    actor: Actor | None = None
    trace_id: str = field(default_factory=ids.new_trace_id)
    traceparent: str = ""
    request_id: str = field(default_factory=ids.new_id)
    idempotency_key: str | None = None
    deadline: float | None = None
    stack: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.traceparent:
            object.__setattr__(self, "traceparent", ids.new_traceparent(self.trace_id))


current_call: Final[ContextVar[Call | None]] = ContextVar("current_call", default=None)


@contextmanager
def serving(call: Call) -> Iterator[Call]:
    """Make ``call`` the current one of this green thread until the block ends."""
    token = current_call.set(call)
    try:
        yield call
    finally:
        current_call.reset(token)
