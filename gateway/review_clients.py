"""Call ``standards`` about the question of every two years."""

from collections.abc import Mapping
from typing import Any

from gateway.remote import Client, Reply


class ReviewCalls(Client):
    """Call the part of ``standards`` that asks whether standards go on being used."""

    def list_due_reviews(self, page: Mapping[str, Any]) -> Reply:
        """Return a page of what the actor's enterprise has to answer."""
        return self._ask("list_due_reviews", **page)

    def answer_review(self, declaration_id: str, fields: Mapping[str, Any]) -> Reply:
        """Answer about one declaration."""
        return self._tell("answer_review", declaration_id=declaration_id, **fields)
