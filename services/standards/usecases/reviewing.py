"""Ask every two years whether a standard goes on being used, and take the answer (手册 FAQ 36)."""

from typing import Any, Final

from chassis import errors, ids, outbox
from chassis.uow import Transaction
from contracts.events import TEXT_OWNERS
from services.standards import queries
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.kinds import DeclarationState
from services.standards.domain.lifecycle import Refusal
from services.standards.domain.marks import MarkChange, MarkKind
from services.standards.domain.reviews import ReviewRules
from services.standards.models import Declaration, refusals
from services.standards.models.reviews import Review, ReviewNotDueError
from services.standards.queries import marks, reviews
from services.standards.usecases import marking

__all__ = [
    "ReviewNotDueError",
    "answer_review",
    "ask_next",
    "begin_review",
    "end_review",
]

TEMPLATE: Final = "REVIEW_DUE"
PAGE: Final = "/declarations/reviews"
_MAX_VALUE_LENGTH: Final = 200


def begin_review(tx: Transaction, declaration: Declaration, enterprise: EnterpriseSnapshot) -> None:
    """Count the time from this publication on; corrections and products do not move it."""
    tx.session.add(
        Review(
            declaration_id=declaration.id,
            enterprise_id=declaration.enterprise_id,
            enterprise_code=enterprise.code,
            counted_from=declaration.published_at,
            times_asked=0,
            is_overdue=False,
        )
    )
    marking.mark_new_publication(tx, declaration.id, enterprise.code)


def end_review(tx: Transaction, declaration_id: str) -> None:
    """Ask no more about what was withdrawn: that is the other answer."""
    review = reviews.lock_review(tx.session, declaration_id)
    if review is None:
        return
    review.end(now=tx.now())
    marking.change_marks(tx, [MarkChange(declaration_id, MarkKind.REVIEW_UNANSWERED)])


def ask_next(*, tx: Transaction, rules: ReviewRules) -> bool:
    """Ask one enterprise about all that is due, by one message and one SMS; tell whether one was.

    It is asked again until it answers; after some repeats the public sees that it does not (R-206).
    """
    now = tx.now()
    enterprise_id = reviews.find_enterprise_to_ask(tx.session, now=now, rules=rules)
    if enterprise_id is None:
        return False
    due = reviews.lock_to_ask(tx.session, enterprise_id=enterprise_id, now=now, rules=rules)
    if not due:
        return False
    for review, _ in due:
        review.ask(now=now, rules=rules)
    marking.change_marks(
        tx,
        [
            MarkChange(
                review.declaration_id,
                MarkKind.REVIEW_UNANSWERED,
                detail={"due_at": outbox.format_time(rules.due_at(review.counted_from))},
            )
            for review, _ in due
            if review.is_overdue
        ],
    )
    _tell(tx, enterprise_id, [declaration for _, declaration in due])
    return True


def answer_review(
    *, tx: Transaction, enterprise_id: str, rules: ReviewRules, declaration_id: str
) -> dict[str, Any]:
    """Note that a standard goes on being used; the public sees it, and is told so again later.

    Raises:
        NotFoundError: there is no such declaration, or it is someone else's.
        NotPublishedError, WithdrawnError: it is not public.
        ReviewNotDueError: nobody asks yet.
    """
    session = tx.session
    declaration = queries.find_own(
        session, declaration_id=declaration_id, enterprise_id=enterprise_id, is_locked=True
    )
    _check_public(declaration)
    review = reviews.lock_review(session, declaration_id)
    now = tx.now()
    if review is None:
        raise errors.StaleError
    review.confirm(now=now, rules=rules)
    known = marks.find_confirmations(session, declaration_id)
    marking.change_marks(
        tx,
        [
            MarkChange(declaration_id, MarkKind.REVIEW_UNANSWERED),
            MarkChange(
                declaration_id,
                MarkKind.IN_USE_CONFIRMED,
                detail={"confirmed": [*known, outbox.format_time(now)]},
                since=now,
            ),
        ],
    )
    tx.audit(
        "declaration.continued",
        object_id=declaration_id,
        details={"record_number": declaration.record_number or ""},
        enterprise_id=enterprise_id,
    )
    return reviews.answered_view(review, declaration, rules)


def _check_public(declaration: Declaration) -> None:
    if declaration.state == DeclarationState.PUBLISHED:
        return
    is_draft = declaration.state == DeclarationState.DRAFT
    refusal = Refusal.NOT_PUBLISHED if is_draft else Refusal.WITHDRAWN
    raise refusals.to_error(refusal, record_number=declaration.record_number or "")


def _tell(tx: Transaction, enterprise_id: str, due: list[Declaration]) -> None:
    first, count = due[0], str(len(due))
    values = {
        "number": first.number_text[:_MAX_VALUE_LENGTH],
        "title": first.title[:_MAX_VALUE_LENGTH],
        "count": count,
    }
    marking.post_to_enterprise(tx, enterprise_id, TEMPLATE, values, PAGE)
    request_id = ids.new_id()
    data = {
        "enterprise_id": enterprise_id,
        "template": TEMPLATE,
        "values": {"count": count},
        "request_id": request_id,
    }
    tx.send(TEXT_OWNERS, data, request_id=request_id)
