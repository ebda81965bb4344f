"""Add second factors, teams, machine keys, the bureau's work, and more reasons to end a session."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0002"
down_revision = "0001"

ROLES = (
    ("SYSTEM_ADMIN", "系统管理员", True),
    ("SECURITY_ADMIN", "安全管理员", True),
)
REASONS = (
    "end_reason IN ('LOGGED_OUT', 'PASSWORD_CHANGED', 'PHONE_CHANGED', 'ACCOUNT_CLOSED',"
    " 'ENDED_ELSEWHERE', 'RIGHTS_CHANGED', 'SECOND_FACTOR_RESET', 'FROZEN', 'REVOKED')"
)


def upgrade() -> None:
    _add_roles()
    _widen_reasons()
    _create_staff()
    _create_team()
    _create_bureau()


def _add_roles() -> None:
    role = sa.table(
        "role",
        sa.column("code", sa.Text),
        sa.column("name", sa.Text),
        sa.column("is_staff", sa.Boolean),
    )
    op.bulk_insert(
        role,
        [{"code": code, "name": name, "is_staff": is_staff} for code, name, is_staff in ROLES],
    )


def _widen_reasons() -> None:
    # SQLite changes a constraint by making the table anew.
    with op.batch_alter_table("login_session") as batch:
        batch.drop_constraint("ck_login_session_end_reason", type_="check")
        batch.create_check_constraint("ck_login_session_end_reason", REASONS)


def _create_staff() -> None:
    op.create_table(
        "second_factor",
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("secret_encrypted", sa.Text, nullable=False),
        sa.Column("used_steps", db.JsonText, nullable=False),
        sa.Column("enrolled_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_second_factor"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_second_factor_account_id"),
    )
    op.create_table(
        "initial_password",
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("expires_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_initial_password"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_initial_password_account_id"
        ),
    )
    op.create_table(
        "pending_login",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("secret_encrypted", sa.Text),
        sa.Column("network", sa.Text, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.Column("expires_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pending_login"),
        sa.UniqueConstraint("token_hash", name="uq_pending_login_token_hash"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_pending_login_account_id"),
    )
    op.create_index("ix_pending_login_account_id", "pending_login", ["account_id"])
    op.create_index("ix_pending_login_expires_at", "pending_login", ["expires_at"])


def _create_team() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("enterprise_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("phone_encrypted", sa.Text, nullable=False),
        sa.Column("phone_index", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("expires_at", db.UTCDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("token_hash", name="uq_invitation_token_hash"),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name="fk_invitation_enterprise_id"
        ),
        sa.CheckConstraint("role IN ('FILER', 'VIEWER')", name="ck_invitation_role"),
        sa.CheckConstraint(
            "state IN ('OPEN', 'ACCEPTED', 'WITHDRAWN')", name="ck_invitation_state"
        ),
    )
    op.create_index("ix_invitation_enterprise_id", "invitation", ["enterprise_id"])
    op.create_index("ix_invitation_expires_at", "invitation", ["expires_at"])
    op.create_table(
        "machine_key",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("enterprise_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("start", sa.Text, nullable=False),
        sa.Column("key_hash", sa.Text, nullable=False),
        sa.Column("scopes", db.JsonText, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("expires_at", db.UTCDateTime, nullable=False),
        sa.Column("last_used_at", db.UTCDateTime),
        sa.Column("ended_at", db.UTCDateTime),
        sa.Column("replaced_by_id", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_machine_key"),
        sa.UniqueConstraint("key_hash", name="uq_machine_key_key_hash"),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name="fk_machine_key_enterprise_id"
        ),
    )
    op.create_index("ix_machine_key_enterprise_id", "machine_key", ["enterprise_id"])
    op.create_table(
        "account_closure",
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("id_number_index", sa.Text),
        sa.Column("phone_index", sa.Text),
        sa.Column("closed_at", db.UTCDateTime, nullable=False),
        sa.Column("erased_at", db.UTCDateTime),
        sa.PrimaryKeyConstraint("account_id", name="pk_account_closure"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_account_closure_account_id"
        ),
    )
    op.create_index("ix_account_closure_closed_at", "account_closure", ["closed_at"])


def _create_bureau() -> None:
    op.create_table(
        "enterprise_freeze",
        sa.Column("enterprise_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("frozen_by", sa.Text, nullable=False),
        sa.Column("frozen_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", name="pk_enterprise_freeze"),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name="fk_enterprise_freeze_enterprise_id"
        ),
    )
    op.create_table(
        "bureau_phone_change",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("phone_encrypted", sa.Text),
        sa.Column("phone_index", sa.Text),
        sa.Column("phone_masked", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", db.UTCDateTime, nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", db.UTCDateTime),
        sa.Column("decision_note", sa.Text),
        sa.Column("effective_at", db.UTCDateTime),
        sa.Column("ended_at", db.UTCDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bureau_phone_change"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_bureau_phone_change_account_id"
        ),
        sa.CheckConstraint(
            "state IN ('PENDING', 'APPROVED', 'REJECTED', 'OBJECTED', 'DONE', 'FAILED')",
            name="ck_bureau_phone_change_state",
        ),
    )
    op.create_index("ix_bureau_phone_change_account_id", "bureau_phone_change", ["account_id"])
    op.create_index(
        "ix_bureau_phone_change_state_effective_at",
        "bureau_phone_change",
        ["state", "effective_at"],
    )
