"""The team of an enterprise, invitations, and machine keys."""

from marshmallow import fields, validate

from services.accounts.domain.machine_keys import SCOPES
from services.accounts.schemas.base import LONG, SHORT, TOKEN, Strict, WithCaptcha

_ID = validate.Length(36, 36)
_MEMBER = validate.OneOf(["FILER", "VIEWER"])


class InviteInput(Strict):
    """Whom to invite as what."""

    name = fields.String(required=True, validate=SHORT)
    phone = fields.String(required=True, validate=SHORT)
    role = fields.String(required=True, validate=_MEMBER)


class InvitationInput(Strict):
    """The token of an invitation's link."""

    token = fields.String(required=True, validate=TOKEN)


class InvitationCodeInput(WithCaptcha):
    """发送验证码 to the phone that was invited."""

    token = fields.String(required=True, validate=TOKEN)


class AcceptanceInput(Strict):
    """What somebody who accepts an invitation types."""

    token = fields.String(required=True, validate=TOKEN)
    username = fields.String(required=True, validate=SHORT)
    id_number = fields.String(required=True, validate=SHORT)
    password = fields.String(required=True, validate=LONG)
    password_confirmation = fields.String(required=True, validate=LONG)
    code = fields.String(required=True, validate=SHORT)
    has_accepted_terms = fields.Boolean(required=True, truthy={True}, falsy={False})


class MemberRoleInput(Strict):
    """Another role for a member."""

    account_id = fields.String(required=True, validate=_ID)
    role = fields.String(required=True, validate=_MEMBER)


class HandoverInput(Strict):
    """Who leads the team from now on; with the own password."""

    account_id = fields.String(required=True, validate=_ID)
    password = fields.String(required=True, validate=LONG)


class KeyInput(Strict):
    """A machine key to make."""

    name = fields.String(required=True, validate=SHORT)
    scopes = fields.List(
        fields.String(validate=validate.OneOf(SCOPES)),
        required=True,
        validate=validate.Length(1, len(SCOPES)),
    )
    days = fields.Integer(required=True, strict=True, validate=validate.Range(1, 366))


class KeyQuotaInput(Strict):
    """How often one key may be used; None: as often as the others."""

    key_id = fields.String(required=True, validate=_ID)
    per_minute = fields.Integer(required=True, strict=True, allow_none=True)
    per_day = fields.Integer(required=True, strict=True, allow_none=True)


class MachineKeyInput(Strict):
    """A machine key, as a program sends it."""

    machine_key = fields.String(required=True, validate=SHORT)
