"""Compare a reply with the typed dictionary that promises its shape."""

import types
import typing
from typing import Any


def misfits(value: Any, promised: Any, where: str = "") -> list[str]:
    """Return what in a reply is not as promised: missing, unknown and mistyped parts."""
    if typing.is_typeddict(promised):
        return _dictionary_misfits(value, promised, where)
    origin, parts = typing.get_origin(promised), typing.get_args(promised)
    if origin in (types.UnionType, typing.Union):
        return min((misfits(value, part, where) for part in parts), key=len)
    if origin is typing.Literal:
        return [] if value in parts else [f"{where}: {value!r}"]
    if origin is list:
        return [
            fault
            for number, entry in enumerate(value)
            for fault in misfits(entry, parts[0], f"{where}/{number}")
        ]
    if origin is dict and isinstance(value, dict):
        return [
            fault
            for name, entry in value.items()
            for fault in misfits(entry, parts[1], f"{where}/{name}")
        ]
    return [] if type(value) is (promised or type(None)) else [f"{where}: {value!r}"]


def _dictionary_misfits(value: Any, promised: Any, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r}"]
    hints = typing.get_type_hints(promised)
    faults = [f"{where}/{name}" for name in sorted(set(hints) ^ set(value))]
    for name in set(hints) & set(value):
        faults += misfits(value[name], hints[name], f"{where}/{name}")
    return faults
