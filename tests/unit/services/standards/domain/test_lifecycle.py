"""The action matrix of the manual: kind x state x age (手册 5.1-5.6)."""

from datetime import UTC, datetime, timedelta

import pytest

from services.standards.domain import lifecycle
from services.standards.domain.kinds import DeclarationState, StandardKind
from services.standards.domain.lifecycle import Action

PUBLISHED_AT = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
INSTANT = timedelta(microseconds=1)


def manual(kind: StandardKind, state: DeclarationState, age: timedelta) -> set[Action]:
    published_at = None if state is DeclarationState.DRAFT else PUBLISHED_AT
    return set(
        lifecycle.manual_actions(
            kind=kind, state=state, published_at=published_at, now=PUBLISHED_AT + age
        )
    )


class TestManualActions:
    @pytest.mark.parametrize("kind", list(StandardKind))
    def test_opens_drafts_of_every_kind(self, kind: StandardKind) -> None:
        actions = manual(kind, DeclarationState.DRAFT, timedelta())

        assert actions == {Action.VIEW, Action.EDIT, Action.SUBMIT, Action.DELETE}

    @pytest.mark.parametrize("kind", list(StandardKind))
    def test_revises_and_withdraws_enterprise_standards_only(self, kind: StandardKind) -> None:
        """手册 5.3.2, 5.5.2."""
        actions = manual(kind, DeclarationState.PUBLISHED, DAY)

        is_own = kind is StandardKind.ENTERPRISE
        assert (Action.REVISE in actions) is is_own
        assert (Action.WITHDRAW in actions) is is_own
        assert Action.ADD_PRODUCTS in actions
        assert Action.DELETE not in actions

    @pytest.mark.parametrize("kind", list(StandardKind))
    def test_leaves_only_the_view_of_a_withdrawn_one(self, kind: StandardKind) -> None:
        assert manual(kind, DeclarationState.WITHDRAWN, timedelta()) == {Action.VIEW}

    @pytest.mark.parametrize(
        ("age", "is_open"),
        [(timedelta(), True), (DAY - INSTANT, True), (DAY, False), (DAY + INSTANT, False)],
    )
    def test_closes_corrections_at_24_hours(self, age: timedelta, *, is_open: bool) -> None:
        """手册 5.4.3."""
        actions = manual(StandardKind.NATIONAL, DeclarationState.PUBLISHED, age)

        assert (Action.CORRECT in actions) is is_open


class TestAllowedActions:
    @pytest.mark.proves("R-144")
    @pytest.mark.parametrize("kind", list(StandardKind))
    @pytest.mark.parametrize("state", list(DeclarationState))
    def test_offers_what_the_manual_allows_and_the_service_has(
        self, kind: StandardKind, state: DeclarationState
    ) -> None:
        published_at = None if state is DeclarationState.DRAFT else PUBLISHED_AT

        allowed = lifecycle.allowed_actions(
            kind=kind, state=state, published_at=published_at, now=PUBLISHED_AT
        )

        assert set(allowed) == manual(kind, state, timedelta()) & lifecycle.OFFERED_ACTIONS
        assert allowed[0] is Action.VIEW
