"""Create the tables of accounts, and the roles."""

import sqlalchemy as sa
from alembic import op

from chassis import db, tables

revision = "0001"
down_revision = None

ROLES = (
    ("OWNER", "企业管理员", False),
    ("FILER", "企业填报人", False),
    ("VIEWER", "企业查看人", False),
    ("OPERATOR", "平台运营人员", True),
    ("BUREAU", "市场监督管理局工作人员", True),
    ("AUDITOR", "审计人员", True),
)


def upgrade() -> None:
    tables.create_plumbing(op)
    _create_enterprise()
    _create_account()
    _create_registration()
    _create_sessions()


def _create_enterprise() -> None:
    op.create_table(
        "enterprise",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("credit_code", sa.Text),
        sa.Column("organization_code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("legal_representative", sa.Text, nullable=False),
        sa.Column("legal_representative_id_number_encrypted", sa.Text, nullable=False),
        sa.Column("legal_representative_id_number_index", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("bureau_code", sa.Text),
        sa.Column("postcode", sa.Text, nullable=False),
        sa.Column("legal_representative_email", sa.Text, nullable=False),
        sa.Column("phone_masked", sa.Text, nullable=False),
        sa.Column("registered_at", db.UTCDateTime, nullable=False),
        sa.Column("refreshed_at", db.UTCDateTime, nullable=False),
        sa.Column("organization_sequence", sa.Integer, nullable=False),
        sa.Column("organization_changed_at", db.UTCDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_enterprise"),
        sa.UniqueConstraint("organization_id", name="uq_enterprise_organization_id"),
        sa.UniqueConstraint("credit_code", name="uq_enterprise_credit_code"),
        sa.UniqueConstraint("organization_code", name="uq_enterprise_organization_code"),
    )


def _create_account() -> None:
    role = op.create_table(
        "role",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_staff", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_role"),
    )
    op.bulk_insert(
        role,
        [{"code": code, "name": name, "is_staff": is_staff} for code, name, is_staff in ROLES],
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("enterprise_id", sa.Text),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("username_folded", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("id_number_encrypted", sa.Text),
        sa.Column("id_number_index", sa.Text),
        sa.Column("phone_encrypted", sa.Text),
        sa.Column("phone_index", sa.Text),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("password_changed_at", db.UTCDateTime, nullable=False),
        sa.Column("locked_until", db.UTCDateTime),
        sa.Column("region", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("terms_version", sa.Text),
        sa.Column("terms_accepted_at", db.UTCDateTime),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("username_folded", name="uq_account_username_folded"),
        sa.UniqueConstraint("id_number_index", name="uq_account_id_number_index"),
        sa.UniqueConstraint("phone_index", name="uq_account_phone_index"),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name="fk_account_enterprise_id"
        ),
        sa.CheckConstraint("state IN ('ACTIVE', 'CLOSED')", name="ck_account_state"),
    )
    op.create_index("ix_account_enterprise_id", "account", ["enterprise_id"])
    op.create_table(
        "account_role",
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("role_code", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "role_code", name="pk_account_role"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_role_account_id"),
        sa.ForeignKeyConstraint(["role_code"], ["role.code"], name="fk_account_role_role_code"),
    )


def _create_registration() -> None:
    op.create_table(
        "registration_flow",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("organization", db.JsonText, nullable=False),
        sa.Column("legal_representative_id_number_encrypted", sa.Text, nullable=False),
        sa.Column("legal_representative_id_number_index", sa.Text, nullable=False),
        sa.Column("username", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("id_number_encrypted", sa.Text),
        sa.Column("id_number_index", sa.Text),
        sa.Column("bureau_code", sa.Text),
        sa.Column("password_hash", sa.Text),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("expires_at", db.UTCDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registration_flow"),
        sa.UniqueConstraint("token_hash", name="uq_registration_flow_token_hash"),
        sa.CheckConstraint("step IN ('VERIFIED', 'IDENTIFIED')", name="ck_registration_flow_step"),
    )
    op.create_index("ix_registration_flow_expires_at", "registration_flow", ["expires_at"])
    op.create_table(
        "one_time_code",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("flow_id", sa.Text, nullable=False),
        sa.Column("phone_index", sa.Text, nullable=False),
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("expires_at", db.UTCDateTime, nullable=False),
        sa.Column("is_void", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_code"),
    )
    op.create_index("ix_one_time_code_flow_id", "one_time_code", ["flow_id"])
    op.create_index("ix_one_time_code_expires_at", "one_time_code", ["expires_at"])
    op.create_table(
        "captcha",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("answer_hash", sa.Text, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("expires_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_captcha"),
    )
    op.create_index("ix_captcha_expires_at", "captcha", ["expires_at"])


def _create_sessions() -> None:
    op.create_table(
        "login_session",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("last_seen_at", db.UTCDateTime, nullable=False),
        sa.Column("expires_at", db.UTCDateTime, nullable=False),
        sa.Column("ended_at", db.UTCDateTime),
        sa.Column("end_reason", sa.Text),
        sa.Column("network", sa.Text, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_session"),
        sa.UniqueConstraint("token_hash", name="uq_login_session_token_hash"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_login_session_account_id"),
        sa.CheckConstraint(
            "end_reason IN ('LOGGED_OUT', 'PASSWORD_CHANGED', 'ACCOUNT_CLOSED')",
            name="ck_login_session_end_reason",
        ),
    )
    op.create_index("ix_login_session_account_id", "login_session", ["account_id"])
    op.create_index("ix_login_session_expires_at", "login_session", ["expires_at"])
