"""Bring personal data under the newest key, row by row, while everything goes on.

A new key stands first in ``DATA_KEYS``, the old ones behind it: both open, the first one encrypts.
Once nothing is left to rotate, the old keys can go.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from chassis import db
from chassis.crypto import Keyring
from chassis.uow import Database

BATCH: Final = 200


@dataclass(frozen=True)
class Encrypted:
    """Name one encrypted column; a value's context is ``<purpose>:<primary key>``."""

    column: Any
    purpose: str

    @property
    def key(self) -> Any:  # noqa: ANN401 - a column
        """Return the column of the primary key."""
        (key,) = self.column.table.primary_key.columns
        return key


def rotate(database: Database, ring: Keyring, columns: Sequence[Encrypted]) -> int:
    """Encrypt anew what is under an old key or the other algorithm; say how many values."""
    return sum(_rotate_column(database, ring, encrypted) for encrypted in columns)


def _rotate_column(database: Database, ring: Keyring, encrypted: Encrypted) -> int:
    column, key = encrypted.column, encrypted.key
    old = sa.select(key, column).where(
        column.is_not(None), sa.not_(column.startswith(ring.prefix, autoescape=True))
    )
    rotated, last = 0, None
    while True:
        page = old if last is None else old.where(key > last)
        with database.read() as session:
            rows = session.execute(page.order_by(key).limit(BATCH)).all()
        if not rows:
            return rotated
        rotated += _rewrite(database, ring, encrypted, rows)
        last = rows[-1][0]


def _rewrite(
    database: Database, ring: Keyring, encrypted: Encrypted, rows: Sequence[Sequence[Any]]
) -> int:
    """Write a page of values anew; one that was changed meanwhile is left as it is now."""
    column, key = encrypted.column, encrypted.key
    anew = []
    for row in rows:
        row_id, token = row
        context = f"{encrypted.purpose}:{row_id}"
        anew.append((row_id, token, ring.encrypt(ring.decrypt(token, context), context)))
    written = 0
    with database.transaction() as tx:
        for row_id, token, new in anew:
            statement = (
                sa.update(column.table)
                .where(key == row_id, column == token)
                .values({column.name: new})
            )
            written += db.affected(tx.session.execute(statement))
    return written
