"""Places between two pages of results: signed, and good only for the query they came from."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer

from chassis.errors import DomainError
from services.search.queries import Place

_SALT: Final = "search.cursor"


class InvalidCursorError(DomainError):
    """Say that a place was altered, or belongs to another query."""

    code = "search.invalid_cursor"


class Cursors:
    """Write and read places with one key."""

    def __init__(self, key: str) -> None:
        self._serializer = URLSafeSerializer(key, salt=_SALT)

    def write(self, place: Place, *, generation: int, question: Mapping[str, object]) -> str:
        """Return a place in a generation of the index as text."""
        content = [place.level, place.id, _digest(question), generation]
        return str(self._serializer.dumps(content))

    def read(self, text: str, *, question: Mapping[str, object]) -> tuple[Place, int]:
        """Return the place that a text stands for, and the generation of the index it is in.

        Raises:
            InvalidCursorError: it was altered, or belongs to another query.
        """
        try:
            level, document_id, digest, generation = self._serializer.loads(text)
        except (BadSignature, ValueError, TypeError) as error:
            raise InvalidCursorError from error
        if digest != _digest(question):
            raise InvalidCursorError
        return Place(level=level, id=document_id), generation


def _digest(question: Mapping[str, object]) -> str:
    text = json.dumps(question, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
