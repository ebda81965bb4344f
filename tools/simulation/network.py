"""Calls between the services, and from clients: lost, answered too late, or carried out twice."""

import contextvars
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chassis.bus import wire
from chassis.bus.api import Acceptor, Processor, Registration, Request, Sink, SubscriptionKind
from chassis.errors import DeadlineError, UnavailableError
from tools.simulation.world import World

if TYPE_CHECKING:
    from tools.simulation.deliveries import Deliveries
    from tools.simulation.nodes import Node


class Nothing:
    """Be a registration that never ends by itself."""

    def pause(self) -> None:
        """Do nothing."""

    def drain(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class LateCall:
    """Be a copy of a call that is still on its way."""

    at: float
    node: "Node"
    request: Request


class Network:
    """Carry calls; remember the copies that will arrive late."""

    def __init__(self, world: World, deliveries: "Deliveries") -> None:
        self.world = world
        self.deliveries = deliveries
        self.late: list[LateCall] = []
        # The idempotency keys of calls of which a copy arrived after the reply had been sent.
        self.repeated: set[str] = set()

    def call(self, target: str, request: Request, timeout: float) -> dict[str, Any]:
        """Carry one call and return the reply.

        Raises:
            UnavailableError: the service is not there.
            DeadlineError: no reply came in time.
        """
        world = self.world
        world.check_alive()
        if world.is_in_transaction:
            world.problem(f"{target}.{request.method} is called inside a transaction")
        node = world.nodes[target]
        world.trace.add("call", f"{target}.{request.method}", request.request_id)
        if not node.is_reachable or world.is_bus_away:
            raise UnavailableError(service=target)
        if world.strikes("rpc.request_lost"):
            raise self._silence(target, timeout)
        reply = self._carry(node, request)
        if world.strikes("rpc.redelivered"):
            reply = self._carry(node, request)
        elif world.strikes("rpc.delivered_twice"):
            self._repeat(node, request)
        if world.strikes("rpc.repeated_late"):
            # No later than this: the broker drops what is older than its deadline.
            at = world.clock.monotonic() + world.chance.between(0, max(0.0, timeout))
            self.late.append(LateCall(at, node, request))
        world.check_alive()
        if reply is None or world.strikes("rpc.reply_lost"):
            raise self._silence(target, timeout)
        decoded: dict[str, Any] = wire.decode(reply)
        return decoded

    def arrive(self, late: LateCall) -> None:
        """Let a late copy arrive; nobody waits for its reply."""
        self.late.remove(late)
        if late.node.is_reachable:
            self.world.trace.add("late call", f"{late.node.name}.{late.request.method}")
            self._repeat(late.node, late.request)

    def _repeat(self, node: "Node", request: Request) -> None:
        self._carry(node, request)
        self.repeated.add(str(request.headers.get("idempotency_key")))

    def _carry(self, node: "Node", request: Request) -> str | None:
        """Return the reply; None when the process ended before it could be sent."""
        if not node.is_up:
            return None
        replies: list[str] = []
        incarnation = node.incarnation
        acceptor: Acceptor = node.acceptor
        with self.world.activity(node, "rpc"):
            contextvars.Context().run(acceptor.accept, request, replies.append)
        if node.incarnation != incarnation or not node.is_up:
            return None
        self._look_at(node, request, replies)
        return replies[0]

    def _look_at(self, node: "Node", request: Request, replies: Sequence[str]) -> None:
        what = f"{node.name}.{request.method}"
        if len(replies) != 1:
            self.world.problem(f"{what} was answered {len(replies)} times")
        self.world.trace.add("reply", what, replies[0][:2000])
        if '"bus.internal"' in replies[0]:
            self.world.problem(f"{what} answered with an internal error")

    def _silence(self, target: str, timeout: float) -> DeadlineError:
        self.world.clock.advance(timedelta(seconds=max(0.0, timeout)))
        return DeadlineError(service=target)


class Port:
    """Be the bus as one process sees it (`chassis.bus.api.Bus`)."""

    def __init__(self, network: Network, node: "Node | None" = None) -> None:
        self._network = network
        self._node = node

    def start(self) -> None:
        """Do nothing: it is always there."""

    def stop(self) -> None:
        """Do nothing: it is always there."""

    def problems(self) -> list[str]:
        """Return nothing."""
        return []

    def serve(self, service: str, acceptor: Acceptor) -> Registration:
        """Let the calls of this process's service go to ``acceptor``."""
        assert self._node is not None and self._node.name == service  # noqa: S101, PT018 - one each
        self._node.acceptor = acceptor
        return Nothing()

    def call(  # noqa: PLR0913, PLR0917 - the interface of every transport
        self,
        target: str,
        method: str,
        body: str,
        headers: dict[str, Any],
        request_id: str,
        timeout: float,
    ) -> dict[str, Any]:
        """Send one call and return its reply.

        Raises:
            UnavailableError: the service is not there.
            DeadlineError: no reply came in time.
        """
        decoded = wire.decode(wire.encode(headers))
        request = Request(method, wire.decode(body), decoded, request_id)
        return self._network.call(target, request, timeout)

    def subscribe(self, processor: Processor) -> Registration:
        """Let events or commands go to ``processor``; broadcasts promise nothing: all are lost."""
        assert self._node is not None  # noqa: S101 - only services subscribe
        if processor.subscription.kind is not SubscriptionKind.BROADCAST:
            self._network.deliveries.subscribe(self._node, processor)
        return Nothing()

    def sink(self, service: str) -> Sink:
        """Return where the relay of this process publishes."""
        return self._network.deliveries.sink(service)
