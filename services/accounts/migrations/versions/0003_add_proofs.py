"""Add recoveries, phone changes and known networks."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _create_flow()
    op.create_table(
        "registration_facts",
        sa.Column("enterprise_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("legal_representative", sa.Text, nullable=False),
        sa.Column("legal_representative_id_number_encrypted", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", name="pk_registration_facts"),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name="fk_registration_facts_enterprise_id"
        ),
    )
    op.create_table(
        "known_network",
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("network", sa.Text, nullable=False),
        sa.Column("last_seen_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "network", name="pk_known_network"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_known_network_account_id"),
    )
    op.create_index("ix_known_network_last_seen_at", "known_network", ["last_seen_at"])


def _create_flow() -> None:
    op.create_table(
        "proof_flow",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("enterprise_id", sa.Text),
        sa.Column("account_id", sa.Text),
        sa.Column("phone_index", sa.Text),
        sa.Column("phone_encrypted", sa.Text),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("expires_at", db.UTCDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_proof_flow"),
        sa.UniqueConstraint("token_hash", name="uq_proof_flow_token_hash"),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name="fk_proof_flow_enterprise_id"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_proof_flow_account_id"),
        sa.CheckConstraint(
            "kind IN ('PASSWORD_RECOVERY', 'USERNAME_RECOVERY', 'PHONE_CHANGE')",
            name="ck_proof_flow_kind",
        ),
        sa.CheckConstraint("step IN ('BEGUN', 'PROVEN')", name="ck_proof_flow_step"),
    )
    op.create_index("ix_proof_flow_expires_at", "proof_flow", ["expires_at"])
