"""Which action is open on a declaration: one matrix over kind, state and age (手册 5.1-5.6)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.standards.domain.kinds import DeclarationState, StandardKind

CORRECTION_WINDOW: Final = timedelta(hours=24)


class Action(StrEnum):
    """Name what an enterprise can do with one of its declarations."""

    VIEW = "VIEW"
    EDIT = "EDIT"
    SUBMIT = "SUBMIT"
    DELETE = "DELETE"
    CORRECT = "CORRECT"
    ADD_PRODUCTS = "ADD_PRODUCTS"
    REVISE = "REVISE"
    WITHDRAW = "WITHDRAW"


# What the service carries out today; the matrix below is the manual's and knows more.
OFFERED_ACTIONS: Final = frozenset({Action.VIEW, Action.EDIT, Action.SUBMIT, Action.DELETE})

_DRAFT: Final = (Action.VIEW, Action.EDIT, Action.SUBMIT, Action.DELETE)


def is_in_correction_window(*, published_at: datetime, now: datetime) -> bool:
    """Tell whether a published declaration may still be corrected: 24 hours, end excluded."""
    return now < published_at + CORRECTION_WINDOW


def manual_actions(
    *, kind: StandardKind, state: DeclarationState, published_at: datetime | None, now: datetime
) -> tuple[Action, ...]:
    """Return the actions the manual allows, in the order its pages show them."""
    if state is DeclarationState.DRAFT or published_at is None:
        return _DRAFT
    if state is DeclarationState.WITHDRAWN:
        return (Action.VIEW,)
    actions = [Action.VIEW, Action.ADD_PRODUCTS]
    if kind is StandardKind.ENTERPRISE:
        actions.append(Action.REVISE)
    if is_in_correction_window(published_at=published_at, now=now):
        actions.append(Action.CORRECT)
    if kind is StandardKind.ENTERPRISE:
        actions.append(Action.WITHDRAW)
    return tuple(actions)


def allowed_actions(
    *, kind: StandardKind, state: DeclarationState, published_at: datetime | None, now: datetime
) -> tuple[Action, ...]:
    """Return the actions a list row offers: the manual's, as far as the service has them."""
    return tuple(
        action
        for action in manual_actions(kind=kind, state=state, published_at=published_at, now=now)
        if action in OFFERED_ACTIONS
    )
