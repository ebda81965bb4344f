"""The part of `chassis.shield` that needs eventlet."""

from collections.abc import Callable
from typing import Any

import eventlet
import greenlet
from eventlet import event, hubs, tpool


def run(work: Callable[[], Any], *, natively: bool) -> Any:  # noqa: ANN401 - typed by shield.run_shielded
    """Run ``work`` in a green thread of its own and wait for its outcome without fail."""
    outcome = event.Event()
    eventlet.spawn(_settle, outcome, work, natively=natively)
    kill: BaseException | None = None
    while not outcome.ready():
        try:
            outcome.wait()
        except BaseException as interruption:  # noqa: BLE001 - the outcome is what counts, see below
            # Either the work's own error, which ends the loop, or something thrown from outside.
            if not outcome.ready() and _is_kill(interruption):
                kill = interruption
    if kill is not None:
        _throw_later(kill)
    return outcome.wait()


def _settle(outcome: event.Event, work: Callable[[], Any], *, natively: bool) -> None:
    try:
        result = tpool.execute(work) if natively else work()
    except BaseException as error:  # noqa: BLE001 - handed to the waiting green thread
        outcome.send_exception(error)
    else:
        outcome.send(result)


def _is_kill(interruption: BaseException) -> bool:
    return isinstance(interruption, greenlet.GreenletExit | KeyboardInterrupt | SystemExit)


def _throw_later(kill: BaseException) -> None:
    me = greenlet.getcurrent()

    def throw() -> None:
        if not me.dead:
            me.throw(kill)

    hubs.get_hub().schedule_call_global(0, throw)
