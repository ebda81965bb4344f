"""The action matrix of the manual: kind x state x age (手册 5.1-5.6)."""

from datetime import UTC, datetime, timedelta

import pytest

from services.standards.domain import lifecycle
from services.standards.domain.kinds import DeclarationState, StandardKind
from services.standards.domain.lifecycle import Action, Refusal
from services.standards.domain.rules import LifeRules

PUBLISHED_AT = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
INSTANT = timedelta(microseconds=1)
ENTERPRISE = StandardKind.ENTERPRISE
PUBLISHED, WITHDRAWN = DeclarationState.PUBLISHED, DeclarationState.WITHDRAWN


def allowed(kind: StandardKind, state: DeclarationState, age: timedelta) -> set[Action]:
    published_at = None if state is DeclarationState.DRAFT else PUBLISHED_AT
    return set(
        lifecycle.allowed_actions(
            kind=kind, state=state, published_at=published_at, now=PUBLISHED_AT + age
        )
    )


def refusal(
    action: Action, kind: StandardKind, state: DeclarationState, age: timedelta
) -> Refusal | None:
    return lifecycle.find_refusal(
        action,
        kind=kind,
        state=state,
        published_at=None if state is DeclarationState.DRAFT else PUBLISHED_AT,
        now=PUBLISHED_AT + age,
    )


class TestAllowedActions:
    @pytest.mark.parametrize("kind", list(StandardKind))
    def test_opens_drafts_of_every_kind(self, kind: StandardKind) -> None:
        actions = allowed(kind, DeclarationState.DRAFT, timedelta())

        assert actions == {Action.VIEW, Action.EDIT, Action.SUBMIT, Action.DELETE}

    @pytest.mark.parametrize("kind", list(StandardKind))
    def test_revises_and_withdraws_enterprise_standards_only(self, kind: StandardKind) -> None:
        """手册 5.3.2, 5.5.2."""
        actions = allowed(kind, DeclarationState.PUBLISHED, DAY)

        is_own = kind is StandardKind.ENTERPRISE
        assert (Action.REVISE in actions) is is_own
        assert (Action.WITHDRAW in actions) is is_own
        assert Action.ADD_PRODUCTS in actions
        assert Action.DELETE not in actions

    @pytest.mark.parametrize("kind", list(StandardKind))
    def test_leaves_only_the_view_of_a_withdrawn_one(self, kind: StandardKind) -> None:
        assert allowed(kind, DeclarationState.WITHDRAWN, timedelta()) == {Action.VIEW}

    @pytest.mark.parametrize(
        ("age", "is_open"),
        [(timedelta(), True), (DAY - INSTANT, True), (DAY, False), (DAY + INSTANT, False)],
    )
    def test_closes_corrections_at_24_hours(self, age: timedelta, *, is_open: bool) -> None:
        """手册 5.4.3."""
        actions = allowed(StandardKind.NATIONAL, DeclarationState.PUBLISHED, age)

        assert (Action.CORRECT in actions) is is_open

    @pytest.mark.proves("R-178")
    def test_withdraws_other_kinds_where_the_installation_lets_it(self) -> None:
        """手册 5.5.2 against FAQ 13 and FAQ 28: 停止执行 is an option."""
        rules = LifeRules(withdrawable_kinds=frozenset(StandardKind))

        for kind in StandardKind:
            actions = lifecycle.allowed_actions(
                kind=kind,
                state=DeclarationState.PUBLISHED,
                published_at=PUBLISHED_AT,
                now=PUBLISHED_AT,
                rules=rules,
            )
            assert Action.WITHDRAW in actions


class TestFindRefusal:
    @pytest.mark.proves("R-144", "R-169")
    @pytest.mark.parametrize("kind", list(StandardKind))
    @pytest.mark.parametrize("state", list(DeclarationState))
    @pytest.mark.parametrize("age", [timedelta(), DAY])
    def test_refuses_exactly_what_is_not_allowed(
        self, kind: StandardKind, state: DeclarationState, age: timedelta
    ) -> None:
        """Appendix 2: the matrix as a whole."""
        open_now = allowed(kind, state, age)

        for action in Action:
            assert (refusal(action, kind, state, age) is None) is (action in open_now)

    @pytest.mark.proves("R-169")
    @pytest.mark.parametrize(
        ("action", "kind", "state", "expected"),
        [
            (Action.EDIT, ENTERPRISE, PUBLISHED, Refusal.PUBLISHED_NOT_SAVABLE),
            (Action.SUBMIT, ENTERPRISE, WITHDRAWN, Refusal.ALREADY_PUBLISHED),
            (Action.DELETE, ENTERPRISE, WITHDRAWN, Refusal.PUBLISHED_NOT_DELETABLE),
            (Action.CORRECT, ENTERPRISE, PUBLISHED, Refusal.CORRECTION_OVER),
            (Action.CORRECT, StandardKind.NATIONAL, PUBLISHED, Refusal.CORRECTION_OVER_PICKED),
            (Action.CORRECT, ENTERPRISE, WITHDRAWN, Refusal.WITHDRAWN),
            (Action.REVISE, StandardKind.GROUP, PUBLISHED, Refusal.NOT_REVISABLE),
            (Action.WITHDRAW, StandardKind.LOCAL, PUBLISHED, Refusal.NOT_WITHDRAWABLE),
            (Action.ADD_PRODUCTS, ENTERPRISE, DeclarationState.DRAFT, Refusal.NOT_PUBLISHED),
        ],
    )
    def test_says_which_way_is_open_instead(
        self, action: Action, kind: StandardKind, state: DeclarationState, expected: Refusal
    ) -> None:
        """FAQ 13, FAQ 28."""
        assert refusal(action, kind, state, DAY) is expected
