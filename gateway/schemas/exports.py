"""Everything that is stored for an enterprise, as one document."""

from gateway.schemas import fields
from gateway.schemas.audit import AuditRow
from gateway.schemas.declarations import ListRow
from gateway.schemas.notify import Message
from gateway.schemas.profile import OwnEnterprise
from gateway.schemas.team import MachineKey
from gateway.schemas.webhooks import Webhook


class ExportedAccount(fields.Schema):
    """An account; numbers in full only of the owner who exports."""

    account_id = fields.String(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    state = fields.String(required=True)
    id_number = fields.String(required=True, metadata={"description": "他人的身份证号已脱敏"})
    phone = fields.String(required=True, metadata={"description": "他人的手机号已脱敏"})
    created_at = fields.String(required=True)
    password_changed_at = fields.String(required=True)
    terms_version = fields.String(required=True, allow_none=True)
    terms_accepted_at = fields.String(required=True, allow_none=True)
    is_self = fields.Boolean(required=True)


class ExportedSession(fields.Schema):
    """Where one of the accounts is or was signed in."""

    session_id = fields.String(required=True)
    account_id = fields.String(required=True)
    created_at = fields.String(required=True)
    last_seen_at = fields.String(required=True)
    expires_at = fields.String(required=True)
    ended_at = fields.String(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)
    network = fields.String(required=True)
    user_agent = fields.String(required=True)


class ExportedInvitation(fields.Schema):
    """Who was invited as what."""

    invitation_id = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    state = fields.String(required=True)
    phone_masked = fields.String(required=True)
    created_by = fields.String(required=True)
    created_at = fields.String(required=True)
    expires_at = fields.String(required=True)


class ExportedDeclaration(ListRow):
    """A row of one of the tables, with its kind."""

    kind = fields.String(required=True)


class EnterpriseExport(fields.Schema):
    """One file; ``capped`` names the parts that hold more rows than are in it."""

    exported_at = fields.String(required=True)
    enterprise = fields.Nested(OwnEnterprise, required=True)
    accounts = fields.List(fields.Nested(ExportedAccount), required=True)
    sessions = fields.List(fields.Nested(ExportedSession), required=True)
    machine_keys = fields.List(fields.Nested(MachineKey), required=True)
    invitations = fields.List(fields.Nested(ExportedInvitation), required=True)
    audit = fields.List(fields.Nested(AuditRow), required=True)
    declarations = fields.List(fields.Nested(ExportedDeclaration), required=True)
    messages = fields.List(fields.Nested(Message), required=True)
    webhooks = fields.List(fields.Nested(Webhook), required=True)
    capped = fields.List(
        fields.String(), required=True, metadata={"description": "因条数过多而未全部导出的部分"}
    )
