"""The trees that 产品分类 is chosen from, version by version (手册 4.1)."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db
from services.standards.models.base import Base

# Codes are compared byte by byte, so that both engines put them into the same order.
_CODE: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


class ClassScheme(Base):
    """Be one version of a list of classes; what was declared under an old one stays readable.

    Each scheme has one current version; one scheme is the one that is offered where none is named.
    """

    __tablename__ = "class_schemes"
    __table_args__ = (
        sa.CheckConstraint("is_current OR NOT is_default", name="default_is_current"),
        sa.Index(
            "uq_class_schemes_current",
            "scheme",
            unique=True,
            postgresql_where=sa.text("is_current"),
            sqlite_where=sa.text("is_current"),
        ),
        sa.Index(
            "uq_class_schemes_default",
            "is_default",
            unique=True,
            postgresql_where=sa.text("is_default"),
            sqlite_where=sa.text("is_default"),
        ),
    )

    scheme: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    version: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    content_sha256: Mapped[str] = mapped_column(sa.Text)
    class_count: Mapped[int]
    loaded_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    is_current: Mapped[bool] = mapped_column(default=False)
    is_default: Mapped[bool] = mapped_column(default=False)

    def retire(self) -> None:
        """Be an old version from now on."""
        self.is_current = self.is_default = False

    def make_current(self, *, is_default: bool) -> None:
        """Be the version that is offered; the one before must have been retired."""
        self.is_current, self.is_default = True, is_default

    def give_up_default(self) -> None:
        """Leave it to another scheme to be offered where none is named."""
        self.is_default = False


class ProductClass(Base):
    """Be one class of one version; keywords look in the folded name and in those above it."""

    __tablename__ = "product_classes"
    __table_args__ = (
        sa.CheckConstraint("level BETWEEN 1 AND 3", name="level"),
        sa.ForeignKeyConstraint(
            ["scheme", "version"], ["class_schemes.scheme", "class_schemes.version"]
        ),
        sa.Index("ix_product_classes_parent", "scheme", "version", "parent_code"),
        sa.Index("ix_product_classes_code", "code"),
    )

    scheme: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    version: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    code: Mapped[str] = mapped_column(_CODE, primary_key=True)
    parent_code: Mapped[str] = mapped_column(_CODE)
    level: Mapped[int]
    name: Mapped[str] = mapped_column(sa.Text)
    folded_name: Mapped[str] = mapped_column(_CODE)
    folded_above: Mapped[str] = mapped_column(_CODE)
    is_leaf: Mapped[bool]
