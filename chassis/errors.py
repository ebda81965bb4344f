"""Anticipated failures: what a use case raises, and how it travels over the bus.

A failure is a code of ``contracts.errors`` with string parameters and, for bad input, one entry per
bad field. Everything else that goes wrong is a bug and reaches a caller only as `InternalError`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final


@dataclass(frozen=True)
class FieldError:
    """Point at one bad value of a request, as RFC 9457 ``errors`` do."""

    pointer: str
    code: str
    params: Mapping[str, str] = field(default_factory=dict)


class DomainError(Exception):
    """Be the base of every anticipated failure; a subclass sets ``code``."""

    code: ClassVar[str] = "bus.internal"

    def __init__(self, *, fields: Sequence[FieldError] = (), **params: str | int) -> None:
        self.params: dict[str, str] = {name: str(value) for name, value in params.items()}
        self.fields: list[FieldError] = list(fields)
        super().__init__(self.code)

    @property
    def wire_code(self) -> str:
        """Return the code that callers see."""
        return self.code

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error go to another process, whatever its class wants to be made from."""
        return _made_again, (type(self), self.args, vars(self))

    def __str__(self) -> str:
        details = " ".join(f"{name}={value}" for name, value in self.params.items())
        pointers = " ".join(f"{entry.pointer}:{entry.code}" for entry in self.fields)
        return " ".join(part for part in (self.wire_code, details, pointers) if part)


class RemoteDomainError(DomainError):
    """Be raised at the caller of an RPC whose callee refused; same code, params and fields."""

    def __init__(
        self, code: str, params: Mapping[str, str] | None = None, fields: Sequence[FieldError] = ()
    ) -> None:
        self._remote_code = code
        super().__init__(fields=fields, **(params or {}))

    @property
    def wire_code(self) -> str:
        """Return the code that the callee gave."""
        return self._remote_code


class RetryableError(DomainError):
    """Be the base of failures of the infrastructure: the same call may succeed a little later."""

    def __init__(self, retry_after: float = 1, **params: str | int) -> None:
        self.retry_after = float(retry_after)
        super().__init__(fields=(), retry_after=f"{self.retry_after:g}", **params)


class UnavailableError(RetryableError):
    """Say that the bus or the service asked cannot be reached now."""

    code = "bus.unavailable"


class DeadlineError(RetryableError):
    """Say that no answer came in time; the work may or may not have been done."""

    code = "bus.deadline"


class OverloadedError(RetryableError):
    """Say that the service had no free worker before the deadline."""

    code = "bus.overloaded"


class DatabaseUnavailableError(RetryableError):
    """Say that the database is away, too slow, or was lost while committing."""

    code = "bus.database_unavailable"


class StorageUnavailableError(RetryableError):
    """Say that the blob store is away."""

    code = "bus.storage_unavailable"


class LoopError(DomainError):
    """Refuse a chain of calls that is too deep or comes back to a service already in it."""

    code = "bus.loop"


class InternalError(DomainError):
    """Stand for a bug; the log of the service has the details under the trace id."""

    code = "bus.internal"

    def __init__(self, trace_id: str = "") -> None:
        super().__init__(trace_id=trace_id)


class UnknownMethodError(DomainError):
    """Say that the service has no such method."""

    code = "bus.unknown_method"


class InvalidArgumentsError(DomainError):
    """Say that the arguments are not those of the method."""

    code = "bus.invalid_arguments"


class UnauthenticatedError(DomainError):
    """Say that nobody proved who is asking."""

    code = "bus.unauthenticated"


class ForbiddenError(DomainError):
    """Say that the one who asks may not do this."""

    code = "bus.forbidden"


class StaleError(DomainError):
    """Say that the object was changed by someone else since it was read."""

    code = "bus.stale"


class IdempotencyMismatchError(DomainError):
    """Refuse an idempotency key that was used for a different request."""

    code = "bus.idempotency_mismatch"


class RateLimitedError(RetryableError):
    """Say that a limit is used up."""

    code = "bus.rate_limited"


_RETRYABLE: Final[dict[str, type[RetryableError]]] = {
    kind.code: kind
    for kind in (
        UnavailableError,
        DeadlineError,
        OverloadedError,
        DatabaseUnavailableError,
        StorageUnavailableError,
        RateLimitedError,
    )
}
_PLAIN: Final[dict[str, type[DomainError]]] = {
    kind.code: kind
    for kind in (
        LoopError,
        UnknownMethodError,
        InvalidArgumentsError,
        UnauthenticatedError,
        ForbiddenError,
        StaleError,
        IdempotencyMismatchError,
    )
}


def to_wire(error: DomainError) -> list[str]:
    """Return the two strings that stand for the error on the bus: code and JSON details."""
    details: dict[str, Any] = {"params": error.params}
    if error.fields:
        details["fields"] = [
            {"pointer": entry.pointer, "code": entry.code, "params": dict(entry.params)}
            for entry in error.fields
        ]
    return [error.wire_code, json.dumps(details, ensure_ascii=False)]


def from_wire(values: Sequence[str]) -> DomainError:
    """Return the error that two strings made by `to_wire` stand for.

    Failures of the bus come back as their own classes, those of a service as `RemoteDomainError`.
    Unreadable details are dropped: the code alone still says what happened.
    """
    code = values[0] if values else InternalError.code
    params, fields = _read_details(values[1] if len(values) > 1 else "")
    if code == InternalError.code:
        return InternalError(params.get("trace_id", ""))
    if code in _RETRYABLE:
        retry_after = _number(params.pop("retry_after", ""), default=1)
        return _RETRYABLE[code](retry_after, **params)
    if code in _PLAIN:
        return _PLAIN[code](fields=fields, **params)
    return RemoteDomainError(code, params, fields)


def _read_details(text: str) -> tuple[dict[str, str], list[FieldError]]:
    try:
        details = json.loads(text)
        params = {str(name): str(value) for name, value in details.get("params", {}).items()}
        fields = [
            FieldError(str(entry["pointer"]), str(entry["code"]), dict(entry.get("params", {})))
            for entry in details.get("fields", [])
        ]
    except (ValueError, AttributeError, KeyError, TypeError):
        return {}, []
    return params, fields


def _made_again(
    kind: type[DomainError], arguments: Sequence[Any], state: Mapping[str, Any]
) -> DomainError:
    error = kind.__new__(kind, *arguments)
    vars(error).update(state)
    return error


def _number(text: str, *, default: float) -> float:
    try:
        return float(text)
    except ValueError:
        return default
