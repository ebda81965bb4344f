"""What ``standards`` answers about the question of every two years (手册 FAQ 36)."""

from typing import Literal, TypedDict

from contracts.rpc.standards import Kind


class DueReview(TypedDict):
    """One declaration about which is asked whether it goes on; ``answers`` are those open."""

    declaration_id: str
    record_number: str
    kind: Kind
    number: str
    title: str
    published_at: str
    due_at: str
    asked_at: str | None
    times_asked: int
    confirmed_at: str | None
    is_overdue: bool
    answers: list[Literal["CONTINUE", "WITHDRAW"]]


class DueReviewPage(TypedDict):
    """``list_due_reviews``."""

    items: list[DueReview]
    total: int
    page: int
    page_size: int


class AnsweredReview(TypedDict):
    """``answer_review``: and when is asked again."""

    declaration_id: str
    record_number: str
    answer: Literal["CONTINUE"]
    confirmed_at: str
    next_due_at: str
