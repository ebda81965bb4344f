"""Named points where tests make a process fail: ``FAULT=point:action:probability[,…]``.

Actions: ``kill`` (the process dies as by ``kill -9``), ``raise``, ``sleep=<seconds>``, ``drop``
(`point` returns True and the caller leaves the step out). Settings refuse them in production.
"""

import os
import random
import signal
import time
from dataclasses import dataclass, field
from typing import Final

from chassis.errors import UnavailableError


class InjectedFaultError(UnavailableError):
    """Be raised by the action ``raise``: looks like infrastructure that fails."""


@dataclass(frozen=True)
class _Fault:
    action: str
    seconds: float
    probability: float


@dataclass
class _Plan:
    faults: dict[str, list[_Fault]] = field(default_factory=dict)
    dice: random.Random = field(default_factory=random.Random)


_ACTIONS: Final = frozenset({"kill", "raise", "sleep", "drop"})
_plan: Final = _Plan()


def configure(text: str, *, seed: int | None = None) -> None:
    """Set the fail points of this process; an empty text takes all away.

    Raises:
        ValueError: the text is not ``point:action:probability[,…]``.
    """
    faults: dict[str, list[_Fault]] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, fault = _parse(part)
        faults.setdefault(name, []).append(fault)
    _plan.faults = faults
    _plan.dice = random.Random(seed)  # noqa: S311 - decides when to fail, no secret


def point(name: str) -> bool:
    """Fail here if the plan says so; True means that the caller leaves the next step out.

    Raises:
        InjectedFaultError: the plan says ``raise``.
    """
    if not _plan.faults:
        return False
    dropped = False
    for fault in _plan.faults.get(name, ()):
        if _plan.dice.random() < fault.probability:
            dropped = _act(name, fault) or dropped
    return dropped


def _parse(part: str) -> tuple[str, _Fault]:
    try:
        name, action, probability = part.split(":")
        verb, _, seconds = action.partition("=")
        fault = _Fault(verb, float(seconds or 0), float(probability))
    except ValueError:
        raise ValueError(f"{part!r} is not point:action:probability") from None
    if verb not in _ACTIONS or not name:
        raise ValueError(f"{part!r}: the action is none of {', '.join(sorted(_ACTIONS))}")
    return name, fault


def _act(name: str, fault: _Fault) -> bool:
    if fault.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if fault.action == "raise":
        raise InjectedFaultError(point=name)
    if fault.action == "sleep":
        time.sleep(fault.seconds)
    return fault.action == "drop"
