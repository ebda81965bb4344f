"""What is counted: a row for each declaration, and counts that are kept in step with them."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.search.models.generations import Base

_BIG: sa.types.TypeEngine[int] = sa.BigInteger()


class StatisticsFact(Base):
    """Be what one declaration adds to the counts (`services.search.domain.statistics.Fact`)."""

    __tablename__ = "statistics_facts"

    declaration_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    sequence: Mapped[int]
    enterprise: Mapped[str] = mapped_column(sa.Text, index=True)
    region: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    month: Mapped[str] = mapped_column(sa.Text)
    products: Mapped[int]
    # A JSON array of pairs: class code and number of products.
    classes: Mapped[str] = mapped_column(sa.Text)


class StatisticsEnterprise(Base):
    """Be an enterprise that is counted; its row is what two declarations of it wait for."""

    __tablename__ = "statistics_enterprises"

    enterprise: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    changes: Mapped[int] = mapped_column(_BIG)


class StatisticsCount(Base):
    """Be a part of one count; its shards together are the count."""

    __tablename__ = "statistics_counts"

    scope: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    dimension: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    value: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    shard: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    declarations: Mapped[int] = mapped_column(_BIG)
    products: Mapped[int] = mapped_column(_BIG)
    enterprises: Mapped[int] = mapped_column(_BIG)
