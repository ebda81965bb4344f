"""Calls about the question of every two years."""

from marshmallow import fields, validate

from services.standards.domain.reviews import ReviewAnswer
from services.standards.schemas.base import Strict, count
from services.standards.schemas.declarations import DeclarationInput


class ReviewsInput(Strict):
    """A page of what is to be answered."""

    page = count(low=1, high=100_000, default=1)
    page_size = count(low=1, high=100, default=15)


class ReviewAnswerInput(DeclarationInput):
    """The answer; who does not go on withdraws instead."""

    answer = fields.String(required=True, validate=validate.OneOf([ReviewAnswer.CONTINUE.value]))
