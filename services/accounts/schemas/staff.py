"""The steps of a login of staff, staff accounts, and the work of bureaus."""

from marshmallow import fields, validate

from services.accounts.schemas.base import LONG, SHORT, TOKEN, Strict


class TotpInput(Strict):
    """The code of an authenticator app."""

    login_token = fields.String(required=True, validate=TOKEN)
    code = fields.String(required=True, validate=validate.Length(1, 20))


class InitialPasswordInput(Strict):
    """A password instead of one that somebody else made."""

    login_token = fields.String(required=True, validate=TOKEN)
    password = fields.String(required=True, validate=LONG)
    password_confirmation = fields.String(required=True, validate=LONG)


class UsernameInput(Strict):
    """A user name."""

    username = fields.String(required=True, validate=SHORT)


class AreaQuery(Strict):
    """What to look for in the own area, and which page of it."""

    text = fields.String(load_default="", validate=SHORT)
    page = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, 10_000))


class ProposalInput(Strict):
    """Another phone for somebody, and why."""

    account_id = fields.String(required=True, validate=validate.Length(36, 36))
    phone = fields.String(required=True, validate=SHORT)
    reason = fields.String(required=True, validate=LONG)


class ReasonInput(Strict):
    """What is decided, and why."""

    id = fields.String(required=True, validate=validate.Length(36, 36))
    reason = fields.String(required=True, validate=LONG)


class StaffInput(Strict):
    """Somebody who is to work for the platform or a bureau."""

    username = fields.String(required=True, validate=SHORT)
    name = fields.String(required=True, validate=SHORT)
    roles = fields.List(fields.String(validate=SHORT), required=True)
    region = fields.String(load_default=None, allow_none=True, validate=SHORT)


class StaffRolesInput(Strict):
    """Other roles for somebody of the staff."""

    account_id = fields.String(required=True, validate=validate.Length(36, 36))
    roles = fields.List(fields.String(validate=SHORT), required=True)
    region = fields.String(load_default=None, allow_none=True, validate=SHORT)
