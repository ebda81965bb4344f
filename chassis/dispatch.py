"""Check a call and turn its outcome into a reply: plain objects, no transport.

The RPC server of a container and the simulator use the same :class:`Dispatcher`.
"""

import inspect
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from chassis import ids, sealing
from chassis.actors import ActorVerifier
from chassis.bus import wire
from chassis.bus.api import RPC_TIMEOUT, Request
from chassis.context import Actor, Call
from chassis.crypto import Keyring
from chassis.errors import (
    DeadlineError,
    DomainError,
    ForbiddenError,
    InternalError,
    InvalidArgumentsError,
    LoopError,
    UnauthenticatedError,
    UnknownMethodError,
)

logger = logging.getLogger(__name__)

MAX_DEPTH: Final = 2
MIN_BUDGET: Final = 0.05
MAX_BUDGET: Final = 120.0
_MAX_HEADER: Final = 4096

_POSITIONAL: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Method:
    """Describe one method that can be called."""

    name: str
    is_public: bool
    roles: frozenset[str]
    scopes: frozenset[str]
    order: tuple[str, ...]
    allowed: frozenset[str]
    required: frozenset[str]
    takes_any: bool

    @classmethod
    def of(
        cls,
        function: Callable[..., Any],
        *,
        is_public: bool = False,
        roles: Iterable[str] = (),
        scopes: Iterable[str] = (),
    ) -> "Method":
        """Read the signature of a method whose first parameter is ``self``."""
        parameters = list(inspect.signature(function).parameters.values())[1:]
        named = [entry for entry in parameters if entry.kind is not entry.VAR_KEYWORD]
        return cls(
            name=function.__name__,
            is_public=is_public,
            roles=frozenset(roles),
            scopes=frozenset(scopes),
            order=tuple(entry.name for entry in named if entry.kind in _POSITIONAL),
            allowed=frozenset(entry.name for entry in named),
            required=frozenset(entry.name for entry in named if entry.default is entry.empty),
            takes_any=len(named) < len(parameters),
        )

    def arguments(self, body: object) -> dict[str, Any]:
        """Return the keyword arguments in a request's body.

        Raises:
            InvalidArgumentsError: the body is not ``{args, kwargs}``, or does not fit the
            signature.
        """
        if not isinstance(body, dict):
            raise InvalidArgumentsError(reason="body")
        args, kwargs = body.get("args"), body.get("kwargs")
        if not isinstance(args, list) or not isinstance(kwargs, dict):
            raise InvalidArgumentsError(reason="body")
        if args:
            kwargs = self._with_positional(args, kwargs)
        names = kwargs.keys()
        if not self.required <= names or not (self.takes_any or names <= self.allowed):
            wrong = sorted(
                (self.required - names) | ((names - self.allowed) if not self.takes_any else set())
            )
            raise InvalidArgumentsError(reason="signature", names=",".join(wrong)[:200])
        return kwargs

    def _with_positional(self, args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
        named = dict(zip(self.order, args, strict=False))
        if len(args) > len(self.order) or named.keys() & kwargs.keys():
            raise InvalidArgumentsError(reason="signature")
        return {**named, **kwargs}

    def check_actor(self, actor: Actor | None) -> None:
        """Check that the actor may call this method at all.

        Raises:
            UnauthenticatedError: nobody proved who asks, and the method is not public.
            ForbiddenError: the actor has none of the roles; a machine key, none of the scopes.
        """
        if actor is None:
            if not self.is_public:
                raise UnauthenticatedError(reason="missing")
        elif actor.is_key:
            # A key opens what is open to everybody, and what names one of its scopes: nothing else.
            if not self.is_public and not self.scopes & actor.scopes:
                raise ForbiddenError
        elif self.roles and not self.roles & actor.roles:
            raise ForbiddenError


@dataclass(slots=True)
class Prepared:
    """Hold a call that passed every check and may be run."""

    method: Method
    arguments: dict[str, Any]
    call: Call
    deadline: float
    begun: float = 0.0


class Dispatcher:
    """Check the calls of one service."""

    def __init__(
        self,
        service: str,
        methods: Iterable[Method],
        verifier: ActorVerifier,
        seals: Keyring | None = None,
    ) -> None:
        self.service = service
        self._seals = seals
        self.methods = {method.name: method for method in methods}
        self._verifier = verifier
        self._prefix = service + "."

    def prepare(self, request: Request) -> Prepared:
        """Check everything about a call that can be checked without running it.

        Raises:
            UnknownMethodError: the service has no such method.
            InvalidArgumentsError: body or headers are malformed.
            LoopError: the chain of calls already holds this service, or is too deep.
            DeadlineError: less than 50 ms are left.
            UnauthenticatedError: the actor token is missing or not valid.
            ForbiddenError: the actor has none of the roles.
        """
        method = self.methods.get(request.method)
        if method is None:
            raise UnknownMethodError(method=request.method[:100])
        headers = request.headers
        stack = self._stack(headers.get("call_id_stack"))
        budget = _budget(headers.get("budget_ms"))
        token = _text(headers, "actor")
        actor = self._verifier.verify(token) if token else None
        method.check_actor(actor)
        arguments = method.arguments(request.body)
        if self._seals is not None:
            arguments = sealing.open_arguments(arguments, self._seals, me=self.service)
        trace_id, traceparent = ids.continue_trace(_text(headers, "traceparent"))
        deadline = time.monotonic() + budget
        call = Call(
            actor=actor,
            trace_id=trace_id,
            traceparent=traceparent,
            request_id=request.request_id,
            idempotency_key=_text(headers, "idempotency_key"),
            deadline=deadline,
            stack=(*stack, f"{self._prefix}{method.name}.{request.request_id}"),
        )
        return Prepared(method, arguments, call, deadline)

    def _stack(self, value: object) -> list[str]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise InvalidArgumentsError(reason="call_id_stack")
        for entry in value:
            if not isinstance(entry, str) or len(entry) > _MAX_HEADER:
                raise InvalidArgumentsError(reason="call_id_stack")
            if entry.startswith(self._prefix):
                raise LoopError(service=self.service)
        if len(value) > MAX_DEPTH:
            raise LoopError(depth=len(value))
        return value

    def refuse(self, error: BaseException, call: Call | None = None) -> str:
        """Return the reply for a call that failed; unexpected errors are told only to the log."""
        if isinstance(error, DomainError):
            return wire.error_body(error)
        trace_id = call.trace_id if call else ids.new_trace_id()
        logger.error(
            "call failed", exc_info=error, extra={"service": self.service, "trace_id": trace_id}
        )
        return wire.error_body(InternalError(trace_id))

    def answer(self, result: object, call: Call) -> str:
        """Return the reply with a result; one that is not a JSON object is a bug."""
        try:
            if not isinstance(result, dict):
                raise TypeError("a method returns one JSON object")  # noqa: TRY301 - same end as not JSON
            return wire.result_body(result)
        except Exception as error:  # noqa: BLE001 - the outermost edge of a call
            return self.refuse(error, call)

    def dispatch(self, service: object, request: Request, around: "Around | None" = None) -> str:
        """Run one call on a service object here and now, and return the reply's JSON."""
        prepared: Prepared | None = None
        try:
            prepared = self.prepare(request)
            function = getattr(service, prepared.method.name)
            if around is None:
                result = function(**prepared.arguments)
            else:
                result = around(prepared.call, lambda: function(**prepared.arguments))
        except Exception as error:  # noqa: BLE001 - the outermost edge of a call
            return self.refuse(error, prepared.call if prepared else None)
        return self.answer(result, prepared.call)


Around = Callable[[Call, Callable[[], Any]], Any]


def _budget(value: object) -> float:
    if value is None:
        return RPC_TIMEOUT
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidArgumentsError(reason="budget_ms")
    budget = min(value / 1000, MAX_BUDGET)
    if budget < MIN_BUDGET:
        raise DeadlineError
    return budget


def _text(headers: Mapping[str, Any], name: str) -> str | None:
    value = headers.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _MAX_HEADER:
        raise InvalidArgumentsError(reason=name)
    return value
