"""Calls between services: ``@rpc`` on the one side, ``RpcClient`` on the other.

Every call has a deadline, carries the time it has left, who asks and the chain of calls it is part
of, and passes a breaker. Arguments go by keyword, one JSON object comes back.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar, overload

import eventlet
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import DependencyProvider, Entrypoint, SharedExtension

from chassis import ids, metrics, sealing
from chassis.actors import ActorSigner
from chassis.breaker import Breaker
from chassis.bus import wire
from chassis.bus.api import RPC_TIMEOUT, Bus, Registration, Request, Respond
from chassis.container import CALL_KEY, ExcInfo
from chassis.context import current_call
from chassis.crypto import Keyring
from chassis.dispatch import MIN_BUDGET, Dispatcher, Method, Prepared
from chassis.errors import (
    DeadlineError,
    DomainError,
    InternalError,
    OverloadedError,
    UnavailableError,
)
from contracts.sensitive import SENSITIVE_ARGUMENTS

logger = logging.getLogger(__name__)

NESTED_RESERVE: Final = 0.2
RETRY_PAUSE: Final = 0.1
SPARE_PLACES: Final = 16

F = TypeVar("F", bound=Callable[..., Any])


class RpcServer(SharedExtension):  # type: ignore[misc] # nameko ships no types
    """Take the calls of one service from the bus and run each in a worker."""

    def __init__(self) -> None:
        self._entries: dict[str, Rpc] = {}
        self._registration: Registration | None = None
        self._is_paused = False
        super().__init__()

    @property
    def capacity(self) -> int:
        """Return how many calls may be taken from the bus before earlier ones are answered."""
        admission = self.container.admission
        return int(admission.slots + admission.places + SPARE_PLACES)

    def register(self, entry: "Rpc") -> None:
        """Add one method."""
        self._entries[entry.method_name] = entry

    def start(self) -> None:
        """Begin to take calls."""
        container = self.container
        methods = [entry.describe() for entry in self._entries.values()]
        self._dispatcher = Dispatcher(
            container.service_name, methods, container.verifier, container.seals
        )
        bus: Bus = container.bus
        self._registration = bus.serve(container.service_name, self)

    def pause(self) -> None:
        """Take no more calls; those that run may still answer."""
        if self._registration is not None and not self._is_paused:
            self._is_paused = True
            self._registration.pause()

    def stop(self) -> None:
        """Give the queue back, after the last answer went out."""
        if self._registration is not None:
            self._registration.close()
            self._registration = None

    kill = stop

    def accept(self, request: Request, respond: Respond) -> None:
        """Check a call, then run it when there is a free worker; returns at once."""
        dispatcher = self._dispatcher
        try:
            prepared = dispatcher.prepare(request)
        except Exception as error:  # noqa: BLE001 - the slot must be given back whatever happens
            respond(dispatcher.refuse(error))
            return
        self.container.admission.enter(
            partial(self._begin, prepared, respond),
            partial(self._overloaded, respond),
            prepared.deadline - time.monotonic() - MIN_BUDGET,
        )

    def _begin(self, prepared: Prepared, respond: Respond) -> None:
        container = self.container
        try:
            prepared.begun = time.monotonic()
            if prepared.deadline - prepared.begun < MIN_BUDGET:
                raise DeadlineError  # noqa: TRY301 - one way out for every refusal
            container.spawn_worker(
                self._entries[prepared.method.name],
                (),
                prepared.arguments,
                context_data={CALL_KEY: prepared.call},
                handle_result=partial(self._finish, prepared, respond),
            )
        except Exception as error:  # noqa: BLE001 - the slot must be given back whatever happens
            container.admission.leave()
            if isinstance(error, ContainerBeingKilled):
                error = UnavailableError()
            respond(self._dispatcher.refuse(error, prepared.call))

    def _overloaded(self, respond: Respond) -> None:
        respond(self._dispatcher.refuse(OverloadedError()))

    def _finish(
        self,
        prepared: Prepared,
        respond: Respond,
        _worker_ctx: Any,  # noqa: ANN401 - nameko ships no types
        result: Any,  # noqa: ANN401 - whatever the method returned
        exc_info: ExcInfo | None,
    ) -> tuple[Any, ExcInfo | None]:
        self.container.admission.leave()
        outcome = "ok"
        if exc_info is None:
            respond(self._dispatcher.answer(result, prepared.call))
        else:
            respond(self._dispatcher.refuse(exc_info[1], prepared.call))
            outcome = getattr(exc_info[1], "wire_code", InternalError.code)
        metrics.observe_rpc(
            side="server",
            service=self._dispatcher.service,
            method=prepared.method.name,
            outcome=outcome,
            seconds=time.monotonic() - prepared.begun,
        )
        return result, exc_info


class Rpc(Entrypoint):  # type: ignore[misc] # nameko ships no types
    """Make a method callable over the bus."""

    server = RpcServer()

    def __init__(
        self,
        *,
        public: bool = False,
        roles: Sequence[str] = (),
        scopes: Sequence[str] = (),
        idempotent: bool = False,
        sensitive_arguments: Sequence[str] = (),
    ) -> None:
        self.is_public = public
        self.roles = frozenset(roles)
        self.scopes = frozenset(scopes)
        self.is_idempotent = idempotent
        super().__init__(
            expected_exceptions=(DomainError,), sensitive_arguments=tuple(sensitive_arguments)
        )

    def describe(self) -> Method:
        """Return what the dispatcher must know of the method."""
        function = getattr(self.container.service_cls, self.method_name)
        return Method.of(function, is_public=self.is_public, roles=self.roles, scopes=self.scopes)

    def setup(self) -> None:
        """Join the service's server."""
        self.server.register(self)

    def stop(self) -> None:
        """Stop taking calls, with all the other methods."""
        self.server.pause()


