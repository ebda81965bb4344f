"""Create complaints about publications, what staff did about them, and their daily count."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "complaint_counters",
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_complaint_counters"),
    )
    _create_complaints()
    op.create_table(
        "complaint_steps",
        sa.Column("complaint_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("taken_by", sa.Text, nullable=False),
        sa.Column("taken_at", db.UTCDateTime, nullable=False),
        sa.CheckConstraint(
            "action IN ('ACCEPT', 'REFUSE', 'RESOLVE', 'NOTE')", name="ck_complaint_steps_action"
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name="fk_complaint_steps_complaint_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("complaint_id", "position", name="pk_complaint_steps"),
    )


def _create_complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("declaration_id", sa.Text, nullable=False),
        sa.Column("record_number", sa.Text, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("text_encrypted", sa.Text, nullable=False),
        sa.Column("reporter_name_encrypted", sa.Text),
        sa.Column("phone_encrypted", sa.Text),
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.Column("received_at", db.UTCDateTime, nullable=False),
        sa.Column("accepted_at", db.UTCDateTime),
        sa.Column("closed_at", db.UTCDateTime),
        sa.Column("finding", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("step_count", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "category IN ('NOT_AS_DECLARED', 'BELOW_MANDATORY', 'WRONG_INFORMATION', "
            "'INFRINGEMENT', 'OTHER')",
            name="ck_complaints_category",
        ),
        sa.CheckConstraint(
            "state IN ('RECEIVED', 'ACCEPTED', 'REFUSED', 'RESOLVED')", name="ck_complaints_state"
        ),
        sa.CheckConstraint(
            "finding IN ('CONFIRMED', 'PARTLY_CONFIRMED', 'NOT_CONFIRMED')",
            name="ck_complaints_finding",
        ),
        sa.CheckConstraint(
            "(state = 'RESOLVED') = (finding IS NOT NULL)", name="ck_complaints_finding_if_resolved"
        ),
        sa.CheckConstraint(
            "(state IN ('REFUSED', 'RESOLVED')) = (closed_at IS NOT NULL)",
            name="ck_complaints_closed_at_if_over",
        ),
        sa.CheckConstraint(
            "(reporter_name_encrypted IS NULL) = (phone_encrypted IS NULL)",
            name="ck_complaints_named_or_anonymous",
        ),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declarations.id"], name="fk_complaints_declaration_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_complaints"),
        sa.UniqueConstraint("number", name="uq_complaints_number"),
    )
    op.create_index("ix_complaints_area", "complaints", ["area", "received_at"])
    op.create_index("ix_complaints_declaration", "complaints", ["declaration_id", "state"])
