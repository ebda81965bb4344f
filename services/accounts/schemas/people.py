"""Registration, login, session."""

from marshmallow import fields, validate

from services.accounts.schemas.base import LONG, SHORT, TOKEN, Strict, WithCaptcha


class VerificationInput(WithCaptcha):
    """基本信息验证 (手册 2.1)."""

    code = fields.String(required=True, validate=validate.Length(1, 40))
    name = fields.String(required=True, validate=validate.Length(1, 500))
    legal_representative = fields.String(required=True, validate=validate.Length(1, 500))
    legal_representative_id_number = fields.String(required=True, validate=validate.Length(1, 40))
    address = fields.String(required=True, validate=validate.Length(1, 500))


class UserInput(Strict):
    """用户信息."""

    token = fields.String(required=True, validate=TOKEN)
    username = fields.String(required=True, validate=SHORT)
    name = fields.String(required=True, validate=SHORT)
    id_number = fields.String(required=True, validate=SHORT)
    password = fields.String(required=True, validate=LONG)
    password_confirmation = fields.String(required=True, validate=LONG)
    bureau_code = fields.String(load_default="", validate=validate.Regexp(r"^([0-9]{6})?$"))


class CodeInput(WithCaptcha):
    """手机激活码: 发送验证码."""

    token = fields.String(required=True, validate=TOKEN)
    phone = fields.String(required=True, validate=SHORT)


class CompletionInput(Strict):
    """手机激活码: 确定."""

    token = fields.String(required=True, validate=TOKEN)
    phone = fields.String(required=True, validate=SHORT)
    code = fields.String(required=True, validate=SHORT)
    has_accepted_terms = fields.Boolean(required=True, truthy={True}, falsy={False})


class LoginInput(WithCaptcha):
    """登录."""

    username = fields.String(required=True, validate=SHORT)
    password = fields.String(required=True, validate=LONG)
    user_agent = fields.String(load_default="", validate=validate.Length(0, 2000))


class SessionInput(Strict):
    """The token of a session."""

    session_token = fields.String(required=True, validate=TOKEN)


class IdInput(Strict):
    """The id of something."""

    id = fields.String(required=True, validate=validate.Length(36, 36))
