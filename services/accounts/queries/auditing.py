"""Reads of the ends of audit chains."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.accounts.models import AuditHead


def list_audit_heads(session: Session, limit: int) -> Sequence[AuditHead]:
    """Return the newest ends, the newest first."""
    newest = sa.select(AuditHead).order_by(AuditHead.noted_at.desc(), AuditHead.service)
    return session.scalars(newest.limit(limit)).all()
