"""Recovery of password and user name, user management, sessions."""

from marshmallow import fields, validate

from services.accounts.schemas.base import LONG, SHORT, TOKEN, Strict, WithCaptcha
from services.accounts.schemas.people import VerificationInput

_SESSION = validate.Length(0, 100)


class PasswordRecoveryInput(VerificationInput):
    """找回密码: the five fields, as at registration."""


class RecoveryUserInput(WithCaptcha):
    """找回密码: whose password."""

    token = fields.String(required=True, validate=TOKEN)
    username = fields.String(required=True, validate=LONG)


class UsernameRecoveryInput(WithCaptcha):
    """找回用户名: code of the enterprise, phone of registration."""

    code = fields.String(required=True, validate=validate.Length(1, 40))
    phone = fields.String(required=True, validate=SHORT)


class CodeGivenInput(Strict):
    """A code that came by SMS."""

    token = fields.String(required=True, validate=TOKEN)
    code = fields.String(required=True, validate=SHORT)


class NewPasswordInput(Strict):
    """The new password of a recovery."""

    token = fields.String(required=True, validate=TOKEN)
    password = fields.String(required=True, validate=LONG)
    password_confirmation = fields.String(required=True, validate=LONG)


class ProfileInput(Strict):
    """基本信息: what of it can be changed."""

    name = fields.String(load_default=None, allow_none=True, validate=SHORT)
    id_number = fields.String(load_default=None, allow_none=True, validate=SHORT)
    password = fields.String(load_default="", validate=LONG)


class OwnPasswordInput(Strict):
    """The password, once more."""

    password = fields.String(required=True, validate=LONG)


class PasswordChangeInput(Strict):
    """修改密码."""

    session_token = fields.String(load_default="", validate=_SESSION)
    old_password = fields.String(required=True, validate=LONG)
    password = fields.String(required=True, validate=LONG)
    password_confirmation = fields.String(required=True, validate=LONG)


class PhoneChangeInput(WithCaptcha):
    """修改手机号, first step."""

    password = fields.String(required=True, validate=LONG)


class NewPhoneInput(WithCaptcha):
    """修改手机号: where the second code goes."""

    token = fields.String(required=True, validate=TOKEN)
    phone = fields.String(required=True, validate=SHORT)


class PhoneChangedInput(CodeGivenInput):
    """修改手机号, last step."""

    session_token = fields.String(load_default="", validate=_SESSION)


class AskingSessionInput(Strict):
    """The session that asks."""

    session_token = fields.String(load_default="", validate=_SESSION)


class OwnSessionInput(Strict):
    """One of the own sessions."""

    session_id = fields.String(required=True, validate=validate.Length(36, 36))


class TermsInput(Strict):
    """The version of the terms that was read."""

    version = fields.String(required=True, validate=SHORT)


class CaptchaUseInput(WithCaptcha):
    """The answer to a captcha, handed on by another service."""


class CaptchaInput(Strict):
    """What a captcha is to be: a picture, or spoken digits."""

    kind = fields.String(load_default="image", validate=validate.OneOf(("image", "audio")))
    client_address = fields.String(load_default="", validate=SHORT)
