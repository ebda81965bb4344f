"""Which action is open on a declaration: one matrix over kind, state and age (手册 5.1-5.6)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.standards.domain.kinds import DeclarationState, StandardKind
from services.standards.domain.rules import DEFAULT_LIFE_RULES, LifeRules

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


class Refusal(StrEnum):
    """Name why an action is not open; each has its own words, which name the way that is."""

    PUBLISHED_NOT_SAVABLE = "PUBLISHED_NOT_SAVABLE"
    PUBLISHED_NOT_DELETABLE = "PUBLISHED_NOT_DELETABLE"
    ALREADY_PUBLISHED = "ALREADY_PUBLISHED"
    NOT_PUBLISHED = "NOT_PUBLISHED"
    WITHDRAWN = "WITHDRAWN"
    CORRECTION_OVER = "CORRECTION_OVER"
    CORRECTION_OVER_PICKED = "CORRECTION_OVER_PICKED"
    NOT_REVISABLE = "NOT_REVISABLE"
    NOT_WITHDRAWABLE = "NOT_WITHDRAWABLE"


_DRAFT: Final = (Action.VIEW, Action.EDIT, Action.SUBMIT, Action.DELETE)
_ONLY_DRAFTS: Final = {
    Action.EDIT: Refusal.PUBLISHED_NOT_SAVABLE,
    Action.SUBMIT: Refusal.ALREADY_PUBLISHED,
    Action.DELETE: Refusal.PUBLISHED_NOT_DELETABLE,
}


def is_in_correction_window(*, published_at: datetime, now: datetime) -> bool:
    """Tell whether a published declaration may still be corrected: 24 hours, end excluded."""
    return now < published_at + CORRECTION_WINDOW


def allowed_actions(
    *,
    kind: StandardKind,
    state: DeclarationState,
    published_at: datetime | None,
    now: datetime,
    rules: LifeRules = DEFAULT_LIFE_RULES,
) -> tuple[Action, ...]:
    """Return the actions that are open, in the order the manual's pages show them."""
    if state is DeclarationState.DRAFT or published_at is None:
        return _DRAFT
    if state is DeclarationState.WITHDRAWN:
        return (Action.VIEW,)
    actions = [Action.VIEW, Action.ADD_PRODUCTS]
    if kind is StandardKind.ENTERPRISE:
        actions.append(Action.REVISE)
    if is_in_correction_window(published_at=published_at, now=now):
        actions.append(Action.CORRECT)
    if kind in rules.withdrawable_kinds:
        actions.append(Action.WITHDRAW)
    return tuple(actions)


def find_refusal(  # noqa: PLR0913 - the matrix has these dimensions
    action: Action,
    *,
    kind: StandardKind,
    state: DeclarationState,
    published_at: datetime | None,
    now: datetime,
    rules: LifeRules = DEFAULT_LIFE_RULES,
) -> Refusal | None:
    """Return why an action is not open, or nothing when it is (R-169)."""
    open_now = allowed_actions(
        kind=kind, state=state, published_at=published_at, now=now, rules=rules
    )
    if action in open_now:
        return None
    if action in _ONLY_DRAFTS:
        return _ONLY_DRAFTS[action]
    if state is not DeclarationState.PUBLISHED:
        is_draft = state is DeclarationState.DRAFT
        return Refusal.NOT_PUBLISHED if is_draft else Refusal.WITHDRAWN
    if action is Action.CORRECT:
        is_own = kind is StandardKind.ENTERPRISE
        return Refusal.CORRECTION_OVER if is_own else Refusal.CORRECTION_OVER_PICKED
    return Refusal.NOT_REVISABLE if action is Action.REVISE else Refusal.NOT_WITHDRAWABLE
