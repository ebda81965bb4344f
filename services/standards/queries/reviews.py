"""Reads of the question of every two years (手册 FAQ 36)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import outbox
from services.standards.domain.kinds import DeclarationState, StandardKind
from services.standards.domain.reviews import ReviewAnswer, ReviewRules
from services.standards.domain.rules import LifeRules
from services.standards.models import Declaration
from services.standards.models.reviews import Review
from services.standards.queries import own

BATCH: Final = 500


def lock_review(session: Session, declaration_id: str) -> Review | None:
    """Return the question about a declaration, locked; whoever asks has locked the declaration."""
    return session.get(Review, declaration_id, with_for_update=True, populate_existing=True)


def find_enterprise_to_ask(session: Session, *, now: datetime, rules: ReviewRules) -> str | None:
    """Return an enterprise that has something to be asked and was not asked within a day."""
    other = sa.orm.aliased(Review)
    was_asked = sa.exists().where(
        other.enterprise_id == Review.enterprise_id, other.asked_at > now - rules.quiet
    )
    for is_due, order in (
        (_is_first_due(now, rules), Review.counted_from),
        (_is_due_again(now, rules), Review.asked_at),
    ):
        found = session.scalar(
            sa.select(Review.enterprise_id)
            .where(Review.ended_at.is_(None), is_due, sa.not_(was_asked))
            .order_by(order)
            .limit(1)
        )
        if found is not None:
            return found
    return None


def lock_to_ask(
    session: Session, *, enterprise_id: str, now: datetime, rules: ReviewRules
) -> Sequence[tuple[Review, Declaration]]:
    """Return what an enterprise is to be asked about now, locked, the oldest first.

    What somebody answers or withdraws at this moment is left out.
    """
    rows = session.execute(
        sa.select(Review, Declaration)
        .join(Declaration, Declaration.id == Review.declaration_id)
        .where(
            Review.enterprise_id == enterprise_id,
            Review.ended_at.is_(None),
            Declaration.state == DeclarationState.PUBLISHED.value,
            sa.or_(_is_first_due(now, rules), _is_due_again(now, rules)),
        )
        .order_by(Review.counted_from, Review.declaration_id)
        .limit(BATCH)
        .with_for_update(of=[Declaration, Review], skip_locked=True)
        .options(sa.orm.lazyload("*"))
    )
    return [(review, declaration) for review, declaration in rows]


def list_due(  # noqa: PLR0913 - a page, and by which rules
    session: Session,
    *,
    enterprise_id: str,
    page: int,
    page_size: int,
    now: datetime,
    rules: ReviewRules,
    life: LifeRules,
) -> dict[str, Any]:
    """Return a page of what an enterprise has to answer, the oldest first."""
    conditions = (
        Review.enterprise_id == enterprise_id,
        Review.ended_at.is_(None),
        Review.counted_from <= now - rules.interval,
    )
    total = session.scalar(sa.select(sa.func.count()).select_from(Review).where(*conditions))
    rows = session.execute(
        sa.select(Review, Declaration)
        .join(Declaration, Declaration.id == Review.declaration_id)
        .where(*conditions)
        .order_by(Review.counted_from, Review.declaration_id)
        .limit(page_size)
        .offset((page - 1) * page_size)
        .options(sa.orm.lazyload("*"))
    )
    items = [_due_view(review, declaration, rules, life) for review, declaration in rows]
    return {"items": items, "total": total or 0, "page": page, "page_size": page_size}


def answered_view(review: Review, declaration: Declaration, rules: ReviewRules) -> dict[str, Any]:
    """Return what an answer has led to."""
    return {
        "declaration_id": declaration.id,
        "record_number": declaration.record_number,
        "answer": ReviewAnswer.CONTINUE.value,
        "confirmed_at": own.wire_time(review.confirmed_at),
        "next_due_at": outbox.format_time(rules.due_at(review.counted_from)),
    }


def _due_view(
    review: Review, declaration: Declaration, rules: ReviewRules, life: LifeRules
) -> dict[str, Any]:
    answers = [ReviewAnswer.CONTINUE.value]
    if StandardKind(declaration.kind) in life.withdrawable_kinds:
        answers.append(ReviewAnswer.WITHDRAW.value)
    return {
        "declaration_id": declaration.id,
        "record_number": declaration.record_number,
        "kind": declaration.kind,
        "number": declaration.number_text,
        "title": declaration.title,
        "published_at": own.wire_time(declaration.published_at),
        "due_at": outbox.format_time(rules.due_at(review.counted_from)),
        "asked_at": own.wire_time(review.asked_at),
        "times_asked": review.times_asked,
        "confirmed_at": own.wire_time(review.confirmed_at),
        "is_overdue": review.is_overdue,
        "answers": answers,
    }


def _is_first_due(now: datetime, rules: ReviewRules) -> sa.ColumnElement[bool]:
    return sa.and_(Review.asked_at.is_(None), Review.counted_from <= now - rules.interval)


def _is_due_again(now: datetime, rules: ReviewRules) -> sa.ColumnElement[bool]:
    return Review.asked_at <= now - rules.pause
