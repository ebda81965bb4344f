"""Arguments of calls that nobody may read on the way: sealed by the caller, opened by the callee.

A sealed argument is ``{"sealed": <token>}``, opened only by the service it was sealed for. One that
came in clear is taken as it is: outside callers without keys are on loopback or behind TLS.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from chassis.crypto import DecryptionError, Keyring
from chassis.errors import InvalidArgumentsError
from contracts.sensitive import SENSITIVE_ARGUMENTS

_SEALED: Final = "sealed"


def seal_arguments(arguments: Mapping[str, Any], ring: Keyring, *, to: str) -> dict[str, Any]:
    """Return the arguments with the sensitive ones sealed for the service ``to``."""
    return {
        name: {_SEALED: ring.seal(json.dumps(value, ensure_ascii=False), to)}
        if name in SENSITIVE_ARGUMENTS
        else value
        for name, value in arguments.items()
    }


def open_arguments(arguments: Mapping[str, Any], ring: Keyring, *, me: str) -> dict[str, Any]:
    """Return the arguments with the sealed ones opened.

    Raises:
        InvalidArgumentsError: one was altered, is for someone else, or its key is unknown here.
    """
    return {
        name: _open(value, ring, me) if _is_sealed(name, value) else value
        for name, value in arguments.items()
    }


def _is_sealed(name: str, value: object) -> bool:
    return name in SENSITIVE_ARGUMENTS and isinstance(value, dict) and value.keys() == {_SEALED}


def _open(value: Mapping[str, Any], ring: Keyring, me: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(ring.unseal(str(value[_SEALED]), me))
    except (DecryptionError, ValueError):
        # The cause may quote what was sealed.
        raise InvalidArgumentsError(reason="sealed") from None
