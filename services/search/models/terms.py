"""Distinct names and numbers of an index: what can be suggested, and what was meant.

The tables belong to one generation of the index, so they are made by a function instead of being
mapped: ``terms`` holds each distinct name with how often it is there, ``term_keys`` the beginnings
it is found by (`services.search.domain.suggesting`), ``known_numbers`` each distinct number. What
is still to be counted is noted in one table for all generations.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.search.models.generations import Base

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Beginnings are looked up as ranges of bytes, whatever the database's language.
_BYTES = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


class TermNote(Base):
    """Be what one transaction changes of the names and numbers, until it is counted.

    ``changes`` is a text of `services.search.domain.tallies`, ``size`` how many there are in it.
    """

    __tablename__ = "term_notes"

    id: Mapped[int] = mapped_column(_BIG_ID, primary_key=True)
    generation: Mapped[int]
    size: Mapped[int]
    changes: Mapped[str] = mapped_column(sa.Text)


@dataclass(frozen=True)
class TermTables:
    """Hold the three tables of one generation."""

    terms: sa.Table
    term_keys: sa.Table
    known_numbers: sa.Table


def define_terms(metadata: sa.MetaData, prefix: str) -> TermTables:
    """Return the tables of the generation that begins the names of its tables so."""
    terms = sa.Table(
        f"{prefix}terms",
        metadata,
        sa.Column("id", _BIG_ID, primary_key=True),
        sa.Column("term", _BYTES, nullable=False, unique=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("titles", sa.Integer, nullable=False),
        sa.Column("products", sa.Integer, nullable=False),
        sa.Column("enterprises", sa.Integer, nullable=False),
    )
    term_keys = sa.Table(
        f"{prefix}term_keys",
        metadata,
        # Twice the rank of the name, and one more for the name's own beginning.
        sa.Column("rank", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("key", _BYTES, primary_key=True),
        sa.Column("term_id", _BIG_ID, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    known_numbers = sa.Table(
        f"{prefix}known_numbers",
        metadata,
        sa.Column("flat", _BYTES, primary_key=True),
        sa.Column("stem", _BYTES, nullable=False, index=True),
        sa.Column("body", _BYTES, nullable=False),
        sa.Column("is_own", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Index(f"ix_{prefix}known_numbers_body", "is_own", "body"),
        sqlite_with_rowid=False,
    )
    return TermTables(terms, term_keys, known_numbers)
