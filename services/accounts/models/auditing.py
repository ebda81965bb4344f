"""Table of the ends of all audit chains, each as its service told it."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from services.accounts.models.base import Base


class AuditHead(Base):
    """The end of one service's audit chain at one moment; rows are only added."""

    __tablename__ = "audit_head"

    service: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str]
    noted_at: Mapped[datetime]
