"""The index: one document per declaration, cut into passages; it can be rebuilt at any time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from chassis import db

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class TokenList(TypeDecorator[list[str]]):
    """Store tokens with their places: words for FTS5, a ``tsvector`` literal for PostgreSQL."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Return the column's type on each engine."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TSVECTOR())
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: list[str] | None, dialect: sa.Dialect) -> str | None:
        """Return the text form; tokens hold no quotes."""
        if value is None or dialect.name != "postgresql":
            return None if value is None else " ".join(value)
        places: dict[str, list[str]] = {}
        for place, token in enumerate(value, start=1):
            places.setdefault(token, []).append(str(place))
        return " ".join(f"'{token}':{','.join(at)}" for token, at in places.items())

    def bind_expression(self, bindvalue: sa.BindParameter[list[str]]) -> sa.ColumnElement[Any]:
        """Keep PostgreSQL's own parser out of it."""
        return sa.type_coerce(sa.cast(bindvalue, self), self)


class Base(DeclarativeBase):
    """Tie the tables of this service together."""

    metadata = db.new_metadata()


class Passage(Base):
    """Be one piece of a document that words are looked up in.

    ``tier`` says how much a hit counts: 1 title and number, 2 product, 3 enterprise, 4 text.
    On SQLite triggers keep the full-text table ``passage_index`` equal to this one.
    """

    __tablename__ = "passages"

    id: Mapped[int] = mapped_column(_BIG_ID, primary_key=True)
    document_id: Mapped[int] = mapped_column(
        sa.ForeignKey("documents.id", ondelete="CASCADE"), index=True
    )
    tier: Mapped[int] = mapped_column(sa.SmallInteger)
    tokens: Mapped[list[str]] = mapped_column(TokenList)


class Document(Base):
    """Be the newest published version of one declaration, as the public finds it."""

    __tablename__ = "documents"
    __table_args__ = (sa.Index("ix_documents_newest", "published_at", "id"),)

    id: Mapped[int] = mapped_column(_BIG_ID, primary_key=True)
    declaration_id: Mapped[str] = mapped_column(sa.Text, unique=True)
    sequence: Mapped[int]
    record_number: Mapped[str] = mapped_column(sa.Text, unique=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    number_text: Mapped[str] = mapped_column(sa.Text)
    number_flat: Mapped[str] = mapped_column(sa.Text, index=True)
    number_stem: Mapped[str] = mapped_column(sa.Text, index=True)
    title: Mapped[str] = mapped_column(sa.Text)
    enterprise_name: Mapped[str] = mapped_column(sa.Text)
    credit_code: Mapped[str] = mapped_column(sa.Text, index=True)
    region: Mapped[str] = mapped_column(sa.Text)
    product_summary: Mapped[str] = mapped_column(sa.Text)
    has_text: Mapped[bool]
    published_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    withdrawal_reason: Mapped[str | None] = mapped_column(sa.Text)
    marks: Mapped[str] = mapped_column(sa.Text)
    # The record number of the declaration that this one revises.
    supersedes: Mapped[str | None] = mapped_column(sa.Text, index=True)
    document: Mapped[str] = mapped_column(sa.Text, deferred=True)
    document_sha256: Mapped[str] = mapped_column(sa.Text)

    passages: Mapped[list[Passage]] = relationship(cascade="all, delete-orphan", lazy="raise")

    def write(self, values: Mapping[str, Any]) -> None:
        """Take over what a newer version says."""
        for name, value in values.items():
            setattr(self, name, value)
