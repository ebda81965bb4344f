"""Logging in as staff, staff accounts, and the work of bureaus (手册 8.2)."""

from gateway.schemas import fields
from gateway.schemas.fields import Length, Range

_SHORT = Length(1, 100)
_TOKEN = Length(1, 100)


class TotpInput(fields.Schema):
    """The code that an authenticator app shows."""

    login_token = fields.String(required=True, validate=_TOKEN)
    code = fields.String(required=True, validate=Length(1, 20))


class InitialPasswordInput(fields.Schema):
    """A password instead of the one somebody else made."""

    login_token = fields.String(required=True, validate=_TOKEN)
    password = fields.String(required=True, validate=Length(1, 256))
    password_confirmation = fields.String(required=True, validate=Length(1, 256))


class LoginStep(fields.Schema):
    """What a login of staff waits for: a new password, or a code."""

    step = fields.String(required=True)
    login_token = fields.String(required=True)
    expires_at = fields.String(required=True)
    otpauth_uri = fields.String(allow_none=True)
    qr_svg = fields.String(allow_none=True)


class TotpCode(fields.Schema):
    """The next code of an account, and in how many seconds it counts; development only."""

    code = fields.String(required=True)
    wait_seconds = fields.Integer(required=True)


class AreaQuery(fields.Schema):
    """What to look for in the own area."""

    q = fields.String(load_default="", validate=Length(0, 100))
    page = fields.Digits(load_default=1, validate=Range(1, 10_000))


class AreaEnterprise(fields.Schema):
    """One enterprise of the area."""

    enterprise_id = fields.String(required=True)
    name = fields.String(required=True)
    credit_code = fields.String(allow_none=True)
    organization_code = fields.String()
    region = fields.String()
    bureau_code = fields.String(allow_none=True)
    registered_at = fields.String()
    frozen_at = fields.String(allow_none=True)
    freeze_reason = fields.String(allow_none=True)


class AreaEnterprises(fields.Schema):
    """A page of the enterprises of the area."""

    items = fields.List(fields.Nested(AreaEnterprise), required=True)
    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    page_size = fields.Integer(required=True)


class AreaAccount(fields.Schema):
    """One account of the area, personal numbers masked."""

    account_id = fields.String(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String()
    enterprise_id = fields.String(allow_none=True)
    enterprise_name = fields.String()
    phone_masked = fields.String()
    id_number_masked = fields.String()
    is_active = fields.Boolean()


class AreaAccounts(fields.Schema):
    """A page of the accounts of the area."""

    items = fields.List(fields.Nested(AreaAccount), required=True)
    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    page_size = fields.Integer(required=True)


class ReasonInput(fields.Schema):
    """Why."""

    reason = fields.String(
        required=True, validate=Length(2, 200), metadata={"description": "办理原因"}
    )


class PhoneChangeProposal(ReasonInput):
    """Another phone for somebody."""

    account_id = fields.Uuid(required=True)
    phone = fields.String(required=True, validate=_SHORT, metadata={"description": "新手机号"})


class PhoneChange(fields.Schema):
    """A change of a phone that a bureau has begun."""

    change_id = fields.String(required=True)
    account_id = fields.String(required=True)
    username = fields.String()
    enterprise_name = fields.String()
    phone_masked = fields.String()
    reason = fields.String()
    state = fields.String(required=True)
    made_by = fields.String()
    made_at = fields.String()
    decided_by = fields.String(allow_none=True)
    decision_note = fields.String(allow_none=True)
    effective_at = fields.String(allow_none=True)


class PhoneChanges(fields.Schema):
    """Changes of phones, newest first."""

    items = fields.List(fields.Nested(PhoneChange), required=True)


class StaffRolesInput(fields.Schema):
    """Other roles for somebody of the staff; a bureau's with its division code."""

    roles = fields.List(fields.String(validate=_SHORT), required=True, validate=Length(1, 6))
    region = fields.String(validate=_SHORT, metadata={"description": "所属区域代码（6 位）"})


class StaffInput(StaffRolesInput):
    """Somebody who is to work for the platform or a bureau."""

    username = fields.String(required=True, validate=_SHORT, metadata={"description": "用户名"})
    name = fields.String(required=True, validate=_SHORT, metadata={"description": "姓名"})


class StaffAccount(fields.Schema):
    """One account of staff."""

    account_id = fields.String(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    region = fields.String(allow_none=True)
    created_at = fields.String()
    enrolled_at = fields.String(allow_none=True, metadata={"description": "绑定动态口令的时间"})


class StaffAccounts(fields.Schema):
    """The accounts of staff."""

    items = fields.List(fields.Nested(StaffAccount), required=True)


class StaffAdded(StaffAccount):
    """A new account, with the password that must be replaced; shown this once."""

    password = fields.String(required=True)
    password_expires_at = fields.String(required=True)