@overload
def rpc(function: F, /) -> F: ...
@overload
def rpc(
    *,
    public: bool = False,
    roles: Sequence[str] = (),
    scopes: Sequence[str] = (),
    idempotent: bool = False,
    sensitive_arguments: Sequence[str] = (),
) -> Callable[[F], F]: ...
def rpc(function: F | None = None, /, **options: Any) -> F | Callable[[F], F]:
    """Make a method callable over the bus; ``@rpc`` or ``@rpc(public=True, roles=("OWNER",))``.

    Without ``public`` a call without a valid actor token is refused; with ``roles`` an actor needs
    one of them, and a machine key one of the ``scopes``. ``idempotent`` tells callers that they may
    ask again; ``sensitive_arguments`` (all of `contracts.sensitive` that it takes) never reach a
    log, and travel sealed.
    """
    decorated: F | Callable[[F], F] = (
        Rpc.decorator(function) if function is not None else Rpc.decorator(**options)
    )
    return decorated


class RpcProxy:
    """Call the methods of one service: ``proxy.get_profile(user_id=…)`` or ``proxy.call(…)``."""

    def __init__(  # noqa: PLR0913 - wired once, by RpcClient
        self,
        bus: Bus,
        caller: str,
        target: str,
        *,
        timeout: float = RPC_TIMEOUT,
        signer: ActorSigner | None = None,
        idempotent: Collection[str] = (),
        breaker: Breaker | None = None,
        seals: Keyring | None = None,
    ) -> None:
        self._bus = bus
        self._seals = seals
        self._caller = caller
        self._target = target
        self._timeout = timeout
        self._signer = signer
        self._idempotent = frozenset(idempotent)
        self._breaker = breaker or Breaker()

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        if method.startswith("_"):
            raise AttributeError(method)

        def remote(**arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
            return self.call(method, arguments)

        self.__dict__[method] = remote
        return remote

    def call(  # noqa: PLR0913 - the options of a call, all by keyword
        self,
        method: str,
        arguments: Mapping[str, Any] | None = None,
        /,
        *,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        actor_token: str | None = None,
        idempotent: bool | None = None,
    ) -> dict[str, Any]:
        """Call a method and return its answer.

        Without ``actor_token`` the service asks for itself. A call marked idempotent is sent once
        more when the bus lost it and there is time left.

        Raises:
            UnavailableError: the breaker is open, or nobody can take the call.
            DeadlineError: no answer came in time.
            DomainError: whatever the callee refused with.
        """
        deadline = time.monotonic() + self._budget(timeout)
        headers, request_id = self._headers(idempotency_key, actor_token)
        body = self._body(arguments or {})
        may_retry = method in self._idempotent if idempotent is None else idempotent
        while True:
            try:
                reply = self._attempt(method, body, headers, request_id, deadline)
                break
            except UnavailableError:
                pause = RETRY_PAUSE
                if (
                    not may_retry
                    or self._breaker.is_open
                    or deadline - time.monotonic() < 2 * pause
                ):
                    raise
                may_retry = False
                eventlet.sleep(pause)
        error = reply.get("error")
        if error is not None:
            raise wire.read_error(error)
        result: dict[str, Any] = reply["result"]
        return result

    def _body(self, arguments: Mapping[str, Any]) -> str:
        if self._seals is not None and not SENSITIVE_ARGUMENTS.isdisjoint(arguments):
            arguments = sealing.seal_arguments(arguments, self._seals, to=self._target)
        return wire.request_body(dict(arguments))

    def _attempt(
        self, method: str, body: str, headers: dict[str, Any], request_id: str, deadline: float
    ) -> dict[str, Any]:
        budget = deadline - time.monotonic()
        if budget < MIN_BUDGET:
            raise DeadlineError
        breaker = self._breaker
        was_open = breaker.is_open
        wait = breaker.enter()
        if wait > 0:
            raise UnavailableError(retry_after=max(1, round(wait)), service=self._target)
        headers["budget_ms"] = int(budget * 1000)
        begun, outcome = time.monotonic(), "ok"
        try:
            reply = self._bus.call(self._target, method, body, headers, request_id, budget)
        except (UnavailableError, DeadlineError) as error:
            outcome = error.wire_code
            breaker.fail()
            if breaker.is_open and not was_open:
                self._tell_breaker(is_open=True)
            raise
        except BaseException:
            outcome = "abandoned"
            breaker.abandon()
            raise
        finally:
            metrics.observe_rpc(
                side="client",
                service=self._target,
                method=method,
                outcome=outcome,
                seconds=time.monotonic() - begun,
            )
        breaker.succeed()
        if was_open:
            self._tell_breaker(is_open=False)
        return reply

    def _tell_breaker(self, *, is_open: bool) -> None:
        metrics.set_breaker(service=self._caller, target=self._target, is_open=is_open)
        logger.warning(
            "breaker", extra={"caller": self._caller, "target": self._target, "is_open": is_open}
        )

    def _budget(self, timeout: float | None) -> float:
        budget = self._timeout if timeout is None else timeout
        call = current_call.get()
        if call is not None and call.deadline is not None:
            return min(budget, call.deadline - time.monotonic() - NESTED_RESERVE)
        return budget

    def _headers(
        self, idempotency_key: str | None, actor_token: str | None
    ) -> tuple[dict[str, Any], str]:
        call = current_call.get()
        request_id = ids.new_id()
        stack = list(call.stack) if call is not None else []
        headers: dict[str, Any] = {
            "call_id_stack": stack or [f"{self._caller}.call.{request_id}"],
            "traceparent": call.traceparent if call is not None else ids.continue_trace(None)[1],
        }
        if idempotency_key:
            headers["idempotency_key"] = idempotency_key
        if actor_token:
            headers["actor"] = actor_token
        elif self._signer is not None:
            headers["actor"] = self._signer.for_service()
        return headers, request_id


class RpcClient(DependencyProvider):  # type: ignore[misc] # nameko ships no types
    """Inject an :class:`RpcProxy` for one service.

    ``as_service=False`` (the gateway) sends nothing about who asks unless a call gives
    ``actor_token``. ``idempotent`` names the methods that may be asked again when the bus lost a
    call.
    """

    is_shared = True

    def __init__(
        self,
        target: str,
        *,
        timeout: float = RPC_TIMEOUT,
        as_service: bool = True,
        idempotent: Collection[str] = (),
    ) -> None:
        self.target = target
        self.timeout = timeout
        self.as_service = as_service
        self.idempotent = idempotent

    def get_dependency(self, worker_ctx: Any) -> RpcProxy:  # noqa: ANN401, ARG002 - nameko's signature
        """Return the proxy, the same for every worker."""
        container = self.container
        return RpcProxy(
            container.bus,
            container.service_name,
            self.target,
            timeout=self.timeout,
            signer=container.signer if self.as_service else None,
            idempotent=self.idempotent,
            breaker=container.breaker(self.target),
            seals=container.seals,
        )
