"""The team of an enterprise, invitations, and machine keys."""

from gateway.schemas import fields
from gateway.schemas.fields import Length, OneOf, Range

_SHORT = Length(1, 100)
_PASSWORD = Length(1, 256)
_MEMBER_ROLES = OneOf(["FILER", "VIEWER"])


class Member(fields.Schema):
    """Somebody of the team; the phone, masked, is shown to the owner."""

    account_id = fields.String(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    phone_masked = fields.String(required=True)
    joined_at = fields.String(required=True)
    is_self = fields.Boolean(required=True)


class Invitation(fields.Schema):
    """An invitation that can still be accepted."""

    invitation_id = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    phone_masked = fields.String(required=True)
    expires_at = fields.String(required=True)


class Team(fields.Schema):
    """Everybody who acts for the enterprise."""

    members = fields.List(fields.Nested(Member), required=True)
    invitations = fields.List(fields.Nested(Invitation), required=True)
    limit = fields.Integer(required=True)


class InviteInput(fields.Schema):
    """Whom to invite as what."""

    name = fields.String(required=True, validate=_SHORT, metadata={"description": "姓名"})
    phone = fields.String(required=True, validate=_SHORT, metadata={"description": "手机号"})
    role = fields.String(required=True, validate=_MEMBER_ROLES)


class Invited(fields.Schema):
    """The invitation that was sent."""

    invitation_id = fields.String(required=True)
    expires_at = fields.String(required=True)


class InvitationShown(fields.Schema):
    """What an invitation's link shows."""

    enterprise_name = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    phone_masked = fields.String(required=True)
    expires_at = fields.String(required=True)


class InvitationCodeInput(fields.Schema):
    """发送验证码 to the phone that was invited."""

    captcha_id = fields.String(required=True, validate=_SHORT)
    captcha_answer = fields.String(required=True, validate=_SHORT)


class AcceptanceInput(fields.Schema):
    """What somebody who accepts an invitation types."""

    username = fields.String(required=True, validate=_SHORT, metadata={"description": "用户名"})
    id_number = fields.String(required=True, validate=_SHORT, metadata={"description": "身份证号"})
    password = fields.String(required=True, validate=_PASSWORD)
    password_confirmation = fields.String(required=True, validate=_PASSWORD)
    code = fields.String(required=True, validate=_SHORT)
    has_accepted_terms = fields.Boolean(required=True)


class MemberRoleInput(fields.Schema):
    """Another role for a member."""

    role = fields.String(required=True, validate=_MEMBER_ROLES)


class HandoverInput(fields.Schema):
    """Who leads the team from now on."""

    account_id = fields.Uuid(required=True)
    password = fields.String(required=True, validate=_PASSWORD)


class MemberRole(fields.Schema):
    """What a member is from now on."""

    account_id = fields.String(required=True)
    role = fields.String(required=True)


class KeyInput(fields.Schema):
    """A machine key to make."""

    name = fields.String(required=True, validate=_SHORT, metadata={"description": "用途"})
    scopes = fields.List(
        fields.String(
            validate=OneOf(["declarations:read", "events:read", "public:read", "webhooks:manage"])
        ),
        required=True,
        validate=Length(1, 4),
    )
    days = fields.Integer(
        required=True, validate=Range(1, 366), metadata={"description": "有效天数"}
    )


class KeyQuotaInput(fields.Schema):
    """How often one key may be used; without a number as often as the settings say."""

    per_minute = fields.Integer(required=True, allow_none=True, validate=Range(1, 1_000_000))
    per_day = fields.Integer(required=True, allow_none=True, validate=Range(1, 1_000_000_000))


class MachineKey(fields.Schema):
    """What is shown of a key; never the key itself."""

    key_id = fields.String(required=True)
    name = fields.String(required=True)
    start = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    created_at = fields.String(required=True)
    expires_at = fields.String(required=True)
    last_used_at = fields.String(required=True, allow_none=True)
    replaced_by_id = fields.String(required=True, allow_none=True)
    is_active = fields.Boolean(required=True)
    per_minute = fields.Integer(
        required=True, allow_none=True, metadata={"description": "单独的每分钟配额；空则按统一配额"}
    )
    per_day = fields.Integer(
        required=True, allow_none=True, metadata={"description": "单独的每日配额；空则按统一配额"}
    )


class MachineKeyUsed(MachineKey):
    """A key and how often it was used."""

    used_today = fields.Integer(
        required=True, metadata={"description": "自当前 24 小时周期起的使用次数"}
    )
    used_this_minute = fields.Integer(
        required=True, metadata={"description": "自当前一分钟周期起的使用次数"}
    )


class KeyQuota(fields.Schema):
    """How often each key may be used."""

    per_minute = fields.Integer(required=True)
    per_day = fields.Integer(required=True)


class MachineKeys(fields.Schema):
    """The keys of the enterprise."""

    items = fields.List(fields.Nested(MachineKeyUsed), required=True)
    scopes = fields.List(fields.String(), required=True)
    limit = fields.Integer(required=True)
    quota = fields.Nested(KeyQuota, required=True)


class MachineKeyMade(MachineKey):
    """A new key, shown this once."""

    key = fields.String(required=True)
