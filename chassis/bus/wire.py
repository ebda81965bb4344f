"""JSON on the bus, and Nameko's wire format of calls and errors."""

import json
from typing import Any, Final, Never

from chassis import errors

_NAMEKO_NAMES: Final = {
    errors.UnknownMethodError.code: "MethodNotFound",
    errors.InvalidArgumentsError.code: "IncorrectSignature",
}


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_decoder = json.JSONDecoder(parse_constant=_refuse_constant)

encode = _encoder.encode
decode = _decoder.decode


def request_body(arguments: dict[str, Any]) -> str:
    """Return the body of a call: keyword arguments only."""
    return '{"args":[],"kwargs":' + encode(arguments) + "}"


def result_body(result: object) -> str:
    """Return the body of a reply that is an answer.

    Raises:
        TypeError: the result is not JSON.
        ValueError: the result holds a number that JSON does not know, or a cycle.
    """
    return '{"result":' + encode(result) + ',"error":null}'


def error_body(error: errors.DomainError) -> str:
    """Return the body of a reply that is a refusal.

    A stock Nameko caller sees ``MethodNotFound`` or ``IncorrectSignature`` where it knows these,
    else a ``RemoteError`` whose value is the code; ours rebuilds the error from code and details.
    """
    name = _NAMEKO_NAMES.get(error.wire_code)
    path = f"nameko.exceptions.{name}" if name else "chassis.errors.RemoteDomainError"
    details = {
        "exc_type": name or "RemoteDomainError",
        "exc_path": path,
        "exc_args": errors.to_wire(error),
        "value": error.wire_code,
    }
    return '{"result":null,"error":' + encode(details) + "}"


def read_error(details: object) -> errors.DomainError:
    """Return the error that a reply holds; what is not ours becomes an internal error."""
    arguments = details.get("exc_args") if isinstance(details, dict) else None
    if not isinstance(arguments, list) or not arguments:
        return errors.InternalError()
    texts = [str(value) for value in arguments]
    if "." not in texts[0]:
        return errors.InternalError()
    return errors.from_wire(texts)
