"""The question of every two years: does a standard go on being used (手册 FAQ 36)."""

from gateway.answers import Answer, Json
from gateway.roles import READERS, WRITERS
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import reviews as schemas

routes = Routes("两年提醒")


@routes.get(
    "/declarations/reviews",
    summary="待确认是否继续使用的标准",
    query=schemas.ReviewsQuery,
    answer=schemas.DueReviews,
    scope="declarations:read",
    roles=READERS,
    auth=Auth.SESSION,
)
def list_due_reviews(exchange: Exchange) -> Answer:
    """Return a page of what the enterprise has to answer."""
    return Json(data=exchange.services.standards.list_due_reviews(exchange.query))


@routes.post(
    "/declarations/<uuid:declaration_id>/review",
    summary="确认继续使用（不再使用的请废止）",
    body=schemas.ReviewInput,
    answer=schemas.AnsweredReview,
    roles=WRITERS,
    auth=Auth.SESSION,
    needs_idempotency_key=True,
)
def answer_review(exchange: Exchange) -> Answer:
    """Say that a standard goes on being used; the public sees it."""
    return Json(
        data=exchange.services.standards.answer_review(
            exchange.path["declaration_id"], exchange.body
        )
    )
